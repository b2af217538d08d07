import { describe, expect, it } from "vitest";

import { commandOf, GROUPS, type Pressed } from "./table";

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 0,
  ...more,
});

describe("a key", () => {
  it("does what the help says", () => {
    for (const { shortcuts } of GROUPS) {
      for (const { command, keys } of shortcuts) {
        for (const name of keys) {
          const parts = name.split("+").filter(Boolean);
          const event = press(name.endsWith("+") ? "+" : (parts.at(-1) ?? ""), {
            ctrlKey: parts.includes("Ctrl"),
            altKey: parts.includes("Alt"),
            shiftKey: parts.includes("Shift"),
          });
          expect(commandOf(event, false), name).toBe(command);
        }
      }
    }
  });

  it("is named once", () => {
    const all = GROUPS.flatMap(({ shortcuts }) => shortcuts.flatMap(({ keys }) => keys));
    expect(new Set(all).size).toBe(all.length);
  });

  it("leaves what is typed alone, but for the few that reach everywhere", () => {
    for (const key of ["j", "n", "r", "+", "?", "/", "ArrowUp", "Enter"]) {
      expect(commandOf(press(key), true), key).toBeNull();
    }
    expect(commandOf(press("k", { ctrlKey: true }), true)).toBe("switch");
    expect(commandOf(press("k", { metaKey: true }), true)).toBe("switch");
    expect(commandOf(press("ArrowUp", { altKey: true }), true)).toBe("above");
  });

  it("belongs to the input method while one composes", () => {
    expect(commandOf(press("n", { isComposing: true }), false)).toBeNull();
    expect(commandOf(press("Escape", { keyCode: 229 }), true)).toBeNull();
  });

  it("with another modifier is the browser's", () => {
    expect(commandOf(press("r", { ctrlKey: true }), false)).toBeNull();
    expect(commandOf(press("n", { metaKey: true }), false)).toBeNull();
    expect(commandOf(press("u"), false)).toBeNull();
  });

  it("that needs Shift for its sign is known by the sign", () => {
    expect(commandOf(press("?", { shiftKey: true }), false)).toBe("help");
    expect(commandOf(press("+", { shiftKey: true }), false)).toBe("like");
    expect(commandOf(press("J", { shiftKey: false }), false)).toBe("down");
  });
});
