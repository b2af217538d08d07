import { describe, expect, it } from "vitest";

import { completers } from "../state/completers";
import { nearest, offers, tokenAt } from "./completion";

const at = (text: string): [string, string, number] | null => {
  const token = tokenAt(completers, text, text.length);
  const sign = token && text[token.start];
  return token && [sign ?? "", token.word, token.start];
};

describe("a word that can be completed", () => {
  it("follows an @ of either width, not inside an address", () => {
    expect(at("hi @li")).toEqual(["@", "li", 3]);
    expect(at("你好＠林")).toEqual(["＠", "林", 2]);
    expect(at("@")).toEqual(["@", "", 0]);
    expect(at("a@b")).toBeNull();
    expect(at("@a b")).toBeNull();
  });

  it("follows a # of either width, not a heading's", () => {
    expect(at("see #des")).toEqual(["#", "des", 4]);
    expect(at("请看＃大")).toEqual(["＃", "大", 2]);
    expect(at("## ")).toBeNull();
    expect(at("a#b")).toBeNull();
    expect(at("/page#top")).toBeNull();
  });

  it("follows a colon, not a time's or a sentence's", () => {
    expect(at("yes :tad")).toEqual([":", "tad", 4]);
    expect(at("好：笑")).toEqual(["：", "笑", 1]);
    expect(at(":+1")).toEqual([":", "+1", 0]);
    expect(at("at 10:30")).toBeNull();
    expect(at("note: ")).toBeNull();
    expect(at(":a")).toBeNull();
  });

  it("is looked for near the caret only", () => {
    expect(at(`@${"x".repeat(200)}`)).toBeNull();
    expect(tokenAt(completers, "@li then more", 3)?.word).toBe("li");
  });
});

describe("offers", () => {
  const person = { role: "member" as const, created_at: 1 };
  const users = [
    { ...person, state: "active" as const, id: "1", handle: "lin.xiaoyu", name: "林晓雨" },
    { ...person, state: "active" as const, id: "2", handle: "marcus", name: "Marcus Weber" },
    { ...person, state: "disabled" as const, id: "3", handle: "gone", name: "Gone" },
  ];
  const found = (word: string): string[] => offers(word, users, [], []).map(({ insert }) => insert);

  it("find people by handle and by any part of their name", () => {
    expect(found("林")).toEqual(["@lin.xiaoyu "]);
    expect(found("web")).toEqual(["@marcus "]);
    expect(found("gone")).toEqual([]);
  });

  it("come nearest first, and not too many", () => {
    const names = ["a b", "ba", "b", ...Array<string>(20).fill("zb")];
    expect(nearest(names, "b", (name) => [name]).slice(0, 3)).toEqual(["ba", "b", "a b"]);
    expect(nearest(names, "b", (name) => [name])).toHaveLength(8);
  });
});
