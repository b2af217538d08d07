/**
 * What becomes of something that is pasted: tables of a spreadsheet, formatted text of a page, an
 * address over selected words, code. Each gives Markdown, or null where the browser's own paste is
 * right. Bounded: what is longer than `PASTED_UNITS_MAX` is pasted as it is.
 */
import { isAddress } from "./edit";
import { inert } from "./trusted";

export const PASTED_UNITS_MAX = 400_000;
const COLUMNS_MAX = 40;
const ROWS_MAX = 300;
const DEPTH_MAX = 60;

export interface Pasted {
  text: string;
  html: string;
}

/** The Markdown to insert instead of what the browser would. */
export function markdownOf({ text, html }: Pasted, chosen: string): string | null {
  if (text.length > PASTED_UNITS_MAX || html.length > PASTED_UNITS_MAX) return null;
  if (chosen.trim() !== "" && isAddress(text) && !isAddress(chosen)) {
    return `[${chosen.replaceAll("]", "\\]")}](${text.trim()})`;
  }
  return tableOf(text, html) ?? (html === "" ? null : rich(html, text));
}

/** A spreadsheet gives both lines with tabs and a table; the lines have what the cells show. */
function tableOf(text: string, html: string): string | null {
  const rows = cells(text);
  const width = rows[0]?.length ?? 0;
  const even = width > 1 && width <= COLUMNS_MAX && rows.every((row) => row.length === width);
  const sheet = even && rows.length > 1 && rows.length <= ROWS_MAX;
  // Lines that begin with a tab are indented code, unless a spreadsheet says otherwise.
  const table = /<table[\s>]/i.test(html);
  if (!sheet || (!table && rows.every((row) => row[0] === ""))) return null;
  return tableText(rows);
}

/** Reads lines of cells between tabs; a cell with line breaks or quotes is quoted. */
export function cells(text: string): string[][] {
  if (!text.includes("\t")) return [];
  const rows: string[][] = [[]];
  const cell = /\t|\r?\n|"((?:[^"]|"")*)"(?=\t|\r?\n|$)|[^\t\r\n]+|\r/gy;
  let value = "";
  for (const match of text.replace(/\r?\n$/, "").matchAll(cell)) {
    if (match[0] === "\t") {
      rows.at(-1)?.push(value);
      value = "";
    } else if (/^\r?\n$/.test(match[0])) {
      rows.at(-1)?.push(value);
      value = "";
      rows.push([]);
    } else value += match[1]?.replaceAll('""', '"') ?? match[0];
  }
  rows.at(-1)?.push(value);
  return rows;
}

/** A table of Markdown; numbers stand on the right, as a spreadsheet shows them. */
export function tableText(rows: string[][]): string {
  const [head = [], ...body] = rows;
  const clean = (cell: string): string =>
    cell.trim().replace(/\s*\r?\n\s*/g, " ").replaceAll("\\", "\\\\").replaceAll("|", "\\|");
  const line = (row: string[]): string => `| ${row.map(clean).join(" | ")} |`;
  const numeric = (at: number): boolean => {
    const column = body.map((row) => row[at]?.trim() ?? "").filter(Boolean);
    return column.length > 0 && column.every((cell) => /^[-+(]?[¥$€£]?\s?[\d,.]+\s?[%)]?$/.test(cell));
  };
  const rule = `|${head.map((_, at) => (numeric(at) ? " ---: |" : " --- |")).join("")}`;
  return [line(head), rule, ...body.map(line)].join("\n");
}

/** Elements that say something Markdown can say; without one the plain text is as good. */
const SAYING = "a[href], strong, b, em, i, del, s, h1, h2, h3, h4, li, blockquote, pre, code, table";

function rich(html: string, text: string): string | null {
  const { body } = inert(html);
  // Editors colour code with elements; what they copy is code and no formatted text.
  if (body.querySelector("[style*='monospace'], [style*='Consolas'], [style*='Menlo']")) return null;
  // Google's documents wrap everything into a <b> that is not bold.
  for (const wrapper of body.querySelectorAll("b[style*='normal'], meta, style, script, title")) {
    wrapper.replaceWith(...(wrapper.tagName === "B" ? wrapper.childNodes : []));
  }
  if (!body.querySelector(SAYING)) return null;
  const markdown = blocks(body, 0).replace(/\n{3,}/g, "\n\n").trim();
  return markdown === "" || markdown === text.trim() ? null : markdown;
}

/** The children of an element as Markdown. */
function blocks(parent: Node, depth: number): string {
  if (depth > DEPTH_MAX) return parent.textContent ?? "";
  return [...parent.childNodes].map((child) => one(child, depth + 1)).join("");
}

type Writer = (element: Element, depth: number) => string;

const paragraph: Writer = (element, depth) => `\n\n${blocks(element, depth).trim()}\n\n`;
const marked = (sign: string): Writer => (element, depth) => around(sign, blocks(element, depth));
const heading = (level: number): Writer => (element, depth) =>
  `\n\n${"#".repeat(level)} ${blocks(element, depth).trim()}\n\n`;

const WRITERS: Partial<Record<string, Writer>> = {
  P: paragraph, DIV: paragraph, SECTION: paragraph, ARTICLE: paragraph, MAIN: paragraph,
  HEADER: paragraph, FOOTER: paragraph, FIGURE: paragraph, DT: paragraph, DD: paragraph,
  H1: heading(1), H2: heading(2), H3: heading(3), H4: heading(4), H5: heading(4), H6: heading(4),
  BR: () => "\n",
  HR: () => "\n\n---\n\n",
  B: marked("**"), STRONG: marked("**"),
  I: marked("_"), EM: marked("_"),
  DEL: marked("~~"), S: marked("~~"),
  CODE: (element) => around("`", element.textContent ?? ""),
  PRE: (element) => `\n\n\`\`\`\n${(element.textContent ?? "").replace(/\n$/, "")}\n\`\`\`\n\n`,
  A: (element, depth) => anchor(element, blocks(element, depth)),
  UL: list, OL: list,
  BLOCKQUOTE: (element, depth) =>
    `\n\n${blocks(element, depth).trim().replace(/^/gm, "> ")}\n\n`,
  TABLE: table,
};

function one(node: Node, depth: number): string {
  if (node.nodeType === Node.TEXT_NODE) return (node.textContent ?? "").replace(/\s+/g, " ");
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const element = node as Element;
  return (WRITERS[element.tagName] ?? blocks)(element, depth);
}

/** Marks touch the words: spaces go outside. */
function around(sign: string, words: string): string {
  const core = words.trim();
  if (core === "") return words;
  const at = words.indexOf(core);
  return `${words.slice(0, at)}${sign}${core}${sign}${words.slice(at + core.length)}`;
}

function anchor(element: Element, words: string): string {
  const address = element.getAttribute("href") ?? "";
  if (!isAddress(address) || words.trim() === "") return words;
  return words.trim() === address ? address : `[${words.trim()}](${address})`;
}

function list(element: Element, depth: number): string {
  const numbered = element.tagName === "OL";
  const items = [...element.children].filter((child) => child.tagName === "LI");
  const lines = items.map((item, at) => {
    const start = numbered ? `${at + 1}. ` : "- ";
    const body = blocks(item, depth).trim().replace(/\n{2,}/g, "\n");
    return start + body.replaceAll("\n", `\n${" ".repeat(start.length)}`);
  });
  return `\n\n${lines.join("\n")}\n\n`;
}

function table(element: Element): string {
  const rows = [...element.querySelectorAll("tr")].slice(0, ROWS_MAX).map((row) =>
    [...row.querySelectorAll("td, th")].slice(0, COLUMNS_MAX).map((cell) => cell.textContent ?? ""),
  );
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width < 2 || rows.length < 2) return `\n\n${rows.flat().join("\n")}\n\n`;
  const even = rows.map((row) => [...row, ...Array<string>(width - row.length).fill("")]);
  return `\n\n${tableText(even)}\n\n`;
}

const CODE_LINE = /[;{}]\s*$|^\s{2,}\S|^\t|^\s*(?:\/\/|#include|#!|import |from \w|def |class |function |const |let |var |fn |pub |return\b|if \(|for \(|SELECT |INSERT |<\/?\w+)|=>|\)\s*:\s*$|^\S+\s*[:+-]?=\s*\S/;
const CODE_LINES_MIN = 3;
const LINES_LOOKED_AT = 60;

/** Whether several lines look like a program's, so that a fence is worth offering. */
export function looksLikeCode(text: string): boolean {
  if (text.includes("```")) return false;
  const lines = text
    .split("\n", LINES_LOOKED_AT)
    .map((line) => line.slice(0, 300))
    .filter((line) => line.trim() !== "");
  if (lines.length < CODE_LINES_MIN) return false;
  return lines.filter((line) => CODE_LINE.test(line)).length >= lines.length * 0.6;
}
