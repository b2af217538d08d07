/** What counts as unread, and what calls for attention. */
import { UNREAD_COUNT_MAX } from "../api/limits";
import type { ChannelState, EventOf, Message } from "../api/types";
import { type Arrival, AS_AT_FIRST, calls, mentioned, type Reader } from "../notify/decide";
import type { Chat, Effect } from "./shape";

/** A message as the rule of notices sees it. */
export function arrivalOf({ author, text, root, mentions }: Message): Arrival {
  return { author, text: text ?? "", thread: Boolean(root), mentions };
}

/** This person as a reader of a message; nobody where they are not in its conversation. */
export function readerOf(chat: Chat, message: Message): Reader | null {
  const state = chat.channels.get(message.channel);
  if (!state) return null;
  const { kind } = state.channel;
  return {
    user: chat.me,
    level: state.notify,
    direct: kind === "direct" || kind === "group",
    follows: message.root ? follows(chat, message.root) : false,
    notices: chat.preferences.notices ?? AS_AT_FIRST,
  };
}

/** Whether a message names this person, everybody, or one of their keywords. */
export function mentionsMe(chat: Chat, message: Message): boolean {
  const reader = readerOf(chat, message);
  return reader !== null && mentioned(arrivalOf(message), reader) !== null;
}

/** Whether a message is for this person, so that it may interrupt. */
export function callsMe(chat: Chat, message: Message): boolean {
  const reader = readerOf(chat, message);
  return reader !== null && calls(arrivalOf(message), reader) !== null;
}

/** Counts a new message of a conversation. Answers in threads count in their thread only. */
export function countMessage(chat: Chat, message: Message): void {
  const state = chat.channels.get(message.channel);
  // The record may be younger than the message: then it has counted it.
  if (!state || message.seq <= state.last_seq) return;
  const theirs = message.author !== chat.me;
  const mention = theirs && mentionsMe(chat, message);
  chat.channels.set(message.channel, {
    ...state,
    last_seq: message.seq,
    last_at: message.created_at,
    unread: Math.min(UNREAD_COUNT_MAX, state.unread + Number(theirs)),
    mentions: Math.min(UNREAD_COUNT_MAX, state.mentions + Number(mention)),
  });
}

/**
 * Whether answers in a thread are for this person. Only threads with unread answers are known from
 * the start; for the others the rule of the box is followed: who wrote in it follows it.
 */
export function follows(chat: Chat, root: string): boolean {
  const said = chat.follows.get(root) ?? chat.threads.get(root)?.following;
  if (said !== undefined) return said;
  const head = chat.messages.get(root);
  return head?.author === chat.me || Boolean(head?.thread?.people.includes(chat.me));
}

/**
 * An answer makes its author, the thread's author and whom it names follow, unless they said no.
 * The box has no event for that.
 */
export function followByAnswer(chat: Chat, answer: Message): void {
  const { root } = answer;
  if (!root || chat.follows.has(root)) return;
  const mine = answer.author === chat.me || chat.messages.get(root)?.author === chat.me;
  if (!mine && !answer.mentions.users?.includes(chat.me)) return;
  chat.follows.set(root, true);
  const thread = chat.threads.get(root);
  if (thread) chat.threads.set(root, { ...thread, following: true });
}

export function countAnswer(chat: Chat, message: Message): void {
  const { root } = message;
  if (!root || message.author === chat.me) return;
  if (!follows(chat, root)) return;
  const known = chat.unreadThreads.get(root);
  chat.unreadThreads.set(root, {
    root,
    channel: message.channel,
    read_upto: known?.read_upto ?? chat.threads.get(root)?.readUpto ?? message.seq - 1,
    unread: Math.min(UNREAD_COUNT_MAX, (known?.unread ?? 0) + 1),
  });
}

/**
 * Takes a read marker over, also one that went back because something was marked as unread. What
 * lies between the two places may not be on the page: then the server counts.
 */
export function markRead(chat: Chat, event: EventOf<"read.marked">): Effect[] {
  const { channel, root, upto } = event;
  if (root) return markThreadRead(chat, root, upto);
  const state = chat.channels.get(channel);
  if (!state || upto === state.read_upto) return [];
  const back = upto < state.read_upto;
  chat.channels.set(channel, { ...state, read_upto: upto, ...after(chat, state, upto) });
  return back ? [{ do: "load-channel", channel }] : [];
}

function markThreadRead(chat: Chat, root: string, upto: number): Effect[] {
  const thread = chat.threads.get(root);
  const known = chat.unreadThreads.get(root);
  const before = known?.read_upto ?? thread?.readUpto;
  if (thread) chat.threads.set(root, { ...thread, readUpto: upto });
  // Of a thread that is not on the page nothing is known: the marker may have gone back.
  if (before === undefined || upto < before) return [{ do: "load-threads" }];
  if (!known) return [];
  const left = (thread?.ids ?? []).filter((id) => {
    const answer = chat.messages.get(id);
    return answer !== undefined && answer.seq > upto && answer.author !== chat.me;
  });
  if (left.length === 0) chat.unreadThreads.delete(root);
  else chat.unreadThreads.set(root, { ...known, read_upto: upto, unread: left.length });
  return [];
}

/** Counts what is left after a place, from the messages on the page as far as they reach. */
function after(chat: Chat, state: ChannelState, upto: number): { unread: number; mentions: number } {
  if (upto >= state.last_seq) return { unread: 0, mentions: 0 };
  const history = chat.histories.get(state.channel.id);
  const known = (history?.ids ?? []).flatMap((id) => chat.messages.get(id) ?? []);
  const first = known[0];
  const reaches = history && !history.moreAfter && (!history.moreBefore || (first && first.seq <= upto));
  if (!reaches) return { unread: state.unread, mentions: state.mentions };
  const left = known.filter((message) => message.seq > upto && message.author !== chat.me);
  return {
    unread: left.length,
    mentions: left.filter((message) => mentionsMe(chat, message)).length,
  };
}
