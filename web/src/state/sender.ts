/**
 * Brings messages to the server: in the order of writing within a conversation, each once.
 *
 * A nonce makes a send idempotent, so a message is sent again after every break until an answer or
 * its event settles it. Several tabs share what waits: where the browser has locks they take turns
 * after a break, and the second finds nothing left; elsewhere both send, and the nonce makes it one
 * message. Either way each tab sends in order, so the first arrivals are in order.
 */
import type { ClientFrame, Problem } from "../api/types";
import { hear, keep, kept, release } from "./kept";
import { dueInMs, echo, fail, postFrame, ready } from "./outbox";
import type { Chat, Outgoing } from "./shape";

/** How long a tab keeps its turn for answers that don't come. */
const TURN_MS_MAX = 10_000;
const TURN_CHECK_MS = 50;

type Send = (frame: ClientFrame) => boolean;

export class Sender {
  #chat: Chat;
  #send: Send;
  /** Counts links, so that a turn of an earlier link ends. */
  #link = 0;
  #open = false;
  /** Sent on this link; an answer is on its way. */
  #sent = new Set<string>();
  /** Known to be in the database: what is gone from there was settled by another tab. */
  #stored = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(chat: Chat, send: Send) {
    this.#chat = chat;
    this.#send = send;
  }

  /** Takes over what earlier visits left, and follows the other tabs. */
  async start(): Promise<void> {
    const { me } = this.#chat;
    // Other tabs are heard before the database is read: what one of them settles meanwhile may
    // still be in the answer, and what one of them changes is newer than it.
    let settled: Set<string> | null = new Set();
    hear(
      me,
      (outgoing) => echo(this.#chat, outgoing),
      (nonce) => {
        settled?.add(nonce);
        this.#forget(nonce);
      },
    );
    for (const outgoing of (await kept(me)) ?? []) {
      if (settled.has(outgoing.nonce)) continue;
      this.#stored.add(outgoing.nonce);
      if (!this.#chat.outbox.has(outgoing.nonce)) echo(this.#chat, outgoing);
    }
    settled = null;
  }

  stop(): void {
    this.down();
    clearTimeout(this.#timer);
    this.#stored.clear();
    this.#chat.outbox.clear();
  }

  /** Shows a message and sends it as soon as it can. */
  submit(outgoing: Outgoing): void {
    echo(this.#chat, outgoing);
    void keep(this.#chat.me, outgoing).then((done) => done && this.#stored.add(outgoing.nonce));
    this.#pump();
  }

  /** The message exists, or somebody no longer wants it. */
  settle(nonce: string): void {
    this.#forget(nonce);
    void release(this.#chat.me, nonce);
  }

  refused(nonce: string, problem: Problem): void {
    fail(this.#chat, nonce, problem);
    const outgoing = this.#chat.outbox.get(nonce);
    if (outgoing) void keep(this.#chat.me, outgoing);
  }

  up(): void {
    this.#link += 1;
    this.#sent.clear();
    void this.#takeTurn(this.#link);
  }

  down(): void {
    this.#link += 1;
    this.#open = false;
  }

  #forget(nonce: string): void {
    this.#chat.outbox.delete(nonce);
    this.#stored.delete(nonce);
    this.#sent.delete(nonce);
  }

  async #takeTurn(link: number): Promise<void> {
    const turn = async (): Promise<void> => {
      if (link !== this.#link) return;
      await this.#compare();
      if (link !== this.#link) return;
      this.#open = true;
      this.#pump();
      const until = Date.now() + TURN_MS_MAX;
      while (link === this.#link && this.#sent.size > 0 && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, TURN_CHECK_MS));
      }
    };
    // Locks exist only in a secure context, which an office's plain LAN address is not.
    const locks = (navigator as { locks?: LockManager }).locks;
    if (locks && this.#chat.outbox.size > 0) {
      await locks.request(`hearth.outbox.${this.#chat.me}`, turn);
    } else await turn();
  }

  /** Drops what another tab settled while this one could not hear it. */
  async #compare(): Promise<void> {
    const there = await kept(this.#chat.me);
    if (!there) return;
    const nonces = new Set(there.map(({ nonce }) => nonce));
    for (const nonce of this.#stored) if (!nonces.has(nonce)) this.#forget(nonce);
    for (const nonce of nonces) this.#stored.add(nonce);
  }

  #pump(): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    const wait = dueInMs(this.#chat, now);
    if (wait !== null) this.#timer = setTimeout(() => this.#pump(), wait);
    if (!this.#open) return;
    for (const outgoing of ready(this.#chat, now)) {
      if (this.#sent.has(outgoing.nonce)) continue;
      if (!this.#send(postFrame(outgoing))) return;
      this.#sent.add(outgoing.nonce);
    }
  }
}
