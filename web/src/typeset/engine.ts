/**
 * The page's side of the worker. One thing at a time; whatever takes longer than `SET_MS_MAX` costs
 * the worker its life, and is shown as it was written.
 */
import { worker as start } from "../text/trusted";
import type { Result, Task } from "./engine.worker";
import url from "./engine.worker?worker&url";

/** A slow machine loads the grammar in this time too. */
const SET_MS_MAX = 4_000;
/** Sources that wait at most; whoever scrolls on wants the later ones. */
const WAITING_MAX = 400;
const REMEMBERED_MAX = 500;

interface Waiting extends Task {
  done: (html: string | null) => void;
}

let thread: Worker | null = null;
let current: Waiting | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let lastId = 0;
const waiting: Waiting[] = [];
const known = new Map<string, string | null>();

/** The HTML for a source; null where there is none, or none in time. */
export function setType(kind: Task["kind"], source: string, language = ""): Promise<string | null> {
  const key = `${kind} ${language} ${source}`;
  const before = known.get(key);
  if (before !== undefined) return Promise.resolve(before);
  return new Promise((resolve) => {
    const done = (html: string | null): void => {
      known.set(key, html);
      if (known.size > REMEMBERED_MAX) known.delete(known.keys().next().value ?? "");
      resolve(html);
    };
    waiting.push({ id: (lastId += 1), kind, source, language, done });
    if (waiting.length > WAITING_MAX) waiting.shift()?.done(null);
    next();
  });
}

function next(): void {
  if (current) return;
  current = waiting.shift() ?? null;
  if (!current) return;
  const { id, kind, source, language } = current;
  thread ??= awake();
  thread.postMessage({ id, kind, source, language } satisfies Task);
  timer = setTimeout(giveUp, SET_MS_MAX);
}

function awake(): Worker {
  const started = start(url);
  started.addEventListener("message", ({ data }: MessageEvent<Result>) => {
    if (data.id === current?.id) settle(data.html);
  });
  started.addEventListener("error", giveUp);
  return started;
}

function giveUp(): void {
  thread?.terminate();
  thread = null;
  settle(null);
}

function settle(html: string | null): void {
  clearTimeout(timer);
  const settled = current;
  current = null;
  settled?.done(html);
  next();
}
