import { describe, expect, it } from "vitest";

import { type Change, fence, link, mark, newLine, prefix } from "./edit";
import { formOf } from "../chat/forms";

/** A text with its selection between bars, or its caret at one. */
function parse(marked: string): [string, { from: number; to: number }] {
  const from = marked.indexOf("|");
  const to = marked.lastIndexOf("|") - (marked.lastIndexOf("|") > from ? 1 : 0);
  return [marked.replaceAll("|", ""), { from, to }];
}

function show(text: string, { from, to, insert, select }: Change): string {
  const after = text.slice(0, from) + insert + text.slice(to);
  const [a, b] = [after.slice(0, select.from), after.slice(select.to)];
  return select.from === select.to
    ? `${a}|${b}`
    : `${a}|${after.slice(select.from, select.to)}|${b}`;
}

const run = (marked: string, by: (...parts: ReturnType<typeof parse>) => Change): string => {
  const [text, selection] = parse(marked);
  return show(text, by(text, selection));
};

describe("marks", () => {
  const bold = (marked: string): string => run(marked, (...parts) => mark(...parts, "bold"));

  it("go around the selection and come off again", () => {
    expect(bold("a |b| c")).toBe("a **|b|** c");
    expect(bold("a **|b|** c")).toBe("a |b| c");
    expect(bold("a |**b**| c")).toBe("a |b| c");
    expect(bold("|")).toBe("**|**");
  });

  it("of code become a fence around lines", () => {
    const code = (marked: string): string => run(marked, (...parts) => mark(...parts, "code"));
    expect(code("a |b| c")).toBe("a `|b|` c");
    expect(code("a\n|b\nc|\nd")).toBe("a\n```\n|b\nc|\n```\nd");
    expect(run("x |a\n```\nb|", (...parts) => fence(...parts))).toBe("x \n````\n|a\n```\nb|\n````");
  });

  it("of a link wait for what is missing", () => {
    expect(run("see |this|", link)).toBe("see [this](|)");
    expect(run("see |https://x.org/a|", link)).toBe("see [|](https://x.org/a)");
  });
});

describe("lines", () => {
  it("become a list, numbers or a quote, and plain again", () => {
    expect(run("|a\nb|", (...parts) => prefix(...parts, "list"))).toBe("|- a\n- b|");
    expect(run("|- a\n- b|", (...parts) => prefix(...parts, "list"))).toBe("|a\nb|");
    expect(run("x\na|", (...parts) => prefix(...parts, "quote"))).toBe("x\n> a|");
    expect(run("|a\nb|", (...parts) => prefix(...parts, "numbers"))).toBe("|1. a\n2. b|");
  });

  it("go on after a new one, and an empty item ends them", () => {
    expect(run("- a|", newLine)).toBe("- a\n- |");
    expect(run("  - [x] a|", newLine)).toBe("  - [x] a\n  - [ ] |");
    expect(run("9. a|", newLine)).toBe("9. a\n10. |");
    expect(run("> a|b", newLine)).toBe("> a\n> |b");
    expect(run("a\n- |", newLine)).toBe("a\n|");
    expect(run("a|", newLine)).toBe("a\n|");
  });
});

describe("keys", () => {
  const key = { code: "", ctrlKey: true, metaKey: false, shiftKey: false, altKey: false };

  it("ask for forms by what is printed on them", () => {
    expect(formOf({ ...key, key: "b" })).toBe("bold");
    expect(formOf({ ...key, key: "B", ctrlKey: false, metaKey: true })).toBe("bold");
    expect(formOf({ ...key, key: "*", code: "Digit8", shiftKey: true })).toBe("list");
    expect(formOf({ ...key, key: "b", altKey: true })).toBeNull();
    expect(formOf({ ...key, key: "b", ctrlKey: false })).toBeNull();
    // Ctrl-K is the quick switcher's.
    expect(formOf({ ...key, key: "k" })).toBeNull();
  });
});
