/**
 * The live connection. It keeps one WebSocket open, resumes from the reader's own place in the log
 * and comes back by itself.
 *
 * A page can't see the server's pings, so a silent death is noticed in three other ways: a send
 * that stays unanswered, a clock that jumped (the machine slept), and silence for twice the ping
 * interval followed by a health request that fails.
 */
import { delayMs } from "./backoff";
import type { ClientFrame, ServerFrame } from "./types";

const WATCH_MS = 5_000;
const ANSWER_WAIT_MS = 10_000;
const HEALTH_WAIT_MS = 5_000;
const PING_INTERVAL_DEFAULT_MS = 20_000;

export type LinkState = "connecting" | "open" | "down";

export interface Reader {
  /** The place to resume from. */
  since(): number;
  frame(frame: ServerFrame): void;
  state(state: LinkState): void;
  /** Called after some failed tries: perhaps the session is gone. */
  doubt(): void;
}

export class Link {
  #socket: WebSocket | null = null;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #tickedAt = 0;
  #silenceMs = 2 * PING_INTERVAL_DEFAULT_MS;
  #probing = false;
  #waiting = new Map<string, number>();
  #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  start(): void {
    addEventListener("online", this.#nudge);
    document.addEventListener("visibilitychange", this.#nudge);
    this.#tickedAt = Date.now();
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#connect();
  }

  stop(): void {
    removeEventListener("online", this.#nudge);
    document.removeEventListener("visibilitychange", this.#nudge);
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Sends a frame now, or says that it could not. */
  send(frame: ClientFrame): boolean {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return false;
    if (frame.t === "post") this.#waiting.set(frame.nonce, Date.now());
    socket.send(JSON.stringify(frame));
    return true;
  }

  /** Closes what is open and connects anew, at once. */
  restart(): void {
    this.#drop();
    this.#attempt = 0;
    this.#connect();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#waiting.clear();
    socket?.close();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#reader.state("connecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const url = `${scheme}://${location.host}/api/v1/socket?since=${this.#reader.since()}`;
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.addEventListener("message", (event: MessageEvent<string>) => {
      if (socket === this.#socket) this.#hear(event.data);
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) this.#lost();
    });
  }

  #hear(data: string): void {
    this.#heardAt = Date.now();
    const frame = JSON.parse(data) as ServerFrame;
    if (frame.t === "hello") {
      this.#attempt = 0;
      this.#silenceMs = 2 * frame.ping_interval_ms;
    }
    if ((frame.t === "posted" || frame.t === "refused") && frame.nonce) {
      this.#waiting.delete(frame.nonce);
    }
    this.#reader.frame(frame);
    if (frame.t === "hello") this.#reader.state("open");
  }

  #lost(): void {
    this.#socket = null;
    this.#waiting.clear();
    this.#reader.state("down");
    const wait = delayMs(this.#attempt, Math.random());
    this.#attempt += 1;
    if (this.#attempt % 3 === 2) this.#reader.doubt();
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #nudge = (): void => {
    if (document.visibilityState === "hidden") return;
    if (this.#socket === null) {
      this.#attempt = 0;
      this.#connect();
    } else {
      this.#look();
    }
  };

  #look(): void {
    const now = Date.now();
    const slept = now - this.#tickedAt > this.#silenceMs && document.visibilityState === "visible";
    this.#tickedAt = now;
    if (this.#socket === null) return;
    const oldest = Math.min(...this.#waiting.values());
    if (slept || now - oldest > ANSWER_WAIT_MS) this.#give(now);
    else if (now - this.#heardAt > this.#silenceMs) void this.#probe();
  }

  #give(now: number): void {
    this.#tickedAt = now;
    this.#reader.state("down");
    this.restart();
  }

  async #probe(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    const asked = this.#socket;
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(HEALTH_WAIT_MS) });
      this.#heardAt = Date.now();
    } catch {
      if (asked === this.#socket && asked !== null) this.#give(Date.now());
    } finally {
      this.#probing = false;
    }
  }
}
