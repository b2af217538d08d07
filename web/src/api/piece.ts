/**
 * One piece of a file on its way. It is not `fetch`, because only this tells how much has left.
 */
import { Refused, Unreachable } from "./http";
import type { Problem, UploadState } from "./types";

/** A link that takes nothing for this long is broken, whatever the system says. */
const SILENCE_MS = 40_000;

export interface Piece {
  upload: string;
  offset: number;
  content: Blob;
  progress: (sent: number) => void;
  signal: AbortSignal;
}

/** Sends a piece and says how far the upload is then. */
export function sendPiece({ upload, offset, content, progress, signal }: Piece): Promise<UploadState> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let silence: ReturnType<typeof setTimeout>;
    const abort = (): void => request.abort();
    const listen = (): void => {
      clearTimeout(silence);
      silence = setTimeout(abort, SILENCE_MS);
    };
    request.open("PATCH", `/api/v1/uploads/${upload}`);
    request.setRequestHeader("upload-offset", String(offset));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => {
      listen();
      progress(event.loaded);
    };
    request.onloadend = () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", abort);
      const answer = parse(request.responseText);
      if (request.status === 200) resolve(answer as UploadState);
      else reject(answer ? new Refused(answer as Problem) : new Unreachable());
    };
    signal.addEventListener("abort", abort);
    listen();
    request.send(content);
  });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
}
