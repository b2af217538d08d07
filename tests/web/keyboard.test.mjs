/** Without a mouse: everything is reached by keys, can be left by Esc, and the focus comes back. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { PASSWORD, Stage } from "./stage/stage.mjs";

const STEPS_MAX = 80;

describe("with the keyboard only", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let keys;

  before(async () => {
    stage = await Stage.set();
    ada = await stage.found();
    await ada.write("Reach me by keys");
    await ada.own("action.signOut");
    await ada.button("action.signIn").waitFor();
    keys = ada.page.keyboard;
  });
  after(() => stage.close());

  const focused = (locator) => locator.evaluate((element) => element === document.activeElement);

  const hasFocus = (locator) =>
    eventually(async () => assert.ok(await focused(locator), `focus is on ${locator}`));

  /** Goes on by Tab until it is there, and wants the focus to be seen on the way. */
  async function tabTo(locator, key = "Tab") {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      if ((await locator.count()) > 0 && (await focused(locator.first()))) {
        const outline = await locator.first().evaluate((element) => {
          const style = getComputedStyle(element);
          return style.outlineStyle !== "none" || style.boxShadow !== "none";
        });
        assert.ok(outline || (await locator.first().evaluate((e) => e.matches("textarea"))));
        return;
      }
      await keys.press(key);
    }
    assert.fail(`${locator} can't be reached by ${key}`);
  }

  test("signing in", async () => {
    await hasFocus(ada.field("field.handle"));
    await keys.type(ada.handle);
    await keys.press("Tab");
    await keys.type(PASSWORD);
    await keys.press("Enter");
    await ada.nav.waitFor();
  });

  test("opening a channel and writing in it", async () => {
    await tabTo(ada.row("lobby"), "Shift+Tab");
    await keys.press("Enter");
    await ada.reads("Reach me by keys");
    await tabTo(ada.composer);
    await keys.type("first line");
    await keys.press("Shift+Enter");
    await keys.type("second line");
    await keys.press("Enter");
    await ada.reads("first line");
    await hasFocus(ada.composer);
  });

  test("the last message is edited by the arrow, and Esc leaves it as it was", async () => {
    await keys.press("ArrowUp");
    const box = ada.main.getByRole("textbox", { name: ada.t("action.edit") });
    await hasFocus(box);
    await keys.press("Escape");
    await box.waitFor({ state: "detached" });
    await hasFocus(ada.composer);
  });

  test("a thread is opened, answered and closed", async () => {
    const message = ada.message("Reach me by keys");
    await tabTo(ada.message("first line"), "Shift+Tab");
    await keys.press("ArrowUp");
    await hasFocus(message);
    await tabTo(message.getByRole("button", { name: ada.t("thread.reply") }));
    await keys.press("Enter");
    await ada.thread.waitFor();
    const composer = ada.thread.getByRole("textbox");
    await tabTo(composer);
    await keys.type("An answer by keys");
    await keys.press("Enter");
    await ada.reads("An answer by keys", ada.thread);
    await keys.press("Escape");
    await ada.thread.waitFor({ state: "detached" });
    await eventually(async () => {
      const lost = await ada.page.evaluate(() => document.activeElement === document.body);
      assert.ok(!lost, "the focus is somewhere after the thread has closed");
    });
  });

  test("a reaction is picked by the arrows", async () => {
    const message = ada.message("Reach me by keys");
    await tabTo(ada.composer);
    await tabTo(ada.page.locator("[data-message]:focus"), "Shift+Tab");
    await keys.press("Home");
    await hasFocus(message);
    const add = message.getByRole("button", { name: ada.t("reaction.add") });
    await tabTo(add);
    await keys.press("Enter");
    const search = ada.page.getByRole("searchbox", { name: ada.t("emoji.search") });
    await hasFocus(search);
    await keys.press("ArrowDown");
    await eventually(async () => {
      const inside = await ada.page.evaluate(() => document.activeElement?.textContent);
      assert.equal(inside?.trim(), "👍", "the focus is on the first emoji");
    });
    await keys.press("ArrowRight");
    await keys.press("ArrowDown");
    await keys.press("Enter");
    const chip = message.locator(".reactions button");
    await chip.waitFor();
    assert.equal(await chip.getAttribute("aria-pressed"), "true");
  });

  test("Esc closes a menu, and the focus is back on its button", async () => {
    const menu = ada.main.getByRole("button", { name: ada.t("channel.menu") });
    await tabTo(menu, "Shift+Tab");
    await keys.press("Enter");
    await ada.page.getByRole("menuitem").first().waitFor();
    await keys.press("ArrowDown");
    await keys.press("Escape");
    await hasFocus(menu);
  });

  const DIALOGS = ["invite.title"];
  for (const key of DIALOGS) {
    test(`Esc closes a dialog (${key}), and the focus is back where it was opened`, async () => {
      const menu = ada.ownButton;
      await tabTo(menu);
      await keys.press("Enter");
      const entry = ada.page.getByRole("menuitem", { name: ada.t(key) });
      await hasFocus(ada.page.getByRole("menuitem").first());
      await eventually(async () => {
        if (await focused(entry)) return;
        await keys.press("ArrowDown");
        assert.ok(await focused(entry), "the arrow gets there");
      });
      await keys.press("Enter");
      await ada.dialog.locator("h2").waitFor();
      for (let step = 0; step < 12; step += 1) {
        await keys.press("Tab");
        const where = await ada.page.evaluate(() => {
          const { activeElement } = document;
          return activeElement === document.body || activeElement?.closest("dialog") !== null;
        });
        assert.ok(where, "the focus stays in the dialog");
      }
      await keys.press("Escape");
      await ada.dialog.waitFor({ state: "detached" });
      await hasFocus(menu);
    });
  }

  test("a channel is made without a mouse", async () => {
    await tabTo(ada.nav.getByRole("button", { name: ada.t("sidebar.addChannel") }), "Shift+Tab");
    await keys.press("Enter");
    await ada.page.getByRole("menuitem").first().waitFor();
    await keys.press("Enter");
    const name = ada.dialog.getByLabel(ada.t("channel.name"));
    await tabTo(name);
    await keys.type("by keys");
    await keys.press("Enter");
    await ada.heading("by keys").waitFor();
  });
});
