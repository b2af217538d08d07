/** What people write after a fence, and what the language is called. */
const NAMES: Record<string, [name: string, ...also: string[]]> = {
  bash: ["Shell", "sh", "shell", "zsh", "console", "fish"],
  c: ["C", "h"],
  cpp: ["C++", "c++", "cc", "cxx", "hpp"],
  csharp: ["C#", "c#", "cs"],
  css: ["CSS"],
  diff: ["Diff", "patch"],
  dockerfile: ["Dockerfile", "docker"],
  excel: ["Excel", "xls", "xlsx"],
  go: ["Go", "golang"],
  ini: ["INI / TOML", "toml", "conf", "properties"],
  java: ["Java"],
  javascript: ["JavaScript", "js", "jsx", "mjs", "node"],
  json: ["JSON", "jsonc", "json5"],
  kotlin: ["Kotlin", "kt"],
  lua: ["Lua"],
  makefile: ["Makefile", "make"],
  markdown: ["Markdown", "md"],
  nginx: ["nginx"],
  php: ["PHP"],
  powershell: ["PowerShell", "ps", "ps1", "pwsh"],
  python: ["Python", "py"],
  r: ["R"],
  ruby: ["Ruby", "rb"],
  rust: ["Rust", "rs"],
  sql: ["SQL", "mysql", "postgresql", "sqlite"],
  swift: ["Swift"],
  typescript: ["TypeScript", "ts", "tsx"],
  vbnet: ["Visual Basic", "vb", "vba"],
  xml: ["HTML / XML", "html", "svg", "vue", "svelte"],
  yaml: ["YAML", "yml"],
};

const BY_WORD = new Map(
  Object.entries(NAMES).flatMap(([id, [, ...also]]) => [id, ...also].map((word) => [word, id] as const)),
);

/** The language behind a word; undefined for one that is not coloured. */
export function languageOf(word: string): string | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** How the language is written. */
export function languageName(word: string): string {
  const id = languageOf(word);
  return (id && NAMES[id]?.[0]) ?? word;
}
