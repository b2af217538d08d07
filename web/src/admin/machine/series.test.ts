import { describe, expect, test } from "vitest";

import { machineStatus, pastOf, unknownStatus } from "./fixture";
import { columnsOf, extent, fromZero, heatRange, noColumns, rows, speedChanges, windowOf, withMoment } from "./series";

const seconds = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);

describe("the past", () => {
  test("a stretch of which nothing is known stays a gap", () => {
    const at = [...seconds(0, 10), ...seconds(100, 10)];
    const columns = columnsOf(pastOf(1, at, at.map(() => 50)));
    expect(columns.at).toHaveLength(21);
    expect(columns.heat[10]).toBeNull();
    expect(columns.at[10]).toBeGreaterThan(9);
    expect(columns.at[10]).toBeLessThan(100);
  });

  test("seconds that come unevenly are no gap, and neither are thinned points", () => {
    const uneven = [0, 1, 2, 5, 6, 7, 9];
    expect(columnsOf(pastOf(1, uneven, uneven.map(() => 50))).at).toEqual(uneven);
    const thinned = [0, 720, 1_440, 2_160, 2_880];
    expect(columnsOf(pastOf(60, thinned, thinned.map(() => 50))).at).toEqual(thinned);
  });

  test("what was not known is null and never nothing", () => {
    const columns = columnsOf(pastOf(1, [0, 1, 2], [50, null, 52]));
    expect(columns.heat).toEqual([50, null, 52]);
    expect(columns.rpm).toEqual([1_000, null, 1_040]);
  });

  test("no past is no past", () => {
    const columns = columnsOf(pastOf(1, [], []));
    expect(columns).toEqual(noColumns());
    expect(extent(columns.heat)).toBeNull();
    expect(speedChanges(columns)).toBeNull();
    expect(windowOf(columns, "hour", 10_000)).toEqual([9_700, 10_000]);
  });
});

describe("the hour as it goes on", () => {
  test("a moment is added, and what is older than an hour goes", () => {
    const at = seconds(0, 3_600);
    const columns = columnsOf(pastOf(1, at, at.map(() => 50)));
    const next = withMoment(columns, machineStatus(), 3_605);
    expect(next.at[0]).toBe(5);
    expect(next.at.at(-1)).toBe(3_605);
    expect(next.heat.at(-1)).toBe(61);
    expect(next.rpm.at(-1)).toBe(1_240);
    expect(columns.at).toHaveLength(3_600);
  });

  test("a break while nobody told is a gap, and an unknown moment is one too", () => {
    const columns = columnsOf(pastOf(1, [0, 1], [50, 50]));
    const next = withMoment(columns, unknownStatus(), 60);
    expect(next.heat).toEqual([50, 50, null, null]);
    expect(next.power.at(-1)).toBeNull();
  });

  test("a clock that goes back never puts a point before the last one", () => {
    const columns = columnsOf(pastOf(1, [100, 101], [50, 50]));
    const next = withMoment(columns, machineStatus(), 40);
    expect(next.at).toEqual([100, 101, 101.5]);
  });

  test("an empty past begins with its first moment", () => {
    expect(withMoment(noColumns(), machineStatus(), 50).at).toEqual([50]);
  });
});

describe("scales", () => {
  test("the limit is always in sight", () => {
    const columns = columnsOf(pastOf(1, [0, 1], [48, 61]));
    const [least, most] = heatRange(columns, 91);
    expect(least).toBeLessThan(48);
    expect(most).toBeGreaterThan(91);
    expect(heatRange(noColumns(), null)[1]).toBeGreaterThan(60);
  });

  test("figures from zero keep zero at the bottom", () => {
    expect(fromZero([[5, null, 100]], 20)).toEqual([0, 112.00000000000001]);
    expect(fromZero([[null]], 20)).toEqual([0, 20]);
  });

  test("a new machine shows minutes, an old one the whole span", () => {
    const young = columnsOf(pastOf(1, seconds(9_000, 60), seconds(0, 60)));
    expect(windowOf(young, "hour", 9_060)).toEqual([8_760, 9_060]);
    const old = columnsOf(pastOf(1, seconds(0, 9_000), seconds(0, 9_000)));
    expect(windowOf(old, "hour", 9_000)).toEqual([5_400, 9_000]);
  });
});

test("a change of speed is 150 rpm or more, looked at every five seconds", () => {
  const at = seconds(0, 60);
  // 1,000 rpm, a spike of one second that is not looked at, then 1,200 rpm from the middle on.
  const heat = at.map((time) => (time === 3 ? 90 : time < 30 ? 50 : 60));
  expect(speedChanges(columnsOf(pastOf(1, at, heat)))).toBe(1);
  expect(speedChanges(columnsOf(pastOf(1, at, at.map(() => 50))))).toBe(0);
});

test("a table has the means of what is known, the latest first", () => {
  const at = seconds(0, 120);
  const columns = columnsOf(pastOf(1, at, at.map((time) => (time < 60 ? 50 : time < 90 ? null : 70))));
  const table = rows(columns, [0, 120], 2);
  expect(table.map(({ heat }) => heat)).toEqual([70, 50]);
  expect(table.map(({ from }) => from)).toEqual([60, 0]);
  expect(rows(columns, [0, 480], 4)[0]?.heat).toBeNull();
});
