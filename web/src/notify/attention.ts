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
  #leads = false;
  #id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #tabs = new BroadcastChannel(CHANNEL);
  #release: () => void = () => {};

  constructor() {
    this.#tabs.onmessage = ({ data }: MessageEvent<Say>) => {
      if (data.t === "seen") this.#elsewhere = data.places;
      else if (this.#here.length > 0) this.#tell();
    };
    // A lock needs a secure context, whatever the types say.
    const locks = navigator.locks as LockManager | undefined;
    if (locks) this.#queue(locks);
    else {
      addEventListener("focus", this.#use);
      if (document.hasFocus()) this.#use();
    }
    addEventListener("pagehide", this.#leave);
  }

  stop(): void {
    this.#leave();
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

  get leads(): boolean {
    return this.#leads || lastUsed() === this.#id;
  }

  #queue(locks: LockManager): void {
    const held = locks.request(LOCK, () => {
      this.#leads = true;
      this.#tabs.postMessage({ t: "ask" } satisfies Say);
      return new Promise<void>((resolve) => (this.#release = resolve));
    });
    // The lock ends with the page; nothing is left to do then.
    held.catch(() => (this.#leads = false));
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
