/** What can be completed at the caret: people, groups and everybody after an @. */
import type { Group, User } from "../api/types";

const OFFERED_MAX = 8;
const TOKEN = /(?:^|[^A-Za-z0-9@＠])[@＠]([\p{L}\p{N}._-]{0,32})$/u;

export interface Offer {
  handle: string;
  name: string;
  user: User | null;
}

/** The word after an @ that ends at the caret; null if there is none. */
export function tokenAt(text: string, caret: number): string | null {
  return TOKEN.exec(text.slice(Math.max(0, caret - 40), caret))?.[1] ?? null;
}

export function offers(word: string, users: User[], groups: Group[], wide: Offer[]): Offer[] {
  const wanted = word.toLowerCase();
  const people = users
    .filter((user) => user.state === "active")
    .map((user) => ({ handle: user.handle, name: user.name, user }));
  const sets = groups.map(({ handle, name }) => ({ handle, name, user: null }));
  const rank = ({ handle, name }: Offer): number => {
    const lower = name.toLowerCase();
    if (handle.startsWith(wanted) || lower.startsWith(wanted)) return 0;
    if (lower.split(/\s+/).some((part) => part.startsWith(wanted))) return 1;
    return handle.includes(wanted) || lower.includes(wanted) ? 2 : 3;
  };
  return [...people, ...sets, ...wide]
    .map((offer) => ({ offer, rank: rank(offer) }))
    .filter((ranked) => ranked.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, OFFERED_MAX)
    .map((ranked) => ranked.offer);
}

/** The text with the token at the caret replaced, and where the caret goes. */
export function complete(text: string, caret: number, handle: string): [string, number] {
  const word = tokenAt(text, caret) ?? "";
  const start = caret - word.length - 1;
  const before = `${text.slice(0, start)}@${handle} `;
  return [before + text.slice(caret).replace(/^ /, ""), before.length];
}
