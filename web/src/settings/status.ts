/** The ends that a status can have, and what people most often say. */
import type { Key } from "../i18n/language.svelte";

export type End = "never" | "half-hour" | "hour" | "four-hours" | "today" | "week" | "other";

export const ENDS: End[] = ["never", "half-hour", "hour", "four-hours", "today", "week", "other"];

export interface Preset {
  emoji: string;
  words: Key;
  end: End;
}

export const PRESETS: Preset[] = [
  { emoji: "📅", words: "status.meeting", end: "hour" },
  { emoji: "🍜", words: "status.lunch", end: "hour" },
  { emoji: "🎧", words: "status.focus", end: "four-hours" },
  { emoji: "🏠", words: "status.home", end: "today" },
  { emoji: "🤒", words: "status.sick", end: "today" },
  { emoji: "🌴", words: "status.holiday", end: "week" },
];

const MINUTE_MS = 60_000;
const LASTS_MS = { "half-hour": 30 * MINUTE_MS, hour: 60 * MINUTE_MS, "four-hours": 240 * MINUTE_MS };

/** When an end comes, on the person's own calendar; `other` is what they typed. */
export function endsAt(end: End, now: Date, other: string): number | null {
  if (end === "never") return null;
  if (end === "other") return new Date(other).getTime() || null;
  if (end === "today" || end === "week") {
    // A week ends with its Sunday.
    const days = end === "today" ? 1 : ((7 - now.getDay()) % 7) + 1;
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).getTime();
  }
  return now.getTime() + LASTS_MS[end];
}

/** A time as a field of kind `datetime-local` wants it. */
export function asField(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
