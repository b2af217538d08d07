/**
 * Files that were chosen for a message and are on their way, by the place they are for. They go on
 * while other conversations are open, and after a reload as far as the browser kept them.
 */
import { SvelteMap } from "svelte/reactivity";

import { FILES_PER_MESSAGE_MAX } from "../api/limits";
import { rest } from "../api/rest";
import type { Attachment } from "../api/types";
import { t } from "../i18n/language.svelte";
import { chat } from "./chat.svelte";
import { newNonce } from "./nonce";
import { placeKey } from "./shape";
import { transfer } from "./transfer";
import { forgetFile, keepFile, keptFiles } from "./upload-store";
import { sentence, view } from "./view.svelte";

/** Files that are sent at the same time; the others wait. */
const AT_ONCE_MAX = 3;

export class Pending {
  sent = $state(0);
  state = $state<"queued" | "sending" | "waiting" | "done" | "failed">("queued");
  problem = $state("");
  file = $state.raw<Attachment | null>(null);
  upload: string | null = null;
  readonly ending = new AbortController();

  constructor(
    readonly key: string,
    readonly place: string,
    readonly source: File,
  ) {}

  get share(): number {
    return this.source.size === 0 ? 1 : this.sent / this.source.size;
  }
}

class Uploads {
  #places = new SvelteMap<string, Pending[]>();
  #restored = "";

  of(channel: string, root: string | null): Pending[] {
    return this.#places.get(placeKey(channel, root)) ?? [];
  }

  add(channel: string, root: string | null, files: Iterable<File>): void {
    const place = placeKey(channel, root);
    const present = this.#places.get(place) ?? [];
    const added = [...files].map((file) => new Pending(newNonce(Date.now()), place, file));
    const room = FILES_PER_MESSAGE_MAX - present.length;
    if (added.length > room) view.say(t("files.tooMany", { max: FILES_PER_MESSAGE_MAX }));
    const taken = added.slice(0, room);
    this.#places.set(place, [...present, ...taken]);
    for (const { key, source } of taken) {
      void keepFile(chat.me, { key, place, source, upload: null, file: null });
    }
    this.#next();
  }

  /** Takes a file back, whether it has arrived or not. */
  cancel(pending: Pending): void {
    pending.ending.abort();
    this.#drop(pending);
    // What can't be told now goes by itself after a while.
    if (pending.upload) rest.cancelUpload(pending.upload).catch(() => {});
    this.#next();
  }

  retry(pending: Pending): void {
    pending.state = "queued";
    pending.problem = "";
    this.#next();
  }

  /** Takes what has arrived for a message that is sent now. */
  take(channel: string, root: string | null): Attachment[] {
    const arrived = this.of(channel, root).filter((pending) => pending.file);
    for (const pending of arrived) this.#drop(pending);
    return arrived.flatMap((pending) => pending.file ?? []);
  }

  /** Gives files that have arrived back to the composer. */
  putBack(channel: string, root: string | null, files: Attachment[]): void {
    const place = placeKey(channel, root);
    const back = files.map((file) => {
      const pending = new Pending(newNonce(Date.now()), place, new File([], file.name));
      pending.upload = file.id;
      pending.file = file;
      pending.state = "done";
      return pending;
    });
    this.#places.set(place, [...(this.#places.get(place) ?? []), ...back]);
  }

  /** Goes on with what an earlier visit left. */
  async restore(): Promise<void> {
    if (this.#restored === chat.me) return;
    this.#restored = chat.me;
    this.#places.clear();
    for (const { key, place, source, upload, file } of await keptFiles(chat.me)) {
      const pending = new Pending(key, place, source);
      pending.upload = upload;
      pending.file = file;
      if (file) pending.state = "done";
      this.#places.set(place, [...(this.#places.get(place) ?? []), pending]);
    }
    this.#next();
  }

  #drop(pending: Pending): void {
    const left = (this.#places.get(pending.place) ?? []).filter((other) => other !== pending);
    if (left.length > 0) this.#places.set(pending.place, left);
    else this.#places.delete(pending.place);
    void forgetFile(pending.key);
  }

  #keep({ key, place, source, upload, file, ending }: Pending): void {
    // What was taken back meanwhile must not come back with the next visit.
    if (ending.signal.aborted) return;
    void keepFile(chat.me, { key, place, source, upload, file });
  }

  #next(): void {
    const all = [...this.#places.values()].flat();
    const busy = all.filter(({ state }) => state === "sending" || state === "waiting").length;
    const queued = all.filter(({ state }) => state === "queued");
    for (const pending of queued.slice(0, Math.max(0, AT_ONCE_MAX - busy))) void this.#send(pending);
  }

  async #send(pending: Pending): Promise<void> {
    pending.state = "sending";
    try {
      pending.file = await transfer({
        source: pending.source,
        upload: pending.upload,
        signal: pending.ending.signal,
        begun: (upload) => {
          pending.upload = upload;
          this.#keep(pending);
        },
        progress: (sent) => (pending.sent = sent),
        waiting: (waits) => (pending.state = waits ? "waiting" : "sending"),
      });
      pending.state = "done";
      this.#keep(pending);
    } catch (error) {
      if (pending.ending.signal.aborted) return;
      pending.state = "failed";
      pending.problem = sentence(error);
    }
    this.#next();
  }
}

export const uploads = new Uploads();
