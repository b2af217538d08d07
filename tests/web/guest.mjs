/**
 * A browser for tests/it/guest/network.rs, whose office runs in a guest: people come in with sessions
 * that they have, and do what a line of the input says of them. A line of the output answers each.
 *
 *   node guest.mjs http://127.0.0.1:1234
 *   < {"who":"mei","does":"write","what":"hello"}
 *   > {"done":null}, or {"failed":"why"}
 *
 * The end of the input ends it, with a failure if anything went wrong in any page.
 */
import assert from "node:assert/strict";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

const CHROMIUM = process.env["HEARTH_CHROMIUM"] ?? "/usr/bin/chromium";
const [origin] = process.argv.slice(2);

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const stage = new Stage({ origin, close: () => {} }, browser);
stage.watch.allowBreaks();

/** @type {Map<string, import("./stage/person.mjs").Person>} */
const people = new Map();

async function enter(who, session) {
  const person = await stage.visit();
  people.set(who, person);
  person.loads = 0;
  person.page.on("load", () => (person.loads += 1));
  await person.page.context().addCookies([{ name: "hearth_session", value: session, url: origin }]);
  await person.page.goto(origin);
  await person.openChannel("lobby");
}

const sending = (person) => person.page.locator("article.sending");

const DOES = {
  write: (person, text) => person.write(text),
  read: (person, text) => person.reads(text),
  async cutOff(person) {
    await person.banner.waitFor();
    await person.nav.getByText(person.t("ember.offline")).waitFor();
  },
  back: (person) => person.banner.waitFor({ state: "detached" }),
  async waiting(person, text) {
    assert.equal(await sending(person).filter({ hasText: text }).count(), 1, `${text} waits`);
  },
  settled: (person, texts) =>
    eventually(async () => {
      assert.equal(await sending(person).count(), 0, "nothing waits");
      assert.deepEqual((await DOES.said(person)).toSorted(), texts.toSorted());
    }),
  said(person) {
    assert.equal(person.loads, 1, "the page was loaded once");
    return person.main.getByRole("article").locator(".prose").allInnerTexts();
  },
};

async function answer({ who, does, what }) {
  const done = does === "enter" ? enter(who, what) : DOES[does](people.get(who), what);
  return { done: (await done) ?? null };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ failed: String(error.stack) }));
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
await stage.close();
