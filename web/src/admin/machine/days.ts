/** Energy, day by day. Days are written as the box writes them: 2026-11-28. */
import type { Energy } from "../../api/types";

const DAY_MS = 86_400_000;

export interface Day {
  day: string;
  /** Nothing where nothing was measured. */
  joules: number | null;
}

/** Which day it is in a time zone; by this device's where the zone is not known. */
export function dayIn(zone: string, now: number): string {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const format = (options: Intl.DateTimeFormatOptions): string => {
    const found = new Intl.DateTimeFormat("en-US", { ...parts, ...options }).formatToParts(now);
    const of = (type: string): string => found.find((part) => part.type === type)?.value ?? "";
    return `${of("year")}-${of("month")}-${of("day")}`;
  };
  try {
    return format({ timeZone: zone });
  } catch {
    return format({});
  }
}

/** The last days up to today, with those of which nothing is known. */
export function lastDays({ days }: Energy, today: string, count: number): Day[] {
  const joules = new Map(days.map((one) => [one.day, one.joules]));
  const end = Date.parse(`${today}T00:00:00Z`);
  return Array.from({ length: count }, (_, n) => {
    const day = new Date(end - (count - 1 - n) * DAY_MS).toISOString().slice(0, 10);
    return { day, joules: joules.get(day) ?? null };
  });
}

/** What a day took on average; today is not over and does not count. */
export function usual(days: Day[]): number | null {
  const whole = days.slice(0, -1).flatMap(({ joules }) => joules ?? []);
  return whole.length > 0 ? whole.reduce((sum, joules) => sum + joules, 0) / whole.length : null;
}

/** A day as a moment, for formatting with UTC. */
export const noon = (day: string): number => Date.parse(`${day}T12:00:00Z`);
