/** The names of channels that somebody may see without being in them. */
import { rest } from "../api/rest";
import { chat } from "./chat.svelte";

const elsewhere = new Map<string, string>();
let asked: Promise<void> | null = null;

/** The name of a channel that the reader may see, as far as it is known by now. */
export function channelName(id: string): string | null {
  return chat.channels.get(id)?.channel.name ?? elsewhere.get(id) ?? null;
}

/** Asks once for the channels that anybody may join. A guest has none, and sees words. */
export function learnNames(): Promise<void> {
  asked ??= rest.directory().then(
    (listings) => {
      for (const { channel } of listings) elsewhere.set(channel.id, channel.name ?? "");
    },
    () => (asked = null),
  ).then(() => undefined);
  return asked;
}
