/** The ember in the browser's tab: what needs somebody first, then what calls, then what is new. */
import type { EmberState } from "./ember";
import attention from "./ember-attention.svg";
import calls from "./ember-calls.svg";
import calm from "./ember.svg";
import hot from "./ember-hot.svg";
import offline from "./ember-offline.svg";
import unread from "./ember-unread.svg";

export type Mark = "none" | "unread" | "calls";

const MARKS: Record<Mark, string> = { none: calm, unread, calls };

function iconOf(state: EmberState, mark: Mark): string {
  if (state === "offline") return offline;
  if (state === "attention" || state === "alarm") return attention;
  return state === "hot" && mark === "none" ? hot : MARKS[mark];
}

export function showEmber(state: EmberState, mark: Mark): void {
  const icon = iconOf(state, mark);
  const link = document.querySelector<HTMLLinkElement>("link[rel='icon']");
  if (link && !link.href.endsWith(icon)) link.href = icon;
}
