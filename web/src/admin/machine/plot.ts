/** Draws columns with uPlot, in the colours of the page. Text and meaning are the caller's. */
import uPlot from "uplot";

import { clock, month, shortDay } from "../../i18n/times";
import type { Column } from "./series";
import { isKnown } from "./figures";

export interface Line {
  label: string;
  values: Column;
  /** The name of a colour of `look/tokens.css`. */
  colour: string;
  /** Fills what is beneath, fading from this colour. */
  fill?: string;
  kind?: "line" | "thin" | "dashed";
  /** A share of 1 has a scale of its own. */
  share?: boolean;
  /** How a value is said. */
  say: (value: number) => string;
}

export interface Drawing {
  at: number[];
  lines: Line[];
  window: [number, number];
  range: [number, number];
  /** A line that should not be crossed. */
  limit: number | null;
  unit: (value: number) => string;
}

const DAY_S = 86_400;
const WIDTHS = { line: 2.2, thin: 1.2, dashed: 1.4 };

/** Times on the axis: hours and minutes, days, or months, as they are far apart. */
export function tick(at: number, step: number): string {
  if (step < DAY_S) return clock(at * 1_000);
  return step < 28 * DAY_S ? shortDay(at * 1_000) : month(at * 1_000);
}

const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A hexadecimal colour, more or less of it. */
function faded(colour: string, share: number): string {
  const full = colour.length === 4 ? colour.replace(/[^#]/g, "$&$&") : colour;
  const alpha = Math.round(share * 255).toString(16).padStart(2, "0");
  return full.length === 7 ? full + alpha : full;
}

function fading(colour: string): uPlot.Series.Fill {
  return ({ ctx, bbox }) => {
    const { top, height } = bbox;
    if (!Number.isFinite(top + height)) return "transparent";
    const gradient = ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, faded(colour, 0.45));
    gradient.addColorStop(1, faded(colour, 0.03));
    return gradient;
  };
}

function seriesOf({ colour, fill, kind = "line", share }: Line): uPlot.Series {
  const stroke = token(colour);
  return {
    stroke,
    width: WIDTHS[kind],
    scale: share ? "share" : "y",
    points: { show: false },
    spanGaps: false,
    ...(kind === "dashed" ? { dash: [5, 5] } : {}),
    ...(fill ? { fill: fading(token(fill)) } : {}),
  };
}

function drawLimit(plot: uPlot, limit: number | null): void {
  if (limit === null) return;
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(limit, "y", true)) + 0.5;
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = faded(token("bad"), 0.75);
  ctx.lineWidth = devicePixelRatio * 1.2;
  ctx.setLineDash([4 * devicePixelRatio, 5 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function axes(now: () => Drawing): uPlot.Axis[] {
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const shared = { stroke: token("ink-3"), font, ticks: { show: false } };
  return [
    {
      ...shared,
      grid: { show: false },
      size: 26,
      gap: 6,
      space: 74,
      values: (_, splits) => {
        const step = (splits[1] ?? 0) - (splits[0] ?? 0);
        return splits.map((at) => tick(at, step));
      },
    },
    {
      ...shared,
      grid: { stroke: token("line"), width: 1 },
      size: 46,
      gap: 8,
      space: 38,
      values: (_, splits) => splits.map((value) => now().unit(value)),
    },
  ];
}

const dataOf = ({ at, lines }: Drawing): uPlot.AlignedData => [at, ...lines.map(({ values }) => values)];

export interface Chart {
  update(): void;
  resize(width: number): void;
  /** Points at a moment; nothing points at none. */
  point(index: number | null): void;
  destroy(): void;
}

/** Draws what `now` says into `host`, and tells at which moment somebody points. */
export function draw(host: HTMLElement, height: number, now: () => Drawing, pointed: (index: number | null) => void): Chart {
  const { lines } = now();
  const plot = new uPlot(
    {
      width: Math.max(120, host.clientWidth),
      height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: true, range: () => now().window },
        y: { range: () => now().range },
        share: { range: () => [0, 1.05] },
      },
      axes: axes(now),
      series: [{}, ...lines.map(seriesOf)],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { size: 7, width: 2 },
        sync: { key: "hearth.machine" },
      },
      hooks: {
        drawClear: [(self) => drawLimit(self, now().limit)],
        setCursor: [({ cursor }) => pointed(cursor.idx ?? null)],
      },
    },
    dataOf(now()),
    host,
  );
  return {
    update: () => plot.setData(dataOf(now())),
    resize: (width) => plot.setSize({ width: Math.max(120, width), height }),
    point: (index) => {
      const at = index === null ? null : now().at[index];
      if (!isKnown(at)) plot.setCursor({ left: -10, top: -10 });
      else plot.setCursor({ left: plot.valToPos(at, "x"), top: 10 });
    },
    destroy: () => plot.destroy(),
  };
}
