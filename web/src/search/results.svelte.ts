/** What was found for a query: asked a moment after the last key, the latest answer counts. */
import { search } from "../api/search";
import type { Channel, SearchFlaw, SearchHit, SearchNext, SearchSort } from "../api/types";
import { sentence } from "../state/view.svelte";

const WAIT_MS = 180;
/** How often an answer from an index that is being built is asked for again. */
const AGAIN_MS = 3_000;
/** Further behind than this, the index is being built; less is what people write meanwhile. */
const BUILDING_EVENTS_MIN = 2_000;

export interface Group {
  channel: string;
  hits: SearchHit[];
}

export class Results {
  hits = $state.raw<SearchHit[]>([]);
  channels = $state.raw<Channel[]>([]);
  flaws = $state.raw<SearchFlaw[]>([]);
  next = $state.raw<SearchNext | null>(null);
  behind = $state(0);
  problem = $state<string | null>(null);
  /** The query that the rest is the answer to; null before the first. */
  query = $state<string | null>(null);
  busy = $state(false);
  sort = $state<SearchSort>("relevance");

  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** In the order in which their first hit was found. */
  readonly groups = $derived.by<Group[]>(() => {
    const groups: Group[] = [];
    for (const hit of this.hits) {
      const group = groups.find(({ channel }) => channel === hit.channel);
      if (group) group.hits.push(hit);
      else groups.push({ channel: hit.channel, hits: [hit] });
    }
    return groups;
  });

  readonly building = $derived(this.behind >= BUILDING_EVENTS_MIN);

  /** Asks soon: more keys may follow. */
  soon(query: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ask(query), WAIT_MS);
  }

  async ask(query: string): Promise<void> {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    if (query.trim() === "") {
      Object.assign(this, { hits: [], flaws: [], next: null, problem: null, query: null, busy: false });
      return;
    }
    await this.#fetch(asked, query, null);
    if (asked === this.#asked && this.building) {
      this.#timer = setTimeout(() => void this.ask(query), AGAIN_MS);
    }
  }

  async more(): Promise<void> {
    if (this.busy || !this.next || this.query === null) return;
    await this.#fetch(++this.#asked, this.query, this.next);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  async #fetch(asked: number, query: string, from: SearchNext | null): Promise<void> {
    this.busy = true;
    try {
      const page = await search(query, { sort: this.sort, from });
      if (asked !== this.#asked) return;
      this.hits = from ? [...this.hits, ...page.hits] : page.hits;
      this.channels = from ? [...this.channels, ...page.channels] : page.channels;
      this.flaws = page.flaws;
      this.next = page.next ?? null;
      this.behind = page.behind;
      this.problem = null;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.problem = sentence(error);
      if (!from) this.hits = [];
    }
    this.query = query;
    this.busy = false;
  }
}
