/** The route of the search, for the pages that search. */
import { request } from "./http";
import type { SearchNext, SearchPage, SearchSort } from "./types";

export interface Asking {
  sort?: SearchSort;
  /** Where the page before ended. */
  from?: SearchNext | null;
  limit?: number;
  /** Gives the request up. */
  cancel?: AbortSignal;
}

export function search(q: string, { sort, from, limit, cancel }: Asking = {}): Promise<SearchPage> {
  // JavaScript counts from the clock to UTC, everybody else the other way.
  const parts = new URLSearchParams({ q, utc_offset_min: String(-new Date().getTimezoneOffset()) });
  for (const [name, value] of Object.entries({ sort, limit, below: from?.below, skip: from?.skip })) {
    if (value !== undefined) parts.set(name, String(value));
  }
  return request<SearchPage>("GET", `/search?${parts.toString()}`, undefined, undefined, cancel);
}
