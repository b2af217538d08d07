/**
 * Messages on their way. A send shows at once as an echo, and its nonce makes repeating it safe:
 * the answer (`posted`) and the event may come in either order, and either one settles it.
 */
import type { ClientFrame, Frame, Happened, Message, Posted, Problem } from "../api/types";
import { place } from "./messages";
import { type Chat, type Outgoing, placeKey } from "./shape";

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

/** A message is never held longer than this, whatever the clock does meanwhile. */
const HOLD_MS_MAX = 10_000;

function heldMs({ heldUntil = 0 }: Outgoing, now: number): number {
  const left = heldUntil - now;
  return left > HOLD_MS_MAX ? 0 : Math.max(0, left);
}

function inOrder(chat: Chat): Outgoing[] {
  return [...chat.outbox.values()].sort((a, b) => a.order - b.order);
}

/**
 * What can be sent now, in the order of writing. What follows a message that is still held waits
 * too, so that a conversation keeps its order.
 */
export function ready(chat: Chat, now: number): Outgoing[] {
  const blocked = new Set<string>();
  return inOrder(chat).filter((outgoing) => {
    if (outgoing.state !== "sending") return false;
    const key = placeKey(outgoing.channel, outgoing.root);
    if (heldMs(outgoing, now) > 0) blocked.add(key);
    return !blocked.has(key);
  });
}

/** When the next held message is due, in milliseconds; null if none is held. */
export function dueInMs(chat: Chat, now: number): number | null {
  const waits = [...chat.outbox.values()].map((outgoing) => heldMs(outgoing, now)).filter(Boolean);
  return waits.length > 0 ? Math.min(...waits) : null;
}

/** A place after everything that waits. The clock alone could step back. */
export function nextOrder(chat: Chat, now: number): number {
  return Math.max(now, ...[...chat.outbox.values()].map(({ order }) => order + 1));
}

/** The echoes of one conversation or thread. */
export function echoes(chat: Chat, channel: string, root: string | null): Outgoing[] {
  return inOrder(chat).filter(
    (outgoing) => outgoing.channel === channel && outgoing.root === root,
  );
}

/** What the server is told of a send. */
export function postFrame({ nonce, channel, root, text, files }: Outgoing): ClientFrame {
  return {
    t: "post",
    nonce,
    channel,
    ...(root ? { root } : {}),
    text,
    ...(files.length > 0 ? { files: files.map((file) => file.id) } : {}),
  };
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
    files: outgoing.files,
    edited_at: null,
    deleted_at: null,
    pinned_at: null,
    reactions: [],
    thread: null,
  };
}
