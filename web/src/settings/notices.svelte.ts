/**
 * What somebody chose about being interrupted, on its way to the box: a choice shows at once, the
 * newest one is sent when the one before has arrived, and a refused one goes back.
 */
import { rest } from "../api/rest";
import type { Notices } from "../api/types";
import { AS_AT_FIRST } from "../notify/decide";
import { chat } from "../state/chat.svelte";
import { view } from "../state/view.svelte";

class NoticeChoices {
  #chosen = $state.raw<Notices | null>(null);
  #sending = false;

  get now(): Notices {
    return this.#chosen ?? chat.preferences.notices ?? AS_AT_FIRST;
  }

  change(part: Partial<Notices>): void {
    this.#chosen = { ...this.now, ...part };
    if (!this.#sending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#chosen) {
      const sent: Notices = this.#chosen;
      const done = await view.attempt(() => rest.changeMe({ notices: sent }));
      if (done) chat.preferences = { ...chat.preferences, notices: sent };
      if (!done || this.#chosen === sent) this.#chosen = null;
    }
    this.#sending = false;
  }
}

export const choices = new NoticeChoices();
