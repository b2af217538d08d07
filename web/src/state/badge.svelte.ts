/** What the tab says beside the page's name: how much calls, and whether anything is new. */
import type { EmberState } from "../look/ember";
import type { Mark } from "../look/favicon";
import { chat } from "./chat.svelte";
import { live } from "./live.svelte";
import { machine } from "./machine.svelte";
import { anythingUnread, callsCount } from "./selectors";

const SHOWN_MAX = 999;

class Badge {
  #choice = $derived(chat.preferences.notices?.badge ?? "unread");

  /** How many messages call; none where somebody wants no count. */
  calls = $derived(this.#choice === "off" ? 0 : callsCount(chat));
  mark = $derived<Mark>(
    this.calls > 0 ? "calls" : this.#choice === "unread" && anythingUnread(chat) ? "unread" : "none",
  );
  /** What stands before the page's name. */
  prefix = $derived(
    this.calls > 0 ? `(${Math.min(this.calls, SHOWN_MAX)}) ` : this.mark === "unread" ? "• " : "",
  );
  ember = $derived<EmberState>(
    live.offline ? "offline" : this.#failed ? "attention" : this.#machine,
  );

  get #machine(): EmberState {
    if (machine.mood === "calm") return live.busy ? "busy" : "idle";
    return machine.mood;
  }

  get #failed(): boolean {
    return [...chat.outbox.values()].some((outgoing) => outgoing.state === "failed");
  }
}

export const badge = new Badge();
