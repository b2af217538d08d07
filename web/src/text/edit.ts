/**
 * Changes of a text that is being written: marks around words, lists, quotes. Pure: a change says
 * which part is replaced by what and what is selected afterwards, and `applyTo` carries it out so
 * that the browser's own undo knows of it.
 */

/** A part of a text; `from` is `to` where only the caret stands. */
export interface Selection {
  from: number;
  to: number;
}

export interface Change extends Selection {
  insert: string;
  /** What is selected afterwards. */
  select: Selection;
}

export type Mark = "bold" | "italic" | "strike" | "code";

const SIGNS: Record<Mark, string> = { bold: "**", italic: "_", strike: "~~", code: "`" };

/** Puts a mark around the selection, or takes it off. Code of several lines becomes a block. */
export function mark(text: string, { from, to }: Selection, kind: Mark): Change {
  const chosen = text.slice(from, to);
  if (kind === "code" && chosen.includes("\n")) return fence(text, { from, to });
  const sign = SIGNS[kind];
  const { length } = sign;
  if (text.slice(from - length, from) === sign && text.slice(to, to + length) === sign) {
    const select = { from: from - length, to: to - length };
    return { from: from - length, to: to + length, insert: chosen, select };
  }
  if (chosen.length > 2 * length && chosen.startsWith(sign) && chosen.endsWith(sign)) {
    const bare = chosen.slice(length, -length);
    return { from, to, insert: bare, select: { from, to: from + bare.length } };
  }
  const select = { from: from + length, to: to + length };
  return { from, to, insert: `${sign}${chosen}${sign}`, select };
}

/** Puts a fence around the selected lines, longer than any run of backticks in them. */
export function fence(text: string, { from, to }: Selection, language = ""): Change {
  const chosen = text.slice(from, to);
  const runs = chosen.match(/`+/g) ?? [];
  const sign = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  const before = from === 0 || text[from - 1] === "\n" ? "" : "\n";
  const after = to === text.length || text[to] === "\n" ? "" : "\n";
  const head = `${before}${sign}${language}\n`;
  const body = chosen.replace(/\n$/, "");
  const start = from + head.length;
  return {
    from,
    to,
    insert: `${head}${body}\n${sign}${after}`,
    select: { from: start, to: start + body.length },
  };
}

/** Makes the selection a link; a selected address waits for its words. */
export function link(text: string, { from, to }: Selection): Change {
  const chosen = text.slice(from, to);
  const address = isAddress(chosen);
  const at = address ? from + 1 : from + chosen.length + 3;
  return {
    from,
    to,
    insert: address ? `[](${chosen.trim()})` : `[${chosen}]()`,
    select: { from: at, to: at },
  };
}

export function isAddress(text: string): boolean {
  return /^(?:https?:\/\/|mailto:)\S+$/i.test(text.trim());
}

export type Prefix = "list" | "numbers" | "quote";

const STARTS: Record<Prefix, RegExp> = { list: /^[-*] /, numbers: /^\d+\. /, quote: /^> ?/ };

/** Starts the selected lines as a list or a quote, or makes them plain again. */
export function prefix(text: string, selection: Selection, kind: Prefix): Change {
  const from = text.lastIndexOf("\n", selection.from - 1) + 1;
  const end = text.indexOf("\n", selection.to);
  const to = end === -1 ? text.length : end;
  const lines = text.slice(from, to).split("\n");
  const plain = lines.every((line) => STARTS[kind].test(line));
  const start = { list: () => "- ", numbers: (at: number) => `${at + 1}. `, quote: () => "> " }[kind];
  const insert = lines
    .map((line, at) => (plain ? line.replace(STARTS[kind], "") : start(at) + line))
    .join("\n");
  const select = { from: lines.length === 1 ? from + insert.length : from, to: from + insert.length };
  return { from, to, insert, select };
}

const ITEM = /^([ \t]*)(?:([-*+]) (\[[ x]\] )?|(\d{1,9})([.)]) |(> ?))/;
const LINE_LOOK_BACK = 2_000;

/** A new line: a list or a quote goes on, and an empty item ends it. */
export function newLine(text: string, { from, to }: Selection): Change {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const line = text.slice(Math.max(start, from - LINE_LOOK_BACK), from);
  const item = ITEM.exec(line);
  if (item?.[0] === line && line.trim() !== "") {
    return { from: start, to, insert: "", select: { from: start, to: start } };
  }
  const insert = `\n${item ? next(item) : ""}`;
  return { from, to, insert, select: { from: from + insert.length, to: from + insert.length } };
}

function next([, indent = "", bullet, box, number, dot = ".", quote]: RegExpExecArray): string {
  if (quote) return `${indent}> `;
  if (number) return `${indent}${Number(number) + 1}${dot} `;
  return `${indent}${bullet ?? "-"} ${box ? "[ ] " : ""}`;
}

/** Carries a change out in a field. */
export function applyTo(area: HTMLTextAreaElement, { from, to, insert, select }: Change): void {
  area.focus();
  area.setSelectionRange(from, to);
  // Marked as outdated, but nothing else leaves the browser's undo whole.
  const command = insert === "" ? "delete" : "insertText";
  const done = (from === to && insert === "") || document.execCommand(command, false, insert);
  if (!done) {
    area.setRangeText(insert, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
  }
  area.setSelectionRange(select.from, select.to);
}
