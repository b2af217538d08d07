/**
 * One event of the log applied to what the page knows.
 *
 * `reduce` changes nothing but its first argument, reads no clock and touches no page. Applying an
 * event again, or an older one, does nothing: events come in order of `seq`, each once, and a
 * replay after a reconnection may repeat some.
 */
import type { ChannelState, EventOf, Happened, Member } from "../api/types";
import { applyToMessages, posted } from "./messages";
import { type Chat, type Effect, placeKey, RECENT_MAX } from "./shape";
import { settleEvent } from "./outbox";
import { GROWTH_MAX, LOOSE_MAX, STRETCH_MAX, sweep } from "./stretch";
import { callsMe, countAnswer, countMessage, followByAnswer, markRead } from "./unread";

export function reduce(chat: Chat, happened: Happened): Effect[] {
  if (happened.seq <= chat.seq) return [];
  chat.seq = happened.seq;
  const { event } = happened;
  switch (event.kind) {
    case "message.posted":
      return receive(chat, happened, event);
    case "message.edited":
    case "message.deleted":
    case "reaction.set":
    case "pin.set":
    case "cards.set":
      remember(chat, happened);
      applyToMessages(chat, happened);
      return [];
    case "channel.created":
    case "channel.updated":
    case "member.added":
    case "member.updated":
    case "member.removed":
      return reduceChannel(chat, event);
    case "read.marked":
      return markRead(chat, event);
    default:
      reduceRecord(chat, event, happened.actor);
      return [];
  }
}

function remember(chat: Chat, happened: Happened): void {
  chat.recent.push(happened);
  if (chat.recent.length > RECENT_MAX) chat.recent.splice(0, RECENT_MAX / 2);
}

function receive(chat: Chat, happened: Happened, event: EventOf<"message.posted">): Effect[] {
  remember(chat, happened);
  settleEvent(chat, happened, event);
  applyToMessages(chat, happened);
  stopTyping(chat, placeKey(event.channel, event.root), happened.actor);
  const message = posted(happened, event);
  if (message.root) {
    followByAnswer(chat, message);
    countAnswer(chat, message);
  } else countMessage(chat, message);
  if (chat.messages.size > heldMax(chat)) sweep(chat);
  return callsMe(chat, message) ? [{ do: "interest", message }] : [];
}

/** More messages than this can't all be on the page. */
function heldMax(chat: Chat): number {
  return (chat.histories.size + chat.threads.size + 1) * (STRETCH_MAX + GROWTH_MAX) + LOOSE_MAX;
}

export function stopTyping(chat: Chat, key: string, user: string): void {
  const typists = chat.typing.get(key)?.filter((typist) => typist.user !== user);
  if (typists) chat.typing.set(key, typists);
}

type ChannelEvent = EventOf<
  "channel.created" | "channel.updated" | "member.added" | "member.updated" | "member.removed"
>;

function reduceChannel(chat: Chat, event: ChannelEvent): Effect[] {
  switch (event.kind) {
    case "channel.created":
      return open(chat, event);
    case "channel.updated": {
      const state = chat.channels.get(event.channel.id);
      if (state) chat.channels.set(event.channel.id, { ...state, channel: event.channel });
      return [];
    }
    case "member.added":
      return add(chat, event.channel, event.member);
    case "member.updated":
      setMember(chat, event.channel, event.member);
      return [];
    case "member.removed":
      return drop(chat, event.channel, event.user);
  }
}

function open(chat: Chat, { channel, members }: EventOf<"channel.created">): Effect[] {
  const mine = members.find((member) => member.user === chat.me);
  if (!mine || chat.channels.has(channel.id)) return [];
  const direct = channel.kind === "direct" || channel.kind === "group";
  chat.channels.set(channel.id, {
    channel,
    role: mine.role,
    people: direct ? members.map((member) => member.user) : [],
    member_count: members.length,
    read_upto: 0,
    last_seq: 0,
    last_at: null,
    unread: 0,
    mentions: 0,
    notify: "mentions",
  });
  return [];
}

function add(chat: Chat, id: string, member: Member): Effect[] {
  const known = chat.members.get(id);
  if (known?.some((other) => other.user === member.user)) return [];
  if (known) chat.members.set(id, [...known, member]);
  const state = chat.channels.get(id);
  // The event of one's own joining names the channel but does not describe it.
  if (!state) return member.user === chat.me ? [{ do: "load-channel", channel: id }] : [];
  if (member.user !== chat.me) {
    chat.channels.set(id, { ...state, member_count: state.member_count + 1 });
  }
  return [];
}

function setMember(chat: Chat, id: string, member: Member): void {
  const known = chat.members.get(id);
  if (known) {
    chat.members.set(id, known.map((other) => (other.user === member.user ? member : other)));
  }
  const state = chat.channels.get(id);
  if (state && member.user === chat.me) chat.channels.set(id, { ...state, role: member.role });
}

function drop(chat: Chat, id: string, user: string): Effect[] {
  const state = chat.channels.get(id);
  if (!state) return [];
  if (user === chat.me) {
    chat.channels.delete(id);
    chat.histories.delete(id);
    chat.members.delete(id);
    for (const [root, thread] of chat.unreadThreads) {
      if (thread.channel === id) chat.unreadThreads.delete(root);
    }
    return [{ do: "left-channel", channel: id }];
  }
  const known = chat.members.get(id);
  if (known) chat.members.set(id, known.filter((member) => member.user !== user));
  chat.channels.set(id, { ...state, member_count: Math.max(1, state.member_count - 1) });
  return [];
}

function reduceRecord(chat: Chat, event: Happened["event"], actor: string): void {
  switch (event.kind) {
    case "office.updated":
      chat.office = event.office;
      break;
    case "user.created":
    case "user.updated":
      chat.users.set(event.user.id, event.user);
      break;
    case "preferences.updated":
      chat.preferences = event.preferences;
      break;
    case "group.updated":
      chat.groups.set(event.group.id, event.group);
      break;
    case "group.deleted":
      chat.groups.delete(event.group);
      break;
    case "thread.followed":
      if (actor === chat.me) follow(chat, event.root, event.on);
      break;
    case "saved.set":
      if (event.on) chat.saved.add(event.message);
      else chat.saved.delete(event.message);
      break;
    case "notify.updated": {
      const state = chat.channels.get(event.channel);
      if (state) chat.channels.set(event.channel, { ...state, notify: event.level });
      break;
    }
    case "draft.updated":
      chat.drafts.set(placeKey(event.draft.channel, event.draft.root), event.draft.text);
      break;
    default:
    // A kind this page does not know yet changes nothing it shows.
  }
}

function follow(chat: Chat, root: string, on: boolean): void {
  chat.follows.set(root, on);
  const thread = chat.threads.get(root);
  if (thread) chat.threads.set(root, { ...thread, following: on });
  if (!on) chat.unreadThreads.delete(root);
}

/** Takes over a channel's record that was fetched. An older one never replaces a younger one. */
export function putChannel(chat: Chat, state: ChannelState): void {
  const known = chat.channels.get(state.channel.id);
  if (!known || known.last_seq <= state.last_seq) chat.channels.set(state.channel.id, state);
}
