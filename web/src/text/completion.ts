/**
 * Completion at the caret. A completer knows one sign: it finds the word that follows it and says
 * what could stand there. `state/completers.ts` lists them.
 */
import type { Group, User } from "../api/types";
import type { IconName } from "../parts/icons";

export const OFFERED_MAX = 8;
/** How much of the text before the caret a completer sees. */
const LOOK_BACK_UNITS = 80;

export interface Offer {
  /** Told apart by this. */
  key: string;
  /** What takes the place of the sign and the word. */
  insert: string;
  name: string;
  /** Beside the name, in a quieter voice. */
  detail: string;
  user?: User;
  icon?: IconName;
  emoji?: string;
}

/** Where somebody is writing. */
export interface Desk {
  channel: string;
  root: string | null;
}

export interface Completer {
  /** Matches the sign and the word at the end of a text; its first group is the word. */
  token: RegExp;
  /** What could stand there, the best first; it may have to be loaded. */
  offers: (word: string, desk: Desk) => Offer[] | Promise<Offer[]>;
}

export interface Token {
  completer: Completer;
  word: string;
  /** Where its sign stands. */
  start: number;
}

/** The word at the caret that somebody could want completed. */
export function tokenAt(completers: Completer[], text: string, caret: number): Token | null {
  const near = text.slice(Math.max(0, caret - LOOK_BACK_UNITS), caret);
  for (const completer of completers) {
    const match = completer.token.exec(near);
    const word = match?.[1];
    // A look-behind keeps what precedes the sign out of the match.
    if (match && word !== undefined) return { completer, word, start: caret - match[0].length };
  }
  return null;
}

/** Nothing is offered for the same word twice after it was turned down. */
export function sameToken(a: Token | null, b: Token | null): boolean {
  return a?.start === b?.start && a?.word === b?.word && a?.completer === b?.completer;
}

export interface Named {
  handle: string;
  name: string;
  user: User | null;
}

/** People, groups and everybody, by any part of a name, the nearest first. */
export function named(word: string, users: User[], groups: Group[], wide: Named[]): Named[] {
  const people = users
    .filter((user) => user.state === "active")
    .map((user) => ({ handle: user.handle, name: user.name, user }));
  const sets = groups.map(({ handle, name }) => ({ handle, name, user: null }));
  return nearest([...people, ...sets, ...wide], word, ({ handle, name }) => [handle, name]);
}

/** The same, to be mentioned. */
export function offers(word: string, users: User[], groups: Group[], wide: Named[]): Offer[] {
  return named(word, users, groups, wide).map(({ handle, name, user }) => ({
    key: `@${handle}`,
    insert: `@${handle} `,
    name,
    detail: `@${handle}`,
    ...(user ? { user } : { icon: "people" as const }),
  }));
}

/** Those with a name that a word may mean: its beginning, a part's beginning, anything in it. */
export function nearest<T>(all: T[], word: string, names: (one: T) => string[]): T[] {
  const wanted = word.toLowerCase();
  const rank = (one: T): number => {
    const lower = names(one).map((name) => name.toLowerCase());
    if (lower.some((name) => name.startsWith(wanted))) return 0;
    if (lower.some((name) => name.split(/[\s._-]+/).some((part) => part.startsWith(wanted)))) return 1;
    return lower.some((name) => name.includes(wanted)) ? 2 : 3;
  };
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .filter((ranked) => ranked.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, OFFERED_MAX)
    .map((ranked) => ranked.one);
}
