/**
 * What the machine's state means, in words. Nothing here asks the page or the clock, so that every
 * state can be tested.
 */
import type { HardwareFan, HardwareStatus, HardwareTemperature } from "../../api/types";
import { type Key, screen, t } from "../../i18n/language.svelte";
import { duration } from "../../i18n/sizes";
import { isWished } from "../../notify/machine";
import { celsius, isKnown, number, percent, rpm } from "./figures";

/** What hwctl forecasts at most. */
const HEADROOM_S_MAX = 3_600;
/** So far below its limit a processor is cool. */
const COOL_BELOW_LIMIT_K = 20;
const COOL_C = 70;
/** A fan that is driven less than this is not heard over an office. */
const QUIET_DUTY = 0.5;
/** How much worse a heat sink cools before somebody should clean it, and before they must. */
const DUST = { little: 1.05, soon: 1.15, now: 1.3 };

/** The fan that matters: the one that is driven, else the first that tells something. */
export function mainFan({ fans }: HardwareStatus): HardwareFan | null {
  return fans.find(({ ours }) => ours) ?? fans.find((fan) => isKnown(fan.rpm)) ?? fans[0] ?? null;
}

/** Sentences one after the other, as the language of the screen sets them. */
export const together = (sentences: string[]): string =>
  sentences.filter(Boolean).join(screen.tongue === "zh-CN" ? "" : " ");

/** How warm and how loud it is, in a sentence. */
export function mood(status: HardwareStatus): string {
  return t(`machine.mood.${moodOf(status)}`);
}

type Mood =
  | "powerOff" | "fanFailed" | "floor" | "blind" | "hot" | "calibrating" | "drill" | "capped" | "saving" | "kick"
  | "boost" | "coolQuiet" | "coolLoud" | "warmQuiet" | "warmLoud" | "cool" | "warm";

function moodOf(status: HardwareStatus): Mood {
  if (status.heat === "power_off") return "powerOff";
  if (status.reason === "fan_failed") return "fanFailed";
  if (status.heat === "floor") return "floor";
  if (!isKnown(status.junction_c)) return "blind";
  if (status.reason === "hot") return "hot";
  if (status.reason === "calibrating" || status.calibration.state === "running") return "calibrating";
  if (status.reason === "drill" || status.reason === "kick") return status.reason;
  if (status.heat === "capped") return isWished(status) ? "saving" : "capped";
  if (status.boost_left_s > 0) return "boost";
  return plainMood(status, status.junction_c);
}

function plainMood(status: HardwareStatus, junction: number): Mood {
  const limit = status.junction_limit_c;
  const cool = junction < (!isKnown(limit) ? COOL_C : limit - COOL_BELOW_LIMIT_K);
  const duty = mainFan(status)?.duty;
  if (!isKnown(duty)) return cool ? "cool" : "warm";
  if (duty < QUIET_DUTY) return cool ? "coolQuiet" : "warmQuiet";
  return cool ? "coolLoud" : "warmLoud";
}

/** Whether there is a forecast: none is made of what is not known, or while the hard limits hold. */
export function hasRoom(status: HardwareStatus): boolean {
  return isKnown(status.junction_c) && isKnown(status.power_w) && (status.heat === "free" || status.heat === "capped");
}

/** How long it can go on as it does, in a sentence; nothing where there is no forecast. */
export function room(status: HardwareStatus): string {
  if (!hasRoom(status) || ["hot", "calibrating", "drill"].includes(status.reason)) return "";
  const left = status.headroom_s;
  if (left >= HEADROOM_S_MAX) return t("machine.room.long");
  if (left < 60) return t("machine.room.short");
  return t("machine.room.some", { time: duration(left) });
}

/** The same in a word or two. */
export function roomShort({ headroom_s: left }: HardwareStatus): string {
  if (left >= HEADROOM_S_MAX) return t("machine.room.any");
  if (left <= 0) return t("machine.room.zero");
  return left < 60 ? t("machine.room.none") : duration(left);
}

/** Why the fan turns as fast as it does. */
export function reason(status: HardwareStatus): string {
  const { sink_c: sink, sink_aim_c: aim } = status;
  if (status.reason === "sink" && isKnown(sink) && isKnown(aim)) {
    return t("machine.why.sinkOf", { now: number(sink), aim: celsius(aim) });
  }
  const part = status.reason === "aside" ? nearest(status.temperatures) : null;
  if (isKnown(part?.celsius)) {
    const words = { part: t(`machine.kind.${part.kind}`), now: celsius(part.celsius) };
    return t("machine.why.part", words);
  }
  return t(`machine.why.${status.reason}`);
}

/** The part besides the processor that is nearest to its limit. */
function nearest(temperatures: HardwareTemperature[]): HardwareTemperature | null {
  const margin = ({ celsius: now, limit_c: limit }: HardwareTemperature): number =>
    !isKnown(now) || !isKnown(limit) ? Infinity : limit - now;
  const others = temperatures.filter(({ kind, celsius: now }) => kind !== "processor" && isKnown(now));
  return others.sort((a, b) => margin(a) - margin(b))[0] ?? null;
}

/** Why the firmware has the fan, and not Hearth. */
export function whyFirmware(status: HardwareStatus): Key {
  if (status.tier === "E") return status.fans.length > 0 ? "machine.firmware.locked" : "machine.firmware.noFan";
  const { state } = status.calibration;
  if (state === "mismatch") return "machine.firmware.mismatch";
  if (state === "stored") return status.reason === "lost" ? "machine.firmware.lost" : "machine.firmware.resting";
  return "machine.firmware.notYet";
}

export type Verdict = "good" | "warning" | "bad" | "unknown";
export interface Said {
  verdict: Verdict;
  words: string;
}

/** How much worse the heat sink cools than when it was clean. */
export function dust({ dust: ratio, dust_known: known }: HardwareStatus): Said {
  if (!known) return { verdict: "unknown", words: t("machine.dust.unknown") };
  if (ratio < DUST.little) return { verdict: "good", words: t("machine.dust.none") };
  const more = { percent: percent(ratio - 1) };
  if (ratio < DUST.soon) return { verdict: "good", words: t("machine.dust.little", more) };
  if (ratio < DUST.now) return { verdict: "warning", words: t("machine.dust.soon", more) };
  return { verdict: "bad", words: t("machine.dust.now", more) };
}

/** Whether the fan does as it is told. */
export function fanCondition(fan: HardwareFan | null): Said {
  if (!fan) return { verdict: "unknown", words: t("machine.fan.none") };
  if (fan.state === "failed") return { verdict: "bad", words: t("machine.fan.failed") };
  if (fan.state === "kick") return { verdict: "warning", words: t("machine.fan.kick") };
  const { outcome } = fan;
  if (outcome && outcome !== "applied" && outcome !== "quantised") {
    return { verdict: "warning", words: t(`machine.fan.${outcome}`) };
  }
  if (fan.state === "untold") return { verdict: "unknown", words: t("machine.fan.untold") };
  return { verdict: "good", words: t("machine.fan.turning") };
}

/** What a limit of power does. */
export function cap({ cap_state: state, cap_w: limit }: HardwareStatus): Said {
  const verdict = state === "not_effective" ? "warning" : state === "unsupported" ? "unknown" : "good";
  const watts = !isKnown(limit) ? "" : `${Math.round(limit)} W`;
  return { verdict, words: t(`machine.cap.${state}`, { watts }) };
}

/** What a fan says of itself, short. */
export function fanFigure(fan: HardwareFan): string {
  if (isKnown(fan.rpm)) return rpm(fan.rpm);
  return isKnown(fan.duty) ? percent(fan.duty) : t("machine.unknown");
}
