import { describe, expect, it, vi } from "vitest";

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

describe("a suggested handle", () => {
  it("is one that the server takes", () => {
    expect(suggestHandle(" Marcus  Weber ")).toBe("marcus.weber");
    expect(suggestHandle("周予安")).toBe("周予安");
    expect(suggestHandle("-_. O'Neil!")).toBe("oneil");
  });
});
