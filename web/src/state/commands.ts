/**
 * Slash commands. A few are carried out here, by what anybody may do anyway; the others are sent to
 * the program that the office's admins chose. What names no command is a message like any other.
 */
import { type CommandListing, programs } from "../api/integrations";
import { rest } from "../api/rest";
import { type Key, t } from "../i18n/language.svelte";
import { send } from "./actions";
import { chat } from "./chat.svelte";
import { isDirect } from "./selectors";
import { view } from "./view.svelte";

/** How long the list of commands is taken for true. */
const FRESH_MS = 60_000;

/** Where a command was given. */
export interface Place {
  channel: string;
  root: string | null;
}

interface BuiltIn {
  word: string;
  hint: Key | null;
  description: Key;
  /** Whether it makes sense in a conversation without a name. */
  inDirect: boolean;
  run: (place: Place, text: string) => unknown;
}

const BUILT_IN: BuiltIn[] = [
  {
    word: "me",
    hint: "commands.meHint",
    description: "commands.me",
    inDirect: true,
    run: ({ channel, root }, text) => {
      if (text !== "") send(channel, root, `_${text}_`);
    },
  },
  {
    word: "shrug",
    hint: null,
    description: "commands.shrug",
    inDirect: true,
    run: ({ channel, root }, text) => send(channel, root, `${text} ¯\\\\\\_(ツ)\\_/¯`.trim()),
  },
  {
    word: "topic",
    hint: "commands.topicHint",
    description: "commands.topic",
    inDirect: false,
    run: ({ channel }, text) => rest.changeChannel(channel, { topic: text }),
  },
  {
    word: "invite",
    hint: "commands.inviteHint",
    description: "commands.invite",
    inDirect: false,
    run: ({ channel }, text) => invite(channel, text),
  },
  {
    word: "leave",
    hint: null,
    description: "commands.leave",
    inDirect: false,
    run: ({ channel }) => rest.leave(channel),
  },
];

async function invite(channel: string, text: string): Promise<void> {
  for (const word of text.split(/\s+/u).filter(Boolean)) {
    const handle = word.replace(/^[@＠]/u, "").toLowerCase();
    const person = [...chat.users.values()].find((user) => user.handle === handle);
    if (!person) return view.say(t("commands.noPerson", { name: word }));
    await rest.putMember(channel, person.id, "member");
  }
}

let known: CommandListing[] = [];
let loadedAt = -FRESH_MS;

/** The commands that can be given in a conversation, the office's own first. */
export async function commandsFor(channel: string): Promise<CommandListing[]> {
  const now = performance.now();
  if (now - loadedAt > FRESH_MS) {
    known = await programs.commands();
    loadedAt = now;
  }
  const place = chat.channels.get(channel);
  const direct = place !== undefined && isDirect(place.channel);
  const own = BUILT_IN.filter((command) => command.inDirect || !direct);
  return [
    ...known,
    ...own.map(({ word, hint, description }) => ({
      word,
      hint: hint ? t(hint) : "",
      description: t(description),
    })),
  ];
}

/** Gives a command, if the text is one; says whether it was. */
export async function give(place: Place, text: string): Promise<boolean> {
  const [, word, after] = /^\/([\p{L}\p{N}_-]{1,32})(?:\s+([\s\S]*))?$/u.exec(text) ?? [];
  if (word === undefined) return false;
  const wanted = word.toLowerCase();
  const words = (after ?? "").trim();
  const found = (await commandsFor(place.channel)).some((one) => one.word === wanted);
  if (!found) return false;
  const own = BUILT_IN.find((command) => command.word === wanted);
  await (own ? own.run(place, words) : programs.run(place.channel, wanted, words, place.root));
  return true;
}
