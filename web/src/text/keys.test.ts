import { describe, expect, it, vi } from "vitest";

import { complete, offers, tokenAt } from "./completion";
import { suggestHandle } from "./handle";
import { Composition } from "./keys";

const enter = { isComposing: false, keyCode: 13 };

describe("Enter", () => {
  it("belongs to the input method while it composes", () => {
    const composition = new Composition();
    expect(composition.holds(enter)).toBe(false);
    expect(composition.holds({ isComposing: true, keyCode: 13 })).toBe(true);
    expect(composition.holds({ isComposing: false, keyCode: 229 })).toBe(true);
    composition.start();
    expect(composition.holds(enter)).toBe(true);
  });

  it("belongs to it once more when Safari sends the key after the end", () => {
    vi.useFakeTimers();
    const composition = new Composition();
    composition.start();
    composition.end();
    expect(composition.holds(enter)).toBe(true);
    vi.runAllTimers();
    expect(composition.holds(enter)).toBe(false);
    vi.useRealTimers();
  });
});

describe("completion", () => {
  const person = { role: "member" as const, created_at: 1 };
  const users = [
    { ...person, state: "active" as const, id: "1", handle: "lin.xiaoyu", name: "林晓雨" },
    { ...person, state: "active" as const, id: "2", handle: "marcus", name: "Marcus Weber" },
    { ...person, state: "disabled" as const, id: "3", handle: "gone", name: "Gone" },
  ];

  it("starts after an @ of either width, not inside an address", () => {
    expect(tokenAt("hi @li", 6)).toBe("li");
    expect(tokenAt("你好＠林", 4)).toBe("林");
    expect(tokenAt("a@b", 3)).toBeNull();
    expect(tokenAt("@", 1)).toBe("");
    expect(tokenAt("@a b", 4)).toBeNull();
  });

  it("finds people by handle and by any part of their name", () => {
    const found = (word: string): string[] => offers(word, users, [], []).map((offer) => offer.handle);
    expect(found("林")).toEqual(["lin.xiaoyu"]);
    expect(found("web")).toEqual(["marcus"]);
    expect(found("gone")).toEqual([]);
  });

  it("replaces the word and keeps what follows", () => {
    expect(complete("hi @li there", 6, "lin.xiaoyu")).toEqual(["hi @lin.xiaoyu there", 15]);
  });
});

describe("a suggested handle", () => {
  it("is one that the server takes", () => {
    expect(suggestHandle(" Marcus  Weber ")).toBe("marcus.weber");
    expect(suggestHandle("周予安")).toBe("周予安");
    expect(suggestHandle("-_. O'Neil!")).toBe("oneil");
  });
});
