/**
 * What the open page knows of the machine: a report, the frames that follow it, and the past. However
 * many frames come, it paints once a second, and not at all while nobody looks.
 */
import { hardware } from "../../api/hardware";
import { serverNow } from "../../api/http";
import type { Frame, HardwareReport, HistorySpan } from "../../api/types";
import { emberOf } from "../../notify/machine";
import { chat } from "../../state/chat.svelte";
import { live } from "../../state/live.svelte";
import { machine } from "../../state/machine.svelte";
import { managesOffice } from "../../state/selectors";
import { view } from "../../state/view.svelte";
import { type Columns, columnsOf, noColumns, withMoment } from "./series";

const PAINT_MS = 1_000;
/** Energy and its days grow slowly. */
const REPORT_MS = 60_000;
const HISTORY_MS: Record<HistorySpan, number> = { hour: 600_000, month: 60_000, years: 600_000 };
/** A device's clock may be off by so much without anybody noticing. */
const SKEW_S_MAX = 60;

export class MachineWatch {
  report = $state.raw<HardwareReport | null>(null);
  columns = $state.raw<Columns>(noColumns());
  /** Which past is wanted, and which one is there. */
  span = $state.raw<HistorySpan>("hour");
  shown = $state.raw<HistorySpan | null>(null);
  /** Seconds since 1970 by the box's clock, as of the last paint. */
  now = $state.raw(serverNow() / 1_000);

  #latest: Frame<"hardware"> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #skewS = 0;

  /** Asks for frames until the returned function is called. */
  follow(): () => void {
    live.onHardware = (frame) => this.#hear(frame);
    live.send({ t: "watch_hardware", on: true });
    void this.fetch();
    const again = setInterval(() => void this.fetch(), REPORT_MS);
    return () => {
      live.send({ t: "watch_hardware", on: false });
      live.onHardware = () => {};
      clearInterval(again);
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#latest = null;
    };
  }

  /** Keeps the past of a span until the returned function is called. */
  remember(span: HistorySpan): () => void {
    const gone = new AbortController();
    const load = async (): Promise<void> => {
      const history = await view.attempt(() => hardware.history(span, gone.signal));
      if (!history || gone.signal.aborted) return;
      this.columns = columnsOf(history);
      this.shown = span;
      const skew = (this.columns.at.at(-1) ?? 0) - serverNow() / 1_000;
      this.#skewS = span === "hour" && Math.abs(skew) < SKEW_S_MAX ? skew : 0;
      this.#tick();
    };
    void load();
    const again = setInterval(() => void load(), HISTORY_MS[span]);
    return () => {
      clearInterval(again);
      gone.abort();
    };
  }

  async fetch(): Promise<void> {
    const report = await view.attempt(() => hardware.report());
    if (report) this.show(report);
  }

  show(report: HardwareReport): void {
    this.report = report;
    this.#tick();
    if (managesOffice(chat)) machine.mood = emberOf(report);
  }

  #tick(): void {
    this.now = serverNow() / 1_000 + this.#skewS;
  }

  #hear(frame: Frame<"hardware">): void {
    this.#latest = frame;
    this.#timer ??= setTimeout(() => this.#paint(), 0);
  }

  #paint(): void {
    const frame = this.#latest;
    this.#latest = null;
    this.#timer = frame ? setTimeout(() => this.#paint(), PAINT_MS) : undefined;
    if (!frame || !this.report) return;
    const { state, status, alarms } = frame;
    this.show({ ...this.report, state, status: status ?? null, alarms });
    if (this.shown === "hour" && state === "live" && status) {
      this.columns = withMoment(this.columns, status, this.now);
    }
  }
}
