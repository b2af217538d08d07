/**
 * Colours code and sets formulas, away from the page: hostile source can keep this thread busy, and
 * then the page ends it. Answers with HTML that the page cleans before it uses it.
 */
import type { LanguageFn } from "highlight.js";
import hljs from "highlight.js/lib/core";

import { languageOf } from "./languages";

export interface Task {
  id: number;
  kind: "code" | "block" | "inline";
  source: string;
  language: string;
}

export interface Result {
  id: number;
  /** Null where the source says nothing that can be set. */
  html: string | null;
}

type Grammar = () => Promise<{ default: LanguageFn }>;

const GRAMMARS: Record<string, Grammar> = {
  bash: () => import("highlight.js/lib/languages/bash"),
  c: () => import("highlight.js/lib/languages/c"),
  cpp: () => import("highlight.js/lib/languages/cpp"),
  csharp: () => import("highlight.js/lib/languages/csharp"),
  css: () => import("highlight.js/lib/languages/css"),
  diff: () => import("highlight.js/lib/languages/diff"),
  dockerfile: () => import("highlight.js/lib/languages/dockerfile"),
  excel: () => import("highlight.js/lib/languages/excel"),
  go: () => import("highlight.js/lib/languages/go"),
  ini: () => import("highlight.js/lib/languages/ini"),
  java: () => import("highlight.js/lib/languages/java"),
  javascript: () => import("highlight.js/lib/languages/javascript"),
  json: () => import("highlight.js/lib/languages/json"),
  kotlin: () => import("highlight.js/lib/languages/kotlin"),
  lua: () => import("highlight.js/lib/languages/lua"),
  makefile: () => import("highlight.js/lib/languages/makefile"),
  markdown: () => import("highlight.js/lib/languages/markdown"),
  nginx: () => import("highlight.js/lib/languages/nginx"),
  php: () => import("highlight.js/lib/languages/php"),
  powershell: () => import("highlight.js/lib/languages/powershell"),
  python: () => import("highlight.js/lib/languages/python"),
  r: () => import("highlight.js/lib/languages/r"),
  ruby: () => import("highlight.js/lib/languages/ruby"),
  rust: () => import("highlight.js/lib/languages/rust"),
  sql: () => import("highlight.js/lib/languages/sql"),
  swift: () => import("highlight.js/lib/languages/swift"),
  typescript: () => import("highlight.js/lib/languages/typescript"),
  vbnet: () => import("highlight.js/lib/languages/vbnet"),
  xml: () => import("highlight.js/lib/languages/xml"),
  yaml: () => import("highlight.js/lib/languages/yaml"),
};

/** Expansions of macros in one formula, and its largest size in em. */
const EXPANSIONS_MAX = 200;
const SIZE_EM_MAX = 20;

async function coloured(source: string, wanted: string): Promise<string | null> {
  const language = languageOf(wanted);
  const grammar = language && GRAMMARS[language];
  if (!grammar) return null;
  if (!hljs.getLanguage(language)) hljs.registerLanguage(language, (await grammar()).default);
  return hljs.highlight(source, { language, ignoreIllegals: true }).value;
}

async function formula(source: string, displayMode: boolean): Promise<string> {
  const katex = (await import("katex")).default;
  return katex.renderToString(source, {
    displayMode,
    output: "mathml",
    throwOnError: true,
    trust: false,
    strict: "ignore",
    maxExpand: EXPANSIONS_MAX,
    maxSize: SIZE_EM_MAX,
  });
}

async function run({ kind, source, language }: Task): Promise<string | null> {
  try {
    return kind === "code" ? await coloured(source, language) : await formula(source, kind === "block");
  } catch {
    // What can't be set is shown as it was written.
    return null;
  }
}

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  void run(data).then((html) => postMessage({ id: data.id, html } satisfies Result));
});
