/** What is open on this screen. Nothing here is shared with other devices. */
import type { Component } from "svelte";

import type { Theme } from "../api/types";
import { isRefused } from "../api/http";
import { screen, t } from "../i18n/language.svelte";

export interface Toast {
  id: number;
  text: string;
}

const TOAST_MS = 5_000;
const THEME_STORED = "hearth.theme";
const PHONE = matchMedia("(width < 720px)");
const NIGHT = matchMedia("(prefers-color-scheme: dark)");

type Loader = () => Promise<{ default: Component<Record<string, unknown>> }>;
const as = (loader: () => Promise<unknown>): Loader => loader as Loader;

/** Dialogs load when they are first opened. */
const DIALOGS = {
  backupPlace: as(() => import("../admin/backup/PlaceDialog.svelte")),
  browse: as(() => import("../dialogs/BrowseChannels.svelte")),
  channel: as(() => import("../dialogs/ChannelSettings.svelte")),
  confirm: as(() => import("../dialogs/Confirm.svelte")),
  create: as(() => import("../dialogs/CreateChannel.svelte")),
  direct: as(() => import("../dialogs/NewDirect.svelte")),
  add: as(() => import("../dialogs/AddMembers.svelte")),
  group: as(() => import("../dialogs/GroupDialog.svelte")),
  reset: as(() => import("../dialogs/ResetCard.svelte")),
  invite: as(() => import("../dialogs/Invite.svelte")),
  keys: as(() => import("../keys/KeyHelp.svelte")),
  lightbox: as(() => import("../dialogs/Lightbox.svelte")),
  message: as(() => import("../chat/MessageSheet.svelte")),
  revisions: as(() => import("../dialogs/RevisionList.svelte")),
  switcher: as(() => import("../find/Switcher.svelte")),
};

export type DialogName = keyof typeof DIALOGS;

class View {
  phone = $state(PHONE.matches);
  dialog = $state.raw<{ body: Component<Record<string, unknown>>; props: object } | null>(null);
  toasts = $state<Toast[]>([]);
  /** The message that is being edited. */
  editing = $state<string | null>(null);
  /** The panel beside the conversation, when no thread is open. */
  panel = $state<"members" | "pins" | null>(null);

  /** Whether the page can be seen. */
  visible = $state(document.visibilityState === "visible");

  constructor() {
    document.addEventListener("visibilitychange", () => {
      this.visible = document.visibilityState === "visible";
    });
    PHONE.addEventListener("change", () => (this.phone = PHONE.matches));
  }

  async open(name: DialogName, props: object = {}): Promise<void> {
    try {
      const [{ default: body }] = await Promise.all([DIALOGS[name](), screen.whole()]);
      this.dialog = { body, props };
    } catch {
      this.say(t("error.unreachable"));
    }
  }

  close(): void {
    this.dialog = null;
  }

  say(text: string): void {
    const id = Date.now() + Math.random();
    this.toasts.push({ id, text });
    setTimeout(() => (this.toasts = this.toasts.filter((toast) => toast.id !== id)), TOAST_MS);
  }

  /** Runs something and says what went wrong, if it did. */
  async attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      this.say(sentence(error));
      return undefined;
    }
  }
}

export const view = new View();

/** What went wrong, in the language of the screen. */
export function sentence(error: unknown): string {
  if (!isRefused(error)) return t("error.unreachable");
  const { title, hint } = error.problem;
  return `${title[screen.tongue]} ${hint[screen.tongue]}`;
}

export function showTheme(theme: Theme): void {
  const night = theme === "dark" || (theme === "system" && NIGHT.matches);
  document.documentElement.dataset["theme"] = night ? "dark" : "light";
  try {
    localStorage.setItem(THEME_STORED, theme);
  } catch {
    // Forbidden storage: the next visit starts as the device does.
  }
}

export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_STORED);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

NIGHT.addEventListener("change", () => showTheme(storedTheme()));
