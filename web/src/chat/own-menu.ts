/** What a person can set for themselves, from their own row or the phone's last tab. */
import { rest } from "../api/rest";
import type { Language, Theme } from "../api/types";
import { chooseLanguage, screen, t } from "../i18n/language.svelte";
import type { Entry } from "../parts/menu-entry";
import { paths, router } from "../router.svelte";
import { chat } from "../state/chat.svelte";
import { live } from "../state/live.svelte";
import { managesOffice } from "../state/selectors";
import { showTheme, view } from "../state/view.svelte";

function theme(choice: Theme): Entry {
  return {
    label: t(`theme.${choice}`),
    checked: (chat.preferences.theme ?? "system") === choice,
    pick: () => {
      showTheme(choice);
      void view.attempt(() => rest.changeMe({ theme: choice }));
    },
  };
}

function language(choice: Exclude<Language, "auto">): Entry {
  return {
    label: t(`language.${choice}`),
    checked: screen.tongue === choice,
    pick: () => {
      void chooseLanguage(choice);
      void view.attempt(() => rest.changeMe({ language: choice }));
    },
  };
}

async function signOut(): Promise<void> {
  await view.attempt(async () => {
    await rest.signOut();
    live.onSignedOut();
  });
}

/** The menu of one's own row. */
export const ownMenu = (): Entry[] => [
  { label: t("profile.title"), icon: "person", pick: () => router.go(paths.settings("profile")) },
  { label: t("notices.title"), icon: "bell", pick: () => router.go(paths.settings("notifications")) },
  { label: t("settings.title"), icon: "settings", pick: () => router.go(paths.settings()) },
  ...(managesOffice(chat)
    ? ([
        { label: t("invite.title"), icon: "link", pick: () => void view.open("invite") },
        { label: t("admin.title"), icon: "office", pick: () => router.go(paths.admin()) },
      ] as const)
    : []),
  { label: t("keys.title"), icon: "keyboard", pick: () => void view.open("keys") },
  { heading: t("language.title") },
  language("zh-CN"),
  language("en"),
  { heading: t("theme.title") },
  theme("system"),
  theme("light"),
  theme("dark"),
  "line",
  { label: t("action.signOut"), icon: "leave", pick: () => void signOut() },
];
