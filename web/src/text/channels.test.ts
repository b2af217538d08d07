import { describe, expect, it } from "vitest";

import { linkChannels, unlinkChannels } from "./channels";

const id = (n: number): string => `00000000-0000-7000-8000-00000000000${n}`;
const channels = [
  { id: id(1), name: "lobby" },
  { id: id(2), name: "大厅" },
  { id: id(3), name: "lobby plans" },
  { id: id(4), name: "a]b\\c" },
];
const linked = (text: string): string => linkChannels(text, channels);

describe("names of channels", () => {
  it("become links, the longest name first, also in the middle of Chinese", () => {
    expect(linked("see #lobby.")).toBe(`see [#lobby](/c/${id(1)}).`);
    expect(linked("#Lobby plans")).toBe(`[#lobby plans](/c/${id(3)})`);
    expect(linked("请看＃大厅里的")).toBe(`请看[#大厅](/c/${id(2)})里的`);
  });

  it("stay as they are inside words, addresses and code", () => {
    for (const text of ["a#lobby", "#lobbyist", "/x#lobby", "`#lobby`", "```\n#lobby\n```", "##lobby", "# lobby"]) {
      expect(linked(text)).toBe(text);
    }
    expect(linked("it`s #lobby")).toBe(`it\`s [#lobby](/c/${id(1)})`);
  });

  it("are written again as they were", () => {
    for (const text of ["see #lobby and #大厅", "#a]b\\c!", "nothing [a](/b)"]) {
      expect(unlinkChannels(linked(text))).toBe(text);
    }
    expect(linked(linked("#lobby"))).toBe(linked("#lobby"));
  });

  it("are looked for in bounded time", () => {
    expect(linked("#".repeat(40_000))).toHaveLength(40_000);
    expect(unlinkChannels("[#\\".repeat(10_000))).toHaveLength(30_000);
  });
});
