// @vitest-environment node
/// <reference types="node" />
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import type { Notices, NotifyLevel, Weekday } from "../api/types";
import { AS_AT_FIRST, calls, decide, localTime, type Reader } from "./decide";
import { fold, hasKeyword } from "./keywords";

interface Case {
  name: string;
  message: {
    author: number;
    text: string;
    thread: boolean;
    users: number[];
    wide?: "channel" | "here";
    here?: number[];
  };
  reader: {
    user: number;
    level: NotifyLevel;
    place: "channel" | "direct";
    follows: boolean;
    notices: Partial<Notices>;
  };
  now: { at: number; zone: string; day: Weekday; minute: number };
  reason: string | null;
  notice: boolean;
}

const CASES = JSON.parse(
  readFileSync(new URL("../../../crates/domain/tests/golden/notices.json", import.meta.url), "utf8"),
) as Case[];

describe("what may interrupt", () => {
  test.each(CASES.map((one) => [one.name, one] as const))("%s", (_, { message, reader, now, reason, notice }) => {
    const ids = (numbers: number[]): string[] => numbers.map(String);
    const arrival = {
      author: String(message.author),
      text: message.text,
      thread: message.thread,
      mentions: {
        users: ids(message.users),
        ...(message.wide ? { wide: message.wide } : {}),
        ...(message.here ? { here: ids(message.here) } : {}),
      },
    };
    const who: Reader = {
      user: String(reader.user),
      level: reader.level,
      direct: reader.place === "direct",
      follows: reader.follows,
      notices: { ...AS_AT_FIRST, ...reader.notices },
    };
    expect(calls(arrival, who)).toBe(reason);
    expect(decide(arrival, who, now.at)).toBe(notice ? reason : null);
  });

  test("a zone's clock is the one of the cases", () => {
    for (const { now } of CASES) {
      expect(localTime(now.at, now.zone)).toEqual({ day: now.day, minute: now.minute });
    }
  });

  test("a zone that nobody knows is the device's own", () => {
    const at = new Date(2026, 10, 24, 9, 30).getTime();
    expect(localTime(at, "Nowhere/Else")).toEqual({ day: "tue", minute: 9 * 60 + 30 });
  });

  test("hostile texts end", () => {
    const text = fold("aaaa ".repeat(2_000) + "a".repeat(30_000));
    expect(hasKeyword(text, "a".repeat(40))).toBe(false);
    expect(hasKeyword(text, "aaaa")).toBe(true);
    expect(hasKeyword(text, "")).toBe(false);
  });
});
