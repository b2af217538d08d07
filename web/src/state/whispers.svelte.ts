/** Answers of programs for this person alone. They are kept nowhere: a reload forgets them. */
import type { Frame } from "../api/types";

/** Kept at once; the oldest goes first. */
const KEPT_MAX = 20;

export interface Whisper extends Frame<"ephemeral"> {
  id: number;
}

class Whispers {
  all = $state.raw<Whisper[]>([]);
  #last = 0;

  add(frame: Frame<"ephemeral">): void {
    this.#last += 1;
    this.all = [...this.all, { ...frame, id: this.#last }].slice(-KEPT_MAX);
  }

  remove(id: number): void {
    this.all = this.all.filter((whisper) => whisper.id !== id);
  }

  of(channel: string, root: string | null): Whisper[] {
    return this.all.filter((one) => one.channel === channel && (one.root ?? null) === root);
  }
}

export const whispers = new Whispers();
