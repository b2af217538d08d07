/** How long to wait before trying to connect again. */

export const DELAY_MIN_MS = 200;
export const DELAY_MAX_MS = 15_000;

/**
 * Full jitter: a uniform choice below a ceiling that doubles from 0.2 s to 15 s, so that an office
 * that lost its server together does not come back together. The ceiling is never below the
 * minimum, and neither is the delay after the first try.
 *
 * @param attempt how many tries failed so far, from 0
 * @param random a number in [0, 1)
 */
export function delayMs(attempt: number, random: number): number {
  const ceiling = Math.min(DELAY_MAX_MS, DELAY_MIN_MS * 2 ** Math.min(attempt, 16));
  return Math.max(attempt === 0 ? 0 : DELAY_MIN_MS, Math.floor(random * ceiling));
}
