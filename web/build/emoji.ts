/// <reference types="node" />
import { createRequire } from "node:module";

import type { Plugin } from "vite";

const NAME = "virtual:emoji";
/** Emoji that are younger than this show as boxes on the systems of a present office. */
const VERSION_MAX = 15;
/** emojibase's groups; 2 holds skin tones and hair, which are no emoji by themselves. */
const GROUP_OF_PARTS = 2;
const TONES = 5;

interface Entry {
  hexcode: string;
  label: string;
  tags?: string[];
  group?: number;
  order?: number;
  version: number;
  skins?: unknown[];
}

/**
 * Makes the module `virtual:emoji` from emojibase: one line for each emoji with its names and what
 * people search it by in both languages. The package's own files are ten times as large.
 */
export function emoji(): Plugin {
  return {
    name: "hearth-emoji",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(table())};` : null),
  };
}

function table(): string {
  const require = createRequire(import.meta.url);
  const read = (path: string): unknown => require(`emojibase-data/${path}`);
  const english = read("en/data.json") as Entry[];
  const chinese = new Map((read("zh/data.json") as Entry[]).map((entry) => [entry.hexcode, entry]));
  const codes = read("en/shortcodes/github.json") as Record<string, string | string[]>;
  return english
    .filter(({ group, version }) => group !== undefined && group !== GROUP_OF_PARTS && version <= VERSION_MAX)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map((entry) => {
      const zh = chinese.get(entry.hexcode);
      const short = [codes[entry.hexcode] ?? []].flat();
      return [
        character(entry.hexcode),
        entry.group,
        entry.skins?.length === TONES ? 1 : 0,
        short.join(" "),
        entry.label,
        zh?.label ?? "",
        [...(entry.tags ?? []), ...(zh?.tags ?? [])].join(" "),
      ].join("\t");
    })
    .join("\n");
}

/** The emoji as keyboards write it: a mark for "as a picture" only where it is needed. */
function character(hexcode: string): string {
  const text = String.fromCodePoint(...hexcode.split("-").map((code) => parseInt(code, 16)));
  const alone = [...text].length === 1;
  return alone && !/^\p{Emoji_Presentation}$/u.test(text) ? `${text}\uFE0F` : text;
}
