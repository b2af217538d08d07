/** What can be done with a message, whoever asks for it: its tools, its menu, or a key. */
import { rest } from "../api/rest";
import type { Message } from "../api/types";
import { t } from "../i18n/language.svelte";
import type { Entry } from "../parts/menu-entry";
import { paths, router } from "../router.svelte";
import { chat } from "../state/chat.svelte";
import { isDirect, manages } from "../state/selectors";
import { view } from "../state/view.svelte";
import { copy } from "../text/clipboard";

export interface MessageRights {
  /** Whether nothing in the channel changes any more. */
  frozen: boolean;
  edit: boolean;
  pin: boolean;
  remove: boolean;
}

export function rightsOn(message: Message, inThread: boolean): MessageRights {
  const state = chat.channels.get(message.channel);
  const frozen = state === undefined || Boolean(state.channel.archived_at);
  const mine = message.author === chat.me;
  const managing = state !== undefined && manages(chat, state);
  return {
    frozen,
    edit: mine && !frozen,
    pin: state !== undefined && (isDirect(state.channel) || !inThread) && !frozen,
    remove: (mine || managing) && !frozen,
  };
}

export function react(message: Message, emoji: string): void {
  const known = message.reactions.find((reaction) => reaction.emoji === emoji);
  const on = !known?.users.includes(chat.me);
  void view.attempt(() => rest.react(message.id, emoji, on));
}

export function reply(message: Message): void {
  router.go(paths.thread(message.channel, message.root ?? message.id));
}

export function edit(message: Message): void {
  view.editing = message.id;
}

export function save(message: Message): void {
  const on = !chat.saved.has(message.id);
  void view.attempt(async () => {
    await rest.save(message.id, on);
    view.say(t(on ? "saved.done" : "saved.undone"));
  });
}

export function markUnread(message: Message): void {
  void view.attempt(() => rest.unread(message.channel, message.root ?? null, message.seq));
}

async function copyLink(message: Message): Promise<void> {
  const { channel, root, id } = message;
  const path = root ? paths.answer(channel, root, id) : paths.message(channel, id);
  const link = location.origin + path;
  if (await copy(link)) view.say(t("message.linkCopied"));
}

function remove(message: Message): void {
  void view.open("confirm", {
    title: t("message.deleteTitle"),
    text: t("message.deleteText"),
    action: t("action.delete"),
    act: () => rest.remove(message.id),
  });
}

/** Everything that has no button of its own beside the message. */
export function furtherActs(message: Message, inThread: boolean): Entry[] {
  const rights = rightsOn(message, inThread);
  const pinned = Boolean(message.pinned_at);
  const saved = chat.saved.has(message.id);
  return [
    {
      label: t(saved ? "saved.drop" : "saved.keep"),
      icon: saved ? "saved" : "save",
      pick: () => save(message),
    },
    { label: t("message.markUnread"), icon: "unread", pick: () => markUnread(message) },
    "line",
    { label: t("message.copyLink"), icon: "link", pick: () => void copyLink(message) },
    { label: t("message.copyText"), icon: "copy", pick: () => void copy(message.text ?? "") },
    ...(rights.pin
      ? ([
          {
            label: t(pinned ? "message.unpin" : "message.pin"),
            icon: "pin",
            pick: () => void view.attempt(() => rest.pin(message.id, !pinned)),
          },
        ] as const)
      : []),
    ...(rights.remove
      ? ([
          "line",
          {
            label: t("action.delete"),
            icon: "trash",
            danger: true,
            pick: () => remove(message),
          },
        ] as const)
      : []),
  ];
}
