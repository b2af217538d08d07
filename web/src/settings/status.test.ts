import { expect, test } from "vitest";

import { asField, endsAt } from "./status";

const wednesday = new Date(2026, 10, 25, 15, 40);

test("an end lies on the person's own calendar", () => {
  expect(endsAt("never", wednesday, "")).toBeNull();
  expect(endsAt("half-hour", wednesday, "")).toBe(new Date(2026, 10, 25, 16, 10).getTime());
  expect(endsAt("today", wednesday, "")).toBe(new Date(2026, 10, 26).getTime());
  expect(endsAt("week", wednesday, "")).toBe(new Date(2026, 10, 30).getTime());
});

test("a week ends with its Sunday, also on a Sunday", () => {
  const sunday = new Date(2026, 10, 29, 9, 0);
  expect(endsAt("week", sunday, "")).toBe(new Date(2026, 10, 30).getTime());
  expect(endsAt("week", sunday, "")).toBe(endsAt("today", sunday, ""));
});

test("what was typed is an end, and nonsense is none", () => {
  const at = new Date(2027, 0, 2, 8, 5).getTime();
  expect(endsAt("other", wednesday, asField(at))).toBe(at);
  expect(endsAt("other", wednesday, "")).toBeNull();
});
