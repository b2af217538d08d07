/** How large something is and how long it takes, in the words of the screen's language. */
import { screen } from "./language.svelte";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1_000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1_000 ** power;
  return new Intl.NumberFormat(screen.tongue, {
    style: "unit",
    unit: UNITS[power],
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: amount < 10 && power > 0 ? 1 : 0,
  }).format(amount);
}

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** 3 days, 2 hours or 5 minutes: the largest unit that fits. */
export function duration(seconds: number): string {
  const [value, unit] =
    seconds >= DAY_S
      ? [seconds / DAY_S, "day"]
      : seconds >= HOUR_S
        ? [seconds / HOUR_S, "hour"]
        : [Math.max(1, seconds / MINUTE_S), "minute"];
  const style = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(screen.tongue, style).format(Math.floor(value));
}
