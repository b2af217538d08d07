/** What may follow an operator: people, conversations, days, or a few words. */
import type { Tongue } from "../i18n/language.svelte";
import { channelTitle, directChannels, isDirect, namedChannels, others } from "../state/selectors";
import type { Chat } from "../state/shape";
import { named as mentionable } from "../text/completion";
import { CHOICES, DAYS, type Token, word } from "./query";

const OFFERED_MAX = 8;

export interface Offer {
  /** What is written into the query. */
  value: string;
  label: string;
  /** A person to show, by id. */
  user?: string;
  note?: string;
}

export function offersFor(token: Token, chat: Chat, tongue: Tongue): Offer[] {
  const wanted = token.value.replace(/^[@＠#＃]/u, "").toLowerCase();
  switch (token.operator) {
    case "from":
      return people(wanted, chat);
    case "in":
      return conversations(wanted, chat, tongue);
    case "has":
    case "is":
      return words(CHOICES[token.operator], wanted, tongue);
    default:
      return words(DAYS, wanted, tongue);
  }
}

function words(from: { en: string; zh: string }[], wanted: string, tongue: Tongue): Offer[] {
  return from
    .map((choice) => word(choice, tongue))
    .filter((value) => value.startsWith(wanted) && value !== wanted)
    .map((value) => ({ value, label: value }));
}

function people(wanted: string, chat: Chat): Offer[] {
  const found = mentionable(wanted, [...chat.users.values()], [], []);
  return found
    .filter(({ handle }) => handle !== wanted)
    .map(({ handle, name, user }) => ({
      value: handle,
      label: name,
      note: `@${handle}`,
      ...(user ? { user: user.id } : {}),
    }));
}

function conversations(wanted: string, chat: Chat, tongue: Tongue): Offer[] {
  const named = namedChannels(chat, tongue).map((state) => ({
    value: state.channel.name ?? "",
    label: `# ${state.channel.name ?? ""}`,
  }));
  const direct = directChannels(chat)
    .filter((state) => state.channel.kind === "direct" && isDirect(state.channel))
    .flatMap((state) => {
      const [other] = others(chat, state);
      const title = channelTitle(chat, state);
      return other ? [{ value: `@${other.handle}`, label: title, user: other.id, note: `@${other.handle}` }] : [];
    });
  return [...named, ...direct]
    .filter(({ value, label }) => {
      const names = [value.replace(/^@/u, "").toLowerCase(), label.toLowerCase()];
      return names.some((name) => name.includes(wanted)) && names[0] !== wanted;
    })
    .slice(0, OFFERED_MAX);
}
