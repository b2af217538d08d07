/**
 * The machine under an office: hearth-hwctl itself with its simulated machine, or somebody on its
 * sockets who says what a test wants and notes what is asked for. hearthd can't tell them apart.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
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
    // It follows the load of the machine beneath: of one without any, not of a busy one that tests.
    const order = ["run", "--simulate", "--root", this.folder, "--run", this.folder, "--state", state];
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

const GOLDEN = new URL("../../../hwctl/golden/status.json", import.meta.url);
const TOLD = JSON.parse(readFileSync(GOLDEN, "utf8"));

/** A machine that is well, with all that a page can show of one; else the line of hearth-hwctl's own test. */
export const WELL = {
  ...TOLD,
  sink_aim_c: 61,
  junction_c: 61.2,
  temperatures: [
    { ...TOLD.temperatures[0], celsius: 61.2 },
    { key: "sys/b:temp1", name: "Composite", kind: "drive", celsius: 44.9, limit_c: 81.8 },
    { key: "sys/c:temp1", name: "SYSTIN", kind: "board", celsius: 41, limit_c: null },
    { key: "sys/d:temp1", name: "jc42", kind: "memory", celsius: null, limit_c: 85 },
  ],
  fans: TOLD.fans.slice(0, 1),
  energy_j: 12_345.6,
  load: 0.12,
  allowed_w: 56,
  dust: 1.02,
  resistance_k_per_w: 0.61,
  calibration: { state: "stored", step: null, progress: 1, why: null },
  drill: { at_unix_s: 1_795_000_000, passed: true, why: null },
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
