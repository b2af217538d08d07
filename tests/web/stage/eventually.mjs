/** Waiting for what is not one element: an assertion is tried again until it holds. */
import { setTimeout as pause } from "node:timers/promises";

/** Long enough for a machine that does much else; only what fails waits for it. */
export const PATIENCE_MS = Number(process.env["HEARTH_PATIENCE_MS"] ?? 20_000);
const BETWEEN_MS = 50;

/**
 * Runs assertions until they pass; after `PATIENCE_MS` it throws what the last try threw.
 *
 * @template T
 * @param {() => T | Promise<T>} claim
 * @returns {Promise<T>}
 */
export async function eventually(claim) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await claim();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(BETWEEN_MS);
    }
  }
}
