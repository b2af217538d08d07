/** What the forms of this page share. */
import type { HookProblem } from "../../api/integrations";
import { t } from "../../i18n/language.svelte";
import { when } from "../../i18n/times";
import type { Entry } from "../../parts/menu-entry";
import { chat } from "../../state/chat.svelte";
import { view } from "../../state/view.svelte";

/** Channels with a name that can be written in, by name. */
export function namedChannels(): { id: string; name: string }[] {
  return [...chat.channels.values()]
    .flatMap(({ channel }) =>
      channel.name && !channel.archived_at ? [{ id: channel.id, name: channel.name }] : [],
    )
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

export function channelName(id: string | null | undefined): string {
  const name = id ? chat.channels.get(id)?.channel.name : null;
  return name ? `#${name}` : t("integrations.someChannel");
}

/** What went wrong, in one sentence. */
export function said(problem: HookProblem): string {
  if (problem.code === "status") return t("integrations.problem.status", { n: problem.status });
  return t(`integrations.problem.${problem.code}`);
}

export function used(at: number | null | undefined): string {
  return at ? t("integrations.used", { when: when(at, Date.now()) }) : t("integrations.unused");
}

/** What can be done with a webhook or a command. */
export interface Deeds {
  /** What it is called where something is asked. */
  name: string;
  enabled: boolean;
  /** The words of getting another secret, or URL. */
  renewal: { action: string; title: string; text: string };
  deletion: string;
  edit: () => void;
  test?: () => Promise<unknown>;
  /** Gets another secret and shows it. */
  renew: () => Promise<void>;
  enable: (on: boolean) => Promise<unknown>;
  remove: () => Promise<unknown>;
  done: () => void;
}

export function menuOf(deeds: Deeds): Entry[] {
  const { name, enabled, renewal, test, done } = deeds;
  const act = (work: () => Promise<unknown>): void => void view.attempt(work).then(done);
  return [
    { label: t("action.edit"), icon: "edit", pick: deeds.edit },
    ...(test ? [{ label: t("integrations.test"), icon: "send" as const, pick: () => act(test) }] : []),
    {
      label: renewal.action,
      icon: "key",
      pick: () =>
        void view.open("confirm", {
          ...renewal,
          // The dialog that asks closes when this is done; the one with the secret follows it.
          act: async () => void setTimeout(() => act(deeds.renew)),
        }),
    },
    {
      label: t(enabled ? "integrations.switchOff" : "integrations.switchOn"),
      icon: enabled ? "mute" : "bell",
      pick: () => act(() => deeds.enable(!enabled)),
    },
    "line",
    {
      label: t("action.delete"),
      icon: "trash",
      danger: true,
      pick: () =>
        void view.open("confirm", {
          title: t("integrations.deleteTitle", { name }),
          text: deeds.deletion,
          action: t("action.delete"),
          act: () => deeds.remove().finally(done),
        }),
    },
  ];
}

/** The words of getting another key to sign with. */
export const newSecret = (name: string): Deeds["renewal"] => ({
  action: t("integrations.renewSecret"),
  title: t("integrations.renewTitle"),
  text: t("integrations.renewText", { name }),
});
