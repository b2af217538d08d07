/**
 * Unsent messages in the browser's own storage, one entry each, so that tabs never overwrite one
 * another. Storage may be full or forbidden: then a reload loses what was not sent, nothing else.
 */
import type { Outgoing } from "./shape";

const key = (user: string, nonce: string): string => `hearth.unsent.${user}.${nonce}`;

export function keep(user: string, outgoing: Outgoing): void {
  try {
    localStorage.setItem(key(user, outgoing.nonce), JSON.stringify(outgoing));
  } catch {
    // Full or forbidden.
  }
}

export function release(user: string, nonce: string): void {
  try {
    localStorage.removeItem(key(user, nonce));
  } catch {
    // Forbidden.
  }
}

export function kept(user: string): Outgoing[] {
  try {
    const prefix = key(user, "");
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => parse(localStorage.getItem(name)));
  } catch {
    return [];
  }
}

function parse(json: string | null): Outgoing[] {
  try {
    const value = JSON.parse(json ?? "null") as Partial<Outgoing> | null;
    const whole = value?.nonce && value.channel && value.text && typeof value.at === "number";
    return whole ? [{ root: null, state: "sending", problem: null, ...value } as Outgoing] : [];
  } catch {
    return [];
  }
}
