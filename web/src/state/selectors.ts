/** Questions that components ask of what the page knows. */
import type { Channel, ChannelState, Role, Status, User } from "../api/types";
import type { IconName } from "../parts/icons";
import { type Chat, placeKey } from "./shape";

const RANK: Record<Role, number> = { guest: 0, member: 1, admin: 2, owner: 3 };

export function atLeast(role: Role | undefined, least: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[least];
}

export function isDirect(channel: Channel): boolean {
  return channel.kind === "direct" || channel.kind === "group";
}

/** The others of a direct conversation; oneself in notes to oneself. */
export function others(chat: Chat, state: ChannelState): User[] {
  const users = state.people.flatMap((id) => chat.users.get(id) ?? []);
  const rest = users.filter((user) => user.id !== chat.me);
  return rest.length > 0 ? rest : users;
}

export function channelTitle(chat: Chat, state: ChannelState): string {
  if (state.channel.name) return state.channel.name;
  return others(chat, state)
    .map((user) => user.name)
    .join(", ");
}

export function managesOffice(chat: Chat): boolean {
  return atLeast(chat.users.get(chat.me)?.role, "admin");
}

export function manages(chat: Chat, state: ChannelState): boolean {
  return !isDirect(state.channel) && (state.role === "manager" || managesOffice(chat));
}

export function mayPost(chat: Chat, state: ChannelState): boolean {
  if (state.channel.archived_at) return false;
  return state.channel.posting === "everyone" || manages(chat, state);
}

/** What somebody says they are doing, unless that has ended by itself. */
export function statusOf(user: User | undefined, now: number): Status | null {
  const status = user?.status ?? null;
  return status?.until && status.until <= now ? null : status;
}

/** Named channels by name, Chinese by pinyin. */
export function namedChannels(chat: Chat, language: string): ChannelState[] {
  const order = new Intl.Collator([language, "zh-u-co-pinyin"], { numeric: true });
  return [...chat.channels.values()]
    .filter((state) => !isDirect(state.channel) && !state.channel.archived_at)
    .sort((a, b) => order.compare(a.channel.name ?? "", b.channel.name ?? ""));
}

/** Direct conversations, the latest first. */
export function directChannels(chat: Chat): ChannelState[] {
  const time = (state: ChannelState): number => state.last_at ?? state.channel.created_at;
  return [...chat.channels.values()]
    .filter((state) => isDirect(state.channel))
    .sort((a, b) => time(b) - time(a));
}

/** What stands before a conversation's name; a direct one shows its person instead. */
export function channelIcon(channel: Channel): IconName {
  if (channel.kind === "group") return "people";
  if (channel.kind === "direct") return "person";
  if (channel.kind === "private") return "lock";
  return channel.posting === "managers" ? "megaphone" : "hash";
}

/** Whether something in a conversation is for this person. */
export function callsMe({ channel, notify, unread, mentions }: ChannelState): boolean {
  return notify !== "nothing" && (mentions > 0 || (isDirect(channel) && unread > 0));
}

/** Conversations with something unread, those that call this person first, then the latest. */
export function waiting(chat: Chat): ChannelState[] {
  return [...chat.channels.values()]
    .filter(({ unread, notify, channel }) => unread > 0 && notify !== "nothing" && !channel.archived_at)
    .sort((a, b) => Number(callsMe(b)) - Number(callsMe(a)) || (b.last_at ?? 0) - (a.last_at ?? 0));
}

/** What the page's title counts: what would interrupt this person. */
export function callsCount(chat: Chat): number {
  let count = 0;
  for (const state of chat.channels.values()) {
    if (state.notify === "nothing") continue;
    const all = state.notify === "all" || isDirect(state.channel);
    count += all ? state.unread : state.mentions;
  }
  for (const thread of chat.unreadThreads.values()) count += thread.unread;
  return count;
}

/** Whether anything is new in a conversation that is not muted. */
export function anythingUnread(chat: Chat): boolean {
  return [...chat.channels.values()].some(({ notify, unread }) => notify !== "nothing" && unread > 0);
}

export function draftOf(chat: Chat, channel: string, root: string | null): string {
  return chat.drafts.get(placeKey(channel, root)) ?? "";
}

/** A choice among `count` that stays the same for an id. UUIDv7 ids differ in their last digits. */
export function stableChoice(id: string, count: number): number {
  return parseInt(id.slice(-6), 16) % count || 0;
}

export function lastOwnMessage(chat: Chat, ids: string[]): string | null {
  const own = ids.findLast((id) => {
    const message = chat.messages.get(id);
    return message?.author === chat.me && !message.deleted_at;
  });
  return own ?? null;
}

/** People who can be picked, by name, without some. */
export function pickable(chat: Chat, language: string, without: string[]): User[] {
  const order = new Intl.Collator([language, "zh-u-co-pinyin"]);
  return [...chat.users.values()]
    .filter((user) => user.state === "active" && !without.includes(user.id))
    .sort((a, b) => order.compare(a.name, b.name));
}

/** Channels that can be named in a message. */
export function channelsToName(chat: Chat): { id: string; name: string }[] {
  return [...chat.channels.values()].flatMap(({ channel }) =>
    channel.name ? [{ id: channel.id, name: channel.name }] : [],
  );
}
