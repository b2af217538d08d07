/** The routes of the machine under the office. */
import { request } from "./http";
import type {
  HardwareAct,
  HardwareChange,
  HardwareHistory,
  HardwareReport,
  HistorySpan,
} from "./types";

export const hardware = {
  report: () => request<HardwareReport>("GET", "/hardware"),
  history: (span: HistorySpan, cancel?: AbortSignal) =>
    request<HardwareHistory>("GET", `/hardware/history?span=${span}`, undefined, undefined, cancel),
  change: (body: Partial<HardwareChange>) => request<HardwareReport>("PUT", "/admin/hardware", body),
  act: (action: HardwareAct) =>
    request<undefined>("POST", "/admin/hardware/actions", { action }),
};
