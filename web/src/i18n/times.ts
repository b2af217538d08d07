/** Times as people say them, in the language of the screen. */
import type { Weekday } from "../api/types";
import { screen, t } from "./language.svelte";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const made = new Map<string, Intl.DateTimeFormat>();

function format(at: number, options: Intl.DateTimeFormatOptions): string {
  const key = screen.tongue + JSON.stringify(options);
  let formatter = made.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(screen.tongue, options);
    made.set(key, formatter);
  }
  return formatter.format(at);
}

/** 14:05 */
export function clock(at: number): string {
  return format(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** Which day it is, for comparing. */
export function dayName(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** Today, yesterday, or the date. */
export function day(at: number, now: number): string {
  const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(at) - midnight(now)) / DAY_MS);
  if (days === 0 || days === -1) {
    const words = new Intl.RelativeTimeFormat(screen.tongue, { numeric: "auto" });
    const said = words.format(days, "day");
    return said.charAt(0).toLocaleUpperCase(screen.tongue) + said.slice(1);
  }
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const year = sameYear ? {} : { year: "numeric" as const };
  return format(at, { weekday: "long", day: "numeric", month: "long", ...year });
}

/** Relative under an hour, the clock today, else the date. */
export function when(at: number, now: number): string {
  const words = new Intl.RelativeTimeFormat(screen.tongue, { numeric: "auto", style: "short" });
  const minutes = Math.floor((now - at) / MINUTE_MS);
  if (minutes < 1) return t("time.now");
  if (minutes < 60) return words.format(-minutes, "minute");
  if (dayName(at) === dayName(now)) return clock(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const year = sameYear ? {} : { year: "numeric" as const };
  return format(at, { month: "short", day: "numeric", ...year });
}

/** The date and the time of something to come. */
export function until(at: number): string {
  return format(at, { dateStyle: "medium", timeStyle: "short" });
}

/** 28 Nov */
export function shortDay(at: number): string {
  return format(at, { month: "short", day: "numeric" });
}

/** Nov 2026 */
export function month(at: number): string {
  return format(at, { year: "numeric", month: "short" });
}

/** The clock today, else the date and the time: of a moment in a table or a chart. */
export function stamp(at: number): string {
  if (dayName(at) === dayName(Date.now())) return clock(at);
  return `${shortDay(at)} ${clock(at)}`;
}

/** The full date and time, for tooltips and labels. */
export function exactly(at: number): string {
  return format(at, { dateStyle: "full", timeStyle: "short" });
}

/** A day of the week by its short English name, which is how the box writes it. */
export function weekday(day: Weekday, width: "long" | "narrow"): string {
  const days: Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  // The fifth of January 1970 was a Monday.
  const noon = Date.UTC(1970, 0, 5 + days.indexOf(day), 12);
  return format(noon, { weekday: width, timeZone: "UTC" });
}

/** "a, b and c" */
export function list(items: string[]): string {
  return new Intl.ListFormat(screen.tongue, { type: "conjunction" }).format(items);
}
