import { describe, expect, it } from "vitest";

import { cells, looksLikeCode, markdownOf, PASTED_UNITS_MAX } from "./paste";

const rich = (html: string, text = "x"): string | null => markdownOf({ html, text }, "");

describe("a spreadsheet's cells", () => {
  const text = "Item\tPrice\nTea | green\t1,200.50\n\"two\nlines \"\"quoted\"\"\"\t-3%\n";

  it("are read with their quotes and line breaks", () => {
    expect(cells(text)).toEqual([
      ["Item", "Price"],
      ["Tea | green", "1,200.50"],
      ['two\nlines "quoted"', "-3%"],
    ]);
    expect(cells("a\t\tb\r\n\tc\t")).toEqual([["a", "", "b"], ["", "c", ""]]);
  });

  it("become a table with numbers on the right", () => {
    expect(markdownOf({ text, html: "<table><tr><td>Item</table>" }, "")).toBe(
      [
        "| Item | Price |",
        "| --- | ---: |",
        "| Tea \\| green | 1,200.50 |",
        '| two lines "quoted" | -3% |',
      ].join("\n"),
    );
  });

  it("are not what indented code is", () => {
    expect(markdownOf({ text: "\tif a {\n\t}\n", html: "" }, "")).toBeNull();
    expect(markdownOf({ text: "a\tb", html: "" }, "")).toBeNull();
  });
});

describe("formatted text", () => {
  it("keeps what Markdown can say", () => {
    expect(rich("<p>a <b>bold </b>and <a href='https://x.org/'>link</a></p><ul><li>1<li>2</ul>")).toBe(
      "a **bold** and [link](https://x.org/)\n\n- 1\n- 2",
    );
    expect(rich("<h2>T</h2><blockquote>q<br>r</blockquote><pre>x\n y</pre>")).toBe(
      "## T\n\n> q\n> r\n\n```\nx\n y\n```",
    );
    expect(rich("<table><tr><th>a<th>b<tr><td>1<td>2</table>")).toBe("| a | b |\n| ---: | ---: |\n| 1 | 2 |");
  });

  it("is left alone where it says nothing, or is an editor's colours", () => {
    expect(rich("<div><span>plain</span></div>", "plain")).toBeNull();
    expect(rich("<div style='font-family: Consolas, monospace'><b>let</b></div>", "let")).toBeNull();
  });

  it("brings in no script, no style and no address that could run", () => {
    const html = "<b>a</b><script>alert(1)</script><style>b{}</style><a href='javascript:alert(1)'>x</a>";
    expect(rich(html)).toBe("**a**x");
  });

  it("ends, however deep or long it is", () => {
    expect(rich(`${"<div>".repeat(1_000)}<b>deep</b>`)).toContain("deep");
    expect(rich("<b>a</b>".repeat(100_000))).toBeNull();
    expect("<b>a</b>".length * 100_000).toBeGreaterThan(PASTED_UNITS_MAX);
    expect(rich(`<b>${" ".repeat(100_000)}a</b>`)).toBe("**a**");
  });
});

describe("an address over chosen words", () => {
  it("makes them a link", () => {
    const over = (words: string): string | null => markdownOf({ text: "https://x.org", html: "" }, words);
    expect(over("the [page]")).toBe("[the [page\\]](https://x.org)");
    expect(over("")).toBeNull();
    expect(over("https://y.org")).toBeNull();
  });
});

describe("code", () => {
  it("is told from prose in both languages", () => {
    expect(looksLikeCode("fn main() {\n    let a = 1;\n}\n")).toBe(true);
    expect(looksLikeCode("def f(x):\n    return x\n\nprint(f(1))\nx = 2")).toBe(true);
    expect(looksLikeCode("SELECT a\nFROM b\nWHERE c = 1;")).toBe(true);
    expect(looksLikeCode("Dear all,\nthe plan is ready.\nBest, Ada")).toBe(false);
    expect(looksLikeCode("大家好，\n明天上午开会。\n谢谢")).toBe(false);
    expect(looksLikeCode("one line;")).toBe(false);
  });

  it("is looked at for a bounded time", () => {
    expect(looksLikeCode(`${" ".repeat(50_000)}\n`.repeat(100))).toBe(false);
    expect(looksLikeCode(`${"(".repeat(5_000)}\n`.repeat(60))).toBe(false);
  });
});
