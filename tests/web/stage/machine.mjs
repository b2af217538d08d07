/**
 * The machine under an office: hearth-hwctl itself with its simulated machine, or somebody on its
 * sockets who says what a test wants and notes what is asked for. hearthd can't tell them apart.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { program } from "./server.mjs";

const TOLD_EVERY_MS = 500;

/** Nothing outlives the tests. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** Where hearthd looks for it first. */
function folderOf(server) {
  const folder = join(server.data, "hwctl");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}

/** hearth-hwctl on a simulated machine. */
export class Machine {
  log = "";
  #child;

  /** @param {import("./server.mjs").Hearthd} server */
  constructor(server) {
    this.folder = folderOf(server);
  }

  start() {
    const state = join(this.folder, "state");
    mkdirSync(state, { recursive: true });
    const order = ["run", "--simulate", "--run", this.folder, "--state", state];
    const child = spawn(program("hearth-hwctl"), order, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.log = `${this.log}${line}\n`.slice(-20_000);
    });
  }

  /** Ends it, at once unless another signal is named. */
  async end(signal = "SIGKILL") {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }
}

/** A machine that is well, as a line of hearth-hwctl has it. */
export const WELL = {
  version: 2,
  started: "5eed",
  simulated: false,
  board: "Maker Board 1",
  tier: "A",
  controlled_by: "hwctl",
  reason: "sink",
  sink_c: 58.1,
  sink_aim_c: 61,
  junction_c: 61.2,
  junction_unknown: null,
  junction_limit_c: 91,
  temperatures: [
    { key: "sys/a:temp1", name: "Package id 0", kind: "processor", celsius: 61.2, limit_c: 100 },
    { key: "sys/b:temp1", name: "Composite", kind: "drive", celsius: 44.9, limit_c: 81.8 },
    { key: "sys/c:temp1", name: "SYSTIN", kind: "board", celsius: 41, limit_c: null },
    { key: "sys/d:temp1", name: "jc42", kind: "memory", celsius: null, limit_c: 85 },
  ],
  fans: [
    {
      key: "sys/c:pwm1",
      name: "adt7475 fan 1",
      ours: true,
      rpm: 1240,
      duty: 0.31,
      state: "turning",
      outcome: "applied",
    },
  ],
  power_w: 18.2,
  energy_j: 12_345.6,
  load: 0.12,
  memory: 0.41,
  frequency_mhz: 3400,
  heat: "free",
  allowed_w: 56,
  sustained_w: 48,
  headroom_s: 540,
  cap_w: null,
  cap_state: "none",
  profile: "balanced",
  wanted_profile: "balanced",
  quiet_left_s: 0,
  boost_left_s: 0,
  dust: 1.02,
  dust_known: true,
  resistance_k_per_w: 0.61,
  calibration: { state: "stored", step: null, progress: 1, why: null },
  drill: { at_unix_s: 1_795_000_000, passed: true, why: null },
  counters: {
    speed_changes: 0,
    writes: { applied: 0, quantised: 0, ignored: 0, stolen: 0, denied: 0, gone: 0 },
    stalls: 0,
    sensor_losses: 0,
    throttle_s: 0,
  },
};

/** Somebody on hearth-hwctl's sockets. */
export class Teller {
  /** What is said, twice a second. */
  status = WELL;
  /** What was asked for. */
  heard = [];
  #listeners = new Set();
  #servers = [];
  #timer;

  /** @param {import("./server.mjs").Hearthd} server */
  constructor(server) {
    this.folder = folderOf(server);
  }

  async start() {
    await this.#serve("status.sock", (socket) => {
      this.#listeners.add(socket);
      socket.on("close", () => this.#listeners.delete(socket));
      socket.on("error", () => this.#listeners.delete(socket));
      this.#tell();
    });
    await this.#serve("intent.sock", (socket) => {
      createInterface({ input: socket }).once("line", (line) => {
        this.heard.push(JSON.parse(line));
        socket.end('{"ok":true}\n');
      });
      socket.on("error", () => {});
    });
    // A test that fails before its end must not wait for it.
    this.#timer = setInterval(() => this.#tell(), TOLD_EVERY_MS).unref();
  }

  /** Says a machine that is well, but for this. */
  say(more = {}) {
    this.status = { ...WELL, ...more };
    this.#tell();
  }

  /** Whether this was asked for. */
  wasAsked(intent) {
    return this.heard.some((heard) => heard.intent === intent);
  }

  #serve(name, each) {
    const path = join(this.folder, name);
    rmSync(path, { force: true });
    const server = createServer(each).unref();
    this.#servers.push(server);
    return new Promise((ready) => server.listen(path, ready));
  }

  #tell() {
    const line = `${JSON.stringify(this.status)}\n`;
    for (const listener of this.#listeners) listener.write(line);
  }

  close() {
    clearInterval(this.#timer);
    for (const listener of this.#listeners) listener.destroy();
    for (const server of this.#servers) server.close();
  }
}
