/**
 * How somebody sends on this device: which key, and how long a message can still be taken back.
 * Both belong to the keyboard and not to the person, so they stay on the device.
 */
const STORED = "hearth.sending";
export const HOLD_CHOICES_S = [0, 5, 10] as const;

export type SendKey = "enter" | "ctrl-enter";

class Sending {
  key = $state<SendKey>("enter");
  /** Seconds that a message waits before it leaves; with 0 it leaves at once. */
  holdS = $state(0);

  constructor() {
    try {
      const stored = JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Sending>;
      if (stored.key === "ctrl-enter") this.key = stored.key;
      const hold = HOLD_CHOICES_S.find((choice) => choice === stored.holdS);
      if (hold) this.holdS = hold;
    } catch {
      // Forbidden or damaged: as on a new device.
    }
  }

  choose(choice: { key?: SendKey; holdS?: number }): void {
    Object.assign(this, choice);
    try {
      localStorage.setItem(STORED, JSON.stringify({ key: this.key, holdS: this.holdS }));
    } catch {
      // Forbidden: the choice lasts as long as the page.
    }
  }
}

export const sending = new Sending();
