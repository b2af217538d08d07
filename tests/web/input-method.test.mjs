/** Chinese is composed: Enter then takes the word, and must never send half of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Stage } from "./stage/stage.mjs";

describe("writing with an input method", () => {
  /** @type {Stage} */
  let stage;
  let person;
  let cdp;

  before(async () => {
    stage = await Stage.set();
    person = await stage.found({ tongue: "zh-CN", name: "林小梅", handle: "xiaomei" });
    cdp = await person.page.context().newCDPSession(person.page);
  });
  after(() => stage.close());

  const compose = (text) =>
    cdp.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });

  /** Enter as the browser reports it while an input method has it: key code 229. */
  async function composingEnter() {
    const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
    await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
    await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  }

  test("Enter during a composition takes the word; the next Enter sends", async () => {
    await person.composer.focus();
    await compose("yu'suan");
    await composingEnter();
    assert.equal(await person.composer.inputValue(), "yu'suan", "still being composed");
    await compose("预算");
    await composingEnter();
    await cdp.send("Input.insertText", { text: "预算" });
    assert.equal(await person.composer.inputValue(), "预算");
    assert.equal(await person.main.getByRole("article").count(), 0, "nothing was sent");
    await person.composer.press("Enter");
    await person.reads("预算");
    assert.equal(await person.composer.inputValue(), "");
    await person.sees("预算", 1);
  });

  test("an Enter that comes right after the composition's end does not send", async () => {
    await person.composer.focus();
    await compose("huiyi");
    // Safari ends the composition first and reports the key afterwards, in the same task.
    await person.composer.evaluate((area) => {
      area.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "会议" }));
      area.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }),
      );
    });
    await cdp.send("Input.insertText", { text: "会议" });
    assert.equal(await person.composer.inputValue(), "会议");
    await person.sees("会议", 0);
    await person.composer.press("Enter");
    await person.sees("会议", 1);
  });

  test("an edit keeps to the same rule", async () => {
    await person.act(person.message("预算"), "action.edit");
    const box = person.main.getByRole("textbox", { name: person.t("action.edit") });
    await box.fill("");
    await compose("jue'suan");
    await composingEnter();
    await compose("决算");
    await cdp.send("Input.insertText", { text: "决算" });
    assert.equal(await box.inputValue(), "决算", "still being edited");
    await box.press("Enter");
    await person.reads("决算");
    await person.sees("预算", 0);
  });

  test("picking people keeps to it too", async () => {
    await stage.join(person.invitation, { tongue: "zh-CN", name: "王大山", handle: "dashan" });
    await person.nav.getByRole("button", { name: person.t("direct.title") }).first().click();
    const field = person.dialog.getByRole("textbox", { name: person.t("people.filter") });
    await field.focus();
    await compose("wang");
    await composingEnter();
    assert.equal(await person.dialog.locator("[aria-pressed=true]").count(), 0);
    await cdp.send("Input.insertText", { text: "王" });
    await person.page.keyboard.press("Enter");
    await person.dialog.getByRole("button", { name: person.t("direct.open") }).click();
    await person.page.getByRole("heading", { level: 1, name: "王大山" }).waitFor();
  });

  test("full-width @ offers people, and Enter takes one instead of sending", async () => {
    await person.openChannel("大厅");
    await person.composer.focus();
    await cdp.send("Input.insertText", { text: "＠大" });
    const offers = person.page.getByRole("listbox", { name: person.t("composer.offers") });
    await offers.getByRole("option", { name: /王大山/ }).waitFor();
    await person.composer.press("Enter");
    assert.match(await person.composer.inputValue(), /^@dashan $/);
    await person.composer.press("Enter");
    await person.message("王大山").locator(".at").waitFor();
  });
});
