import type { Plugin } from "vite";

import english from "../src/i18n/en.json" with { type: "json" };

/**
 * Families of sentences that only what opens later says: pages, dialogs, panels. They come in a file
 * of their own, so that a first visit does not wait for them.
 */
const LATER = [
  "admin",
  "appearance",
  "audit",
  "avatar",
  "backup",
  "badge",
  "cards",
  "channels",
  "code",
  "commands",
  "diagram",
  "emoji",
  "files",
  "format",
  "groups",
  "health",
  "held",
  "integrations",
  "invite",
  "join",
  "keys",
  "keywords",
  "machine",
  "notices",
  "office",
  "people",
  "profile",
  "push",
  "quiet",
  "reset",
  "revisions",
  "search",
  "sending",
  "sessions",
  "settings",
  "setup",
  "sound",
  "status",
  "storage",
  "trust",
  "whisper",
  "writing",
];

/** What the first page says all the same. */
const FIRST = [
  "admin.title",
  "invite.title",
  "keys.title",
  "notices.title",
  "profile.title",
  "search.here",
  "search.title",
  "settings.title",
];

const TABLE = /\/i18n\/[\w-]+\.json(\?later)?$/;

/** Whether a sentence is of those; names of events look alike and are none. */
export function isLater(key: string): boolean {
  const [family = ""] = key.split(".");
  return key in english && LATER.includes(family) && !FIRST.includes(key);
}

/**
 * Cuts each language file in two: the file itself keeps what the first page says, and the same name
 * with `?later` has the rest. Together with the budget it fails a build whose first page says
 * something of the rest.
 */
export function words(): Plugin {
  return {
    name: "hearth-words",
    enforce: "pre",
    transform(text, id) {
      const table = TABLE.exec(id);
      if (!table) return null;
      const later = table[1] !== undefined;
      const all = Object.entries(JSON.parse(text) as Record<string, string>);
      const kept = all.filter(([key]) => isLater(key) === later);
      const code = JSON.stringify(Object.fromEntries(kept));
      // With a query it is no JSON to Vite any more.
      return { code: later ? `export default ${code}` : code, map: null };
    },
  };
}
