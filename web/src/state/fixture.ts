/** An office for tests: two people, one channel, and events made short. */
import type { Happened, Message } from "../api/types";
import { type Chat, emptyChat, load } from "./shape";

export const ME = "u-me";
export const LIN = "u-lin";
export const CHANNEL = "c-quotes";

export function office(): Chat {
  const chat = emptyChat();
  const person = { role: "member" as const, state: "active" as const, created_at: 1 };
  const channel = {
    id: CHANNEL,
    kind: "public" as const,
    name: "quotes",
    topic: "",
    posting: "everyone" as const,
    reach: "local" as const,
    created_by: ME,
    created_at: 1,
  };
  load(chat, {
    seq: 10,
    office: { name: "Office" },
    link_cards_allowed: true,
    me: ME,
    preferences: {},
    users: [
      { ...person, id: ME, handle: "me", name: "Me" },
      { ...person, id: LIN, handle: "lin", name: "林晓雨" },
    ],
    groups: [],
    channels: [
      {
        channel,
        role: "manager",
        people: [],
        member_count: 2,
        read_upto: 10,
        last_seq: 10,
        unread: 0,
        mentions: 0,
        notify: "mentions",
      },
    ],
    drafts: [],
    threads: [],
    saved: [],
  });
  chat.histories.set(CHANNEL, { ids: [], moreBefore: false, moreAfter: false });
  return chat;
}

export function happened(seq: number, actor: string, event: Happened["event"]): Happened {
  return { seq, at: seq * 1_000, actor, event };
}

export function written(seq: number, actor: string, text: string, more: object = {}): Happened {
  return happened(seq, actor, {
    kind: "message.posted",
    message: `m-${seq}`,
    channel: CHANNEL,
    text,
    mentions: {},
    nonce: `n-${seq}`,
    ...more,
  });
}

export function message(seq: number, author: string, more: Partial<Message> = {}): Message {
  return {
    id: `m-${seq}`,
    seq,
    channel: CHANNEL,
    root: null,
    author,
    created_at: seq * 1_000,
    text: `text ${seq}`,
    mentions: {},
    files: [],
    reactions: [],
    ...more,
  };
}
