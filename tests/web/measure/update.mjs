/**
 * What a connected browser notices of an update, in Chromium. Prints one line of JSON; nothing is asserted.
 *
 * - `downtime_ms`: from the moment its connection breaks to the moment the next one stands
 *
 * The port stays open between two servers, as with systemd's sockets, and each new one takes itself for a
 * version that never ran here: it tries itself before it opens its doors.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { program } from "../stage/server.mjs";
import { Stage } from "../stage/stage.mjs";
import { percentile } from "./timing.mjs";

const UPDATES = 10;
const KEEPER = new URL("keeper.py", import.meta.url).pathname;

/** Notes in the page when a connection breaks and when the next one stands. */
function note() {
  const Native = window.WebSocket;
  window.downtimes = [];
  let broken = 0;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener("open", () => {
        if (broken) window.downtimes.push(performance.now() - broken);
        broken = 0;
      });
      this.addEventListener("close", () => (broken ||= performance.now()));
    }
  };
}

const stage = await Stage.set();
const { server } = stage;
let keeper;
try {
  const ada = await stage.found();
  stage.watch.allowBreaks();
  // A worker's script that can't be fetched again is said without an address.
  await ada.page.goto("about:blank");
  await server.kill();
  keeper = spawn("python3", [KEEPER, String(server.port), program("hearthd")], {
    env: { ...process.env, HEARTH_PORT: undefined, HEARTH_CONFIG: undefined, HEARTH_DATA: server.data },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const answers = createInterface({ input: keeper.stdout });
  const next = async () => {
    keeper.stdin.write("\n");
    await once(answers, "line");
  };
  await next();
  await ada.page.addInitScript(note);
  await ada.page.goto(server.origin);
  await ada.composer.waitFor();
  const doors = join(server.data, "doors.json");
  for (let update = 1; update <= UPDATES; update += 1) {
    await ada.page.waitForTimeout(1_000);
    const known = JSON.parse(readFileSync(doors, "utf8"));
    writeFileSync(doors, JSON.stringify({ ...known, version: "0.0.0" }));
    await next();
    await ada.page.waitForFunction((count) => window.downtimes.length >= count, update);
  }
  const downtimes = await ada.page.evaluate(() => window.downtimes);
  process.stdout.write(`${JSON.stringify({
    updates: UPDATES,
    downtime_ms: { p50: percentile(downtimes, 50), max: percentile(downtimes, 100) },
  })}\n`);
} finally {
  if (keeper) {
    keeper.stdin.end();
    await once(keeper, "exit");
  }
  await stage.close();
}
