/**
 * Stretches of conversations: which messages are on the page, oldest first, and whether there are
 * more on either side. A stretch holds at most 400, which keeps find-in-page, selection and screen
 * readers working on real elements.
 */
import type { Message, MessagePage } from "../api/types";
import type { Chat, Stretch } from "./shape";

export const STRETCH_MAX = 400;
/** Conversations kept after they were left. */
export const KEPT_MAX = 12;

/** How much longer a stretch may grow by what comes in before it is cut. */
export const GROWTH_MAX = 100;
/** What stays of a conversation whose end was in sight when it was left: enough to come back to. */
export const LEFT_MAX = 60;
/** Messages kept besides those of stretches, until the next sweep. */
export const LOOSE_MAX = 1_000;

/** Adds a live message to the end of a stretch that reaches the end. */
export function append<S extends Stretch>(
  stretches: Map<string, S>,
  key: string,
  { messages, readingBack }: Chat,
  message: Message,
): void {
  const stretch = stretches.get(key);
  if (!stretch || stretch.moreAfter || stretch.ids.includes(message.id)) return;
  if (stretch.ids.length >= STRETCH_MAX + GROWTH_MAX && readingBack.has(key)) {
    // What is being read stays; the end is fetched when somebody goes there.
    stretches.set(key, { ...stretch, moreAfter: true });
    return;
  }
  const ids = [...stretch.ids];
  let at = ids.length;
  while (at > 0 && (messages.get(ids[at - 1] ?? "")?.seq ?? 0) > message.seq) at -= 1;
  ids.splice(at, 0, message.id);
  const over = ids.length > STRETCH_MAX + GROWTH_MAX;
  stretches.set(key, {
    ...stretch,
    ids: over ? ids.slice(-STRETCH_MAX) : ids,
    moreBefore: stretch.moreBefore || over,
  });
}

/** Which side of a stretch a page extends; `replace` starts it anew. */
export type Side = "before" | "after" | "replace";

/** Joins a page to a stretch. What happened meanwhile is for `catchUp`. */
export function join(
  chat: Chat,
  known: Stretch | undefined,
  page: MessagePage,
  side: Side,
): Stretch {
  for (const message of page.messages) chat.messages.set(message.id, message);
  const fresh = page.messages.map((message) => message.id);
  if (!known || side === "replace") {
    return { ids: fresh, moreBefore: page.more_before, moreAfter: page.more_after };
  }
  const old = new Set(known.ids);
  const added = fresh.filter((id) => !old.has(id));
  if (side === "before") {
    const ids = [...added, ...known.ids];
    const over = ids.length > STRETCH_MAX;
    return {
      ids: ids.slice(0, STRETCH_MAX),
      moreBefore: page.more_before,
      moreAfter: known.moreAfter || over,
    };
  }
  const ids = [...known.ids, ...added];
  const over = ids.length > STRETCH_MAX;
  return {
    ids: ids.slice(-STRETCH_MAX),
    moreBefore: known.moreBefore || over,
    moreAfter: page.more_after,
  };
}

/** Forgets conversations that were not looked at lately, and the messages only they held. */
export function forget(chat: Chat, open: string | null): void {
  const keys = [...chat.histories.keys()].filter((key) => key !== open);
  for (const key of keys.slice(0, Math.max(0, keys.length - KEPT_MAX))) {
    chat.histories.delete(key);
    for (const [root, thread] of chat.threads) if (thread.channel === key) chat.threads.delete(root);
  }
  sweep(chat);
}

/** Cuts a conversation that is no longer shown, so that coming back draws little. */
export function leave(chat: Chat, channel: string): void {
  chat.readingBack.delete(channel);
  const stretch = chat.histories.get(channel);
  if (!stretch) return;
  if (stretch.moreAfter) chat.histories.delete(channel);
  else if (stretch.ids.length > LEFT_MAX) {
    const ids = stretch.ids.slice(-LEFT_MAX);
    chat.histories.set(channel, { ...stretch, ids, moreBefore: true });
  }
}

/** Drops messages that nothing shows: those of live traffic in conversations that are not open. */
export function sweep(chat: Chat): void {
  const held = new Set<string>([...chat.threads.keys(), ...chat.unreadThreads.keys()]);
  for (const stretch of [...chat.histories.values(), ...chat.threads.values()]) {
    for (const id of stretch.ids) held.add(id);
  }
  for (const id of [...chat.messages.keys()]) {
    if (held.has(id)) continue;
    chat.messages.delete(id);
    chat.nonces.delete(id);
  }
}
