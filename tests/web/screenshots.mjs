/**
 * Takes the pictures of docs/images: an office with made-up people and talk, by day and by night, at
 * a desk and on a phone. `scripts/screenshots` builds what this needs and runs it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { PHONE, Stage } from "./stage/stage.mjs";

const IMAGES = new URL("../../docs/images/", import.meta.url).pathname;
const DESK = { width: 1200, height: 750 };
const BYTES_MAX = 300_000;
const MESSAGES = "400";

/** Converts to WebP, which only the command of the package `webp` does here. */
async function shoot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  const picture = join(IMAGES, `${name}.png`);
  const result = join(IMAGES, `${name}.webp`);
  await page.screenshot({ path: picture });
  const done = spawnSync("cwebp", ["-quiet", "-q", "86", picture, "-o", result]);
  rmSync(picture);
  if (done.status !== 0) throw new Error(`cwebp failed; is the package webp installed? ${done.stderr}`);
  const { size } = statSync(result);
  if (size > BYTES_MAX) throw new Error(`${result} has ${size} bytes, at most ${BYTES_MAX}`);
  process.stdout.write(`${result} ${size} bytes\n`);
}

/** The first page that anybody sees, half filled in. */
async function shootSetup(stage) {
  const person = await stage.visit({ tongue: "en", size: DESK });
  await person.page.goto(stage.server.setupLink);
  await person.field("field.office").fill("Riverside Studio");
  await person.field("field.yourName").fill("Lin Mei");
  await shoot(person.page, "setup");
  await person.close();
}

/** The liveliest conversation in sight: opened at its end, with a thread beside it if it has one. */
async function settle(person, channel) {
  await person.openChannel(channel);
  await person.main.getByRole("article").last().scrollIntoViewIfNeeded();
  await person.page.mouse.move(2, 2);
}

async function openSomeThread(person) {
  const links = person.main.locator("article a[href*='/t/']");
  if ((await links.count()) === 0) return;
  await links.last().click();
  await person.thread.getByRole("article").first().waitFor();
  await person.page.mouse.move(2, 2);
  await person.main.getByRole("article").last().scrollIntoViewIfNeeded();
  await person.button("list.latest").first().waitFor({ state: "detached" });
}

/** The names of the channels in the sidebar, the busiest made-up one first. */
async function busiest(person) {
  const rows = await person.nav.locator("a[href^='/c/'] .title").allInnerTexts();
  return rows.find((name) => !["lobby", "大厅"].includes(name)) ?? rows[0];
}

mkdirSync(IMAGES, { recursive: true });
const stage = await Stage.set();
try {
  await shootSetup(stage);
  const owner = await stage.found({
    office: "溪畔工作室 Riverside",
    name: "林小梅",
    handle: "xiaomei",
    tongue: "zh-CN",
    size: DESK,
  });
  await stage.server.operate("sample", "--messages", MESSAGES);
  await owner.page.reload();
  await owner.nav.waitFor();
  await settle(owner, await busiest(owner));
  await openSomeThread(owner);
  await shoot(owner.page, "chat-light");
  await owner.own("theme.dark");
  await owner.own("language.en");
  owner.speak("en");
  await settle(owner, await busiest(owner));
  await shoot(owner.page, "chat-dark");
  await owner.own("language.zh-CN");
  owner.speak("zh-CN");
  await owner.own("theme.light");
  await owner.page.setViewportSize(PHONE);
  await owner.page.getByLabel(owner.t("action.back"), { exact: true }).waitFor();
  await owner.home();
  await settle(owner, await busiest(owner));
  await shoot(owner.page, "phone");
} finally {
  await stage.close();
}
