/** What the forms of this page share. */
import type { Component } from "svelte";

import type { HookProblem } from "../../api/integrations";
import { t } from "../../i18n/language.svelte";
import { when } from "../../i18n/times";
import { chat } from "../../state/chat.svelte";
import { view } from "../../state/view.svelte";

/** Opens one of this page's dialogs; they come with the page. */
export function openForm<P extends object>(body: Component<P>, props: P): void {
  view.dialog = { body: body as Component<Record<string, unknown>>, props };
}

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
