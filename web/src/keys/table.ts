/**
 * The keys of the chat: what each does, and where in the help it stands. A single letter works only
 * while nobody types; what a key does can also be done with a visible control.
 */
import type { Key } from "../i18n/language.svelte";

export type Command =
  | "down" | "up" | "unread" | "unreadDirect" | "reply" | "compose" | "direct" | "edit" | "like"
  | "react" | "search" | "filter" | "markUnread" | "save" | "leave" | "readAll" | "above" | "below"
  | "help" | "switch" | "open" | "nextRegion" | "lastRegion";

export interface Shortcut {
  command: Command;
  /** As `KeyboardEvent.key`, with its modifiers. Several mean the same. */
  keys: readonly string[];
  label: Key;
}

export const GROUPS: readonly { label: Key; shortcuts: readonly Shortcut[] }[] = [
  {
    label: "keys.going",
    shortcuts: [
      { command: "switch", keys: ["Ctrl+k"], label: "switcher.title" },
      { command: "unread", keys: ["n"], label: "keys.unread" },
      { command: "unreadDirect", keys: ["p"], label: "keys.unreadDirect" },
      { command: "above", keys: ["Alt+ArrowUp"], label: "keys.above" },
      { command: "below", keys: ["Alt+ArrowDown"], label: "keys.below" },
      { command: "filter", keys: ["q"], label: "sidebar.filter" },
      { command: "search", keys: ["/"], label: "keys.search" },
      { command: "nextRegion", keys: ["F6"], label: "keys.nextRegion" },
      { command: "lastRegion", keys: ["Shift+F6"], label: "keys.lastRegion" },
    ],
  },
  {
    label: "keys.reading",
    shortcuts: [
      { command: "down", keys: ["j", "ArrowDown"], label: "keys.down" },
      { command: "up", keys: ["k", "ArrowUp"], label: "keys.up" },
      { command: "open", keys: ["Enter"], label: "keys.open" },
      { command: "reply", keys: ["r"], label: "thread.reply" },
      { command: "edit", keys: ["e"], label: "keys.edit" },
      { command: "like", keys: ["+"], label: "keys.like" },
      { command: "react", keys: [":"], label: "reaction.add" },
      { command: "save", keys: ["s"], label: "saved.keep" },
      { command: "markUnread", keys: ["Shift+u"], label: "message.markUnread" },
      { command: "leave", keys: ["Escape"], label: "keys.leave" },
      { command: "readAll", keys: ["Shift+Escape"], label: "keys.readAll" },
    ],
  },
  {
    label: "keys.writing",
    shortcuts: [
      { command: "compose", keys: ["c"], label: "keys.compose" },
      { command: "direct", keys: ["x"], label: "direct.title" },
      { command: "help", keys: ["?"], label: "keys.title" },
    ],
  },
];

const COMMANDS = new Map(
  GROUPS.flatMap(({ shortcuts }) =>
    shortcuts.flatMap(({ command, keys }) => keys.map((key) => [key, command] as const)),
  ),
);

/** These work everywhere; the others leave what is being typed alone. */
const ALWAYS: ReadonlySet<Command> = new Set([
  "switch", "above", "below", "nextRegion", "lastRegion", "readAll",
]);

export type Pressed = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "isComposing" | "keyCode"
>;

/** What a key press asks for, if anything. `typing` is whether it goes into a field. */
export function commandOf(event: Pressed, typing: boolean): Command | null {
  if (event.isComposing || event.keyCode === 229) return null;
  const command = COMMANDS.get(nameOf(event)) ?? null;
  if (command === null || ALWAYS.has(command)) return command;
  if (command === "leave") return command;
  return typing ? null : command;
}

function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): string {
  const letter = /^\p{L}$/u.test(key);
  // A sign like + or ? needs Shift on some keyboards and not on others: it says so itself.
  const shift = shiftKey && (letter || key.length > 1) ? "Shift+" : "";
  const control = ctrlKey || metaKey ? "Ctrl+" : "";
  return control + (altKey ? "Alt+" : "") + shift + (letter ? key.toLowerCase() : key);
}
