/**
 * The way of one file to the office: announced, sent in pieces, asked after when the link broke, and
 * completed. It ends with the file, or by throwing what can't be mended by waiting.
 */
import { isRefused, Unreachable } from "../api/http";
import { sendPiece } from "../api/piece";
import { rest } from "../api/rest";
import type { Attachment } from "../api/types";

const PIECE_BYTES = 8 * 1024 * 1024;
const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000];

export interface Transfer {
  source: File;
  /** An upload that was begun earlier. */
  upload: string | null;
  signal: AbortSignal;
  /** Called when the upload has a name that a later visit can go on with. */
  begun: (upload: string) => void;
  progress: (sent: number) => void;
  /** Called while the link is down. */
  waiting: (waits: boolean) => void;
}

export async function transfer(work: Transfer): Promise<Attachment> {
  let upload = work.upload;
  for (let failures = 0; ; failures += 1) {
    work.signal.throwIfAborted();
    try {
      upload ??= await announce(work);
      let offset = failures > 0 || work.upload ? (await rest.upload(upload)).received_bytes : 0;
      work.waiting(false);
      while (offset < work.source.size) {
        offset = await piece(work, upload, offset);
        failures = 0;
      }
      return await rest.completeUpload(upload);
    } catch (error) {
      work.signal.throwIfAborted();
      if (isRefused(error, "not_found") && upload) {
        const done = await finished(upload);
        if (done) return done;
        // It was given up after a long wait: begin again, once.
        if (failures > 0) throw error;
        upload = null;
      } else if (!mendsItself(error)) throw error;
      work.waiting(true);
      await pause(WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] ?? 0, work.signal);
    }
  }
}

async function announce({ source, begun }: Transfer): Promise<string> {
  const { id } = await rest.announce(source.name, source.size, source.type);
  begun(id);
  return id;
}

async function piece(work: Transfer, upload: string, offset: number): Promise<number> {
  const content = work.source.slice(offset, offset + PIECE_BYTES);
  const progress = (sent: number): void => work.progress(offset + Math.min(sent, content.size));
  const state = await sendPiece({ upload, offset, content, progress, signal: work.signal });
  work.progress(state.received_bytes);
  return state.received_bytes;
}

/** The answer to completing it may have been lost. */
async function finished(upload: string): Promise<Attachment | null> {
  try {
    return await rest.completeUpload(upload);
  } catch (error) {
    if (isRefused(error, "not_found")) return null;
    throw error;
  }
}

function mendsItself(error: unknown): boolean {
  return error instanceof Unreachable || isRefused(error, "wrong_offset", "unavailable");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      removeEventListener("online", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    addEventListener("online", go);
    signal.addEventListener("abort", go);
  });
}
