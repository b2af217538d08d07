/**
 * What somebody typed into the first run. It stays in this tab until they enter the office, so that a
 * reload goes on where it was; the password is never kept.
 */
import type { InviteLink } from "../api/types";

export interface Founding {
  /** Which question is open: the office, the account, the invitation. */
  step: 1 | 2 | 3;
  code: string;
  office: string;
  name: string;
  handle: string;
  /** The first invitation, once it was made. */
  link: InviteLink | null;
}

const KEY = "hearth.founding";
const NOTHING: Founding = { step: 1, code: "", office: "", name: "", handle: "", link: null };

export function keptFounding(): Founding {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Founding>;
    return { ...NOTHING, ...kept };
  } catch {
    return NOTHING;
  }
}

/** Keeps it, or forgets it. */
export function keepFounding(founding: Founding | null): void {
  try {
    if (founding) sessionStorage.setItem(KEY, JSON.stringify(founding));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Forbidden storage: a reload begins anew.
  }
}
