/** What was found, without the marks of Markdown: it is read in passing, and shows no headings or lists. */
import type { Fragment } from "../api/types";

const PAIRS = /\*\*|__|~~|`+/g;
const LINE_STARTS = /(\n)[ \t]*(?:#{1,6}|>|[-*+](?: \[[ x]\])?)[ \t]+/g;

/** The same fragments. Only the first one begins a line by itself. */
export function plain(parts: readonly Fragment[]): Fragment[] {
  return parts.map(({ text, hit }, at) => {
    if (hit) return { text, hit };
    const lines = at === 0 ? `\n${text}` : text;
    const bare = lines.replace(LINE_STARTS, "$1").replace(PAIRS, "");
    return { text: at === 0 ? bare.slice(1) : bare, hit };
  });
}
