/** Keeps the ember in step with the machine, for those who run the office. */
import { hardware } from "../api/hardware";
import type { HardwareAlarmKind, HardwareReport, HardwareStatus } from "../api/types";
import { machine } from "../state/machine.svelte";

const LOOK_MS = 60_000;
/** What somebody should know of, and need not run for. */
const CAN_WAIT: HardwareAlarmKind[] = ["hot", "dust", "cap_not_effective", "calibration_mismatch"];

/** What the ember shows: an alarm that somebody has to see to, or that it is hot. */
export function emberOf({
  alarms,
  status,
  state,
}: Pick<HardwareReport, "alarms" | "status" | "state">): "calm" | "hot" | "alarm" {
  if (alarms.some(({ kind }) => !CAN_WAIT.includes(kind))) return "alarm";
  const hot = alarms.some(({ kind }) => kind === "hot");
  const held = state === "live" && status && status.heat !== "free" && !isWished(status);
  return hot || held ? "hot" : "calm";
}

/** Whether power is held back because somebody wants it quiet, and not because it is hot. */
export function isWished({ heat, reason, profile, quiet_left_s: left }: HardwareStatus): boolean {
  return heat === "capped" && reason !== "hot" && (profile === "quiet" || left > 0);
}

/** Looks at once and then every minute, until the returned function is called. */
export function followMachine(): () => void {
  async function look(): Promise<void> {
    try {
      machine.mood = emberOf(await hardware.report());
    } catch {
      // The ember says already when there is no link; the next look may find one.
    }
  }
  void look();
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(timer);
}
