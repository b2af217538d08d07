/**
 * What was written, for the quick switcher: asked for once somebody stops typing for a moment, given
 * up when they go on. Names never wait for it.
 */
import { search } from "../api/search";
import type { SearchHit } from "../api/types";

const WAIT_MS = 250;
const SHOWN_MAX = 5;
/** A single letter fits to everything; a single Chinese character is a word. */
const WORTH_ASKING = /[^\p{ASCII}]|\S{2}/u;

export class Hits {
  all = $state.raw<SearchHit[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = new AbortController();

  /** Forgets what was found, and asks soon for something else. */
  soon(query: string): void {
    this.stop();
    if (this.all.length > 0) this.all = [];
    if (WORTH_ASKING.test(query)) this.#timer = setTimeout(() => void this.#ask(query), WAIT_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked.abort();
  }

  async #ask(query: string): Promise<void> {
    const asked = (this.#asked = new AbortController());
    try {
      const page = await search(query, { limit: SHOWN_MAX, cancel: asked.signal });
      if (!asked.signal.aborted) this.all = page.hits;
    } catch {
      // Given up, refused or without a link: the names are there, and the page of the search tells why.
    }
  }
}
