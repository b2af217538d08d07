/** The first run: three questions, by keyboard, through reloads, and with a link that is no good. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { barriers, overflow, settled, smallTargets } from "./stage/looks.mjs";
import { PASSWORD, PHONE, Stage } from "./stage/stage.mjs";

describe("the first run", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let page;

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowRefusals(/\/api\/v1\/(setup|bootstrap|invites\/.*|resets\/.*)$/);
  });
  beforeEach(async () => {
    ada = await stage.visit({ tongue: "zh-CN", size: PHONE, touch: true });
    page = ada.page;
  });
  after(() => stage.close());

  const press = (key) => page.keyboard.press(key);
  const value = (key) => ada.field(key).inputValue();
  const looks = async (what) => {
    await settled(page);
    assert.deepEqual(await barriers(page), [], what);
    assert.deepEqual(await overflow(page), [], what);
    assert.deepEqual(await smallTargets(page), [], what);
  };

  test("a link that is no good says what to do, and keeps what was typed", async () => {
    await page.goto(`${stage.server.origin}/setup#code=${"A".repeat(43)}`);
    await ada.field("field.office").fill("青禾设计");
    await ada.field("field.yourName").fill("周予安");
    await press("Enter");
    assert.equal(await value("field.handle"), "周予安");
    await ada.field("field.password").fill(PASSWORD);
    await press("Enter");
    await ada.alert.filter({ hasText: "hearth setup-link" }).waitFor();
    assert.equal(await value("field.office"), "青禾设计");
    assert.equal(await value("field.yourName"), "周予安");
    await looks("a code that does not fit");
    // The code of the right link can be put in its place.
    await ada.field("setup.code").fill(new URL(stage.server.setupLink).hash.split("=")[1]);
    await press("Enter");
    await ada.field("field.password").waitFor();
    await ada.close();
  });

  test("links that are no good are told from a box that does not answer", async () => {
    for (const path of ["join", "reset"]) {
      await page.goto(`${stage.server.origin}/${path}#${"A".repeat(43)}`);
      await ada.heading(ada.t("join.invalid")).waitFor();
      await looks(path);
    }
    stage.watch.allowBreaks();
    await page.route("**/api/v1/invites/**", (route) => route.abort("connectionrefused"));
    await page.goto(`${stage.server.origin}/join#${"B".repeat(43)}`);
    await ada.heading(ada.t("join.later")).waitFor();
    await page.unroute("**/api/v1/invites/**");
    await ada.button("action.retry").click();
    await ada.heading(ada.t("join.invalid")).waitFor();
    await ada.close();
  });

  test("a reload at any question goes on there, and the password is not kept", async () => {
    await page.goto(stage.server.setupLink);
    await looks("the office");
    await ada.field("field.office").fill("青禾设计");
    await page.reload();
    assert.equal(await value("field.office"), "青禾设计");
    await press("Tab");
    await page.keyboard.type("周予安");
    await press("Enter");
    await ada.field("field.handle").fill("yuan");
    await ada.field("field.password").fill("a quiet fire");
    await looks("the account");
    await page.reload();
    await page.getByRole("img", { name: ada.t("setup.step", { at: 2, of: 3 }) }).waitFor();
    assert.deepEqual([await value("field.handle"), await value("field.password")], ["yuan", ""]);
    const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
    assert.ok(!kept.includes("a quiet fire"), kept);
    await ada.field("field.password").fill(PASSWORD);
    await press("Enter");
    const link = await ada.field("invite.link").inputValue();
    await looks("the invitation");
    await page.reload();
    assert.equal(await ada.field("invite.link").inputValue(), link, "no second invitation");
    await ada.button("setup.enter", { office: "青禾设计" }).click();
    await ada.nav.waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem("hearth.founding")), null);
    await ada.close();
  });
});
