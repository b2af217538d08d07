import { beforeEach, describe, expect, it, vi } from "vitest";

const sent: unknown[] = [];
const asked: unknown[] = [];

vi.mock("./actions", () => ({ send: (...args: unknown[]) => void sent.push(args) }));
vi.mock("./view.svelte", () => ({ view: { say: (text: string) => void asked.push(text) } }));
vi.mock("../i18n/language.svelte", () => ({ t: (key: string) => key }));
vi.mock("./chat.svelte", () => ({ chat: { users: new Map(), channels: new Map() } }));
vi.mock("./selectors", () => ({ isDirect: () => false }));
vi.mock("../api/rest", () => ({
  rest: {
    changeChannel: (...args: unknown[]) => void asked.push(["topic", ...args]),
    leave: (...args: unknown[]) => void asked.push(["leave", ...args]),
  },
}));
vi.mock("../api/integrations", () => ({
  programs: {
    commands: () => Promise.resolve([{ word: "deploy", hint: "", description: "" }]),
    run: (...args: unknown[]) => void asked.push(["run", ...args]),
  },
}));

const { give } = await import("./commands");
const place = { channel: "c", root: null };

describe("a command", () => {
  beforeEach(() => {
    sent.length = 0;
    asked.length = 0;
  });

  it("of the office goes to its program", async () => {
    expect(await give(place, "/Deploy to the\nmoon ")).toBe(true);
    expect(asked).toEqual([["run", "c", "deploy", "to the\nmoon", null]]);
  });

  it("of the page is carried out here", async () => {
    expect(await give(place, "/shrug well")).toBe(true);
    expect(await give(place, "/me waves")).toBe(true);
    expect(await give(place, "/topic Tea 茶")).toBe(true);
    expect(sent).toEqual([
      ["c", null, "well ¯\\\\\\_(ツ)\\_/¯"],
      ["c", null, "_waves_"],
    ]);
    expect(asked).toEqual([["topic", "c", { topic: "Tea 茶" }]]);
  });

  it("that nobody knows is a message", async () => {
    for (const text of ["/nothing", "/usr/bin/env", "a /deploy", "/ deploy", "//deploy", "/"]) {
      expect(await give(place, text)).toBe(false);
    }
  });

  it("that invites somebody unknown says so", async () => {
    expect(await give(place, "/invite @nobody")).toBe(true);
    expect(asked).toEqual(["commands.noPerson"]);
  });
});
