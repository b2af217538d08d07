/** Carries the keys of the chat out. Loaded after the first paint. */
import { tick } from "svelte";

import type { Message } from "../api/types";
import * as acts from "../chat/message-acts";
import { t } from "../i18n/language.svelte";
import { paths, router } from "../router.svelte";
import { markAllRead, markConversationRead } from "../state/actions";
import { chat } from "../state/chat.svelte";
import { atLeast, isDirect, waiting } from "../state/selectors";
import { view } from "../state/view.svelte";
import { type Command, commandOf } from "./table";

const LIKE = "👍";
const FIELDS = "input, textarea, select, [contenteditable='true']";
/** What has keys of its own while it is open or has the focus. */
const OWN_KEYS = "dialog, [popover], [role=menu], [role=listbox]";

/** What is typed while the switcher is on its way; null when it is not. */
let ahead: string | null = null;

/** Listens until what it gives back is called. */
export function listen(): () => void {
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || typedAhead(event)) return;
  const target = event.target instanceof Element ? event.target : document.body;
  const command = commandOf(event, target.matches(FIELDS));
  if (command === null) return;
  if (command === "switch") {
    event.preventDefault();
    void openSwitcher();
    return;
  }
  // The page learns of a dialog's end a moment after the browser; keys count from that end on.
  if (target.closest(OWN_KEYS) || document.querySelector("dialog[open], :popover-open")) return;
  // Enter on a button or a link is its own click.
  if (command === "open" && !target.matches("[data-entry], [data-message]")) return;
  if (carryOut(command, target)) event.preventDefault();
}

/** Opens it, and gives it what was typed before it was there. */
async function openSwitcher(): Promise<void> {
  if (ahead !== null || document.querySelector("dialog[open]")) return;
  ahead = "";
  await view.open("switcher");
  await tick();
  const field = document.querySelector<HTMLInputElement>("dialog[open] [role=combobox]");
  const typed = ahead;
  ahead = null;
  if (!field || typed === "") return;
  field.value = typed;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Keeps a letter for the switcher, if it is on its way. */
function typedAhead(event: KeyboardEvent): boolean {
  const letter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (ahead === null || !letter || event.isComposing) return false;
  ahead += event.key;
  event.preventDefault();
  return true;
}

/** Whether there was something to do. */
function carryOut(command: Command, target: Element): boolean {
  switch (command) {
    case "down":
      return step(target, 1);
    case "up":
      return step(target, -1);
    case "above":
      return neighbour(-1);
    case "below":
      return neighbour(1);
    case "nextRegion":
      return region(1);
    case "lastRegion":
      return region(-1);
    case "unread":
      return nextUnread(() => true);
    case "unreadDirect":
      return nextUnread((direct) => direct);
    case "compose":
      return focusFirst("[data-composer]");
    case "filter":
      return click("[data-filter]");
    case "open":
      return open(target);
    case "leave":
      return leave(target);
    default:
      return elsewhere(command) || onMessage(command, target);
  }
}

function elsewhere(command: Command): boolean {
  if (command === "help") void view.open("keys");
  else if (command === "search") router.go("/search");
  else if (command === "readAll") markAllRead();
  else if (command === "direct" && atLeast(chat.users.get(chat.me)?.role, "member")) {
    void view.open("direct");
  } else return false;
  return true;
}

/** The messages or entries of the part of the page one is in. */
function entries(target: Element): HTMLElement[] {
  const part = target.closest("aside") ?? document.querySelector("main");
  return [...(part?.querySelectorAll<HTMLElement>("[data-message], [data-entry]") ?? [])];
}

function current(target: Element): HTMLElement | undefined {
  const own = target.closest<HTMLElement>("[data-message], [data-entry]");
  return own ?? entries(target).find((entry) => entry.tabIndex === 0);
}

function step(target: Element, by: number): boolean {
  const all = entries(target);
  const own = target.closest<HTMLElement>("[data-message], [data-entry]");
  const from = own ? all.indexOf(own) + by : all.findIndex((entry) => entry.tabIndex === 0);
  const next = all[Math.max(0, Math.min(all.length - 1, from))];
  next?.focus();
  return next !== undefined;
}

function open(target: Element): boolean {
  const own = target.closest("[data-entry]");
  const link = own?.querySelector<HTMLElement>("[data-open]");
  link?.click();
  return link !== undefined && link !== null;
}

function onMessage(command: Command, target: Element): boolean {
  const element = current(target);
  const message = chat.messages.get(element?.dataset["message"] ?? "");
  if (!element || !message || message.deleted_at) {
    // In a list of saved messages the key does what the entry's own button does.
    return command === "save" && click("[data-read]", element);
  }
  const inThread = element.closest("aside") !== null;
  const rights = acts.rightsOn(message, inThread);
  return act(command, message, { element, inThread, rights });
}

interface Where {
  element: HTMLElement;
  inThread: boolean;
  rights: acts.MessageRights;
}

function act(command: Command, message: Message, { element, inThread, rights }: Where): boolean {
  if (command === "save") acts.save(message);
  else if (command === "markUnread") acts.markUnread(message);
  else if (command === "reply" && !inThread) acts.reply(message);
  else if (command === "edit" && rights.edit) acts.edit(message);
  else if (command === "like" && !rights.frozen) acts.react(message, LIKE);
  else if (command === "react" && !rights.frozen) {
    // The picker stands among the tools, which come with the focus.
    element.focus();
    clickSoon(".tools [popovertarget]", element);
  } else return false;
  return true;
}

/** Conversations and threads with something unread, by turns. */
function nextUnread(wanted: (direct: boolean) => boolean): boolean {
  const places = waiting(chat)
    .filter(({ channel }) => wanted(isDirect(channel)))
    .map(({ channel }) => paths.channel(channel.id));
  if (wanted(false)) {
    for (const { root, channel } of chat.unreadThreads.values()) places.push(paths.thread(channel, root));
  }
  const next = places[(places.indexOf(location.pathname) + 1) % places.length];
  if (next === undefined) view.say(t("keys.nothingUnread"));
  else router.go(next);
  return true;
}

/** The conversation above or below in the sidebar, as it stands there. */
function neighbour(by: number): boolean {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>("nav a[href^='/c/']")];
  const { route } = router;
  const open = route.page === "channel" ? paths.channel(route.channel) : "";
  const at = rows.findIndex((row) => row.getAttribute("href") === open);
  const next = rows[at < 0 ? 0 : at + by];
  if (next) router.go(next.getAttribute("href") ?? "/");
  return next !== undefined;
}

/** Sidebar, messages, composer, what stands beside: round and round. */
function region(by: number): boolean {
  const places = ["nav [aria-current], nav a, nav button", "main [tabindex='0'], main [data-entry]",
    "main [data-composer]", "aside [tabindex='0'], aside [data-composer], aside button"];
  const homes = ["nav", "main [role=log], main [data-list]", "main form", "aside"];
  const at = homes.findIndex((home) => document.activeElement?.closest(home));
  for (let tried = 1; tried <= places.length; tried += 1) {
    const place = (at + by * tried + 2 * places.length) % places.length;
    if (focusFirst(places[place] ?? "")) return true;
  }
  return false;
}

/** Out of what is being written; else what is open is read, and what stands beside it closes. */
function leave(target: Element): boolean {
  const { route } = router;
  // A thread closes by itself.
  if (route.page === "channel" && route.thread) return false;
  if (target.matches(FIELDS)) {
    // Somebody who edits a message leaves that by itself.
    if (target.closest("[data-message]") || !target.isConnected) return false;
    const message = current(target);
    if (message) message.focus();
    else (target as HTMLElement).blur();
    return true;
  }
  if (route.page !== "channel") {
    if (route.page === "home") return false;
    router.go("/");
    return true;
  }
  if (view.panel) {
    view.panel = null;
    return true;
  }
  const state = chat.channels.get(route.channel);
  if (state && state.unread > 0) markConversationRead(state);
  click("[data-latest]");
  return true;
}

function focusFirst(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  element?.focus();
  return element !== null;
}

/** Frames that something which is loaded when it is first needed may take to appear. */
const FRAMES_MAX = 120;

function clickSoon(selector: string, within: ParentNode, frames = FRAMES_MAX): void {
  if (click(selector, within) || frames === 0) return;
  requestAnimationFrame(() => clickSoon(selector, within, frames - 1));
}

function click(selector: string, within: ParentNode = document): boolean {
  const element = within.querySelector<HTMLElement>(selector);
  element?.click();
  return element !== null;
}
