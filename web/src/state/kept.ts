/**
 * What was written and is not on the server yet, in the browser's own database: messages on their
 * way and drafts. It survives a reload and a day without a link, and all tabs of a browser share it.
 * Where there is no database (a private window, a full disk) a reload loses what was not sent, and
 * nothing else.
 */
import type { Outgoing } from "./shape";

const NAME = "hearth";
const VERSION = 1;
const OUTBOX = "outbox";
const DRAFTS = "drafts";

interface KeptDraft {
  key: string;
  text: string;
}

/** What one tab tells the others. */
type News = { user: string } & ({ put: Outgoing } | { gone: string });

let opening: Promise<IDBDatabase | null> | null = null;

function open(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        // Keys are given with each record: the person comes first, so that nobody sees another's.
        for (const name of [OUTBOX, DRAFTS]) request.result.createObjectStore(name);
      };
      request.onsuccess = () => {
        // A newer page in another tab may want to change the shape.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opening;
}

async function inStore<T>(
  name: string,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  const database = await open();
  if (!database) return null;
  return new Promise((resolve) => {
    try {
      const transaction = database.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(null);
    } catch {
      // The database was closed for a newer page.
      opening = null;
      resolve(null);
    }
  });
}

/** Everything of one person: keys are [person, name]. */
const of = (user: string): IDBKeyRange => IDBKeyRange.bound([user], [user, []]);

const news = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("hearth.outbox");

const noteKey = (user: string, nonce: string): string => `hearth.unsent.${user}.${nonce}`;

/** Notes it where writing takes no time, until the database has it: a page may close at once. */
function note(user: string, outgoing: Outgoing): void {
  try {
    localStorage.setItem(noteKey(user, outgoing.nonce), JSON.stringify(outgoing));
  } catch {
    // Full or forbidden.
  }
}

function strike(user: string, nonce: string): void {
  try {
    localStorage.removeItem(noteKey(user, nonce));
  } catch {
    // Forbidden.
  }
}

function notes(user: string): Outgoing[] {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(noteKey(user, "")));
    return names.map((name) => JSON.parse(localStorage.getItem(name) ?? "{}") as Outgoing);
  } catch {
    return [];
  }
}

/** Keeps a message on its way; false where the database could not. */
export async function keep(user: string, outgoing: Outgoing): Promise<boolean> {
  // A plain copy: what the page holds may be reactive.
  const plain = JSON.parse(JSON.stringify(outgoing)) as Outgoing;
  note(user, plain);
  news?.postMessage({ user, put: plain } satisfies News);
  const key = await inStore(OUTBOX, "readwrite", (store) => store.put(plain, [user, plain.nonce]));
  if (key !== null) strike(user, plain.nonce);
  return key !== null;
}

export async function release(user: string, nonce: string): Promise<void> {
  strike(user, nonce);
  news?.postMessage({ user, gone: nonce } satisfies News);
  await inStore(OUTBOX, "readwrite", (store) => store.delete([user, nonce]));
}

/** Messages of this person that are not sent; null where there is no database to ask. */
export async function kept(user: string): Promise<Outgoing[] | null> {
  const found = await inStore<Outgoing[]>(OUTBOX, "readonly", (store) => store.getAll(of(user)));
  const noted = notes(user);
  if (!found && noted.length === 0) return null;
  const all = new Map([...noted, ...(found ?? [])].map((each) => [each.nonce, each]));
  return [...all.values()]
    .map((each) => ({ ...each, files: each.files ?? [] }))
    .filter(({ nonce, channel, text, files }) => nonce && channel && (text || files.length > 0));
}

/** Hears what other tabs keep and release. */
export function hear(user: string, put: (outgoing: Outgoing) => void, gone: (nonce: string) => void): void {
  if (!news) return;
  news.onmessage = ({ data }: MessageEvent<News>) => {
    if (data.user !== user) return;
    if ("put" in data) put(data.put);
    else gone(data.gone);
  };
}

export async function keepDraft(user: string, key: string, text: string): Promise<void> {
  await inStore(DRAFTS, "readwrite", (store) => store.put({ key, text }, [user, key]));
}

/** Forgets a draft that the server has, unless it was changed meanwhile. */
export async function releaseDraft(user: string, { key, text }: KeptDraft): Promise<void> {
  const now = await inStore<KeptDraft | undefined>(DRAFTS, "readonly", (store) => store.get([user, key]));
  if (now?.text !== text) return;
  await inStore(DRAFTS, "readwrite", (store) => store.delete([user, key]));
}

export async function keptDrafts(user: string): Promise<KeptDraft[]> {
  return (await inStore<KeptDraft[]>(DRAFTS, "readonly", (store) => store.getAll(of(user)))) ?? [];
}
