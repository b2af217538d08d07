import { describe, expect, it } from "vitest";

import { recentEmoji, rememberEmoji, searchEmoji, withTone } from "./emoji";
import { TABLE } from "./emoji-table";
import { isExclamation } from "./exclamation";

const first = (query: string): string | undefined => searchEmoji(TABLE, query)[0]?.emoji;

describe("emoji", () => {
  it("are all there, each once, as keyboards write them", () => {
    expect(TABLE.length).toBeGreaterThan(1_700);
    expect(new Set(TABLE.map(({ emoji }) => emoji)).size).toBe(TABLE.length);
    const written = TABLE.map(({ emoji }) => emoji);
    for (const emoji of ["👍", "❤️", "🎉", "☕", "🧧", "👩‍💻", "🇨🇳", "1️⃣"]) expect(written).toContain(emoji);
    expect(TABLE.every(({ en, zh }) => en !== "" && zh !== "")).toBe(true);
  });

  it("are found in both languages and by their codes", () => {
    expect(first("+1")).toBe("👍");
    expect(first("tada")).toBe("🎉");
    expect(first("红包")).toBe("🧧");
    expect(searchEmoji(TABLE, "笑").length).toBeGreaterThan(5);
    expect(searchEmoji(TABLE, "")).toEqual([]);
    expect(searchEmoji(TABLE, "qqqqq")).toEqual([]);
    expect(searchEmoji(TABLE, "e").length).toBeLessThanOrEqual(64);
  });

  it("take a skin tone where they have one", () => {
    const toned = (emoji: string): string => {
      const entry = TABLE.find((one) => one.emoji === emoji);
      return entry ? withTone(entry, "🏽") : "";
    };
    expect(toned("👍")).toBe("👍🏽");
    expect(toned("👩‍💻")).toBe("👩🏽‍💻");
    expect(toned("☝️")).toBe("☝🏽");
    expect(toned("🔥")).toBe("🔥");
  });

  it("that were used lately come first", () => {
    rememberEmoji("🥑");
    rememberEmoji("🚲");
    expect(recentEmoji().slice(0, 2)).toEqual(["🚲", "🥑"]);
    expect(recentEmoji().length).toBeLessThanOrEqual(24);
  });
});

describe("a message of emoji", () => {
  it("is one when it has a few and nothing else", () => {
    for (const text of ["👍", "❤️ 🎉", "👩‍👩‍👧‍👦", "🇨🇳", "1️⃣", "👍🏽👍🏽"]) expect(isExclamation(text)).toBe(true);
    for (const text of ["", "ok 👍", "1", "#", "👍".repeat(10_000), "\u200D"]) {
      expect(isExclamation(text)).toBe(false);
    }
  });
});
