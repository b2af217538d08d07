/**
 * Notifications of the system. One for each conversation: a newer one takes the place of an older
 * one, and what is read goes away. Shown through the service worker where there is one, because
 * phones take no other, and because those can still be clicked when the page is gone.
 */
import type { Key } from "../i18n/language.svelte";

/** What a page can do about notifications, and if it can't, why. */
export type Ability = "granted" | "ask" | "denied" | "insecure" | "unsupported";

export function ability(): Ability {
  if (!isSecureContext) return "insecure";
  if (!("Notification" in window)) return "unsupported";
  return Notification.permission === "default" ? "ask" : Notification.permission;
}

/** Asks the person; call it from a click only, as browsers want it and people too. */
export async function askPermission(): Promise<Ability> {
  await Notification.requestPermission();
  return ability();
}

export const ABILITY_WORDS: Record<Exclude<Ability, "granted">, Key> = {
  ask: "notices.ask",
  denied: "notices.denied",
  insecure: "notices.insecure",
  unsupported: "notices.unsupported",
};

export interface Shown {
  channel: string;
  /** Where a click leads. */
  path: string;
  title: string;
  body: string;
}

const tagOf = (channel: string): string => `hearth:${channel}`;
const own = new Map<string, Notification>();

async function worker(): Promise<ServiceWorkerRegistration | undefined> {
  return "serviceWorker" in navigator ? navigator.serviceWorker.getRegistration() : undefined;
}

export async function show(notice: Shown, open: (path: string) => void): Promise<void> {
  const options = { body: notice.body, tag: tagOf(notice.channel), icon: "/icon-192.png", silent: true };
  const registration = await worker();
  if (registration?.active) {
    const data = { path: notice.path };
    await registration.showNotification(notice.title, { ...options, data });
    return;
  }
  const shown = new Notification(notice.title, options);
  shown.onclick = () => {
    window.focus();
    open(notice.path);
    shown.close();
  };
  own.set(notice.channel, shown);
}

/** Takes away what was shown of a conversation. */
export async function close(channel: string): Promise<void> {
  own.get(channel)?.close();
  own.delete(channel);
  const registration = await worker();
  const shown = (await registration?.getNotifications({ tag: tagOf(channel) })) ?? [];
  for (const notification of shown) notification.close();
}
