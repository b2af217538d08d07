/**
 * How events change messages. Every function here gives the same result when it is applied twice,
 * because a page of history may already hold what an event says.
 */
import type { EventOf, Happened, Message, Posted, Reaction } from "../api/types";
import { append } from "./stretch";
import { type Chat } from "./shape";

/** Applies the part of an event that is about messages. */
export function applyToMessages(chat: Chat, happened: Happened): void {
  const { event } = happened;
  switch (event.kind) {
    case "message.posted":
      place(chat, posted(happened, event));
      break;
    case "message.edited":
      edit(chat, event, happened.at);
      break;
    case "message.deleted":
      remove(chat, event, happened.at);
      break;
    case "reaction.set":
      change(chat, event.message, (message) => ({
        reactions: react(message.reactions, event.emoji, happened.actor, event.on),
      }));
      break;
    case "cards.set":
      change(chat, event.message, () => ({ cards: event.cards }));
      break;
    case "pin.set":
      change(chat, event.message, () => ({ pinned_at: event.on ? happened.at : null }));
      break;
    default:
  }
}

/**
 * Applies again what happened to a channel's messages after a page of them was asked for, when the
 * reader stood at `askedAt`. The server cut the page at some moment after that, so nothing falls
 * between the page and the live events.
 */
export function catchUp(chat: Chat, channel: string, askedAt: number): void {
  for (const happened of chat.recent) {
    const { event } = happened;
    if (happened.seq > askedAt && "channel" in event && event.channel === channel) {
      applyToMessages(chat, happened);
    }
  }
}

export function posted(happened: Happened, event: Posted): Message {
  return {
    id: event.message,
    seq: happened.seq,
    channel: event.channel,
    root: event.root ?? null,
    author: happened.actor,
    created_at: happened.at,
    text: event.text,
    mentions: event.mentions ?? {},
    files: event.files ?? [],
    guise: event.guise ?? null,
    edited_at: null,
    deleted_at: null,
    pinned_at: null,
    reactions: [],
    thread: null,
  };
}

/** Puts a message where it belongs: its own record, its conversation's or thread's end. */
export function place(chat: Chat, message: Message): void {
  const known = chat.messages.get(message.id);
  if (known) {
    // An answer to a send carries no mentions; the event does.
    if (!known.edited_at) chat.messages.set(known.id, { ...known, mentions: message.mentions });
  } else {
    chat.messages.set(message.id, message);
  }
  const stretches = message.root ? chat.threads : chat.histories;
  append(stretches, message.root ?? message.channel, chat, message);
  if (message.root && !known) countReply(chat, message);
}

/**
 * Counts an answer on the head of its thread. A head that was fetched after the answer was written
 * has counted it already, which its own last time tells.
 */
export function countReply(chat: Chat, reply: Message): void {
  if (!reply.root) return;
  change(chat, reply.root, ({ thread }) => {
    if (thread && reply.created_at <= thread.last_reply_at) return {};
    const others = (thread?.people ?? []).filter((user) => user !== reply.author);
    return {
      thread: {
        replies: (thread?.replies ?? 0) + 1,
        last_reply_at: reply.created_at,
        people: [reply.author, ...others].slice(0, 5),
      },
    };
  });
}

function edit(chat: Chat, event: EventOf<"message.edited">, at: number): void {
  change(chat, event.message, (message) =>
    message.deleted_at
      ? {}
      : { text: event.text, mentions: event.mentions ?? {}, edited_at: at },
  );
}

function remove(chat: Chat, { message: id, root }: EventOf<"message.deleted">, at: number): void {
  const message = chat.messages.get(id);
  if (message?.deleted_at) return;
  if (message) {
    chat.messages.set(id, {
      ...message,
      text: null,
      mentions: {},
      files: [],
      cards: [],
      reactions: [],
      pinned_at: null,
      deleted_at: at,
    });
  }
  if (!root) return;
  change(chat, root, ({ thread }) =>
    thread ? { thread: { ...thread, replies: Math.max(0, thread.replies - 1) } } : {},
  );
}

function react(reactions: Reaction[], emoji: string, user: string, on: boolean): Reaction[] {
  const known = reactions.find((reaction) => reaction.emoji === emoji);
  if (!known) return on ? [...reactions, { emoji, users: [user] }] : reactions;
  const others = known.users.filter((other) => other !== user);
  // Who reacted already keeps their place.
  const users = on && others.length < known.users.length ? known.users : others;
  const now = { emoji, users: on && users === others ? [...others, user] : users };
  return reactions
    .map((reaction) => (reaction === known ? now : reaction))
    .filter((reaction) => reaction.users.length > 0);
}

function change(chat: Chat, id: string, by: (message: Message) => Partial<Message>): void {
  const message = chat.messages.get(id);
  if (message) chat.messages.set(id, { ...message, ...by(message) });
}
