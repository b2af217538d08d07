/** A phone shows one thing at a time: the conversations, one of them, or a thread of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { overflow } from "./stage/looks.mjs";
import { PASSWORD, PHONE, Stage } from "./stage/stage.mjs";

describe("on a phone", () => {
  /** @type {Stage} */
  let stage;
  let desk;
  let phone;

  before(async () => {
    stage = await Stage.set();
    desk = await stage.found();
    phone = await stage.join(desk.invitation, { size: PHONE, touch: true });
  });
  after(() => stage.close());

  /** The whole of it is inside the window. */
  async function inSight(locator) {
    await locator.waitFor();
    const box = await locator.boundingBox();
    assert.ok(box && box.x >= 0 && box.y >= 0, "begins inside the window");
    assert.ok(box.x + box.width <= PHONE.width + 1, "ends inside the window to the right");
    assert.ok(box.y + box.height <= PHONE.height + 1, "ends inside the window below");
    assert.deepEqual(await overflow(phone.page), []);
  }

  test("the conversations come first, alone", async () => {
    await inSight(phone.nav);
    await inSight(phone.page.getByRole("navigation", { name: phone.t("tab.label") }));
    assert.equal(await phone.main.count(), 0);
  });

  test("a conversation takes the screen, with its composer in sight", async () => {
    await phone.row("lobby").tap();
    await inSight(phone.composer);
    assert.equal(await phone.nav.count(), 0);
    const lines = Array.from({ length: 25 }, (_, at) => `line ${at}`);
    for (const line of lines) await desk.write(line);
    await phone.reads("line 24");
    await inSight(phone.message("line 24"));
    await inSight(phone.composer);
  });

  test("writing goes by the button, because Enter makes a line here", async () => {
    await phone.composer.fill("from the tram");
    await phone.composer.press("Enter");
    await phone.composer.pressSequentially("second line");
    await phone.main.getByRole("button", { name: phone.t("action.send"), exact: true }).tap();
    await desk.reads("from the tram");
    await desk.reads("second line");
  });

  test("a tap on a message offers what can be done; a thread takes the screen", async () => {
    await phone.message("line 24").tap();
    await phone.message("line 24").getByRole("button", { name: phone.t("thread.reply") }).tap();
    const composer = phone.thread.getByRole("textbox");
    await inSight(composer);
    assert.equal(await phone.main.count(), 0);
    await composer.fill("an answer from the tram");
    await phone.thread.getByRole("button", { name: phone.t("action.send"), exact: true }).tap();
    await phone.reads("an answer from the tram", phone.thread);
  });

  test("the way back leads from the thread to the conversation to the list", async () => {
    const back = phone.page.getByLabel(phone.t("action.back"), { exact: true });
    await back.tap();
    await inSight(phone.composer);
    await back.tap();
    await inSight(phone.nav);
    await phone.page.goBack();
    await phone.composer.waitFor();
    await back.tap();
  });

  test("what comes in meanwhile is counted in the list", async () => {
    await phone.nav.waitFor();
    await desk.write(`@${phone.handle} are you there?`);
    await phone.row("lobby").getByText(phone.t("channel.calls")).waitFor();
    await phone.row("lobby").tap();
    await inSight(phone.message("are you there?"));
  });

  test("turning the device and a narrow one keep everything in the window", async () => {
    for (const size of [{ width: 844, height: 390 }, { width: 320, height: 568 }]) {
      await phone.page.setViewportSize(size);
      await phone.composer.waitFor();
      await eventually(async () => {
        assert.deepEqual(await overflow(phone.page), [], `${size.width} wide`);
        const box = await phone.composer.boundingBox();
        assert.ok(box && box.y + box.height <= size.height, "the composer is in sight");
      });
    }
    await phone.page.setViewportSize(PHONE);
  });

  test("the sign-in page fits too", async () => {
    const stranger = await stage.visit({ size: { width: 320, height: 568 }, touch: true });
    await stranger.page.goto(stage.server.origin);
    await stranger.signIn(desk.handle, PASSWORD);
    await stranger.nav.waitFor();
    assert.deepEqual(await overflow(stranger.page), []);
  });
});
