import { describe, expect, it } from "vitest";

import type { Message } from "../api/types";
import { CHANNEL, LIN, ME, message, office, written } from "./fixture";
import { reduce } from "./reduce";
import { layOut } from "./rows";
import { forget, GROWTH_MAX, join, KEPT_MAX, leave, LEFT_MAX, LOOSE_MAX, STRETCH_MAX } from "./stretch";

const page = (from: number, to: number, before = false, after = false) => ({
  messages: Array.from({ length: to - from + 1 }, (_, at) => message(from + at, LIN)),
  more_before: before,
  more_after: after,
});

describe("a stretch", () => {
  it("grows on both sides without doubling", () => {
    const chat = office();
    let stretch = join(chat, undefined, page(50, 60, true, true), "replace");
    stretch = join(chat, stretch, page(45, 50, true), "before");
    stretch = join(chat, stretch, page(60, 65), "after");
    expect(stretch.ids).toHaveLength(21);
    expect(stretch).toMatchObject({ moreBefore: true, moreAfter: false });
  });

  it("stays within its limit and remembers that there is more", () => {
    const chat = office();
    const long = join(chat, undefined, page(1_000, 1_399, true), "replace");
    const older = join(chat, long, page(950, 999, false), "before");
    expect(older.ids).toHaveLength(STRETCH_MAX);
    expect(older).toMatchObject({ moreBefore: false, moreAfter: true });
    expect(older.ids[0]).toBe("m-950");
  });

  it("takes no live message while it does not reach the end", () => {
    const chat = office();
    chat.histories.set(CHANNEL, join(chat, undefined, page(1, 5, false, true), "replace"));
    reduce(chat, written(11, LIN, "far below"));
    expect(chat.histories.get(CHANNEL)?.ids).toHaveLength(5);
  });

  const full = (): ReturnType<typeof office> => {
    const chat = office();
    const longest = page(1_000, 999 + STRETCH_MAX + GROWTH_MAX, false).messages;
    for (const each of longest) chat.messages.set(each.id, each);
    chat.histories.set(CHANNEL, { ids: longest.map(({ id }) => id), moreBefore: false, moreAfter: false });
    chat.seq = 5_000;
    return chat;
  };

  it("is cut at its beginning by what comes in, while its end is in sight", () => {
    const chat = full();
    reduce(chat, written(5_001, LIN, "one more"));
    const stretch = chat.histories.get(CHANNEL);
    expect(stretch?.ids).toHaveLength(STRETCH_MAX);
    expect(stretch?.ids.at(-1)).toBe("m-5001");
    expect(stretch).toMatchObject({ moreBefore: true, moreAfter: false });
  });

  it("is not cut under somebody who reads further up", () => {
    const chat = full();
    chat.readingBack.add(CHANNEL);
    reduce(chat, written(5_001, LIN, "one more"));
    const stretch = chat.histories.get(CHANNEL);
    expect(stretch?.ids[0]).toBe("m-1000");
    expect(stretch?.ids).not.toContain("m-5001");
    expect(stretch?.moreAfter).toBe(true);
  });

  it("is short after it was left, and gone if its end was not in sight", () => {
    const chat = full();
    leave(chat, CHANNEL);
    expect(chat.histories.get(CHANNEL)?.ids).toHaveLength(LEFT_MAX);
    expect(chat.histories.get(CHANNEL)?.moreBefore).toBe(true);
    chat.histories.set(CHANNEL, join(chat, undefined, page(1, 5, false, true), "replace"));
    leave(chat, CHANNEL);
    expect(chat.histories.has(CHANNEL)).toBe(false);
  });

  it("is all that stays of a day's traffic elsewhere", () => {
    const chat = office();
    for (let seq = 11; seq < 20_000; seq += 1) {
      reduce(chat, written(seq, LIN, "elsewhere", { channel: "c-busy" }));
    }
    const most = 2 * (STRETCH_MAX + GROWTH_MAX) + LOOSE_MAX;
    expect(chat.messages.size).toBeLessThanOrEqual(most);
    expect(chat.nonces.size).toBeLessThanOrEqual(most);
  });

  it("is forgotten after a while, with its messages", () => {
    const chat = office();
    for (let at = 0; at < KEPT_MAX + 5; at += 1) {
      const key = `c-${at}`;
      chat.messages.set(`m-${key}`, message(at, LIN, { id: `m-${key}`, channel: key }));
      chat.histories.set(key, { ids: [`m-${key}`], moreBefore: false, moreAfter: false });
    }
    forget(chat, "c-0");
    expect(chat.histories.has("c-0")).toBe(true);
    expect(chat.histories.size).toBe(KEPT_MAX + 1);
    expect(chat.messages.size).toBe(KEPT_MAX + 1);
  });
});

describe("rows", () => {
  const layout = (messages: Message[], newAfter: number | null = null) =>
    layOut({
      messages,
      echoes: [],
      me: ME,
      newAfter,
      day: (at) => String(Math.floor(at / 86_400_000)),
      keyOf: (each) => each.id,
    });

  it("group what one person writes at once", () => {
    const rows = layout([message(1, LIN), message(2, LIN), message(3, ME), message(400, ME)]);
    const first = rows.map((row) => (row.kind === "message" ? row.first : row.kind));
    expect(first).toEqual(["day", true, false, true, true]);
  });

  it("start a day with its name", () => {
    const rows = layout([message(1, LIN), message(86_401, LIN)]);
    expect(rows.map((row) => row.kind)).toEqual(["day", "message", "day", "message"]);
  });

  it("draw the line before the first new message of somebody else", () => {
    const rows = layout([message(1, LIN), message(2, ME), message(3, LIN), message(4, LIN)], 1);
    expect(rows.map((row) => row.kind)).toEqual(["day", "message", "message", "new", "message", "message"]);
  });
});
