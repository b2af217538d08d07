/** A machine for tests: one that is well, and whatever is said otherwise. */
import type { HardwareHistory, HardwareStatus } from "../../api/types";

export function machineStatus(more: Partial<HardwareStatus> = {}): HardwareStatus {
  return {
    version: 2,
    started: "5f2a",
    simulated: false,
    board: "Maker Board 1",
    tier: "A",
    controlled_by: "hwctl",
    reason: "sink",
    sink_c: 58.1,
    sink_aim_c: 61,
    junction_c: 61,
    junction_unknown: null,
    junction_limit_c: 91,
    temperatures: [
      { key: "cpu", name: "Package id 0", kind: "processor", celsius: 61, limit_c: 100 },
      { key: "nvme", name: "Composite", kind: "drive", celsius: 62, limit_c: 70 },
      { key: "board", name: "SYSTIN", kind: "board", celsius: 41, limit_c: null },
    ],
    fans: [
      { key: "two", name: "fan 2", ours: false, rpm: 900, duty: null, state: "turning", outcome: null },
      { key: "one", name: "fan 1", ours: true, rpm: 1_240, duty: 0.31, state: "turning", outcome: "applied" },
    ],
    power_w: 18.2,
    energy_j: 12_345.6,
    load: 0.12,
    memory: 0.41,
    frequency_mhz: 3_400,
    heat: "free",
    allowed_w: 56,
    sustained_w: 48,
    headroom_s: 540,
    cap_w: null,
    cap_state: "none",
    profile: "balanced",
    wanted_profile: "balanced",
    quiet_left_s: 0,
    boost_left_s: 0,
    dust: 1.02,
    dust_known: true,
    resistance_k_per_w: 0.61,
    calibration: { state: "stored", step: null, progress: 1, why: null },
    drill: null,
    ...more,
  };
}

/** Everything that may be unknown is. */
export const unknownStatus = (): HardwareStatus =>
  machineStatus({
    sink_c: null,
    sink_aim_c: null,
    junction_c: null,
    junction_unknown: "stuck",
    junction_limit_c: null,
    temperatures: [],
    fans: [],
    power_w: null,
    energy_j: null,
    load: null,
    memory: null,
    frequency_mhz: null,
    resistance_k_per_w: null,
    dust_known: false,
    headroom_s: 0,
  });

/** A past in which only heat, speed and power matter. */
export function pastOf(step: number, at: number[], heat: (number | null)[]): HardwareHistory {
  return {
    step_s: step,
    from: at[0] ?? 0,
    at,
    junction_c: heat,
    junction_min_c: heat,
    junction_max_c: heat,
    fan_rpm: heat.map((value) => (value === null ? null : value * 20)),
    fan_max_rpm: heat,
    fan_duty: heat.map(() => 0.3),
    power_w: heat.map(() => 18),
    power_max_w: heat,
    allowed_w: heat.map(() => 56),
    dust: heat.map(() => null),
  };
}
