/**
 * What the page knows of the office, as plain records in maps.
 *
 * Records are never changed in place: a change sets a new record under the same key. So the same
 * functions work on plain maps in tests and on reactive maps in the page, and a component redraws
 * only for the keys it read.
 */
import type {
  Attachment,
  Bootstrap,
  ChannelState,
  Group,
  Happened,
  Member,
  Message,
  Office,
  Preferences,
  PresenceState,
  Problem,
  ThreadState,
  User,
} from "../api/types";

/** A contiguous stretch of a conversation or thread, oldest first. */
export interface Stretch {
  ids: string[];
  moreBefore: boolean;
  moreAfter: boolean;
}

/** A thread that was opened. */
export interface Thread extends Stretch {
  channel: string;
  following: boolean;
  readUpto: number;
}

/** A message on its way. */
export interface Outgoing {
  nonce: string;
  channel: string;
  root: string | null;
  text: string;
  /** What was uploaded and goes with it. */
  files: Attachment[];
  /** When it was written, by the server's clock as far as it is known. */
  at: number;
  /** Its place among what waits. */
  order: number;
  /** Until when it can still be taken back, by this device's clock. */
  heldUntil?: number;
  state: "sending" | "failed";
  problem: Problem | null;
}

export interface Typist {
  user: string;
  until: number;
}

export interface Chat {
  /** Everything up to here is applied; the socket resumes from it. */
  seq: number;
  me: string;
  office: Office;
  /** Whether the box may fetch pages for cards at all. */
  cardsAllowed: boolean;
  preferences: Preferences;
  users: Map<string, User>;
  groups: Map<string, Group>;
  channels: Map<string, ChannelState>;
  /** Members of the channels whose members were asked for. */
  members: Map<string, Member[]>;
  messages: Map<string, Message>;
  histories: Map<string, Stretch>;
  threads: Map<string, Thread>;
  /** Followed threads with unread answers, by root. */
  unreadThreads: Map<string, ThreadState>;
  /** Threads known to be followed, or known not to be, by root. */
  follows: Map<string, boolean>;
  /** Conversations whose end is not in sight: what is shown of them is not cut for what comes in. */
  readingBack: Set<string>;
  /** Messages this person saved for later. */
  saved: Set<string>;
  drafts: Map<string, string>;
  typing: Map<string, Typist[]>;
  presence: Map<string, PresenceState>;
  outbox: Map<string, Outgoing>;
  /** The nonce of a message sent from this page, so that its echo and itself are one element. */
  nonces: Map<string, string>;
  /** The latest changes of messages, applied again to a page that was cut before them. */
  recent: Happened[];
}

/** What the shell has to do after an event. */
export type Effect =
  | { do: "load-channel"; channel: string }
  | { do: "load-threads" }
  | { do: "left-channel"; channel: string }
  | { do: "interest"; message: Message };

export const RECENT_MAX = 500;

/** The key of what belongs to a conversation or to one thread of it. */
export function placeKey(channel: string, root: string | null | undefined): string {
  return root ? `${channel}/${root}` : channel;
}

export function emptyChat(): Chat {
  return {
    seq: 0,
    me: "",
    office: { name: "" },
    cardsAllowed: true,
    preferences: {},
    users: new Map(),
    groups: new Map(),
    channels: new Map(),
    members: new Map(),
    messages: new Map(),
    histories: new Map(),
    threads: new Map(),
    unreadThreads: new Map(),
    follows: new Map(),
    readingBack: new Set(),
    saved: new Set(),
    drafts: new Map(),
    typing: new Map(),
    presence: new Map(),
    outbox: new Map(),
    nonces: new Map(),
    recent: [],
  };
}

/** Starts over from a bootstrap. What waits to be sent stays. */
export function load(chat: Chat, from: Bootstrap): void {
  fill(chat.users, from.users, (user) => user.id);
  fill(chat.groups, from.groups, (group) => group.id);
  fill(chat.channels, from.channels, (state) => state.channel.id);
  fill(chat.unreadThreads, from.threads, (thread) => thread.root);
  for (const cache of [chat.members, chat.histories, chat.threads, chat.messages, chat.follows]) {
    cache.clear();
  }
  for (const thread of from.threads) chat.follows.set(thread.root, true);
  chat.saved.clear();
  for (const message of from.saved) chat.saved.add(message);
  chat.drafts.clear();
  for (const draft of from.drafts) chat.drafts.set(placeKey(draft.channel, draft.root), draft.text);
  chat.recent = [];
  chat.office = from.office;
  chat.cardsAllowed = from.link_cards_allowed;
  chat.preferences = from.preferences;
  chat.me = from.me;
  chat.seq = from.seq;
}

function fill<T>(into: Map<string, T>, records: T[], key: (record: T) => string): void {
  into.clear();
  for (const record of records) into.set(key(record), record);
}
