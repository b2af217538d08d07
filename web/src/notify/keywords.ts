/**
 * Words that somebody wants to hear of, found as the box finds them (`domain/src/notify/keyword.rs`):
 * whole words in scripts that write spaces, anywhere in Chinese, Japanese and Korean.
 */

/** A text in the form in which keywords are looked for: no case, no full-width forms. */
export function fold(text: string): string {
  let folded = "";
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    const full = code >= 0xff01 && code <= 0xff5e;
    const narrow = code === 0x3000 ? " " : full ? String.fromCodePoint(code - 0xfee0) : c;
    folded += narrow.toLowerCase();
  }
  return folded;
}

const LETTER = /[\p{Alphabetic}\p{N}]/u;

/** The blocks of Chinese, Japanese and Korean, as the box has them. */
function isUnspaced(code: number): boolean {
  return (
    (code >= 0x2e80 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7af) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x20000 && code <= 0x3ffff)
  );
}

/** Whether a character is part of a word in a script that separates words. */
function joins(c: string | undefined): boolean {
  return c !== undefined && LETTER.test(c) && !isUnspaced(c.codePointAt(0) ?? 0);
}

const first = (text: string): string | undefined => text[Symbol.iterator]().next().value;
const last = (text: string): string | undefined => [...text.slice(-2)].at(-1);

/** Whether a folded text has a keyword. */
export function hasKeyword(folded: string, keyword: string): boolean {
  const wanted = fold(keyword);
  if (wanted === "") return false;
  const [starts, ends] = [joins(first(wanted)), joins(last(wanted))];
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length)) {
    const after = folded.slice(at + wanted.length, at + wanted.length + 2);
    const clear = !(starts && joins(last(folded.slice(0, at)))) && !(ends && joins(first(after)));
    if (clear) return true;
  }
  return false;
}
