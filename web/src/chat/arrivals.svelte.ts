/**
 * What a screen reader is told of messages that come in. The list itself is silent: a live region
 * would read history out whenever older messages are fetched, and one's own echo twice.
 */
import type { Message } from "../api/types";
import { t } from "../i18n/language.svelte";
import { list } from "../i18n/times";
import { chat } from "../state/chat.svelte";

const GATHER_MS = 1_000;
const SPOKEN_UNITS_MAX = 200;

export class Arrivals {
  spoken = $state("");
  #upto: number | null = null;
  #fresh: Message[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes the messages that are shown, in order; what is younger than before has just come in. */
  see(messages: Message[], live: boolean): void {
    const last = messages.at(-1)?.seq ?? 0;
    const before = this.#upto;
    this.#upto = Math.max(last, before ?? 0);
    if (before === null || !live || last <= before) return;
    const fresh = messages.filter(({ seq, author }) => seq > before && author !== chat.me);
    this.#fresh.push(...fresh);
    if (this.#fresh.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#speak(), GATHER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #speak(): void {
    const [first] = this.#fresh;
    const names = this.#fresh
      .map(({ author }) => chat.users.get(author)?.name ?? "")
      .filter((name, at, all) => all.indexOf(name) === at);
    this.spoken =
      this.#fresh.length === 1 && first
        ? `${names[0] ?? ""}: ${(first.text ?? "").slice(0, SPOKEN_UNITS_MAX)}`
        : t("list.arrived", { n: this.#fresh.length, names: list(names) });
    this.#fresh = [];
  }
}
