/**
 * What happens when a message calls: a notification, a sound, or nothing. Loaded after the first
 * page stands. The rule is in `decide.ts`; here is what carries it out.
 */
import type { Message } from "../api/types";
import { t } from "../i18n/language.svelte";
import { paths, router } from "../router.svelte";
import { chat } from "../state/chat.svelte";
import { channelTitle, isDirect } from "../state/selectors";
import { placeKey } from "../state/shape";
import { arrivalOf, readerOf } from "../state/unread";
import { Attention } from "./attention";
import { decide } from "./decide";
import * as desktop from "./desktop";
import { excerpt } from "./excerpt";
import { play } from "./sound";

export class Notifier {
  #attention = new Attention();
  #shown = new Set<string>();

  stop(): void {
    this.#attention.stop();
  }

  /** Says what the person looks at in this tab. */
  look(places: string[]): void {
    this.#attention.look(places);
  }

  /** A message that may be for this person. */
  async hear(message: Message): Promise<void> {
    const reader = readerOf(chat, message);
    if (!reader || this.#attention.sees(placeKey(message.channel, message.root))) return;
    const reason = decide(arrivalOf(message), reader, Date.now());
    if (!reason || !(await this.#attention.leads())) return;
    const { notices } = reader;
    play(notices.sound, notices.volume);
    if (!notices.desktop || desktop.ability() !== "granted") return;
    this.#shown.add(message.channel);
    await desktop.show(this.#words(message, notices.preview), (path) => router.go(path));
  }

  /** Takes away what was shown of conversations that were read, here or elsewhere. */
  tidy(): void {
    for (const channel of this.#shown) {
      const state = chat.channels.get(channel);
      const threads = [...chat.unreadThreads.values()].some((thread) => thread.channel === channel);
      if ((state?.unread ?? 0) > 0 || threads) continue;
      this.#shown.delete(channel);
      void desktop.close(channel);
    }
  }

  #words(message: Message, preview: boolean): desktop.Shown {
    const state = chat.channels.get(message.channel);
    const author = chat.users.get(message.author)?.name ?? t("user.unknown");
    const alone = state?.channel.kind === "direct";
    const where = state && !alone ? channelTitle(chat, state) : "";
    const place = state && isDirect(state.channel) ? where : `#${where}`;
    return {
      channel: message.channel,
      path: message.root
        ? paths.thread(message.channel, message.root)
        : paths.message(message.channel, message.id),
      title: where ? `${author} · ${place}` : author,
      body: preview ? excerpt(message.text ?? "") : t("notices.wrote"),
    };
  }
}
