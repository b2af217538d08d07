/**
 * A real hearthd: started on a free port with its own data folder, known by what it logs, ended by
 * its process number. It can be killed at once and started again on the same port.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const READY_WAIT_MS = 30_000;
const REPOSITORY = new URL("../../../", import.meta.url).pathname;

/**
 * The path of `hearthd`, `hearth` or `hearth-hwctl`: beside `HEARTH_BIN` if that names the server, else the newest
 * build there is.
 *
 * @param {"hearthd" | "hearth" | "hearth-hwctl"} name
 */
export function program(name) {
  const given = process.env["HEARTH_BIN"];
  const target = process.env["CARGO_TARGET_DIR"] ?? join(REPOSITORY, "target");
  const places = given
    ? [given.replace(/hearthd$/, name)]
    : [join(target, "debug", name), join(target, "release", name)];
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`no ${name} at ${places.join(" or ")}; run cargo build first`);
  return found;
}

/** Nothing outlives the tests, not even when they end by an exception. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Hearthd {
  /** The newest part of its log, for a test that fails. */
  log = "";
  /** The link that founds the office; empty once it is founded. */
  setupLink = "";
  port = 0;
  #child;

  /**
   * @param {string} config lines of its configuration file
   * @param {string} data
   */
  constructor(config = "", data = mkdtempSync(join(tmpdir(), "hearth-web-"))) {
    this.data = data;
    this.config = config;
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, on the port it had before if it had one, and waits until it takes requests. */
  async start() {
    const file = join(this.data, "hearthd.toml");
    if (this.config) writeFileSync(file, this.config);
    const child = spawn(program("hearthd"), [], {
      env: {
        ...this.#environment(),
        HEARTH_LISTEN: `127.0.0.1:${this.port}`,
        HEARTH_CONFIG: this.config ? file : undefined,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    this.setupLink = "";
    await this.#ready(child);
  }

  /** @returns {Record<string, string | undefined>} */
  #environment() {
    // What the machine sets for its own Hearth is not for this one.
    return { ...process.env, HEARTH_PORT: undefined, HEARTH_CONFIG: undefined, HEARTH_DATA: this.data };
  }

  /** The setup link is logged after the address, so an unfounded office is ready with its link. */
  #ready(child) {
    const founded = this.port !== 0;
    return new Promise((resolve, reject) => {
      const give = (why) => reject(new Error(`hearthd ${why}:\n${this.log}`));
      const timer = setTimeout(() => give("was not ready in time"), READY_WAIT_MS);
      child.once("error", (error) => give(error.message));
      child.once("exit", () => give("ended"));
      createInterface({ input: child.stderr }).on("line", (line) => {
        this.log = `${this.log}${line}\n`.slice(-20_000);
        const address = /Hearth is ready address=\S+:(\d+)/.exec(line);
        if (address) this.port = Number(address[1]);
        const link = /https?:\/\/\S+\/setup#code=\S+/.exec(line);
        if (link) this.setupLink = link[0].replace("localhost", "127.0.0.1");
        if (link || (address && founded)) {
          clearTimeout(timer);
          resolve();
        }
      });
    });
  }

  /** Ends it at once, as a power cut would. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** Runs `hearth` on the same data folder. */
  async operate(...args) {
    const child = spawn(program("hearth"), args, { env: this.#environment(), stdio: "pipe" });
    let said = "";
    child.stdout.on("data", (data) => (said += data));
    child.stderr.on("data", (data) => (said += data));
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`hearth ${args.join(" ")} failed (${code}):\n${said}`);
    return said;
  }

  async close() {
    await this.#end("SIGTERM");
    rmSync(this.data, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }
}
