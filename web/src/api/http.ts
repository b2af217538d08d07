/**
 * Requests to `/api/v1`. A refusal arrives as a `Refused` with the server's own sentence; a request
 * that never got an answer as `Unreachable`.
 */
import type { Problem } from "./types";

const ROOT = "/api/v1";
const REQUEST_TIMEOUT_MS = 15_000;

/** The server answered with a problem. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
    this.name = "Refused";
  }
}

/** No answer, or none that came from Hearth. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export async function request<T>(
  method: Method,
  path: string,
  body?: object,
  timeoutMs = REQUEST_TIMEOUT_MS,
  cancel?: AbortSignal,
): Promise<T> {
  const signals = [AbortSignal.timeout(timeoutMs), ...(cancel ? [cancel] : [])];
  const init: RequestInit = { method, signal: AbortSignal.any(signals) };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  let response: Response;
  try {
    response = await fetch(ROOT + path, init);
  } catch {
    throw new Unreachable();
  }
  learnTime(response.headers.get("date"));
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** A smaller difference is the way of the answer, not a wrong clock. */
const SKEW_MS_MIN = 60_000;
let skewMs = 0;

function learnTime(date: string | null): void {
  const skew = Date.parse(date ?? "") - Date.now();
  if (!Number.isNaN(skew)) skewMs = Math.abs(skew) < SKEW_MS_MIN ? 0 : skew;
}

/** The time by the server's clock: a device's own may be wrong by a year. */
export function serverNow(): number {
  return Date.now() + skewMs;
}

async function refusal(response: Response): Promise<Error> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json")) return new Unreachable(`status ${response.status}`);
  try {
    return new Refused((await response.json()) as Problem);
  } catch {
    return new Unreachable(`status ${response.status}`);
  }
}

export function isRefused(error: unknown, ...codes: Problem["code"][]): error is Refused {
  return error instanceof Refused && (codes.length === 0 || codes.includes(error.problem.code));
}
