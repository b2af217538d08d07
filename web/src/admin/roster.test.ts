import { describe, expect, test } from "vitest";

import type { User } from "../api/types";
import { byName, roster, type Wanted } from "./roster";

function user(handle: string, name: string, more: Partial<User> = {}): User {
  const plain = { role: "member", state: "active", status: null, created_at: 1 } as const;
  return { id: handle, handle, name, ...plain, ...more };
}

const ALL: Wanted = { text: "", role: "any", state: "any", order: "name" };
const PEOPLE = byName(
  [
    user("bo", "Bo Reed", { created_at: 3, state: "disabled" }),
    user("lin", "林晓雨", { role: "owner", created_at: 1 }),
    user("ada", "Ada Stone", { role: "admin", created_at: 2 }),
    user("chen", "陈思远", { created_at: 4 }),
  ],
  "zh-CN",
);
const handles = (wanted: Partial<Wanted>, seen: (user: User) => number = () => 0): string[] =>
  roster(PEOPLE, { ...ALL, ...wanted }, seen).map(({ handle }) => handle);

describe("the list of people", () => {
  test("orders Chinese names by pinyin", () => {
    expect(handles({}).indexOf("chen")).toBeLessThan(handles({}).indexOf("lin"));
  });

  test("finds by a part of the name or the handle", () => {
    expect(handles({ text: " STONE " })).toEqual(["ada"]);
    expect(handles({ text: "@bo" })).toEqual(["bo"]);
    expect(handles({ text: "思" })).toEqual(["chen"]);
    expect(handles({ text: "nobody" })).toEqual([]);
  });

  test("filters by role and state", () => {
    expect(handles({ role: "admin" })).toEqual(["ada"]);
    expect(handles({ state: "disabled" })).toEqual(["bo"]);
    expect(handles({ role: "admin", state: "disabled" })).toEqual([]);
  });

  test("orders by role, by arrival and by when somebody was last seen", () => {
    expect(handles({ order: "role" }).slice(0, 2)).toEqual(["lin", "ada"]);
    expect(handles({ order: "newest" })).toEqual(["chen", "bo", "ada", "lin"]);
    expect(handles({ order: "seen" }, ({ handle }) => (handle === "bo" ? 9 : 1))[0]).toBe("bo");
  });

  test("ten thousand people are filtered between two frames", () => {
    const many = Array.from({ length: 10_000 }, (_, n) => user(`u${n}`, `Person ${n}`));
    const found = roster(byName(many, "en"), { ...ALL, text: "person 99" }, () => 0);
    expect(found).toHaveLength(111);
  });
});
