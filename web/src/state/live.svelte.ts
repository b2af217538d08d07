/**
 * The shell around the reducer: it fetches the bootstrap, keeps the link open, hands every frame to
 * the pure part and carries out what that asks for.
 */
import { isRefused } from "../api/http";
import { TYPING_SHOWN_MS } from "../api/limits";
import { rest } from "../api/rest";
import { Link, type LinkState } from "../api/socket";
import type { ClientFrame, Frame, Happened, Message, ServerFrame } from "../api/types";
import { chat } from "./chat.svelte";
import { settleAnswer } from "./outbox";
import { putChannel, reduce, stopTyping } from "./reduce";
import { Sender } from "./sender";
import { type Effect, load, placeKey } from "./shape";
import { whispers } from "./whispers.svelte";

/** A shorter break is not worth a word. */
const BANNER_AFTER_MS = 2_000;
const TYPING_CHECK_MS = 1_000;
const BUSY_MS = 4_000;
/** So many messages wait for somebody who tells of them. */
const CALLS_MAX = 50;
const AWAY_AFTER_MS = 5 * 60_000;
const PRESENCE_CHECK_MS = 30_000;

class Live {
  link = $state.raw<LinkState>("connecting");
  /** Whether the break lasts long enough to say so. */
  offline = $state(false);
  /** Whether something came in lately. */
  busy = $state(false);
  /** Grows with every reset, so that what was fetched before it is fetched again. */
  epoch = $state(0);
  /** How many links were opened so far. */
  opened = 0;
  /** Set when the session ended from outside. */
  onSignedOut: () => void = () => {};
  onLeft: (channel: string) => void = () => {};
  /** Hears how the machine is, while a page watches it. */
  onHardware: (frame: Frame<"hardware">) => void = () => {};
  /** Called whenever the link opens. */
  onUp: () => void = () => {};
  /** Brings what is written to the server. */
  sender = new Sender(chat, (frame) => this.send(frame));

  #listener: ((message: Message) => void) | null = null;
  #calls: Message[] = [];
  #link: Link | null = null;
  #held: Happened[] | null = null;
  #offlineTimer: ReturnType<typeof setTimeout> | undefined;
  #busyTimer: ReturnType<typeof setTimeout> | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];
  #usedAt = Date.now();
  #said: "active" | "away" | null = null;

  /** Fetches everything and goes live. Throws what the bootstrap was refused with. */
  async start(): Promise<void> {
    load(chat, await rest.bootstrap());
    await this.sender.start();
    this.#link = new Link({
      since: () => chat.seq,
      frame: (frame) => this.#frame(frame),
      state: (state) => this.#state(state),
      doubt: () => void this.#checkSession(),
    });
    this.#link.start();
    this.#timers = [
      setInterval(() => this.#pruneTyping(), TYPING_CHECK_MS),
      setInterval(() => this.#tellPresence(), PRESENCE_CHECK_MS),
    ];
    for (const name of ["pointerdown", "keydown", "focus"]) addEventListener(name, this.#used);
    document.addEventListener("visibilitychange", this.#used);
  }

  stop(): void {
    this.#link?.stop();
    this.#link = null;
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#offlineTimer);
    for (const name of ["pointerdown", "keydown", "focus"]) removeEventListener(name, this.#used);
    document.removeEventListener("visibilitychange", this.#used);
    this.sender.stop();
    this.#calls = [];
    this.offline = false;
    this.link = "connecting";
    this.#said = null;
  }

  /**
   * Gives every message that may interrupt to `listener`. It is loaded after the page, so those that
   * came meanwhile are given to it first.
   */
  listen(listener: ((message: Message) => void) | null): void {
    this.#listener = listener;
    if (listener) this.#calls.splice(0).forEach(listener);
  }

  send(frame: ClientFrame): boolean {
    return this.#link?.send(frame) ?? false;
  }

  #state(state: LinkState): void {
    this.link = state;
    if (state === "open") {
      this.opened += 1;
      clearTimeout(this.#offlineTimer);
      this.#offlineTimer = undefined;
      this.offline = false;
      this.#said = null;
      this.#tellPresence();
      this.sender.up();
      this.onUp();
    } else if (state === "down") {
      this.sender.down();
      this.#offlineTimer ??= setTimeout(() => (this.offline = true), BANNER_AFTER_MS);
    }
  }

  #frame(frame: ServerFrame): void {
    switch (frame.t) {
      case "hello":
        chat.presence.clear();
        chat.online = 0;
        break;
      case "event":
        if (this.#held) this.#held.push(frame);
        else this.#apply(frame);
        break;
      case "posted":
        settleAnswer(chat, frame);
        this.sender.settle(frame.nonce);
        break;
      case "refused":
        if (frame.nonce) this.sender.refused(frame.nonce, frame.problem);
        break;
      case "presence":
        for (const { user, state } of frame.people) {
          const was = chat.presence.get(user) === "online";
          chat.online += Number(state === "online") - Number(was);
          chat.presence.set(user, state);
        }
        break;
      case "typing":
        this.#typing(placeKey(frame.channel, frame.root), frame.user);
        break;
      case "ephemeral":
        whispers.add(frame);
        break;
      case "hardware":
        this.onHardware(frame);
        break;
      case "reset":
        void this.#reload();
        break;
      case "closing":
        if (frame.reason === "signed_out") this.onSignedOut();
        else if (frame.reason === "access_changed") void this.#reload();
    }
  }

  #apply(happened: Happened): void {
    const mine = happened.actor === chat.me;
    const sent = mine && happened.event.kind === "message.posted" ? happened.event.nonce : null;
    // A device that did not send it has nothing of it.
    const waits = sent !== null && chat.outbox.has(sent);
    for (const effect of reduce(chat, happened)) this.#carryOut(effect);
    if (waits) this.sender.settle(sent);
    if (!mine) this.#stir();
  }

  #carryOut(effect: Effect): void {
    if (effect.do === "load-channel") void this.loadChannel(effect.channel);
    if (effect.do === "load-threads") void this.#loadThreads();
    if (effect.do === "left-channel") this.onLeft(effect.channel);
    if (effect.do === "interest") this.#call(effect.message);
  }

  #call(message: Message): void {
    if (this.#listener) this.#listener(message);
    else this.#calls = [...this.#calls, message].slice(-CALLS_MAX);
  }

  async #loadThreads(): Promise<void> {
    try {
      const { threads } = await rest.threads({ unread: true });
      for (const { root, read_upto, unread } of threads) {
        chat.follows.set(root.id, true);
        chat.unreadThreads.set(root.id, { root: root.id, channel: root.channel, read_upto, unread });
      }
    } catch {
      // The counts of threads stay as they were until the next change.
    }
  }

  async loadChannel(channel: string): Promise<void> {
    const marker = (): number | undefined => chat.channels.get(channel)?.read_upto;
    const before = marker();
    try {
      const state = await rest.channel(channel);
      // An answer from before the marker moved would make unread what was read meanwhile.
      if (marker() === before) putChannel(chat, state);
      else await this.loadChannel(channel);
    } catch (error) {
      if (!isRefused(error, "not_found", "forbidden")) throw error;
    }
  }

  /** Fetches the bootstrap again. Events that arrive meanwhile wait and follow it. */
  async #reload(): Promise<void> {
    if (this.#held) return;
    this.#held = [];
    try {
      load(chat, await rest.bootstrap());
      this.epoch += 1;
      const held = this.#held;
      this.#held = null;
      for (const happened of held) this.#apply(happened);
    } catch (error) {
      this.#held = null;
      if (isRefused(error, "sign_in_needed", "account_disabled")) this.onSignedOut();
      // Otherwise the box is away; resuming from the old place leads to another reset.
      else this.#link?.restart();
    }
  }

  async #checkSession(): Promise<void> {
    try {
      await rest.sessions();
    } catch (error) {
      if (isRefused(error, "sign_in_needed", "account_disabled")) this.onSignedOut();
    }
  }

  #typing(key: string, user: string): void {
    if (user === chat.me) return;
    stopTyping(chat, key, user);
    const others = chat.typing.get(key) ?? [];
    chat.typing.set(key, [...others, { user, until: Date.now() + TYPING_SHOWN_MS }]);
    this.#stir();
  }

  #pruneTyping(): void {
    const now = Date.now();
    for (const [key, typists] of chat.typing) {
      const left = typists.filter((typist) => typist.until > now);
      if (left.length === typists.length) continue;
      if (left.length === 0) chat.typing.delete(key);
      else chat.typing.set(key, left);
    }
  }

  #stir(): void {
    this.busy = true;
    clearTimeout(this.#busyTimer);
    this.#busyTimer = setTimeout(() => (this.busy = false), BUSY_MS);
  }

  #used = (): void => {
    this.#usedAt = Date.now();
    this.#tellPresence();
  };

  #tellPresence(): void {
    const lately = Date.now() - this.#usedAt < AWAY_AFTER_MS;
    const state = lately && document.visibilityState === "visible" ? "active" : "away";
    if (state !== this.#said && this.send({ t: "presence", state })) this.#said = state;
  }
}

export const live = new Live();
