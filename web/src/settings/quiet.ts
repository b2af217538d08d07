/** Hours and pauses, between what a person types and what the box keeps. */
import type { QuietHours, Weekday } from "../api/types";

export const WEEK: Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** What is offered first: the evenings and nights of every day. */
export const USUAL: Omit<QuietHours, "zone"> = { days: WEEK, from: 20 * 60, to: 8 * 60 };

export type Pause = "halfHour" | "hour" | "tomorrow";

export const PAUSES: Pause[] = ["halfHour", "hour", "tomorrow"];

const MINUTE_MS = 60_000;
/** When a working day begins for who pauses until tomorrow. */
const MORNING_HOUR = 8;

export function pausedUntil(pause: Pause, now: Date): number {
  if (pause !== "tomorrow") return now.getTime() + (pause === "hour" ? 60 : 30) * MINUTE_MS;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING_HOUR).getTime();
}

/** 1,320 as "22:00". */
export function asTime(minute: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** "22:00" as 1,320; nothing for what is no time. */
export function asMinute(time: string): number | null {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})/.exec(time) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute >= 0 && minute < 24 * 60 ? minute : null;
}

/** The name of this device's time zone. */
export function deviceZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
