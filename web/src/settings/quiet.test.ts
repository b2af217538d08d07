import { expect, test } from "vitest";

import { asMinute, asTime, pausedUntil } from "./quiet";

test("a time of day goes there and back", () => {
  for (const minute of [0, 1, 59, 60, 450, 1_320, 1_439]) expect(asMinute(asTime(minute))).toBe(minute);
  expect(asMinute("")).toBeNull();
  expect(asMinute("24:00")).toBeNull();
  expect(asMinute("nonsense")).toBeNull();
});

test("until tomorrow means the next morning", () => {
  const late = new Date(2026, 11, 31, 23, 50);
  expect(pausedUntil("tomorrow", late)).toBe(new Date(2027, 0, 1, 8).getTime());
  expect(pausedUntil("halfHour", late) - late.getTime()).toBe(30 * 60_000);
});
