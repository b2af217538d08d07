/**
 * Which of the tabs of one browser speaks, and where the person is looking.
 *
 * One tab leads, by a lock of the browser; the next takes over when it closes. Locks exist in secure
 * contexts only; elsewhere the tab that was used last leads. Tabs tell each other which place has
 * the focus, so that the leader is silent about what another tab shows.
 */
const CHANNEL = "hearth.attention";
const LOCK = "hearth.leader";
const USED_LAST = "hearth.used-last";

type Say = { t: "seen"; places: string[] } | { t: "ask" };

export class Attention {
  #here: string[] = [];
  #elsewhere: string[] = [];
  // A lock needs a secure context, whatever the types say.
  #locks = navigator.locks as LockManager | undefined;
  #leads = false;
  /** Settles with the lock. */
  #led = Promise.resolve(false);
  #id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #tabs = new BroadcastChannel(CHANNEL);
  #release: () => void = () => {};
  #ended = new AbortController();

  constructor() {
    this.#tabs.onmessage = ({ data }: MessageEvent<Say>) => {
      if (data.t === "seen") this.#elsewhere = data.places;
      else if (this.#here.length > 0) this.#tell();
    };
    if (this.#locks) this.#led = this.#queue(this.#locks);
    else {
      addEventListener("focus", this.#use);
      if (document.hasFocus()) this.#use();
    }
    addEventListener("pagehide", this.#leave);
  }

  stop(): void {
    this.#leave();
    this.#ended.abort();
    this.#release();
    this.#tabs.close();
    removeEventListener("focus", this.#use);
    removeEventListener("pagehide", this.#leave);
  }

  /** Says which places somebody looks at in this tab; none while it has no focus. */
  look(places: string[]): void {
    if (places.join() === this.#here.join()) return;
    this.#here = places;
    this.#tell();
  }

  sees(place: string): boolean {
    return this.#here.includes(place) || this.#elsewhere.includes(place);
  }

  /** Whether this tab is the one that speaks; one that has just come may have to wait for the lock. */
  async leads(): Promise<boolean> {
    if (!this.#locks) return this.#leads || lastUsed() === this.#id;
    const { held = [] } = await this.#locks.query();
    const another = !this.#leads && held.some(({ name }) => name === LOCK);
    return !another && this.#led;
  }

  #queue(locks: LockManager): Promise<boolean> {
    return new Promise((led) => {
      const held = locks.request(LOCK, { signal: this.#ended.signal }, () => {
        this.#leads = true;
        led(true);
        this.#tabs.postMessage({ t: "ask" } satisfies Say);
        return new Promise<void>((resolve) => (this.#release = resolve));
      });
      held.catch(() => {
        // It ends with the page, or with the wait for it; nothing is left to do then.
        this.#leads = false;
        led(false);
      });
    });
  }

  #tell(): void {
    this.#tabs.postMessage({ t: "seen", places: this.#here } satisfies Say);
  }

  #use = (): void => {
    try {
      localStorage.setItem(USED_LAST, this.#id);
    } catch {
      // Forbidden storage: every tab is on its own.
      this.#leads = true;
    }
  };

  #leave = (): void => {
    this.look([]);
  };
}

function lastUsed(): string | null {
  if ("locks" in navigator) return null;
  try {
    return localStorage.getItem(USED_LAST);
  } catch {
    return null;
  }
}
