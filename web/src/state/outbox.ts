/**
 * Messages on their way. A send shows at once as an echo, and its nonce makes repeating it safe:
 * the answer (`posted`) and the event may come in either order, and either one settles it.
 */
import type { Frame, Happened, Message, Posted, Problem } from "../api/types";
import { place } from "./messages";
import type { Chat, Outgoing } from "./shape";

export function echo(chat: Chat, outgoing: Outgoing): void {
  chat.outbox.set(outgoing.nonce, outgoing);
}

/** The answer to a send: the message exists now. */
export function settleAnswer(chat: Chat, frame: Frame<"posted">): void {
  const outgoing = chat.outbox.get(frame.nonce);
  if (!outgoing) return;
  chat.outbox.delete(frame.nonce);
  chat.nonces.set(frame.message, frame.nonce);
  if (!chat.messages.has(frame.message)) place(chat, message(chat, outgoing, frame));
}

/** The event of one's own send. */
export function settleEvent(chat: Chat, happened: Happened, event: Posted): void {
  if (happened.actor !== chat.me || !chat.outbox.has(event.nonce)) return;
  chat.outbox.delete(event.nonce);
  chat.nonces.set(event.message, event.nonce);
}

export function fail(chat: Chat, nonce: string, problem: Problem): void {
  const outgoing = chat.outbox.get(nonce);
  if (outgoing) chat.outbox.set(nonce, { ...outgoing, state: "failed", problem });
}

/** What still waits, in the order of writing. */
export function waiting(chat: Chat): Outgoing[] {
  return [...chat.outbox.values()]
    .filter((outgoing) => outgoing.state === "sending")
    .sort((a, b) => a.at - b.at);
}

/** The echoes of one conversation or thread. */
export function echoes(chat: Chat, channel: string, root: string | null): Outgoing[] {
  return [...chat.outbox.values()]
    .filter((outgoing) => outgoing.channel === channel && outgoing.root === root)
    .sort((a, b) => a.at - b.at);
}

function message(chat: Chat, outgoing: Outgoing, frame: Frame<"posted">): Message {
  return {
    id: frame.message,
    seq: frame.seq,
    channel: outgoing.channel,
    root: outgoing.root,
    author: chat.me,
    created_at: frame.at,
    text: outgoing.text,
    mentions: {},
    edited_at: null,
    deleted_at: null,
    pinned_at: null,
    reactions: [],
    thread: null,
  };
}
