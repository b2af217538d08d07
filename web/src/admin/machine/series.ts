/**
 * The past as columns that can be drawn. A figure that was not known is null, and a stretch of which
 * nothing is known has a point of nulls in it, so that a line has a gap there instead of a guess.
 */
import type { HardwareHistory, HardwareStatus, HistorySpan } from "../../api/types";
import { mainFan } from "./words";
import { isKnown } from "./figures";

export type Column = (number | null)[];

export interface Columns {
  /** Seconds since 1970, ascending. */
  at: number[];
  heat: Column;
  heatMax: Column;
  rpm: Column;
  duty: Column;
  power: Column;
  allowed: Column;
}

const NAMES = ["heat", "heatMax", "rpm", "duty", "power", "allowed"] as const;
type Point = Record<(typeof NAMES)[number], number | null>;

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const SPAN_S: Record<HistorySpan, number> = { hour: HOUR_S, month: 30 * DAY_S, years: 5 * 365 * DAY_S };
/** A machine that is new shows at least so much of the time, so that its first line is not a dot. */
const WINDOW_S_MIN: Record<HistorySpan, number> = { hour: 300, month: DAY_S, years: 30 * DAY_S };
/** A break of so many steps is one. Seconds come less evenly than minutes. */
const GAP_STEPS = { second: 5, longer: 2.5 };
const NOTHING: Point = { heat: null, heatMax: null, rpm: null, duty: null, power: null, allowed: null };

export function noColumns(): Columns {
  return { at: [], heat: [], heatMax: [], rpm: [], duty: [], power: [], allowed: [] };
}

export function columnsOf(history: HardwareHistory): Columns {
  const made = noColumns();
  const gap = gapOf(history);
  history.at.forEach((at, n) => {
    const last = made.at.at(-1);
    if (last !== undefined && at - last > gap) push(made, (last + at) / 2, NOTHING);
    push(made, at, {
      heat: history.junction_c[n] ?? null,
      heatMax: history.junction_max_c[n] ?? null,
      rpm: history.fan_rpm[n] ?? null,
      duty: history.fan_duty[n] ?? null,
      power: history.power_w[n] ?? null,
      allowed: history.allowed_w[n] ?? null,
    });
  });
  return made;
}

function push(columns: Columns, at: number, point: Point): void {
  columns.at.push(at);
  for (const name of NAMES) columns[name].push(point[name]);
}

function gapOf({ at, step_s }: HardwareHistory): number {
  const steps = at.slice(1).map((time, n) => time - (at[n] ?? time)).sort((a, b) => a - b);
  const usual = Math.max(step_s, steps[Math.floor(steps.length / 2)] ?? step_s);
  return usual * (step_s === 1 && usual < 60 ? GAP_STEPS.second : GAP_STEPS.longer);
}

/** The last hour with one more moment; what is older than an hour goes. */
export function withMoment(columns: Columns, status: HardwareStatus, now: number): Columns {
  const last = columns.at.at(-1) ?? now - 1;
  const at = Math.max(now, last + 0.5);
  const fan = mainFan(status);
  const heat = status.junction_c ?? null;
  const point: Point = {
    heat,
    heatMax: heat,
    rpm: fan?.rpm ?? null,
    duty: fan?.duty ?? null,
    power: status.power_w ?? null,
    allowed: status.allowed_w,
  };
  const from = columns.at.findIndex((time) => time >= at - HOUR_S);
  const kept = noColumns();
  kept.at = columns.at.slice(Math.max(0, from));
  for (const name of NAMES) kept[name] = columns[name].slice(Math.max(0, from));
  if (at - last > GAP_STEPS.second) push(kept, (last + at) / 2, NOTHING);
  push(kept, at, point);
  return kept;
}

/** From when to when is shown. */
export function windowOf({ at }: Columns, span: HistorySpan, now: number): [number, number] {
  const end = Math.max(now, at.at(-1) ?? now);
  const first = Math.max(at[0] ?? end, end - SPAN_S[span]);
  return [Math.min(first, end - WINDOW_S_MIN[span]), end];
}

const known = (column: Column): number[] => column.filter((value) => value !== null);

export interface Extent {
  least: number;
  most: number;
  last: number | null;
}

/** The least, the most and the last of a column; nothing if nothing is known. */
export function extent(column: Column): Extent | null {
  const values = known(column);
  if (values.length === 0) return null;
  const ends = values.reduce(
    ({ least, most }, value) => ({ least: Math.min(least, value), most: Math.max(most, value) }),
    { least: Infinity, most: -Infinity },
  );
  return { ...ends, last: column.at(-1) ?? null };
}

/** A scale of heat: what was, and the limit, with some air. */
export function heatRange({ heat, heatMax }: Columns, limit: number | null): [number, number] {
  const ends = extent([...heat, ...heatMax]);
  const least = Math.min(ends?.least ?? 30, 40);
  const most = Math.max(ends?.most ?? 60, limit ?? 0);
  return [Math.floor((least - 5) / 10) * 10, most + Math.max(4, (most - least) * 0.06)];
}

/** A scale that begins at nothing and leaves a little room above. */
export function fromZero(columns: Column[], least: number): [number, number] {
  const most = Math.max(...columns.map((column) => extent(column)?.most ?? 0));
  return [0, Math.max(least, most * 1.12)];
}

/** A change is this much, looked at so often: as docs/thermal.md counts them. */
const CHANGE_RPM = 150;
const LOOK_S = 5;

/** How often the fan's speed was heard to change; nothing where it is not known. */
export function speedChanges({ at, rpm }: Columns): number | null {
  let [changes, seen, heard, looked] = [0, false, 0, -Infinity];
  rpm.forEach((value, n) => {
    const time = at[n] ?? 0;
    if (value === null || time - looked < LOOK_S) return;
    looked = time;
    if (seen && Math.abs(value - heard) < CHANGE_RPM) return;
    if (seen) changes += 1;
    [seen, heard] = [true, value];
  });
  return seen ? changes : null;
}

export interface Row {
  from: number;
  heat: number | null;
  rpm: number | null;
  power: number | null;
}

/** The past in a few rows, for a table: means of what is known of each stretch, the latest first. */
export function rows(columns: Columns, [from, to]: [number, number], count: number): Row[] {
  const length = (to - from) / count;
  const sums = Array.from({ length: count }, () => ({ heat: [0, 0], rpm: [0, 0], power: [0, 0] }));
  columns.at.forEach((time, n) => {
    const sum = sums[Math.min(count - 1, Math.floor((time - from) / length))];
    for (const name of ["heat", "rpm", "power"] as const) {
      const value = columns[name][n];
      if (!sum || !isKnown(value)) continue;
      sum[name] = [(sum[name][0] ?? 0) + value, (sum[name][1] ?? 0) + 1];
    }
  });
  const mean = ([sum = 0, of = 0]: number[]): number | null => (of > 0 ? sum / of : null);
  return sums
    .map(({ heat, rpm, power }, n) => {
      return { from: from + n * length, heat: mean(heat), rpm: mean(rpm), power: mean(power) };
    })
    .reverse();
}
