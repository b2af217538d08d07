/**
 * The names of all conversations and people, made ready for finding. Ten thousand names take some
 * hundred milliseconds, so they are made a few at a time between frames, and kept until a name
 * changes.
 */
import type { ChannelState } from "../api/types";
import { chat } from "../state/chat.svelte";
import { channelTitle, isDirect } from "../state/selectors";
import { recentChannels } from "../state/visited";
import { type Name, nameOf } from "./match";
import type { Candidate } from "./rank";

const SLICE_MS = 5;
const LOOK_AT_CLOCK_EVERY = 32;

class Names {
  /** Grows when more names are ready. */
  ready = $state(0);
  #names = new Map<string, { text: string; name: Name }>();
  #people: string[] = [];
  #run = 0;

  /** Makes what is missing. A second call takes over from the first. */
  async prepare(): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    for (const state of chat.channels.values()) this.#name(state.channel.id, channelTitle(chat, state));
    this.ready += 1;
    const users = [...chat.users.values()].filter(({ state }) => state === "active");
    this.#people = users.map(({ id }) => id);
    let until = performance.now() + SLICE_MS;
    for (const [at, { id, name, handle }] of users.entries()) {
      this.#name(id, name, handle);
      if (at % LOOK_AT_CLOCK_EVERY !== 0 || performance.now() < until) continue;
      await new Promise((resume) => setTimeout(resume));
      if (run !== this.#run) return;
      until = performance.now() + SLICE_MS;
    }
    this.ready += 1;
  }

  *candidates(): Generator<Candidate> {
    const recent = recentChannels();
    const met: Record<string, true> = {};
    for (const state of chat.channels.values()) {
      if (state.channel.archived_at) continue;
      const candidate = this.#channel(state, recent.indexOf(state.channel.id));
      if (candidate) yield candidate;
      if (state.channel.kind === "direct") for (const user of state.people) met[user] = true;
    }
    for (const id of this.#people) {
      const name = this.#names.get(id)?.name;
      // Whom one writes with is there already, as their conversation.
      if (!name || (met[id] && id !== chat.me)) continue;
      yield { key: id, kind: "person", name, recent: null, unread: 0, calls: false };
    }
  }

  #channel(state: ChannelState, recent: number): Candidate | null {
    const { channel, notify, unread, mentions } = state;
    const name = this.#names.get(channel.id)?.name;
    if (!name) return null;
    const counts = notify !== "nothing";
    return {
      key: channel.id,
      kind: "channel",
      name,
      recent: recent < 0 ? null : recent,
      unread: counts ? unread : 0,
      calls: counts && (mentions > 0 || (isDirect(channel) && unread > 0)),
    };
  }

  #name(key: string, text: string, also = ""): void {
    const whole = `${text}\n${also}`;
    if (this.#names.get(key)?.text !== whole) {
      this.#names.set(key, { text: whole, name: nameOf(text, also) });
    }
  }
}

export const names = new Names();
