import { expect, test } from "vitest";

import { append, complete, inside, kindOf, ofKind, tokenAt, written } from "./query";

test("the operator at the caret is known by all its names", () => {
  expect(tokenAt("tea from:lin", 12)).toEqual({ operator: "from", value: "lin", start: 9 });
  expect(tokenAt("预算 来自：林", 7)).toEqual({ operator: "from", value: "林", start: 6 });
  expect(tokenAt("-in:", 4)).toEqual({ operator: "in", value: "", start: 4 });
  expect(tokenAt('in:"site vis', 12)).toBeNull();
  expect(tokenAt('in:"site', 8)).toEqual({ operator: "in", value: "site", start: 3 });
  for (const text of ["https://a", "10:30", "from:lin ", "xfrom:lin", "from", ""]) {
    expect(tokenAt(text, text.length), text).toBeNull();
  }
});

test("a choice replaces what was typed of it", () => {
  expect(complete("tea from:l", 10, "lin")).toEqual(["tea from:lin ", 13]);
  expect(complete("from:l tea", 6, "lin")).toEqual(["from:lin tea", 9]);
  expect(complete('in:"si', 6, "site visits")).toEqual(['in:"site visits" ', 17]);
});

test("operators are written in the language of the screen", () => {
  expect(append("预算 ", written("has", "zh-CN"))).toEqual(["预算 含：", 5]);
  expect(append("", written("from", "en"))).toEqual(["from:", 5]);
  expect(inside("报价 与", "zh-CN")).toBe('在："报价 与" ');
  expect(inside("lobby", "en")).toBe("in:lobby ");
});

test("a query asks for one kind at a time, by any of its names", () => {
  expect(kindOf("budget has:file")).toBe("file");
  expect(kindOf("包含：照片 预算")).toBe("image");
  expect(kindOf("HAS: links")).toBe("link");
  for (const text of ["", "has:files has:image", "-has:file", "xhas:file", "has:filex", "has:code", "file"]) {
    expect(kindOf(text), text).toBeNull();
  }
});

test("changing the kind leaves the words alone", () => {
  expect(ofKind("budget has:file from:me", "image", "en")).toBe("budget from:me has:image ");
  expect(ofKind("有：附件 预算", "link", "zh-CN")).toBe("预算 含：链接 ");
  expect(ofKind("has:file has:image", "file", "en")).toBe("has:file ");
  expect(ofKind("budget has:file", null, "en")).toBe("budget ");
  expect(ofKind("has:file", null, "en")).toBe("");
});
