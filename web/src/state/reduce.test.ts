import { describe, expect, it } from "vitest";

import { CHANNEL, happened, LIN, ME, message, office, written } from "./fixture";
import { catchUp } from "./messages";
import { echo, settleAnswer } from "./outbox";
import { reduce } from "./reduce";
import { load, type Outgoing } from "./shape";
import { join } from "./stretch";

const ids = (chat: ReturnType<typeof office>): string[] => chat.histories.get(CHANNEL)?.ids ?? [];
const state = (chat: ReturnType<typeof office>) => chat.channels.get(CHANNEL);

const sent: Outgoing = {
  nonce: "n-11",
  channel: CHANNEL,
  root: null,
  text: "hello",
  files: [],
  at: 1,
  order: 1,
  state: "sending",
  problem: null,
};
const answer = { t: "posted", nonce: "n-11", message: "m-11", seq: 11, at: 11_000 } as const;

describe("a send", () => {
  it("is settled by the answer, then the event", () => {
    const chat = office();
    echo(chat, sent);
    settleAnswer(chat, answer);
    reduce(chat, written(11, ME, "hello", { mentions: { users: [LIN] } }));
    expect(chat.outbox.size).toBe(0);
    expect(ids(chat)).toEqual(["m-11"]);
    expect(chat.messages.get("m-11")?.mentions.users).toEqual([LIN]);
    expect(chat.nonces.get("m-11")).toBe("n-11");
  });

  it("is settled by the event, then the answer", () => {
    const chat = office();
    echo(chat, sent);
    reduce(chat, written(11, ME, "hello"));
    settleAnswer(chat, answer);
    expect(chat.outbox.size).toBe(0);
    expect(ids(chat)).toEqual(["m-11"]);
  });

  it("survives a reset while it waits", () => {
    const chat = office();
    echo(chat, sent);
    load(chat, {
      seq: 20, office: chat.office, link_cards_allowed: true, me: ME, preferences: {}, users: [], groups: [],
      channels: [], drafts: [], threads: [], saved: [],
    });
    expect(chat.outbox.get("n-11")).toEqual(sent);
    expect(chat.histories.size).toBe(0);
  });

  it("is one element before and after, and does not count as unread", () => {
    const chat = office();
    echo(chat, sent);
    reduce(chat, written(11, ME, "hello"));
    expect(state(chat)?.unread).toBe(0);
    expect(state(chat)?.last_seq).toBe(11);
  });
});

describe("a replay", () => {
  const events = [
    written(11, LIN, "one"),
    written(12, LIN, "two", { mentions: { users: [ME] } }),
    happened(13, LIN, { kind: "message.edited", message: "m-11", channel: CHANNEL, text: "1" }),
    happened(14, ME, { kind: "reaction.set", message: "m-11", channel: CHANNEL, emoji: "🔥", on: true }),
    written(15, LIN, "answer", { root: "m-11" }),
    happened(16, LIN, { kind: "pin.set", message: "m-12", channel: CHANNEL, on: true }),
  ];

  it("changes nothing the second time", () => {
    const chat = office();
    for (const event of events) reduce(chat, event);
    const before = structuredClone(chat);
    for (const event of events) expect(reduce(chat, event)).toEqual([]);
    expect(chat).toEqual(before);
  });

  it("gives the same as a page that already holds it", () => {
    const chat = office();
    for (const event of events) reduce(chat, event);
    const page = [...chat.messages.values()].filter((each) => !each.root);
    const late = office();
    late.histories.delete(CHANNEL);
    const askedAt = late.seq;
    late.histories.set(
      CHANNEL,
      join(late, undefined, { messages: page, more_before: false, more_after: false }, "replace"),
    );
    for (const event of events) reduce(late, event);
    catchUp(late, CHANNEL, askedAt);
    expect(late.histories.get(CHANNEL)?.ids).toEqual(["m-11", "m-12"]);
    expect(late.messages.get("m-11")).toEqual(chat.messages.get("m-11"));
    expect(late.messages.get("m-11")?.thread?.replies).toBe(1);
  });

  it("fills in what happened while a page was on its way", () => {
    const chat = office();
    chat.histories.delete(CHANNEL);
    const askedAt = chat.seq;
    const stale = { messages: [message(9, LIN)], more_before: false, more_after: false };
    for (const event of events) reduce(chat, event);
    reduce(chat, happened(17, LIN, { kind: "message.deleted", message: "m-9", channel: CHANNEL }));
    chat.histories.set(CHANNEL, join(chat, undefined, stale, "replace"));
    catchUp(chat, CHANNEL, askedAt);
    expect(ids(chat)).toEqual(["m-9", "m-11", "m-12"]);
    expect(chat.messages.get("m-9")?.deleted_at).toBe(17_000);
    expect(chat.messages.get("m-11")?.text).toBe("1");
  });
});

describe("unread", () => {
  it("counts others' messages, mentions, and not answers in threads", () => {
    const chat = office();
    reduce(chat, written(11, LIN, "a"));
    reduce(chat, written(12, LIN, "b", { mentions: { users: [ME] } }));
    reduce(chat, written(13, LIN, "c", { mentions: { wide: "here" } }));
    reduce(chat, written(14, LIN, "d", { root: "m-11" }));
    expect(state(chat)).toMatchObject({ unread: 3, mentions: 2, last_seq: 13 });
  });

  it("counts @here for those who were online then", () => {
    const chat = office();
    reduce(chat, written(11, LIN, "a", { mentions: { wide: "here", here: ["somebody"] } }));
    expect(state(chat)).toMatchObject({ unread: 1, mentions: 0 });
    reduce(chat, written(12, LIN, "b", { mentions: { wide: "here", here: ["somebody", ME] } }));
    expect(state(chat)).toMatchObject({ unread: 2, mentions: 1 });
  });

  it("starts again after what was read on any device", () => {
    const chat = office();
    for (const seq of [11, 12, 13]) {
      reduce(chat, written(seq, LIN, "a", { mentions: { users: [ME] } }));
    }
    reduce(chat, happened(14, ME, { kind: "read.marked", channel: CHANNEL, upto: 12 }));
    expect(state(chat)).toMatchObject({ unread: 1, mentions: 1, read_upto: 12 });
    reduce(chat, happened(16, ME, { kind: "read.marked", channel: CHANNEL, upto: 13 }));
    expect(state(chat)).toMatchObject({ unread: 0, mentions: 0 });
  });

  it("goes back to where something was marked as unread, and lets the server count", () => {
    const chat = office();
    for (const seq of [11, 12, 13]) reduce(chat, written(seq, LIN, "a"));
    const mark = (seq: number, upto: number) =>
      reduce(chat, happened(seq, ME, { kind: "read.marked", channel: CHANNEL, upto }));
    expect(mark(14, 13)).toEqual([]);
    expect(mark(15, 11)).toEqual([{ do: "load-channel", channel: CHANNEL }]);
    expect(state(chat)).toMatchObject({ unread: 2, read_upto: 11 });
    expect(mark(16, 11)).toEqual([]);
  });

  it("asks for the threads when the marker of one goes back", () => {
    const chat = office();
    reduce(chat, written(11, ME, "head"));
    reduce(chat, written(12, LIN, "answer", { root: "m-11" }));
    const mark = (seq: number, upto: number) =>
      reduce(chat, happened(seq, ME, { kind: "read.marked", channel: CHANNEL, root: "m-11", upto }));
    expect(mark(13, 12)).toEqual([]);
    expect(chat.unreadThreads.size).toBe(0);
    expect(mark(14, 11)).toEqual([{ do: "load-threads" }]);
  });

  it("keeps what was saved", () => {
    const chat = office();
    const save = (seq: number, on: boolean) =>
      reduce(chat, happened(seq, ME, { kind: "saved.set", message: "m-9", channel: CHANNEL, on }));
    save(11, true);
    expect([...chat.saved]).toEqual(["m-9"]);
    save(12, false);
    expect(chat.saved.size).toBe(0);
  });

  it("counts answers in followed threads only", () => {
    const chat = office();
    reduce(chat, written(11, ME, "head"));
    reduce(chat, written(12, LIN, "theirs"));
    reduce(chat, written(13, LIN, "answer", { root: "m-11" }));
    reduce(chat, written(14, LIN, "answer", { root: "m-12" }));
    expect([...chat.unreadThreads.keys()]).toEqual(["m-11"]);
    const off = { kind: "thread.followed", root: "m-11", channel: CHANNEL, on: false } as const;
    reduce(chat, happened(15, ME, off));
    reduce(chat, written(16, LIN, "answer", { root: "m-11" }));
    expect(chat.unreadThreads.size).toBe(0);
  });

  it("follows what one answers in or is named in, unless one said no", () => {
    const chat = office();
    reduce(chat, written(11, LIN, "head"));
    reduce(chat, written(12, LIN, "another head"));
    reduce(chat, written(13, ME, "answer", { root: "m-11" }));
    reduce(chat, written(14, LIN, "you", { root: "m-12", mentions: { users: [ME] } }));
    reduce(chat, written(15, LIN, "answer", { root: "m-11" }));
    expect([...chat.unreadThreads.keys()]).toEqual(["m-12", "m-11"]);
    const off = { kind: "thread.followed", root: "m-11", channel: CHANNEL, on: false } as const;
    reduce(chat, happened(16, ME, off));
    reduce(chat, written(17, ME, "answer", { root: "m-11" }));
    expect(chat.follows.get("m-11")).toBe(false);
  });

  it("calls only when the level allows", () => {
    const chat = office();
    expect(reduce(chat, written(11, LIN, "a"))).toEqual([]);
    const calls = reduce(chat, written(12, LIN, "b", { mentions: { users: [ME] } }));
    expect(calls).toMatchObject([{ do: "interest" }]);
    const mute = { kind: "notify.updated", channel: CHANNEL, level: "nothing" } as const;
    reduce(chat, happened(13, ME, mute));
    expect(reduce(chat, written(14, LIN, "c", { mentions: { users: [ME] } }))).toEqual([]);
  });
});

describe("changes of messages", () => {
  it("keeps a deleted message's place and nothing else", () => {
    const chat = office();
    reduce(chat, written(11, LIN, "secret"));
    reduce(chat, happened(12, LIN, { kind: "message.deleted", message: "m-11", channel: CHANNEL }));
    reduce(chat, happened(13, LIN, { kind: "message.edited", message: "m-11", channel: CHANNEL, text: "x" }));
    expect(ids(chat)).toEqual(["m-11"]);
    expect(chat.messages.get("m-11")).toMatchObject({ text: null, deleted_at: 12_000 });
  });

  it("merges reactions", () => {
    const chat = office();
    reduce(chat, written(11, LIN, "a"));
    const react = (seq: number, actor: string, on: boolean): void => {
      const event = { kind: "reaction.set", message: "m-11", channel: CHANNEL, emoji: "👍", on } as const;
      reduce(chat, happened(seq, actor, event));
    };
    react(12, LIN, true);
    react(13, ME, true);
    react(14, ME, true);
    expect(chat.messages.get("m-11")?.reactions).toEqual([{ emoji: "👍", users: [LIN, ME] }]);
    react(15, LIN, false);
    react(16, ME, false);
    expect(chat.messages.get("m-11")?.reactions).toEqual([]);
  });

  it("counts answers on the head of their thread", () => {
    const chat = office();
    reduce(chat, written(11, LIN, "head"));
    reduce(chat, written(12, ME, "a", { root: "m-11" }));
    reduce(chat, written(13, LIN, "b", { root: "m-11" }));
    expect(chat.messages.get("m-11")?.thread).toEqual({
      replies: 2,
      last_reply_at: 13_000,
      people: [LIN, ME],
    });
    expect(ids(chat)).toEqual(["m-11"]);
  });
});

describe("membership", () => {
  it("asks for a channel one was added to, and drops one that was left", () => {
    const chat = office();
    const member = { user: ME, role: "member" } as const;
    const added = happened(11, LIN, { kind: "member.added", channel: "c-new", member });
    expect(reduce(chat, added)).toEqual([{ do: "load-channel", channel: "c-new" }]);
    const removed = happened(12, LIN, { kind: "member.removed", channel: CHANNEL, user: ME });
    expect(reduce(chat, removed)).toEqual([{ do: "left-channel", channel: CHANNEL }]);
    expect(chat.channels.size).toBe(0);
  });

  it("ignores kinds it does not know", () => {
    const chat = office();
    const unknown = { kind: "lamp.lit" } as unknown as Parameters<typeof happened>[2];
    expect(reduce(chat, happened(11, LIN, unknown))).toEqual([]);
    expect(chat.seq).toBe(11);
  });
});
