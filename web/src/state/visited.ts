/** Which conversation was open last on this device. */
const STORED = "hearth.channel";

export function rememberChannel(channel: string): void {
  try {
    localStorage.setItem(STORED, channel);
  } catch {
    // Forbidden storage: the next visit opens the first channel.
  }
}

export function lastChannel(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
