/**
 * Takes the pictures of docs/images: an office at its best hour, in each language, by day and by
 * night, at a desk and on a phone. `scripts/screenshots` builds what this needs and runs it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "./stage/eventually.mjs";
import { settled } from "./stage/looks.mjs";
import { SCENES, stageShowcase } from "./stage/showcase.mjs";
import { PHONE, Stage } from "./stage/stage.mjs";

const IMAGES = new URL("../../docs/images/", import.meta.url).pathname;
const DESK = { width: 1200, height: 750 };
const BYTES_MAX = 300_000;
/** How long the simulated machine has lived when its picture is taken. */
const LIVED_MS = Number(process.env["HEARTH_LIVED_MINUTES"] ?? 60) * 60_000;

/** Converts to WebP, which only the command of the package `webp` does here. */
async function shoot(person, name) {
  const { page, tongue } = person;
  await page.evaluate(() => document.fonts.ready);
  await settled(page);
  const picture = join(IMAGES, `${name}.${tongue}.png`);
  const result = join(IMAGES, `${name}.${tongue}.webp`);
  await page.screenshot({ path: picture });
  const done = spawnSync("cwebp", ["-quiet", "-q", "84", picture, "-o", result]);
  rmSync(picture);
  if (done.status !== 0) throw new Error(`cwebp failed; is the package webp installed? ${done.stderr}`);
  const { size } = statSync(result);
  if (size > BYTES_MAX) throw new Error(`${result} has ${size} bytes, at most ${BYTES_MAX}`);
  process.stdout.write(`${result} ${size} bytes\n`);
}

/** A conversation at its end, with all its pictures, and nothing pointed at. */
async function settle(person, channel) {
  await person.openChannel(channel);
  await person.main.getByRole("article").last().scrollIntoViewIfNeeded();
  await eventually(async () => {
    const loaded = await person.main.locator("img").evaluateAll((all) => all.every((image) => image.complete));
    if (!loaded) throw new Error("pictures are still to come");
  });
  await person.page.evaluate(() => document.activeElement?.blur());
  await person.page.mouse.move(2, 2);
}

/** The first page that anybody sees, half filled in. */
async function shootSetup(stage, tongue) {
  const person = await stage.visit({ tongue, size: DESK });
  await person.page.goto(stage.server.setupLink);
  await person.field("field.office").fill(SCENES[tongue].office);
  await person.field("field.yourName").fill(SCENES[tongue].people[0].name);
  await shoot(person, "setup");
  await person.close();
}

async function shootSearch(person, query) {
  await person.page.goto(`${person.server.origin}/search?q=${encodeURIComponent(query)}`);
  await person.main.locator("a.hit").first().waitFor();
  await person.page.mouse.move(2, 2);
  await shoot(person, "search");
}

async function shootSwitcher(person, letters) {
  await person.page.keyboard.press("Control+k");
  await person.page.keyboard.type(letters);
  await person.dialog.getByRole("option").first().waitFor();
  await person.page.waitForTimeout(800);
  await shoot(person, "switcher");
  await person.closeDialog();
}

/** The machine, once its line is long enough to be looked at. */
async function shootMachine(person, began) {
  await person.page.goto(person.server.origin);
  await person.nav.waitFor();
  await person.office("machine");
  const line = person.main.getByRole("slider").first();
  await eventually(async () => {
    if (Number(await line.getAttribute("aria-valuemax")) < 60) throw new Error("its line is still short");
  });
  const left = LIVED_MS - (Date.now() - began);
  if (left > 0) {
    process.stdout.write(`the machine lives for another ${Math.ceil(left / 60_000)} minutes\n`);
    await person.page.waitForTimeout(left);
  }
  await person.page.mouse.move(2, 2);
  await shoot(person, "machine");
}

async function shootAll(tongue, scene) {
  const stage = await Stage.set({ machine: "simulated" });
  const began = Date.now();
  try {
    await shootSetup(stage, tongue);
    const [owner] = await stageShowcase(stage, tongue, DESK);
    await settle(owner, scene.channel);
    await shoot(owner, "chat");
    await shootSearch(owner, scene.find);
    await owner.page.goto(stage.server.origin);
    await owner.nav.waitFor();
    await owner.office("health");
    await owner.page.mouse.move(2, 2);
    await shoot(owner, "health");
    await owner.leaveSettings();
    await owner.own("theme.dark");
    await settle(owner, scene.craft);
    await owner.main.locator("math, .katex").first().waitFor();
    await shoot(owner, "night");
    await shootSwitcher(owner, scene.jump);
    await owner.own("theme.light");
    await owner.page.setViewportSize(PHONE);
    await settle(owner, scene.channel);
    await shoot(owner, "phone");
    await owner.page.setViewportSize({ ...DESK, height: 1080 });
    await shootMachine(owner, began);
  } finally {
    await stage.close();
  }
}

mkdirSync(IMAGES, { recursive: true });
// Side by side: their machines live through the same hour.
await Promise.all(Object.entries(SCENES).map(([tongue, scene]) => shootAll(tongue, scene)));
