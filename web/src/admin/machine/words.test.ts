import { beforeEach, describe, expect, test } from "vitest";

import type { HardwareStatus } from "../../api/types";
import { screen, type Tongue } from "../../i18n/language.svelte";
import { emberOf } from "../../notify/machine";
import { machineStatus, unknownStatus } from "./fixture";
import { cap, dust, fanCondition, fanFigure, mainFan, mood, reason, room, roomShort, together, whyFirmware } from "./words";

const REASONS: HardwareStatus["reason"][] = [
  "sink", "curve", "aside", "holding", "blind", "lost", "hot", "kick", "fan_failed", "calibrating",
  "drill", "firmware",
];

async function speak(tongue: Tongue): Promise<void> {
  await screen.show(tongue);
  await screen.whole();
}

beforeEach(() => speak("en"));

describe("the sentence over the page", () => {
  test("a machine that is well is cool and quiet, and says how long it can go on", () => {
    const status = machineStatus();
    expect(together([mood(status), room(status)])).toBe(
      "Cool and quiet. At this power there is room for about 9 minutes.",
    );
  });

  test("Chinese sentences stand without a space between them", async () => {
    await speak("zh-CN");
    const status = machineStatus();
    expect(together([mood(status), room(status)])).toBe(
      "又凉快又安静。照现在的功率，大约还能跑9分钟。",
    );
  });

  test.each<[string, Partial<HardwareStatus>]>([
    ["Far too hot", { heat: "power_off", reason: "fan_failed" }],
    ["The fan does not turn", { heat: "floor", reason: "fan_failed" }],
    ["Too hot", { heat: "floor", reason: "hot" }],
    ["How hot the processor is can't be told", { junction_c: null, reason: "blind" }],
    ["Hot. ", { reason: "hot", heat: "capped" }],
    ["Being measured", { reason: "calibrating" }],
    ["A drill", { reason: "drill" }],
    ["Warm. Power is held back", { heat: "capped" }],
    ["Quiet. Power is held back", { heat: "capped", profile: "quiet" }],
    ["Quiet. Power is held back", { heat: "capped", quiet_left_s: 60 }],
    ["Hot. ", { heat: "capped", reason: "hot", profile: "quiet" }],
    ["All that it can do", { boost_left_s: 90 }],
    ["Warm and quiet", { junction_c: 80 }],
    ["Cool.", { fans: [] }],
  ])("the worst comes first: %s", (words, more) => {
    expect(mood(machineStatus(more))).toContain(words);
  });

  test("a loud fan is called loud, however cool it is", () => {
    const [other, ours] = machineStatus().fans;
    if (!other || !ours) throw new Error("the fixture has two fans");
    const fans = [other, { ...ours, duty: 0.9 }];
    expect(mood(machineStatus({ fans }))).toBe("Cool, and the fan can be heard.");
    expect(mood(machineStatus({ fans, junction_c: 85 }))).toBe("Working hard, and well cooled.");
  });

  test("no forecast is made of what is not known, or while nothing may be let in", () => {
    expect(room(unknownStatus())).toBe("");
    expect(room(machineStatus({ power_w: null }))).toBe("");
    expect(room(machineStatus({ heat: "floor", headroom_s: 0 }))).toBe("");
    expect(room(machineStatus({ headroom_s: 3_600 }))).toBe("It can go on like this for as long as you like.");
    expect(room(machineStatus({ headroom_s: 12 }))).toContain("less than a minute");
  });

  test("the same in two words", () => {
    const left = (headroom_s: number): string => roomShort(machineStatus({ headroom_s }));
    expect([0, 5, 540, 3_600, 1e99].map(left)).toEqual([
      "None now", "Under a minute", "9 minutes", "All you like", "All you like",
    ]);
  });
});

describe("why the fan turns as it does", () => {
  test("by the heat sink, with its figures", () => {
    expect(reason(machineStatus())).toBe("heat sink, 58 of 61 °C");
    expect(reason(machineStatus({ sink_c: null }))).toBe("the heat sink");
  });

  test("by the part that is nearest to its limit", () => {
    expect(reason(machineStatus({ reason: "aside" }))).toBe("Drive, 62 °C");
    expect(reason(machineStatus({ reason: "aside", temperatures: [] }))).toBe("another part that is warm");
  });

  test("every reason has words in both languages, and none is a key", async () => {
    for (const tongue of ["en", "zh-CN"] as const) {
      await speak(tongue);
      for (const one of REASONS) {
        expect(reason({ ...unknownStatus(), reason: one })).not.toMatch(/machine\.|undefined|NaN|null/);
      }
    }
  });

  test("the firmware has the fan for a reason that can be mended, or not", () => {
    const firmware = (more: Partial<HardwareStatus>): string =>
      whyFirmware(machineStatus({ controlled_by: "firmware", ...more }));
    const calibration = (state: HardwareStatus["calibration"]["state"]) => ({
      calibration: { state, step: null, progress: 0, why: null },
    });
    expect(firmware({ tier: "E", fans: [] })).toBe("machine.firmware.noFan");
    expect(firmware({ tier: "E" })).toBe("machine.firmware.locked");
    expect(firmware(calibration("mismatch"))).toBe("machine.firmware.mismatch");
    expect(firmware(calibration("none"))).toBe("machine.firmware.notYet");
    expect(firmware({ ...calibration("stored"), reason: "lost" })).toBe("machine.firmware.lost");
  });
});

describe("how the machine ages", () => {
  test("dust is unknown until it is measured, and said with what to do", () => {
    const of = (ratio: number, dust_known = true) => dust(machineStatus({ dust: ratio, dust_known }));
    expect(of(1.4, false)).toEqual({ verdict: "unknown", words: "not known yet" });
    expect(of(1.02).words).toBe("as new");
    expect(of(0.9).words).toBe("as new");
    expect(of(1.12)).toEqual({ verdict: "good", words: "+12%, fine" });
    expect(of(1.2)).toEqual({ verdict: "warning", words: "+20%, clean it soon" });
    expect(of(1.34)).toEqual({ verdict: "bad", words: "+34%, clean it now" });
  });

  test("the fan that is driven is the one that matters", () => {
    expect(mainFan(machineStatus())?.key).toBe("one");
    expect(mainFan(machineStatus({ fans: [] }))).toBeNull();
    expect(fanCondition(null).verdict).toBe("unknown");
    const fan = mainFan(machineStatus());
    if (!fan) throw new Error("the fixture has a fan");
    expect(fanCondition(fan)).toEqual({ verdict: "good", words: "does as it is told" });
    expect(fanCondition({ ...fan, outcome: "stolen" })).toEqual({
      verdict: "warning",
      words: "the firmware took it back",
    });
    expect(fanCondition({ ...fan, state: "failed" }).verdict).toBe("bad");
    expect(fanCondition({ ...fan, state: "untold", outcome: null }).verdict).toBe("unknown");
    expect(fanFigure({ ...fan, rpm: null })).toBe("31%");
    expect(fanFigure({ ...fan, rpm: null, duty: null })).toBe("unknown");
    expect(fanFigure({ ...fan, rpm: 0 })).toBe("0 rpm");
  });

  test("a power limit without effect is a warning", () => {
    expect(cap(machineStatus({ cap_state: "not_effective", cap_w: 35 }))).toEqual({
      verdict: "warning",
      words: "35 W, has no effect",
    });
    expect(cap(machineStatus()).words).toBe("none is needed");
  });
});

describe("the ember", () => {
  const alarm = (kind: Parameters<typeof emberOf>[0]["alarms"][number]["kind"]) => [{ kind, since: 1 }];

  test("is calm while all is well, and while nobody watches the machine", () => {
    expect(emberOf({ state: "live", status: machineStatus(), alarms: [] })).toBe("calm");
    expect(emberOf({ state: "absent", status: null, alarms: [] })).toBe("calm");
    expect(emberOf({ state: "live", status: machineStatus(), alarms: alarm("dust") })).toBe("calm");
    const quiet = machineStatus({ heat: "capped", profile: "quiet" });
    expect(emberOf({ state: "live", status: quiet, alarms: [] })).toBe("calm");
  });

  test("shows heat, and above it what somebody has to see to", () => {
    expect(emberOf({ state: "live", status: machineStatus({ heat: "capped" }), alarms: [] })).toBe("hot");
    expect(emberOf({ state: "stale", status: machineStatus({ heat: "capped" }), alarms: [] })).toBe("calm");
    expect(emberOf({ state: "live", status: null, alarms: alarm("hot") })).toBe("hot");
    expect(emberOf({ state: "live", status: null, alarms: alarm("fan_failed") })).toBe("alarm");
    expect(emberOf({ state: "absent", status: null, alarms: alarm("hwctl_absent") })).toBe("alarm");
  });
});
