/**
 * One office for one test file: a real server, a real Chromium, and people who use the app through
 * its own pages. `close` fails if anything went wrong in any page; see `watch.mjs`.
 */
import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { PATIENCE_MS } from "./eventually.mjs";
import { Machine, Teller } from "./machine.mjs";
import { Person } from "./person.mjs";
import { Hearthd } from "./server.mjs";
import { Watch } from "./watch.mjs";

const CHROMIUM = process.env["HEARTH_CHROMIUM"] ?? "/usr/bin/chromium";
const SWITCHES = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const PASSWORD = "a quiet fire burns long";
export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/**
 * @typedef {object} Visit
 * @property {import("./words.mjs").Tongue} [tongue] the browser's language
 * @property {{ width: number, height: number }} [size]
 * @property {"light" | "dark"} [scheme] what the device prefers
 * @property {boolean} [still] whether the device prefers reduced motion
 * @property {boolean} [touch]
 */

export class Stage {
  watch = new Watch();

  /** hearth-hwctl with a simulated machine, or somebody in its place, if there is one. */
  machine = null;

  constructor(server, browser) {
    this.server = server;
    this.browser = browser;
  }

  /**
   * @param {object} settings
   * @param {string} [settings.config] lines of the server's configuration file
   * @param {"simulated" | "told" | "none"} [settings.machine] what is under the office
   */
  static async set({ config = "", machine = "none" } = {}) {
    const server = new Hearthd(config);
    const under = { simulated: Machine, told: Teller }[machine];
    const beneath = under ? new under(server) : null;
    await beneath?.start();
    const [browser] = await Promise.all([
      chromium.launch({ executablePath: CHROMIUM, args: SWITCHES }),
      server.start(),
    ]);
    const stage = new Stage(server, browser);
    stage.machine = beneath;
    return stage;
  }

  /**
   * A browser of its own, with nothing in it.
   *
   * @param {Visit} visit
   */
  async visit({ tongue = "en", size = DESK, scheme = "light", still = true, touch = false } = {}) {
    const context = await this.browser.newContext({
      locale: tongue,
      timezoneId: "Asia/Shanghai",
      viewport: size,
      colorScheme: scheme,
      reducedMotion: still ? "reduce" : "no-preference",
      hasTouch: touch,
      isMobile: touch,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    await this.watch.follow(context);
    return new Person(await context.newPage(), tongue, this.server);
  }

  /** The first person: opens the setup link and founds the office. */
  async found({ office = "Hearth House", name = "Ada Stone", handle = "ada", ...visit } = {}) {
    const owner = await this.visit(visit);
    await owner.found({ office, name, handle, password: PASSWORD });
    return owner;
  }

  /** Another person comes in through an invitation link. */
  async join(link, { name = "Bo Reed", handle = "bo", ...visit } = {}) {
    const person = await this.visit(visit);
    await person.join(link, { name, handle, password: PASSWORD });
    return person;
  }

  /** Ends everything, and fails if anything went wrong in any page. */
  async close() {
    await this.browser.close();
    if (this.machine instanceof Machine) await this.machine.end("SIGTERM");
    this.machine?.close?.();
    await this.server.close();
    assert.deepEqual(this.watch.faults, [], "something went wrong in a page");
  }
}
