/** The time, to half a minute, for what ends by itself while it is shown. */
const TICK_MS = 30_000;

class Minute {
  now = $state(Date.now());

  constructor() {
    setInterval(() => (this.now = Date.now()), TICK_MS);
  }
}

export const minute = new Minute();
