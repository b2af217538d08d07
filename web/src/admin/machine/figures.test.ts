import { beforeEach, expect, test } from "vitest";

import { screen } from "../../i18n/language.svelte";
import { dayIn, lastDays, usual } from "./days";
import { celsius, countdown, energy, moment, money, number, percent, watts } from "./figures";

const KWH = 3_600_000;

beforeEach(async () => {
  await screen.show("en");
  await screen.whole();
});

test("figures are short, whatever they are", () => {
  expect(number(1_240)).toBe("1,240");
  expect(number(-0.2)).toBe("0");
  expect(celsius(61.04, 1)).toBe("61.0 °C");
  expect(watts(18.2)).toBe("18 W");
  expect(watts(6.24)).toBe("6.2 W");
  expect(percent(0.314)).toBe("31%");
  for (const huge of [1e7, 1e22, 1e300, -1e300, Number.MAX_VALUE]) {
    for (const said of [number(huge), celsius(huge), watts(huge), percent(huge), money(huge, "CNY"), energy(huge)]) {
      expect(said.length).toBeLessThan(20);
    }
  }
});

test("energy is said in the unit that fits", async () => {
  expect(energy(0)).toBe("0.0 Wh");
  expect(energy(33_000)).toBe("9.2 Wh");
  expect(energy(0.31 * KWH)).toBe("0.31 kWh");
  await screen.show("zh-CN");
  await screen.whole();
  expect(energy(0.31 * KWH)).toBe("0.31 度");
});

test("money has its currency, also one that nobody knows", () => {
  expect(money(0.2, "CNY")).toBe("¥0.20");
  expect(money(0, "EUR")).toBe("€0.00");
  expect(money(0.0005, "EUR")).toBe("< €0.01");
  expect(money(6.5, "<script>")).toBe("6.50 <script>");
  expect(money(6.5, "")).toBe("6.50 ");
});

test("what ends soon counts down", () => {
  expect([105, 60, 0.2, 0, -5].map(countdown)).toEqual(["1:45", "1:00", "0:01", "0:00", "0:00"]);
});

test("a moment is one that dates know", () => {
  for (const seconds of [0, 1.7e9, 9e15, -4]) expect(() => new Date(moment(seconds)).toISOString()).not.toThrow();
});

test("a day ends at the midnight of its zone; of this device where the zone is unknown", () => {
  const late = Date.UTC(2026, 10, 27, 16, 30);
  expect(dayIn("Asia/Shanghai", late)).toBe("2026-11-28");
  expect(dayIn("Europe/Berlin", late)).toBe("2026-11-27");
  expect(dayIn("Nowhere/Nothing", late)).toMatch(/^2026-11-2[78]$/);
});

test("days of which nothing is known are shown as such, and don't count", () => {
  const days = [
    { day: "2026-11-25", joules: KWH },
    { day: "2026-11-27", joules: 3 * KWH },
    { day: "2026-11-28", joules: 50 * KWH },
  ];
  const shown = lastDays({ today_j: 50 * KWH, days }, "2026-11-28", 5);
  expect(shown.map(({ day }) => day.slice(-2))).toEqual(["24", "25", "26", "27", "28"]);
  expect(shown.map(({ joules }) => joules)).toEqual([null, KWH, null, 3 * KWH, 50 * KWH]);
  expect(usual(shown)).toBe(2 * KWH);
  expect(usual(lastDays({ today_j: 0, days: [] }, "2026-03-01", 3))).toBeNull();
  expect(lastDays({ today_j: 0, days: [] }, "2026-03-01", 2)[0]?.day).toBe("2026-02-28");
});
