/** How the machine's figures are written. What is not known is no number and does not come here. */
import { screen, t } from "../../i18n/language.svelte";

/** From here on, digits say nothing any more. */
const PLAIN_MAX = 1e7;
const JOULES_PER_WH = 3_600;
/** Below this, watt-hours say more than kilowatt-hours. */
const SMALL_WH = 100;

/** Whether something is known. */
export const isKnown = <T>(value: T | null | undefined): value is T =>
  value !== null && value !== undefined;

export function number(value: number, digits = 0): string {
  const plain = Math.abs(value) < PLAIN_MAX;
  return new Intl.NumberFormat(screen.tongue, {
    notation: plain ? "standard" : "scientific",
    minimumFractionDigits: plain ? digits : 0,
    maximumFractionDigits: plain ? digits : 1,
    // A small loss is not "-0".
    signDisplay: "negative",
  }).format(value);
}

export const celsius = (value: number, digits = 0): string => `${number(value, digits)} °C`;
export const watts = (value: number): string => `${number(value, Math.abs(value) < 10 ? 1 : 0)} W`;
export const rpm = (value: number): string => t("machine.rpm", { n: number(value) });

export function percent(share: number): string {
  return Math.abs(share) < PLAIN_MAX
    ? new Intl.NumberFormat(screen.tongue, { style: "percent", signDisplay: "negative" }).format(share)
    : `${number(share * 100)} %`;
}

/** Kilowatt-hours, or watt-hours where there are few. */
export function energy(joules: number): string {
  const wh = joules / JOULES_PER_WH;
  if (wh < SMALL_WH) return t("machine.wh", { n: number(wh, wh < 10 ? 1 : 0) });
  return t("machine.kwh", { n: number(wh / 1_000, wh < 100_000 ? 2 : 0) });
}

export const kilowattHours = (joules: number): number => joules / JOULES_PER_WH / 1_000;

/** What is less is called so. */
const MONEY_MIN = 0.01;

/** An amount of money; a currency that this browser does not know stands beside it as it is. */
export function money(amount: number, currency: string): string {
  if (amount > 0 && amount < MONEY_MIN) return `< ${money(MONEY_MIN, currency)}`;
  if (Math.abs(amount) >= PLAIN_MAX) return `${number(amount)} ${currency}`;
  try {
    return new Intl.NumberFormat(screen.tongue, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    }).format(amount);
  } catch {
    return `${number(amount, 2)} ${currency}`;
  }
}

/** Beyond this a date is none. */
const TIME_MAX_MS = 8.64e15;

/** A moment that is one, whatever somebody says: seconds since 1970 in milliseconds. */
export const moment = (seconds: number): number => Math.min(TIME_MAX_MS, Math.max(0, seconds * 1_000));

/** Minutes and seconds of something that ends soon: 1:45. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${number(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, "0")}`;
}
