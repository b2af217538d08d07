/** A whole walk by the keys of the help page, and the switcher, with no mouse. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";
import { create } from "./stage/tour.mjs";

for (const tongue of ["en", "zh-CN"]) {
  describe(`by keys, in ${tongue}`, () => {
    /** @type {Stage} */
    let stage;
    let ada;
    let bo;
    let keys;
    const title = tongue === "en" ? "lobby" : "大厅";
    const focused = () => ada.page.locator("[data-message]:focus");

    before(async () => {
      stage = await Stage.set();
      ada = await stage.found({ tongue });
      bo = await stage.join(ada.invitation, { tongue, name: "张三" });
      await create(ada, "产品经理");
      await ada.openChannel(title);
      for (const text of ["one", "two", "three"]) await ada.write(text);
      await bo.openChannel(title);
      await bo.write("from bo");
      await ada.reads("from bo");
      keys = ada.page.keyboard;
    });
    after(() => stage.close());

    const shows = (text) =>
      eventually(async () => assert.match(await focused().innerText(), new RegExp(text)));
    const at = (name) => ada.page.getByRole("heading", { level: 1, name }).waitFor();

    test("Esc leaves the field; J and K walk over the messages", async () => {
      await ada.composer.focus();
      await keys.type("jk?");
      assert.equal(await ada.composer.inputValue(), "jk?", "letters are letters in a field");
      for (let n = 0; n < 3; n += 1) await keys.press("Backspace");
      await keys.press("Escape");
      await shows("from bo");
      await keys.press("k");
      await shows("three");
      await keys.press("ArrowUp");
      await shows("two");
      await keys.press("j");
      await shows("three");
    });

    test("+ likes, S saves, E edits, R answers, : opens the picker", async () => {
      await keys.press("+");
      await ada.message("three").locator(".reactions button").waitFor();
      await keys.press("s");
      await ada.page.getByText(ada.t("saved.done")).waitFor();
      await keys.press("e");
      const box = ada.main.getByRole("textbox", { name: ada.t("action.edit") });
      await box.waitFor();
      await keys.press("Escape");
      await box.waitFor({ state: "detached" });
      await keys.press("Escape");
      await keys.press("k");
      await keys.press(":");
      await ada.page.locator(":popover-open").waitFor();
      await keys.press("Escape");
      await ada.page.locator(":popover-open").waitFor({ state: "detached" });
      await ada.message("three").focus();
      await keys.press("r");
      await ada.thread.waitFor();
      await keys.press("Escape");
      await ada.thread.waitFor({ state: "detached" });
    });

    test("what was marked as unread stays so while one is there, and is read by coming back", async () => {
      await ada.message("from bo").focus();
      await keys.press("Shift+U");
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor();
      // Chinese names sort by pinyin, Latin ones before them.
      await keys.press(tongue === "en" ? "Alt+ArrowDown" : "Alt+ArrowUp");
      await ada.page.getByRole("heading", { level: 1, name: title }).waitFor({ state: "detached" });
      assert.equal(await ada.row(title).getByText(ada.t("channel.unread")).count(), 1);
      await ada.openChannel(title);
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor({ state: "detached" });
    });

    test("Shift-U marks as unread, Esc as read", async () => {
      await ada.message("from bo").focus();
      await keys.press("Shift+U");
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor();
      await keys.press("Escape");
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor({ state: "detached" });
    });

    test("Ctrl-K goes to a channel and to a person, by initials and by sound", async () => {
      for (const [typed, name] of [["cpjl", "产品经理"], [title === "lobby" ? "lob" : "dating", title],
        ["chanpin", "产品经理"], ["zs", "张三"]]) {
        await keys.press("Control+k");
        const field = ada.page.getByRole("combobox");
        await field.waitFor();
        await keys.type(typed);
        await eventually(async () => {
          const chosen = ada.page.locator("[role=option][aria-selected=true]");
          assert.match(await chosen.innerText(), new RegExp(name), typed);
        });
        await keys.press("Enter");
        await field.waitFor({ state: "detached" });
        await at(name);
      }
    });

    test("who types faster than the switcher opens loses no letter, and moves nothing else", async () => {
      const before = ada.page.url();
      await ada.page.evaluate(() => {
        const press = (key, ctrlKey = false) =>
          document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true, cancelable: true }),
          );
        press("k", true);
        for (const letter of "cpjl") press(letter);
      });
      const field = ada.page.getByRole("combobox");
      await eventually(async () => assert.equal(await field.inputValue(), "cpjl"));
      await ada.page.locator("[role=option][aria-selected=true]").filter({ hasText: "产品经理" }).waitFor();
      await ada.closeDialog();
      assert.equal(ada.page.url(), before);
    });

    test("Alt and the arrows go up and down the sidebar; F6 goes round", async () => {
      await keys.press("Alt+ArrowUp");
      await eventually(async () =>
        assert.notEqual(await ada.main.getByRole("heading", { level: 1 }).innerText(), "张三"));
      await ada.openChannel(title);
      await ada.composer.focus();
      const where = () => ada.page.evaluate(() => {
        const home = document.activeElement?.closest("nav, [role=log], form");
        return home?.localName === "div" ? "log" : home?.localName;
      });
      for (const next of ["nav", "log", "form", "nav"]) {
        await keys.press("F6");
        await eventually(async () => assert.equal(await where(), next));
      }
      await keys.press("Shift+F6");
      await eventually(async () => assert.equal(await where(), "form"));
    });

    test("N goes to what is unread, and says when nothing is", async () => {
      await ada.page.goto(`${stage.server.origin}/saved`);
      await ada.heading(ada.t("saved.title")).waitFor();
      await bo.write("over here");
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor();
      await keys.press("n");
      await at(title);
      await ada.reads("over here");
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor({ state: "detached" });
      await keys.press("Escape");
      await keys.press("n");
      await ada.page.getByText(ada.t("keys.nothingUnread")).waitFor();
    });

    test("Q filters, C writes, X starts a message, ? explains", async () => {
      await keys.press("q");
      const filter = ada.nav.getByRole("searchbox");
      await filter.waitFor();
      await keys.type("产品");
      await ada.row(title).waitFor({ state: "detached" });
      await keys.press("Enter");
      await at("产品经理");
      await keys.press("Escape");
      await keys.press("x");
      await ada.dialog.waitFor();
      await ada.closeDialog();
      await ada.page.evaluate(() => document.activeElement?.blur());
      // A key that comes before the end of the other dialog is for that one.
      await eventually(async () => {
        await keys.press("?");
        assert.ok(await ada.dialog.getByText(ada.t("keys.hint")).isVisible());
      });
      await ada.closeDialog();
      await ada.page.evaluate(() => document.activeElement?.blur());
      const composing = () => ada.composer.evaluate((area) => area === document.activeElement);
      await eventually(async () => {
        if (!(await composing())) await keys.press("c");
        assert.ok(await composing());
      });
    });

    test("Shift-Esc reads everything, after asking once", async () => {
      await bo.write("one more");
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor();
      await keys.press("Shift+Escape");
      await ada.dialog.getByRole("button", { name: ada.t("inbox.readAll") }).click();
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor({ state: "detached" });
    });
  });
}
