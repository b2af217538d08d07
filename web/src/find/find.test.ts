import { describe, expect, it } from "vitest";

import { fit, nameOf, typed } from "./match";
import { readings } from "./pinyin";
import { best, type Candidate } from "./rank";

const fits = (name: string, text: string): number => fit(nameOf(name), typed(text));

describe("readings", () => {
  it("know common characters", () => {
    const sounds = [..."产品经理张三林晓雨上海深圳预算报价"].map((char) => readings(char)[0]);
    expect(sounds.join(" ")).toBe(
      "chan pin jing li zhang san lin xiao yu shang hai shen zhen yu suan bao jia",
    );
  });

  it("know the other reading of a family name", () => {
    expect(readings("曾")).toContain("zeng");
    expect(readings("单")).toContain("shan");
    expect(readings("吕")).toContain("lu");
  });

  it("leave everything else alone", () => {
    for (const char of ["a", "あ", "한", "，", "🔥", "7", ""]) expect(readings(char)).toEqual([]);
  });
});

describe("a name is found", () => {
  it("by initials, by sound, and by a mixture", () => {
    for (const text of ["cpjl", "chanpin", "chanpinjingli", "chanpjl", "cp", "jingli", "产品", "理"]) {
      expect(fits("产品经理", text), text).toBeGreaterThan(0);
    }
    expect(fits("张三", "zs")).toBeGreaterThan(0);
    expect(fits("吕布", "lvb")).toBeGreaterThan(0);
    expect(fits("上海-深圳", "shsz")).toBeGreaterThan(0);
    expect(fits("Q4 预算", "q4ys")).toBeGreaterThan(0);
    expect(fits("design-review", "dr")).toBeGreaterThan(0);
    expect(fits("design-review", "desrev")).toBeGreaterThan(0);
    expect(fits("Marcus Weber", "weber")).toBeGreaterThan(0);
    expect(fits("ＡＢＣ", "abc")).toBeGreaterThan(0);
  });

  it("not by what is not there", () => {
    expect(fits("产品经理", "cpx")).toBe(0);
    expect(fits("张三", "sz")).toBe(0);
    expect(fits("lobby", "zz")).toBe(0);
  });

  it("the better the more literally", () => {
    const order = ["budget", "budget 2026", "the budget", "rebudget", "big useful dog"];
    const scores = order.map((name) => fits(name, "budget"));
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    expect(scores[3]).toBeGreaterThan(scores[4] ?? 0);
  });

  it("without trying everything, whatever is typed", () => {
    // A search that tries every way to cut this would not come back.
    const name = nameOf(Array.from({ length: 60 }, () => "aaaa").join(" "));
    expect(fit(name, typed(`${"a".repeat(200)}`))).toBeGreaterThan(0);
    expect(fit(nameOf("aaaa ".repeat(60)), typed(`${"a".repeat(28)}c`))).toBe(0);
    expect(fit(nameOf("aaaa c ".repeat(60)), typed(`${"a".repeat(28)}cc`))).toBe(20);
  });
});

describe("the offers", () => {
  const candidate = (text: string, more: Partial<Candidate> = {}): Candidate => ({
    key: text,
    kind: "channel",
    name: nameOf(text),
    recent: null,
    unread: 0,
    calls: false,
    ...more,
  });

  it("begin with where one was, when nothing is typed", () => {
    const all = [candidate("a"), candidate("b", { recent: 1 }), candidate("c", { recent: 0 })];
    expect(best(all, typed("")).map(({ key }) => key)).toEqual(["c", "b", "a"]);
  });

  it("put what waits before what does not, and fitting before both", () => {
    const all = [
      candidate("plan b"),
      candidate("plan c", { unread: 2, calls: true }),
      candidate("plan", { kind: "person" }),
    ];
    expect(best(all, typed("plan")).map(({ key }) => key)).toEqual(["plan", "plan c", "plan b"]);
  });

  it("are few, of however many", () => {
    const many = Array.from({ length: 10_000 }, (_, n) => candidate(`person ${n}`));
    const found = best(many, typed("person 99"), 5);
    expect(found).toHaveLength(5);
    expect(found[0]?.key).toBe("person 99");
  });
});
