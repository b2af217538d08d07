/**
 * Links to channels. People write `#lobby`; what is stored is `[#lobby](/c/<id>)`, which survives a
 * rename and is a link for whoever may see the channel.
 */

/** A channel that can be named. */
export interface NamedChannel {
  id: string;
  name: string;
}

const SIGN = /[#＃]/;
const STORED = /\[#((?:\\.|[^\]\\])*)\]\(\/c\/([0-9a-f-]{36})\)/g;
/** A sign after one of these is part of a word, an address or a heading. */
const INSIDE_WORD = /[A-Za-z0-9&/#＃[\\]/;

/** Turns the names of channels into links, except in code. */
export function linkChannels(text: string, channels: NamedChannel[]): string {
  if (!SIGN.test(text) || channels.length === 0) return text;
  const longestFirst = channels.toSorted((a, b) => b.name.length - a.name.length);
  return outsideCode(text, (part) => {
    let linked = "";
    for (let at = 0; at < part.length; at += 1) {
      const before = part[at - 1];
      const free = SIGN.test(part[at] ?? "") && !(before && INSIDE_WORD.test(before));
      const found = free ? longestFirst.find((one) => names(part, at + 1, one.name)) : undefined;
      if (found) {
        linked += `[#${found.name.replace(/[\\\]]/g, "\\$&")}](/c/${found.id})`;
        at += found.name.length;
      } else linked += part[at] ?? "";
    }
    return linked;
  });
}

/** The text as it was written, for editing. */
export function unlinkChannels(text: string): string {
  return text.replace(STORED, (_, name: string) => `#${name.replace(/\\(.)/g, "$1")}`);
}

/** Whether a name stands at a place, whole: in Chinese nothing separates it from what follows. */
function names(text: string, at: number, name: string): boolean {
  if (text.slice(at, at + name.length).toLowerCase() !== name.toLowerCase()) return false;
  const [last = "", next = ""] = [name.at(-1), text[at + name.length]];
  return !/[A-Za-z0-9_-]/.test(next) || !/[A-Za-z0-9_-]/.test(last);
}

/** Applies a change to what is neither in a fence nor between backticks. */
function outsideCode(text: string, change: (part: string) => string): string {
  let fenced = false;
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
      else if (!fenced) {
        const parts = line.split("`");
        // A backtick without a partner opens nothing, so what follows it is prose again.
        const open = parts.length % 2 === 0 ? parts.length - 1 : -1;
        return parts.map((part, at) => (at % 2 === 0 || at === open ? change(part) : part)).join("`");
      }
      return line;
    })
    .join("\n");
}
