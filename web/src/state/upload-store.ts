/**
 * Chosen files in the browser's own database, so that a reload goes on with them. It may be full,
 * forbidden or missing: then a reload loses what had not arrived, nothing else.
 */

import type { Attachment } from "../api/types";

export interface KeptFile {
  key: string;
  place: string;
  source: File;
  upload: string | null;
  /** Set once it has arrived. */
  file: Attachment | null;
}

const DATABASE = "hearth.uploads";
const FILES = "files";
/** A larger file would take the browser long to copy; it is chosen again after a reload. */
const KEPT_BYTES_MAX = 256 * 1024 * 1024;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(FILES, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no database"));
  });
}

async function run<T>(
  mode: IDBTransactionMode,
  work: (files: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  try {
    const database = await open();
    try {
      return await new Promise<T>((resolve, reject) => {
        const request = work(database.transaction(FILES, mode).objectStore(FILES));
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error("no answer"));
      });
    } finally {
      database.close();
    }
  } catch {
    // Full, forbidden or missing.
    return null;
  }
}

/** A plain copy: what the page holds may be reactive. */
function plain(file: Attachment | null): Attachment | null {
  return JSON.parse(JSON.stringify(file)) as Attachment | null;
}

export async function keepFile(user: string, file: KeptFile): Promise<void> {
  if (file.source.size > KEPT_BYTES_MAX) return;
  await run("readwrite", (files) => files.put({ ...file, file: plain(file.file), user }));
}

export async function forgetFile(key: string): Promise<void> {
  await run("readwrite", (files) => files.delete(key));
}

export async function keptFiles(user: string): Promise<KeptFile[]> {
  const all = await run<(KeptFile & { user: string })[]>("readonly", (files) => files.getAll());
  return (all ?? []).filter((file) => file.user === user);
}
