/** What a list of messages shows: day dividers, the "New" line, and which messages start a group. */
import type { Message } from "../api/types";
import type { Outgoing } from "./shape";

/** Messages of one person closer than this are one group. */
const GROUP_MS = 5 * 60_000;

export type Row =
  | { kind: "day"; key: string; at: number }
  | { kind: "new"; key: string }
  | MessageRow;

export interface MessageRow {
  kind: "message";
  key: string;
  message: Message;
  first: boolean;
  /** Set while it is on its way; then the message is its echo. */
  outgoing: Outgoing | null;
}

export interface Layout {
  messages: Message[];
  echoes: Outgoing[];
  me: string;
  /** The "New" line stands before the first message of others after this place; null for none. */
  newAfter: number | null;
  /** The name of the day a time falls on. */
  day: (at: number) => string;
  /** The element's identity: an echo and its message share one. */
  keyOf: (message: Message) => string;
}

export function layOut({ messages, echoes, me, newAfter, day, keyOf }: Layout): Row[] {
  const rows: Row[] = [];
  let lastDay = "";
  let author = "";
  let at = 0;
  let isNew = newAfter === null;

  // A program may appear under several names; each begins a group of its own.
  const open = (by: string, time: number): boolean => {
    const today = day(time);
    if (today !== lastDay) {
      rows.push({ kind: "day", key: `day ${today}`, at: time });
      lastDay = today;
      author = "";
    }
    const first = by !== author || time - at > GROUP_MS;
    author = by;
    at = time;
    return first;
  };

  for (const message of messages) {
    let first = open(`${message.author} ${message.guise?.name ?? ""}`, message.created_at);
    if (!isNew && newAfter !== null && message.seq > newAfter && message.author !== me) {
      rows.push({ kind: "new", key: "new" });
      isNew = true;
      first = true;
    }
    rows.push({ kind: "message", key: keyOf(message), message, first, outgoing: null });
  }
  for (const outgoing of echoes) {
    const first = open(`${me} `, outgoing.at);
    const message = echoed(outgoing, me);
    rows.push({ kind: "message", key: outgoing.nonce, message, first, outgoing });
  }
  return rows;
}

/** A message on its way, as if it had arrived. */
function echoed({ nonce, channel, root, text, files, at }: Outgoing, me: string): Message {
  return {
    id: nonce,
    seq: Number.MAX_SAFE_INTEGER,
    channel,
    root,
    author: me,
    created_at: at,
    text,
    mentions: {},
    files,
    reactions: [],
  };
}
