import { describe, expect, it } from "vitest";

import { plain } from "./plain";

const text = (...parts: [string, boolean][]): string =>
  plain(parts.map(([text, hit]) => ({ text, hit }))).map(({ text }) => text).join("|");

describe("what was found", () => {
  it("is shown without the marks of headings, lists, quotes and stress", () => {
    expect(text(["**This week**\n\n- [x] Final `plan`\n> ~~old~~\n# New\n1. ", false], ["budget", true])).toBe(
      "This week\n\nFinal plan\nold\nNew\n1. |budget",
    );
    expect(text(["- one", false])).toBe("one");
  });

  it("keeps what was looked for, and what is no mark", () => {
    expect(text(["a - b, 3 * 4, snake_case ", false], ["**", true], [" - c", false])).toBe(
      "a - b, 3 * 4, snake_case |**| - c",
    );
    expect(text(["", false])).toBe("");
  });
});
