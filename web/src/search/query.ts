/**
 * The query as text: which operator the caret stands in, what may follow it, and how a choice is
 * written. What a query means is decided by the server.
 */
import type { Tongue } from "../i18n/language.svelte";

export const OPERATORS = ["from", "in", "before", "after", "on", "has", "is"] as const;
export type Operator = (typeof OPERATORS)[number];

/** What operators are called when they are typed; the first name of each language is written. */
const NAMES: Record<Operator, { en: string[]; zh: string[] }> = {
  from: { en: ["from", "by"], zh: ["来自", "发自", "发送人"] },
  in: { en: ["in"], zh: ["在", "频道"] },
  before: { en: ["before"], zh: ["之前", "早于"] },
  after: { en: ["after"], zh: ["之后", "晚于"] },
  on: { en: ["on", "during"], zh: ["日期", "当天"] },
  has: { en: ["has"], zh: ["含", "包含", "含有", "有"] },
  is: { en: ["is"], zh: ["是", "属于"] },
};

/** Values that are words of the language of the search. */
export const CHOICES: Record<"has" | "is", { en: string; zh: string }[]> = {
  has: [
    { en: "file", zh: "文件" },
    { en: "image", zh: "图片" },
    { en: "link", zh: "链接" },
    { en: "code", zh: "代码" },
    { en: "reaction", zh: "回应" },
  ],
  is: [
    { en: "pinned", zh: "置顶" },
    { en: "thread", zh: "话题" },
    { en: "edited", zh: "已编辑" },
    { en: "mine", zh: "我的" },
  ],
};

export const DAYS: { en: string; zh: string }[] = [
  { en: "today", zh: "今天" },
  { en: "yesterday", zh: "昨天" },
  { en: "thisweek", zh: "本周" },
  { en: "lastweek", zh: "上周" },
  { en: "thismonth", zh: "本月" },
  { en: "lastmonth", zh: "上个月" },
];

const TOKEN = /(?:^|\s)[-－−]?([\p{L}]{1,8})([:：])(["“「]?)([^\s"”」]*)$/u;

export interface Token {
  operator: Operator;
  /** What was typed of the value. */
  value: string;
  /** Where the value starts, its quote included. */
  start: number;
}

const operatorOf = new Map<string, Operator>(
  OPERATORS.flatMap((name) =>
    [...NAMES[name].en, ...NAMES[name].zh].map((typed): [string, Operator] => [typed, name]),
  ),
);

/** The operator whose value ends at the caret; null if there is none. */
export function tokenAt(text: string, caret: number): Token | null {
  const found = TOKEN.exec(text.slice(0, caret));
  const operator = operatorOf.get(found?.[1]?.toLowerCase() ?? "");
  if (!found || !operator) return null;
  const [, , , quote = "", value = ""] = found;
  return { operator, value, start: caret - value.length - quote.length };
}

const language = (tongue: Tongue): "en" | "zh" => (tongue === "zh-CN" ? "zh" : "en");

/** How an operator is written in a language, with its colon. */
export function written(operator: Operator, tongue: Tongue): string {
  const name = NAMES[operator][language(tongue)][0] ?? operator;
  return tongue === "zh-CN" ? `${name}：` : `${name}:`;
}

export function word(choice: { en: string; zh: string }, tongue: Tongue): string {
  return choice[language(tongue)];
}

const quoted = (value: string): string => (/[\s:："]/u.test(value) ? `"${value}"` : value);

/** The text with the value at the caret replaced, and where the caret goes. */
export function complete(text: string, caret: number, value: string): [string, number] {
  const token = tokenAt(text, caret);
  const before = `${text.slice(0, token?.start ?? caret)}${quoted(value)} `;
  return [before + text.slice(caret).replace(/^["”」]?\s?/u, ""), before.length];
}

/** The text with an operator at its end, and where the caret goes. */
export function append(text: string, part: string): [string, number] {
  const after = text.trim() === "" ? part : `${text.trimEnd()} ${part}`;
  return [after, after.length];
}

/** What one mostly looks for, as a part of the query. */
export const KINDS = ["file", "image", "link"] as const;
export type Kind = (typeof KINDS)[number];

const SAID: Record<Kind, string> = {
  file: "files?|attachment|文件|附件",
  image: "images?|picture|photo|图片|照片|图",
  link: "links?|url|链接|网址",
};
const HAS = [...NAMES.has.en, ...NAMES.has.zh].join("|");
const said = (kind: Kind): RegExp => new RegExp(`(?<=^|\\s)(?:${HAS})[:：]\\s*(?:${SAID[kind]})(?:\\s+|$)`, "giu");

/** The kind that a query asks for; null if it asks for none, or for several. */
export function kindOf(text: string): Kind | null {
  const asked = KINDS.filter((kind) => said(kind).test(text));
  return asked.length === 1 ? (asked[0] ?? null) : null;
}

/** The query for another kind, or for all of them; the rest of it stays. */
export function ofKind(text: string, kind: Kind | null, tongue: Tongue): string {
  const rest = KINDS.reduce((left, other) => left.replace(said(other), ""), text).trimEnd();
  const choice = CHOICES.has.find(({ en }) => en === kind);
  if (!choice) return rest && `${rest} `;
  return `${rest ? `${rest} ` : ""}${written("has", tongue)}${word(choice, tongue)} `;
}

/** The query that looks into one conversation. */
export function inside(name: string, tongue: Tongue): string {
  return `${written("in", tongue)}${quoted(name)} `;
}
