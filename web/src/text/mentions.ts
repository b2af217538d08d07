/** Mentions in a message: which `@words` are people, groups or everybody, and their chips. */
import type { Group, Mentions, User } from "../api/types";

export interface Mention {
  name: string;
  me: boolean;
}

export type MentionLookup = (handle: string) => Mention | null;

const WIDE = new Set(["channel", "here", "all", "everyone"]);
/** As the server reads them: not after an ASCII letter or digit, so that a@b.com is none. */
const WORD = /(^|[^A-Za-z0-9])[@＠]([\p{L}\p{N}][\p{L}\p{N}._-]{0,31})/gu;

/**
 * Whether a message is for somebody. An `@here` lists who was online when it was written; without
 * a list they were too many, and it is for everybody.
 */
export function addresses({ users, wide, here }: Mentions, user: string): boolean {
  const everybody = wide === "channel" || (wide === "here" && !here);
  return everybody || Boolean(users?.includes(user)) || Boolean(here?.includes(user));
}

/** Everybody who can be mentioned, by handle. */
export interface Directory {
  users: Map<string, User>;
  groups: Map<string, Group>;
  me: string;
}

/**
 * Who the handles of a message are. A message that the server has seen lists whom it addresses, and
 * nobody else gets a chip; an echo is matched against everybody.
 */
export function lookup(directory: Directory, mentions: Mentions | null): MentionLookup {
  return (handle) => {
    if (WIDE.has(handle)) {
      if (mentions === null) return { name: handle, me: true };
      if (!mentions.wide) return null;
      return { name: handle, me: addresses({ ...mentions, users: [] }, directory.me) };
    }
    const group = directory.groups.get(handle);
    if (group && (mentions === null || mentions.groups?.includes(group.id))) {
      return { name: group.name, me: group.members.includes(directory.me) };
    }
    const user = directory.users.get(handle);
    if (!user || (mentions && !mentions.users?.includes(user.id))) return null;
    return { name: user.name, me: user.id === directory.me };
  };
}

/** Replaces mentions in the text of a fragment by chips, but not in code or links. */
export function chipMentions(fragment: DocumentFragment, find: MentionLookup): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) {
    const text = walker.currentNode as Text;
    if (/[@＠]/.test(text.data) && !text.parentElement?.closest("a, code, pre")) texts.push(text);
  }
  for (const text of texts) {
    const parts = split(text.data, find);
    if (parts.length > 1) text.replaceWith(...parts);
  }
}

function split(text: string, find: MentionLookup): (string | Element)[] {
  const parts: (string | Element)[] = [];
  let done = 0;
  for (const match of text.matchAll(WORD)) {
    const start = match.index + (match[1]?.length ?? 0);
    const found = longest(match[2] ?? "", find);
    if (!found || start < done) continue;
    parts.push(text.slice(done, start), chip(found.mention, found.handle));
    done = start + 1 + found.handle.length;
  }
  parts.push(text.slice(done));
  return parts;
}

/**
 * The longest handle that a word begins with. One may be followed by a full stop or, without a
 * space, by Chinese, where the end of a handle can't be seen.
 */
function longest(word: string, find: MentionLookup): { handle: string; mention: Mention } | null {
  for (let end = word.length; end > 0; end -= 1) {
    const handle = word.slice(0, end);
    const mention = find(handle.toLowerCase());
    const next = word[end];
    const unclear = /[^\x20-\x7e]/.test(handle.slice(-1) + (next ?? ""));
    const whole = next === undefined || unclear || /[._-]/.test(next);
    if (mention && whole) return { handle, mention };
  }
  return null;
}

function chip({ name, me }: Mention, handle: string): Element {
  const element = document.createElement("span");
  element.className = me ? "at me" : "at";
  element.textContent = `@${name}`;
  element.title = `@${handle}`;
  return element;
}
