/** What a person does in the chat. Each asks the server; what changes comes back as events. */
import { HISTORY_PAGE, TYPING_INTERVAL_MS } from "../api/limits";
import { type Place, rest } from "../api/rest";
import { serverNow } from "../api/http";
import type { Attachment, ChannelState, Message } from "../api/types";
import { t } from "../i18n/language.svelte";
import { chat } from "./chat.svelte";
import { keepDraft, keptDrafts, releaseDraft } from "./kept";
import { live } from "./live.svelte";
import { catchUp } from "./messages";
import { newNonce } from "./nonce";
import { nextOrder } from "./outbox";
import { putChannel } from "./reduce";
import { sending } from "./sending.svelte";
import { type Outgoing, placeKey, type Stretch } from "./shape";
import { forget, join, leave, type Side } from "./stretch";
import { view } from "./view.svelte";
import { left } from "../text/length";

export function send(
  channel: string,
  root: string | null,
  text: string,
  files: Attachment[] = [],
): void {
  const at = serverNow();
  const held = sending.holdS > 0 ? { heldUntil: Date.now() + sending.holdS * 1_000 } : {};
  live.sender.submit({
    nonce: newNonce(at),
    channel,
    root,
    text,
    files,
    at,
    order: nextOrder(chat, Date.now()),
    ...held,
    state: "sending",
    problem: null,
  });
}

/** Sends a failed message again, as the same send. */
export function retry(outgoing: Outgoing): void {
  // A nonce that was used for another text can't be used again.
  const reused = outgoing.problem?.code === "nonce_reused";
  if (reused) giveUp(outgoing);
  const nonce = reused ? newNonce(serverNow()) : outgoing.nonce;
  live.sender.submit({ ...outgoing, nonce, state: "sending", problem: null });
}

export function giveUp({ nonce }: Outgoing): void {
  live.sender.settle(nonce);
}

/** Takes a message back that did not leave: its words and files are in the composer again. */
export async function takeBack(outgoing: Outgoing): Promise<void> {
  const { unlinkChannels } = await import("../text/channels");
  giveUp(outgoing);
  const { channel, root, text, files } = outgoing;
  if (files.length > 0) {
    const { uploads } = await import("./uploads.svelte");
    uploads.putBack(channel, root, files);
  }
  const draft = chat.drafts.get(placeKey(channel, root));
  saveDraft(channel, root, [unlinkChannels(text), draft].filter(Boolean).join("\n"));
}

const typedAt = new Map<string, number>();

export function tellTyping(channel: string, root: string | null): void {
  const key = placeKey(channel, root);
  const now = Date.now();
  if (now - (typedAt.get(key) ?? 0) < TYPING_INTERVAL_MS) return;
  typedAt.set(key, now);
  live.send({ t: "typing", channel, ...(root ? { root } : {}) });
}

let readVia = 0;
const readUpto = new Map<string, number>();

/** Says what was read, once for every link: a frame may be lost with its link. */
export function tellRead(channel: string, root: string | null, upto: number): void {
  if (readVia !== live.opened) readUpto.clear();
  readVia = live.opened;
  const key = placeKey(channel, root);
  if (upto <= (readUpto.get(key) ?? 0)) return;
  if (live.send({ t: "read", channel, ...(root ? { root } : {}), upto })) readUpto.set(key, upto);
}

/** Says that everything in a conversation was read, whether it is open or not. */
export function markConversationRead({ channel, last_seq: upto }: ChannelState): void {
  const told = live.send({ t: "read", channel: channel.id, upto });
  if (!told) view.say(t("error.unreachable"));
}

/** The same of every conversation and followed thread, after asking once. */
export function markAllRead(): void {
  void view.open("confirm", {
    title: t("inbox.readAllTitle"),
    text: t("inbox.readAllText"),
    action: t("inbox.readAll"),
    act: async () => {
      for (const state of chat.channels.values()) if (state.unread > 0) markConversationRead(state);
      for (const { root, channel } of chat.unreadThreads.values()) {
        live.send({ t: "read", channel, root, upto: chat.seq });
      }
    },
  });
}

/** Drafts on their way, by place. One follows the other, so that what was written last arrives last. */
const carrying = new Map<string, Promise<unknown>>();

export function saveDraft(channel: string, root: string | null, text: string): void {
  const key = placeKey(channel, root);
  const user = chat.me;
  chat.drafts.set(key, text);
  // Here first: without a link the server hears of it after the next one. What is too long for a
  // message is too long for it as well, and stays here until it is shorter.
  const kept = keepDraft(user, key, text);
  if ((left(text) ?? 0) < 0) return;
  const carried = (carrying.get(key) ?? Promise.resolve())
    .then(() => kept)
    .then(() => rest.draft(channel, root, text))
    .then(() => releaseDraft(user, { key, text }), () => undefined);
  carrying.set(key, carried);
  void carried.then(() => {
    if (carrying.get(key) === carried) carrying.delete(key);
  });
}

/** Shows the drafts that the server has not got yet, and tells it. */
export async function bringDrafts(): Promise<void> {
  for (const { key, text } of await keptDrafts(chat.me)) {
    const [channel = "", root = null] = key.split("/");
    if (chat.channels.has(channel)) saveDraft(channel, root, text);
    else void releaseDraft(chat.me, { key, text });
  }
}

/** Opens a conversation at a place, at its end, or at the first unread message. */
export async function openHistory(channel: string, at: number | "unread" | "latest"): Promise<void> {
  await fetchHistory(channel, opening(channel, at), "replace");
  forget(chat, channel);
}

function opening(channel: string, at: number | "unread" | "latest"): Place {
  if (typeof at === "number") return { around: at };
  const state = chat.channels.get(channel);
  // The last page holds a few unread messages anyway.
  const many = state !== undefined && state.unread > HISTORY_PAGE / 2 && state.read_upto > 0;
  return at === "unread" && many ? { around: state.read_upto } : { latest: true };
}

/** Says that a conversation is no longer on the screen. */
export function leaveHistory(channel: string): void {
  leave(chat, channel);
  leavePlace(channel, null);
}

/** Whoever comes back reads again, also what was marked as unread meanwhile. */
export function leavePlace(channel: string, root: string | null): void {
  readUpto.delete(placeKey(channel, root));
}

export function loadOlder(channel: string): Promise<void> {
  const first = edge(chat.histories.get(channel), "first");
  return first ? fetchHistory(channel, { before: first.seq }, "before") : Promise.resolve();
}

export function loadNewer(channel: string): Promise<void> {
  const last = edge(chat.histories.get(channel), "last");
  return last ? fetchHistory(channel, { after: last.seq }, "after") : Promise.resolve();
}

function edge(stretch: Stretch | undefined, side: "first" | "last"): Message | undefined {
  const id = side === "first" ? stretch?.ids[0] : stretch?.ids.at(-1);
  return id === undefined ? undefined : chat.messages.get(id);
}

const fetching = new Set<string>();

async function fetchHistory(channel: string, place: Place, side: Side): Promise<void> {
  const key = `${channel} ${side}`;
  if (fetching.has(key)) return;
  fetching.add(key);
  const askedAt = chat.seq;
  const epoch = live.epoch;
  try {
    const page = await rest.history(channel, place);
    if (epoch !== live.epoch) return;
    chat.histories.set(channel, join(chat, chat.histories.get(channel), page, side));
    catchUp(chat, channel, askedAt);
  } finally {
    fetching.delete(key);
  }
}

/** Opens a thread at its end, or around one of its answers. */
export async function openThread(root: string, at: number | null = null): Promise<string> {
  const askedAt = chat.seq;
  const answer = await rest.thread(root, at === null ? { latest: true } : { around: at });
  const { channel } = answer.root;
  chat.messages.set(root, answer.root);
  const stretch = join(chat, undefined, answer.page, "replace");
  const { following, read_upto: readTo } = answer;
  chat.threads.set(root, { ...stretch, channel, following, readUpto: readTo });
  if (following) chat.follows.set(root, true);
  catchUp(chat, channel, askedAt);
  return channel;
}

export async function loadAnswers(root: string, side: "before" | "after"): Promise<void> {
  const thread = chat.threads.get(root);
  const from = edge(thread, side === "before" ? "first" : "last");
  if (!thread || !from) return;
  const askedAt = chat.seq;
  const place = side === "before" ? { before: from.seq } : { after: from.seq };
  const { page } = await rest.thread(root, place);
  const now = chat.threads.get(root) ?? thread;
  chat.threads.set(root, { ...now, ...join(chat, now, page, side) });
  catchUp(chat, thread.channel, askedAt);
}

export async function openDirect(users: string[]): Promise<string> {
  const state = await rest.direct(users);
  putChannel(chat, state);
  return state.channel.id;
}

export async function joinChannel(channel: string): Promise<void> {
  await rest.join(channel);
  await live.loadChannel(channel);
}

export async function loadMembers(channel: string): Promise<void> {
  const { members } = await rest.members(channel);
  chat.members.set(channel, members);
}
