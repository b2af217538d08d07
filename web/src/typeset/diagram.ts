/**
 * Draws Mermaid's diagrams in a frame that can do nothing but draw: it has no origin, no network and
 * no way out but messages (see `frame.ts` and the server's headers for it). What comes back is shown
 * as a picture, in which nothing runs either. One diagram at a time; one that takes longer than
 * `DRAW_MS_MAX` costs the frame its life.
 */
import type { Drawing, Order } from "./diagram-order";

/** Loading the library on a slow machine is in it. */
const DRAW_MS_MAX = 10_000;
const PICTURE_UNITS_MAX = 1_000_000;
const WAITING_MAX = 50;

export interface Picture {
  address: string;
  width: number;
  height: number;
}

interface Waiting extends Order {
  done: (picture: Picture | null) => void;
}

let frame: HTMLIFrameElement | null = null;
let ready = false;
let current: Waiting | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let lastId = 0;
const waiting: Waiting[] = [];

/** The picture of a diagram; null where its source makes none, or none in time. */
export function draw(source: string, night: boolean): Promise<Picture | null> {
  return new Promise((resolve) => {
    waiting.push({ id: (lastId += 1), source, night, done: resolve });
    if (waiting.length > WAITING_MAX) waiting.shift()?.done(null);
    next();
  });
}

function next(): void {
  if (current) return;
  current = waiting.shift() ?? null;
  if (!current) return;
  timer = setTimeout(giveUp, DRAW_MS_MAX);
  if (!frame) open();
  else if (ready) order();
}

function open(): void {
  frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.className = "drawing-board";
  frame.src = "/diagram.html";
  document.body.append(frame);
}

function order(): void {
  if (!current) return;
  const { id, source, night } = current;
  // A frame without an origin can't be named as the receiver.
  frame?.contentWindow?.postMessage({ id, source, night } satisfies Order, "*");
}

addEventListener("message", ({ source, data }: MessageEvent<Drawing | "ready">) => {
  if (!frame || source !== frame.contentWindow) return;
  if (data === "ready") {
    ready = true;
    order();
  } else if (data.id === current?.id) settle(typeof data.svg === "string" ? picture(data.svg) : null);
});

function giveUp(): void {
  frame?.remove();
  frame = null;
  ready = false;
  settle(null);
}

function settle(drawn: Picture | null): void {
  clearTimeout(timer);
  const settled = current;
  current = null;
  settled?.done(drawn);
  next();
}

function picture(svg: string): Picture | null {
  const box = /viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"/.exec(svg.slice(0, 2_000));
  const [width, height] = [Number(box?.[1]), Number(box?.[2])];
  if (svg.length > PICTURE_UNITS_MAX || !(width > 0 && height > 0)) return null;
  return { address: `data:image/svg+xml,${encodeURIComponent(svg)}`, width, height };
}
