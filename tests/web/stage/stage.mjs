/**
 * One office for one test file: a real server, a real Chromium, and people who use the app through
 * its own pages. `close` fails if anything went wrong in any page; see `watch.mjs`.
 */
import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { PATIENCE_MS } from "./eventually.mjs";
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

  constructor(server, browser) {
    this.server = server;
    this.browser = browser;
  }

  /** @param {{ config?: string }} settings lines of the server's configuration file */
  static async set({ config = "" } = {}) {
    const server = new Hearthd(config);
    const [browser] = await Promise.all([
      chromium.launch({ executablePath: CHROMIUM, args: SWITCHES }),
      server.start(),
    ]);
    return new Stage(server, browser);
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
    await this.server.close();
    assert.deepEqual(this.watch.faults, [], "something went wrong in a page");
  }
}
