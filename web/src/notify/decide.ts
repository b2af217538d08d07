/**
 * What may interrupt: the same rule as the box's (`domain/src/notify.rs`), held to the same cases.
 * `calls` says whether a message is for somebody, which counts on their badge whatever the hour;
 * `decide` whether it may also interrupt them now.
 */
import type { Mentions, Notices, NotifyLevel, QuietHours, Weekday } from "../api/types";
import { addresses } from "../text/mentions";
import { fold, hasKeyword } from "./keywords";

export type Reason = "mention" | "everybody" | "keyword" | "direct" | "thread" | "every";

export interface Arrival {
  author: string;
  text: string;
  thread: boolean;
  mentions: Mentions;
}

export interface Reader {
  user: string;
  level: NotifyLevel;
  direct: boolean;
  /** Whether they follow the thread that it answers in. */
  follows: boolean;
  notices: Notices;
}

/** What somebody has who chose nothing yet. */
export const AS_AT_FIRST: Notices = {
  desktop: true,
  sound: "ember",
  volume: 60,
  badge: "unread",
  preview: true,
  keywords: [],
  quiet: null,
  paused_until: null,
};

/** Why a message is for somebody, if it is. */
export function calls(message: Arrival, reader: Reader): Reason | null {
  if (message.author === reader.user || reader.level === "nothing") return null;
  const mention = mentioned(message, reader);
  if (mention) return mention;
  if (reader.direct) return "direct";
  if (message.thread) return reader.follows ? "thread" : null;
  return reader.level === "all" ? "every" : null;
}

/** Whether a message names somebody, everybody, or one of their keywords, whatever the channel. */
export function mentioned({ text, mentions }: Arrival, reader: Reader): Reason | null {
  if (mentions.users?.includes(reader.user)) return "mention";
  if (addresses({ ...mentions, users: [] }, reader.user)) return "everybody";
  const { keywords } = reader.notices;
  if (keywords.length === 0) return null;
  const folded = fold(text);
  return keywords.some((keyword) => hasKeyword(folded, keyword)) ? "keyword" : null;
}

/** Why a message may interrupt somebody now, if it may. */
export function decide(message: Arrival, reader: Reader, now: number): Reason | null {
  const reason = calls(message, reader);
  if (!reason || reader.level === "quiet" || silent(reader.notices, now)) return null;
  return reason;
}

/** Whether a pause or quiet hours keep everything silent now. */
export function silent({ quiet, paused_until: until }: Notices, now: number): boolean {
  return (until ? now < until : false) || (quiet ? isQuiet(quiet, now) : false);
}

/** Whether quiet hours hold now, by the clock of their zone. */
export function isQuiet(quiet: QuietHours, now: number): boolean {
  return holds(quiet, localTime(now, quiet.zone));
}

export interface LocalTime {
  day: Weekday;
  minute: number;
}

const DAYS: Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A moment on the clock of a time zone; of this device where the zone is not known. */
export function localTime(at: number, zone: string): LocalTime {
  const parts = format(zone).formatToParts(at);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  const day = of("weekday").toLowerCase() as Weekday;
  return { day, minute: Number(of("hour")) * 60 + Number(of("minute")) };
}

function format(timeZone: string): Intl.DateTimeFormat {
  const options = { weekday: "short", hour: "numeric", minute: "numeric", hourCycle: "h23" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat("en-US", options);
  }
}

function holds({ days, from, to }: QuietHours, now: LocalTime): boolean {
  const begins = (day: Weekday | undefined): boolean => day !== undefined && days.includes(day);
  if (from < to) return begins(now.day) && now.minute >= from && now.minute < to;
  const before = DAYS.at(DAYS.indexOf(now.day) - 1);
  return (begins(now.day) && now.minute >= from) || (begins(before) && now.minute < to);
}
