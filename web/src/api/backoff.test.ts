import { expect, it } from "vitest";

import { newNonce } from "../state/nonce";
import { parse } from "../router.svelte";
import english from "../i18n/en.json";
import chinese from "../i18n/zh-CN.json";
import { DELAY_MAX_MS, delayMs } from "./backoff";

it("waits from nothing to 15 s, never all at once", () => {
  expect(delayMs(0, 0)).toBe(0);
  expect(delayMs(3, 0.5)).toBe(800);
  expect(delayMs(1_000, 0.999_999)).toBeLessThanOrEqual(DELAY_MAX_MS);
  expect(delayMs(5, 0)).toBeGreaterThan(0);
});

it("names a send by a UUIDv7", () => {
  const nonce = newNonce(1_700_000_000_000);
  expect(nonce).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newNonce(1)).not.toBe(newNonce(1));
});

it("reads addresses", () => {
  expect(parse("/c/a/m/b")).toEqual({ page: "channel", channel: "a", message: "b", thread: null });
  expect(parse("/c/a/t/b")).toEqual({ page: "channel", channel: "a", message: null, thread: "b" });
  expect(parse("/join")).toEqual({ page: "join" });
  expect(parse("/anything/else")).toEqual({ page: "home" });
});

it("says everything in both languages, with the same blanks", () => {
  expect(Object.keys(chinese)).toEqual(Object.keys(english));
  const blanks = (words: string): string[] => [...new Set(words.match(/\{\w+\}/g))].sort();
  for (const key of Object.keys(english) as (keyof typeof english)[]) {
    expect(blanks(chinese[key]), key).toEqual(blanks(english[key]));
  }
});
