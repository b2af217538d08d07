/** Which conversations were open last on this device, the latest first. */
const STORED = "hearth.channels";
const KEPT_MAX = 12;

let latest: string[] | null = null;

export function rememberChannel(channel: string): void {
  latest = [channel, ...recentChannels().filter((other) => other !== channel)].slice(0, KEPT_MAX);
  try {
    localStorage.setItem(STORED, latest.join(" "));
  } catch {
    // Forbidden storage: the next visit opens the first channel.
  }
}

export function recentChannels(): readonly string[] {
  if (latest) return latest;
  try {
    latest = (localStorage.getItem(STORED) ?? "").split(" ").filter(Boolean);
  } catch {
    latest = [];
  }
  return latest;
}

export function lastChannel(): string | null {
  return recentChannels()[0] ?? null;
}
