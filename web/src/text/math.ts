/**
 * Where formulas stand in a text: `$$…$$`, `$…$` as GitHub reads it, and a fence called `math`. A
 * dollar before a space or after a letter is money, and so is one that a digit follows.
 */
import type { TokenizerAndRendererExtension } from "marked";

/** Longer ones are shown as they are written. */
export const FORMULA_UNITS_MAX = 2_000;

const BLOCK = /^\$\$[ \t]*\n?((?:(?!\$\$)[^]){1,2000})\n?[ \t]*\$\$[ \t]*(?:\n|$)/;
const INLINE = /^(\$\$?)(?![\s$])((?:\\[^]|[^\\$\n]){1,500})(?<!\s)\1(?![\p{L}\p{N}$])/u;

/** Text as HTML. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export const math: TokenizerAndRendererExtension[] = [
  {
    name: "formulaBlock",
    level: "block",
    start: (src) => src.match(/^\$\$/m)?.index,
    tokenizer(src) {
      const match = BLOCK.exec(src);
      const source = match?.[1]?.trim();
      return match && source ? { type: "formulaBlock", raw: match[0], source } : undefined;
    },
    renderer: ({ source }) => `<pre data-math="block"><code>${escape(String(source))}</code></pre>`,
  },
  {
    name: "formula",
    level: "inline",
    start(src) {
      const at = src.search(/(?<![\p{L}\p{N}$\\])\$/u);
      return at === -1 ? undefined : at;
    },
    tokenizer(src) {
      const match = INLINE.exec(src);
      const source = match?.[2];
      return match && source ? { type: "formula", raw: match[0], source } : undefined;
    },
    renderer: ({ source }) => `<code data-math="inline">${escape(String(source))}</code>`,
  },
];
