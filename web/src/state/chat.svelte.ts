/** The one reactive copy of what the page knows. Only `state/` changes it. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";

import type {
  ChannelState,
  Group,
  Happened,
  Member,
  Message,
  Office,
  Preferences,
  PresenceState,
  ThreadState,
  User,
} from "../api/types";
import type { Chat, Outgoing, Stretch, Thread, Typist } from "./shape";

class ReactiveChat implements Chat {
  // Neither is shown, and both change with every event.
  seq = 0;
  recent: Happened[] = [];
  readingBack = new Set<string>();

  me = $state("");
  office = $state.raw<Office>({ name: "" });
  cardsAllowed = $state(true);
  preferences = $state.raw<Preferences>({});
  users = new SvelteMap<string, User>();
  groups = new SvelteMap<string, Group>();
  channels = new SvelteMap<string, ChannelState>();
  members = new SvelteMap<string, Member[]>();
  messages = new SvelteMap<string, Message>();
  histories = new SvelteMap<string, Stretch>();
  threads = new SvelteMap<string, Thread>();
  unreadThreads = new SvelteMap<string, ThreadState>();
  follows = new SvelteMap<string, boolean>();
  saved = new SvelteSet<string>();
  drafts = new SvelteMap<string, string>();
  typing = new SvelteMap<string, Typist[]>();
  presence = new SvelteMap<string, PresenceState>();
  /** How many are online. Counted where presence changes: ten thousand people are too many to count
   * again for each. */
  online = $state(0);
  outbox = new SvelteMap<string, Outgoing>();
  nonces = new SvelteMap<string, string>();
}

export const chat = new ReactiveChat();
