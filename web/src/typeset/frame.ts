/** The program of the frame in which diagrams are drawn. See `diagram.ts`. */
import mermaid from "mermaid";

import { DIAGRAM_UNITS_MAX, type Drawing, type Order } from "./diagram-order";

const EDGES_MAX = 300;
const FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

async function drawn({ id, source, night }: Order): Promise<Drawing> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    maxTextSize: DIAGRAM_UNITS_MAX,
    maxEdges: EDGES_MAX,
    theme: night ? "dark" : "neutral",
    fontFamily: FONT,
    // What a source says about the configuration is not for it to say.
    secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "htmlLabels", "flowchart"],
  });
  try {
    return { id, svg: (await mermaid.render(`drawing-${id}`, source)).svg };
  } catch {
    return { id, svg: null };
  }
}

addEventListener("message", ({ data, source }: MessageEvent<Order>) => {
  if (source !== parent) return;
  void drawn(data).then((drawing) => parent.postMessage(drawing, "*"));
});
parent.postMessage("ready", "*");
