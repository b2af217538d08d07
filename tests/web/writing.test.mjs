/** Writing a message: forms, tables, completions, emoji, a preview, and taking one back. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

for (const tongue of ["en", "zh-CN"]) {
  describe(`writing (${tongue})`, () => {
    /** @type {Stage} */
    let stage;
    let ada;

    before(async () => {
      stage = await Stage.set();
      ada = await stage.found({ tongue });
    });
    after(() => stage.close());

    const is = (text) => eventually(async () => assert.equal(await ada.composer.inputValue(), text));

    const radio = (name) => ada.page.getByRole("menuitemradio", { name, exact: true });

    /** Pastes as the clipboard of another program would. */
    const paste = (data) =>
      ada.composer.evaluate((area, kinds) => {
        const clipboardData = new DataTransfer();
        for (const [kind, value] of Object.entries(kinds)) clipboardData.setData(kind, value);
        area.focus();
        area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
      }, data);

    test("forms come by keys and buttons, and the browser's undo takes them back", async () => {
      await ada.composer.fill("warm");
      await ada.composer.press("ControlOrMeta+a");
      await ada.composer.press("ControlOrMeta+b");
      await is("**warm**");
      await ada.composer.press("ControlOrMeta+z");
      await is("warm");
      await ada.composer.press("ControlOrMeta+a");
      await ada.main.getByRole("button", { name: ada.t("format.quote"), exact: true }).click();
      await is("> warm");
      await ada.composer.press("End");
      await ada.composer.press("Shift+Enter");
      await is("> warm\n> ");
      await ada.composer.press("Shift+Enter");
      await is("> warm\n");
    });

    test("cells of a spreadsheet become a table, and an address makes chosen words a link", async () => {
      await ada.composer.fill("");
      await paste({ "text/plain": "Tea\tPrice\nGreen\t12", "text/html": "<table><tr><td>Tea</table>" });
      await is("| Tea | Price |\n| --- | ---: |\n| Green | 12 |");
      await ada.composer.press("Enter");
      await ada.main.getByRole("cell", { name: "Green" }).waitFor();
      await ada.composer.fill("the kettle");
      await ada.composer.press("ControlOrMeta+a");
      await paste({ "text/plain": "https://example.org/kettle" });
      await is("[the kettle](https://example.org/kettle)");
    });

    test("code that is pasted is offered a fence, and gets its colours when sent", async () => {
      await ada.composer.fill("");
      await paste({ "text/plain": "fn main() {\n    let a = 1;\n}" });
      await ada.main.getByRole("button", { name: ada.t("composer.asCode") }).click();
      await is("```\nfn main() {\n    let a = 1;\n}\n```");
      await ada.composer.fill("```rust\nfn main() {}\n```");
      await ada.composer.press("Enter");
      await ada.main.locator(".listing .hljs-keyword").first().waitFor();
      await ada.main.locator(".listing pre").last().hover({ position: { x: 8, y: 8 } });
      await ada.main.getByRole("button", { name: ada.t("code.copy") }).last().click();
      await ada.main.getByText(ada.t("code.copied")).waitFor();
    });

    test("formulas and diagrams are drawn, and what is none stays as it is written", async () => {
      await ada.write("so $a^2+b^2$ and $\\wrong{$");
      await ada.main.locator(".formula math").first().waitFor();
      await ada.reads("\\wrong{");
      await ada.composer.fill("```mermaid\ngraph LR\n A[预算]-->B\n```");
      await ada.composer.press("Enter");
      const picture = ada.main.getByRole("img", { name: ada.t("diagram.alt") });
      await picture.waitFor();
      assert.ok((await picture.boundingBox()).width > 60, "it has a size");
      await ada.composer.fill("```mermaid\nno such diagram ->\n```");
      await ada.composer.press("Enter");
      await ada.reads("no such diagram");
      const boards = await ada.page.locator("iframe").evaluateAll((all) => all.map((each) => each.sandbox.value));
      assert.deepEqual(boards, ["allow-scripts"]);
    });

    test("a channel is completed after #, and is a link by its name", async () => {
      const [lobby] = await ada.page.getByRole("heading", { level: 1 }).allInnerTexts();
      await ada.composer.fill("");
      await ada.composer.pressSequentially(`＃${lobby.slice(0, 1)}`);
      await ada.page.getByRole("listbox").getByRole("option").first().waitFor();
      await ada.composer.press("Enter");
      await is(`#${lobby} `);
      await ada.composer.press("Enter");
      const link = ada.main.locator("a.channel").last();
      await link.waitFor();
      assert.equal(await link.textContent(), `#${lobby}`);
      await ada.composer.press("ArrowUp");
      const box = ada.main.getByRole("textbox", { name: ada.t("action.edit") });
      assert.equal(await box.inputValue(), `#${lobby}`);
      await box.press("Escape");
    });

    test("emoji are completed after a colon and found by names of both languages", async () => {
      await ada.composer.fill("");
      await ada.composer.pressSequentially("yes :tad");
      await ada.page.getByRole("option").filter({ hasText: "🎉" }).waitFor();
      await ada.composer.press("Tab");
      await is("yes 🎉 ");
      await ada.main.getByRole("button", { name: ada.t("composer.emoji") }).click();
      const search = ada.page.getByRole("searchbox", { name: ada.t("emoji.search") });
      await search.fill("红包");
      await ada.page.locator(".grid button").filter({ hasText: "🧧" }).waitFor();
      await search.press("Enter");
      await is("yes 🎉 🧧");
    });

    test("a draft that is slow on its way does not come back after its message was sent", async () => {
      const slow = [];
      await ada.page.route("**/draft", (route) =>
        slow.length === 0 ? void slow.push(route) : route.continue(),
      );
      await ada.composer.fill("sent already");
      await eventually(async () => assert.equal(slow.length, 1, "the draft is on its way"));
      await ada.composer.press("Enter");
      await ada.reads("sent already");
      await ada.page.waitForTimeout(300);
      const arrived = ada.page.waitForResponse((response) => response.request() === slow[0].request());
      await slow[0].continue();
      await arrived;
      await eventually(async () => {
        const drafts = await ada.page.evaluate(async () => (await (await fetch("/api/v1/bootstrap")).json()).drafts);
        assert.deepEqual(drafts.filter(({ text }) => text !== ""), []);
      });
      await ada.page.unroute("**/draft");
    });

    test("a preview shows what others will see, and Ctrl-Enter can be what sends", async () => {
      await ada.composer.fill("**shown** before");
      const preview = ada.main.getByRole("button", { name: ada.t("composer.preview") });
      await preview.click();
      await ada.main.getByRole("region", { name: ada.t("composer.preview") }).locator("strong").waitFor();
      await preview.click();
      await ada.main.getByRole("button", { name: ada.t("sending.label") }).click();
      await radio(ada.t("sending.ctrlEnter", { key: "Ctrl" })).click();
      await ada.composer.press("End");
      await ada.composer.press("Enter");
      await is("**shown** before\n");
      await ada.composer.press("ControlOrMeta+Enter");
      await ada.reads("shown before");
      await ada.main.getByRole("button", { name: ada.t("sending.label") }).click();
      await ada.pick("sending.enter");
    });

    test("a message is held for a while, can be taken back, and leaves after a reload", async () => {
      await ada.main.getByRole("button", { name: ada.t("sending.label") }).click();
      await radio(ada.t("sending.holdFor", { n: 10 })).click();
      await ada.write("taken back");
      await ada.message("taken back").getByRole("button", { name: ada.t("held.undo") }).click();
      await is("taken back");
      await ada.sees("taken back", 0);
      await ada.composer.fill("held and sent");
      await ada.composer.press("Enter");
      await ada.message("held and sent").getByRole("button", { name: ada.t("held.undo") }).waitFor();
      await ada.page.reload();
      await ada.reads("held and sent");
      await ada.page.locator("article.sending").waitFor({ state: "detached" });
      await ada.sees("held and sent", 1);
      await ada.main.getByRole("button", { name: ada.t("sending.label") }).click();
      await ada.pick("sending.holdNone");
    });

    test("a counter appears near the limit, and nothing longer can be sent", async () => {
      await ada.composer.fill("字".repeat(9_990));
      await ada.main.getByText(ada.t("composer.left", { n: 10 })).waitFor();
      await ada.composer.fill("👩‍👩‍👧‍👦".repeat(20) + "字".repeat(9_990));
      await ada.main.getByText(ada.t("composer.over", { n: 10 })).waitFor();
      assert.ok(await ada.button("action.send").isDisabled());
      await ada.composer.fill("");
    });
  });
}
