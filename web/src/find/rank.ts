/** What the quick switcher offers, best first. Pure: the page brings names and what it knows. */
import { fit, type Name, type Typed } from "./match";

export const OFFERS_MAX = 30;

export interface Candidate {
  key: string;
  kind: "channel" | "person";
  name: Name;
  /** 0 for the one that was open last, counting up; nothing if it was never open. */
  recent: number | null;
  unread: number;
  calls: boolean;
}

/** The best of many in one pass, without sorting those that stay behind. */
export function best(candidates: Iterable<Candidate>, wanted: Typed, max = OFFERS_MAX): Candidate[] {
  const kept: { candidate: Candidate; score: number }[] = [];
  for (const candidate of candidates) {
    const fits = fit(candidate.name, wanted);
    if (fits === 0) continue;
    const score = fits + standing(candidate, wanted.plain === "");
    if (kept.length === max && score <= (kept[max - 1]?.score ?? 0)) continue;
    let at = kept.length;
    while (at > 0 && (kept[at - 1]?.score ?? 0) < score) at -= 1;
    kept.splice(at, 0, { candidate, score });
    if (kept.length > max) kept.pop();
  }
  return kept.map(({ candidate }) => candidate);
}

/** What lifts one of two that fit alike: where one just was, and what waits there. */
function standing({ recent, unread, calls, kind }: Candidate, nothingTyped: boolean): number {
  const lately = recent === null ? 0 : Math.max(0, 8 - recent);
  const waiting = calls ? 5 : unread > 0 ? 3 : 0;
  const channel = kind === "channel" ? 1 : 0;
  return (nothingTyped ? 10 * lately : lately) + waiting + channel;
}
