/** Everybody by handle, made once for all messages. */
import type { Directory } from "../text/mentions";
import { chat } from "./chat.svelte";

class Handles implements Directory {
  users = $derived(new Map([...chat.users.values()].map((user) => [user.handle, user])));
  groups = $derived(new Map([...chat.groups.values()].map((group) => [group.handle, group])));

  get me(): string {
    return chat.me;
  }
}

export const directory: Directory = new Handles();
