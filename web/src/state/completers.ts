/**
 * What can be completed while writing: people after @, channels after #, emoji after a colon. The
 * full-width signs of Chinese keyboards do the same. A new sign is one more entry.
 */
import { screen, t } from "../i18n/language.svelte";
import { type Completer, type Named, nearest, offers } from "../text/completion";
import { emojiTable, rememberEmoji, searchEmoji, storedTone, withTone } from "../text/emoji";
import type { Emoji } from "../text/emoji-table";
import { chat } from "./chat.svelte";
import { isDirect } from "./selectors";

const people: Completer = {
  token: /(?<![A-Za-z0-9@＠])[@＠]([\p{L}\p{N}._-]{0,32})$/u,
  offers: (word, { channel }) => {
    const place = chat.channels.get(channel);
    const wide: Named[] =
      place && !isDirect(place.channel)
        ? [
            { handle: "channel", name: t("mention.channel"), user: null },
            { handle: "here", name: t("mention.here"), user: null },
          ]
        : [];
    return offers(word, [...chat.users.values()], [...chat.groups.values()], wide);
  },
};

const channels: Completer = {
  // A line that begins with # and a space is a heading.
  token: /(?<![A-Za-z0-9&/#＃])[#＃]([\p{L}\p{N}._-]{0,32})$/u,
  offers: (word) => {
    const named = [...chat.channels.values()].filter((state) => state.channel.name);
    return nearest(named, word, (state) => [state.channel.name ?? ""]).map(({ channel }) => ({
      key: channel.id,
      insert: `#${channel.name ?? ""} `,
      name: channel.name ?? "",
      detail: channel.topic,
      icon: channel.kind === "private" ? ("lock" as const) : ("hash" as const),
    }));
  },
};

const EMOJI_OFFERED = 8;

/** What an emoji is called in the language of the screen. */
export function nameOf({ en, zh }: Emoji): string {
  return screen.tongue === "zh-CN" && zh !== "" ? zh : en;
}

const emoji: Completer = {
  // Two letters at least, or one Chinese character: a colon alone is punctuation.
  token: /(?<![A-Za-z0-9:：])[:：]([a-z0-9_+-]{2,24}|\p{Script=Han}[\p{L}\p{N}]{0,11})$/iu,
  offers: async (word) => {
    const found = searchEmoji(await emojiTable(), word.replaceAll("_", " "), EMOJI_OFFERED);
    const exact = searchEmoji(await emojiTable(), word, EMOJI_OFFERED);
    const all = [...exact, ...found.filter((one) => !exact.includes(one))].slice(0, EMOJI_OFFERED);
    const tone = storedTone();
    return all.map((one) => {
      const shown = withTone(one, tone);
      const detail = one.codes[0] ? `:${one.codes[0]}:` : "";
      return { key: one.emoji, insert: `${shown} `, name: nameOf(one), detail, emoji: shown };
    });
  },
};

const commands: Completer = {
  // A command begins its message.
  token: /^\/([\p{L}\p{N}_-]{0,32})$/u,
  offers: async (word, { channel }) => {
    const { commandsFor } = await import("./commands");
    return nearest(await commandsFor(channel), word, (command) => [command.word]).map(
      ({ word: name, hint, description }) => ({
        key: `/${name}`,
        insert: `/${name} `,
        name: `/${name} ${hint ?? ""}`.trim(),
        detail: description,
        icon: "code" as const,
      }),
    );
  },
};

export const completers: Completer[] = [people, channels, emoji, commands];

/** Tells what was taken, for those that learn from it. */
export function taken(offer: { emoji?: string }): void {
  if (offer.emoji) rememberEmoji(offer.emoji);
}
