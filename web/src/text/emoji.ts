/** Finding emoji, giving them a skin tone, and remembering which ones somebody uses. */
import type { Emoji } from "./emoji-table";

/** The ones offered in the toolbar itself, and to somebody who has used none yet. */
export const QUICK_EMOJI = ["👍", "❤️", "😂"];
export const STARTERS = [
  ...QUICK_EMOJI, "🎉", "🔥", "👀", "🙏", "✅", "💯", "👏", "😄", "🥳", "🤔", "😅", "🚀", "💡", "☕", "🧧",
];
export const FOUND_MAX = 64;
const RECENT_MAX = 24;
const RECENT_STORED = "hearth.emoji";
const TONE_STORED = "hearth.tone";
/** No tone, then from light to dark (Unicode TR 51, 2.4). */
export const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];

/** Loads the table. It is large, and most messages have no need of it. */
export async function emojiTable(): Promise<Emoji[]> {
  return (await import("./emoji-table")).TABLE;
}

/** What a few letters or characters mean, the best first. */
export function searchEmoji(table: Emoji[], query: string, max = FOUND_MAX): Emoji[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return [];
  const ranked: { emoji: Emoji; rank: number }[] = [];
  for (const emoji of table) {
    const rank = rankOf(emoji, wanted);
    if (rank < NO_MATCH) ranked.push({ emoji, rank });
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, max)
    .map(({ emoji }) => emoji);
}

const NO_MATCH = 9;

function rankOf({ emoji, codes, en, zh, words }: Emoji, wanted: string): number {
  if (emoji === wanted || codes.includes(wanted) || zh === wanted || en === wanted) return 0;
  if (codes.some((code) => code.startsWith(wanted)) || zh.startsWith(wanted)) return 1;
  if (words.includes(wanted)) return 2;
  if (zh.includes(wanted)) return 3;
  if (words.some((word) => word.startsWith(wanted))) return 4;
  return codes.some((code) => code.includes(wanted)) ? 5 : NO_MATCH;
}

/** An emoji in a skin tone; one that has none stays as it is. */
export function withTone({ emoji, toned }: Emoji, tone: string): string {
  if (!toned || tone === "") return emoji;
  const [first = "", ...rest] = emoji;
  // The mark for "as a picture" has no place before a tone.
  return [first, tone, ...(rest[0] === "\uFE0F" ? rest.slice(1) : rest)].join("");
}

export function recentEmoji(): string[] {
  const stored = read(RECENT_STORED)?.split(" ").filter(Boolean) ?? [];
  return [...stored, ...STARTERS.filter((emoji) => !stored.includes(emoji))].slice(0, RECENT_MAX);
}

export function rememberEmoji(emoji: string): void {
  const stored = read(RECENT_STORED)?.split(" ").filter(Boolean) ?? [];
  const latest = [emoji, ...stored.filter((other) => other !== emoji)].slice(0, RECENT_MAX);
  write(RECENT_STORED, latest.join(" "));
}

export function storedTone(): string {
  const stored = read(TONE_STORED) ?? "";
  return TONES.includes(stored) ? stored : "";
}

export function rememberTone(tone: string): void {
  write(TONE_STORED, tone);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: the next visit starts without it.
  }
}
