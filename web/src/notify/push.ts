/**
 * Being woken while no page is open. The browser gives an address at its maker's push service; the
 * box keeps it for this device and encrypts what it sends there.
 */
import { account } from "../api/account";

const WORKER = "/worker.js";

/** Whether this browser can be woken here, and if it is. */
export type PushAbility = "on" | "off" | "unsupported";

const supported = (): boolean =>
  isSecureContext && "serviceWorker" in navigator && "PushManager" in window;

/** Registers the worker: notifications are shown through it, pushed or not. */
export async function startWorker(open: (path: string) => void): Promise<void> {
  if (!isSecureContext || !("serviceWorker" in navigator)) return;
  navigator.serviceWorker.onmessage = ({ data }: MessageEvent<{ t?: string; path?: string }>) => {
    if (data.t === "open" && data.path?.startsWith("/")) open(data.path);
  };
  await navigator.serviceWorker.register(address(), { scope: "/" });
}

/** The worker's address, past the rule that no string becomes a script: it is this one only. */
const address = (): string => (policy?.createScriptURL("") as string | undefined) ?? WORKER;

interface Factory {
  createPolicy(name: string, rules: { createScriptURL: () => string }): {
    createScriptURL(url: string): unknown;
  };
}

const policy = (globalThis as { trustedTypes?: Factory }).trustedTypes?.createPolicy("hearth-worker", {
  createScriptURL: () => WORKER,
});

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

export async function pushAbility(): Promise<PushAbility> {
  if (!supported()) return "unsupported";
  const [state, own] = await Promise.all([account.push(), subscription()]);
  return state.subscribed && own ? "on" : "off";
}

/** Subscribes this browser, and tells the box. */
export async function wake(): Promise<void> {
  const { key } = await account.push();
  const registration = await navigator.serviceWorker.ready;
  // A subscription to another key can't be taken over.
  await (await subscription())?.unsubscribe();
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const { endpoint, keys } = made.toJSON();
  await account.subscribe({
    endpoint: endpoint ?? "",
    p256dh: keys?.["p256dh"] ?? "",
    auth: keys?.["auth"] ?? "",
  });
}

export async function letSleep(): Promise<void> {
  await account.unsubscribe();
  await (await subscription())?.unsubscribe();
}
