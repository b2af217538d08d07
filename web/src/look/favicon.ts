/** The ember in the browser's tab. */
import type { EmberState } from "./ember";
import attention from "./ember-attention.svg";
import calm from "./ember.svg";
import offline from "./ember-offline.svg";

const ICONS: Record<EmberState, string> = { idle: calm, busy: calm, offline, attention };

export function showEmber(state: EmberState): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel='icon']");
  if (link && !link.href.endsWith(ICONS[state])) link.href = ICONS[state];
}
