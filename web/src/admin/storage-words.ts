/** What the sizes of the database mean to a person. Pure, so that it can be tested. */
import type { StorageReport } from "../api/types";
import { t } from "../i18n/language.svelte";

const DAY_MS = 86_400_000;

export interface Growth {
  since: number;
  perDay: number;
}

/** The office on a day: its database and its files. */
export const sizeOf = (day: StorageReport["days"][number]): number => day.database_bytes + day.files_bytes;

/** Bytes a day between the first and the last day that is known; nothing before there are two. */
export function growth(days: StorageReport["days"]): Growth | null {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last || last.day === first.day) return null;
  const span = (last.day - first.day) / DAY_MS;
  return { since: first.day, perDay: Math.max(0, (sizeOf(last) - sizeOf(first)) / span) };
}

const MESSAGES = ["messages", "mentions", "revisions", "reactions", "pins", "early", "nonces"];
const kindOf = (table: string): "messages" | "log" | "other" => {
  if (MESSAGES.includes(table)) return "messages";
  return table === "log" ? "log" : "other";
};

/** Tables by what they are for, the largest first. */
export function namedParts(parts: StorageReport["parts"]): { name: string; size: number }[] {
  const sums = new Map<ReturnType<typeof kindOf>, number>();
  for (const { name, size_bytes } of parts) {
    const kind = kindOf(name);
    sums.set(kind, (sums.get(kind) ?? 0) + size_bytes);
  }
  return [...sums]
    .map(([kind, size]) => ({ name: t(`storage.part.${kind}`), size }))
    .sort((a, b) => b.size - a.size);
}
