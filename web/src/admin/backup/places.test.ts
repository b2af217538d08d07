import { describe, expect, test } from "vitest";

import { clockOf, emptyPlace, freshId, KINDS, minuteOf } from "./places";

describe("places of backups", () => {
  test("every kind begins with itself", () => {
    for (const kind of KINDS) expect(emptyPlace(kind).kind).toBe(kind);
  });

  test("a new id is none of the others", () => {
    expect(freshId("s3", [])).toBe("s3");
    expect(freshId("s3", ["s3", "s3-2"])).toBe("s3-3");
  });

  test("a time of day comes back as it went", () => {
    for (const minute of [0, 180, 1_439]) expect(minuteOf(clockOf(minute))).toBe(minute);
    expect(clockOf(185)).toBe("03:05");
  });
});
