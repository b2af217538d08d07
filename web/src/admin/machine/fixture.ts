/** A machine for tests: one that is well, and whatever is said otherwise. */
import golden from "../../../../hwctl/golden/status.json";
import type { HardwareHistory, HardwareStatus } from "../../api/types";

/** The line that hearth-hwctl's own test writes. */
const TOLD = golden as unknown as HardwareStatus;

export function machineStatus(more: Partial<HardwareStatus> = {}): HardwareStatus {
  return {
    ...TOLD,
    sink_aim_c: 61,
    temperatures: [
      { key: "cpu", name: "Package id 0", kind: "processor", celsius: 61, limit_c: 100 },
      { key: "nvme", name: "Composite", kind: "drive", celsius: 62, limit_c: 70 },
      { key: "board", name: "SYSTIN", kind: "board", celsius: 41, limit_c: null },
    ],
    fans: [
      { key: "two", name: "fan 2", ours: false, rpm: 900, duty: null, state: "turning", outcome: null },
      { key: "one", name: "fan 1", ours: true, rpm: 1_240, duty: 0.31, state: "turning", outcome: "applied" },
    ],
    energy_j: 12_345.6,
    load: 0.12,
    allowed_w: 56,
    dust: 1.02,
    calibration: { state: "stored", step: null, progress: 1, why: null },
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
