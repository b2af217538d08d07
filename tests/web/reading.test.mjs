/** Reading: deep histories that stay where they are, places taken back, and lists across them all. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { movedBy, openChannelId, writeMany } from "./stage/history.mjs";
import { PASSWORD, Stage } from "./stage/stage.mjs";

const DEEP = 5_000;
const ROWS_MAX = 500;

for (const tongue of ["en", "zh-CN"]) {
  describe(`reading, in ${tongue}`, () => {
    /** @type {Stage} */
    let stage;
    let ada;
    let bo;
    let lobby;
    let ids;
    const title = tongue === "en" ? "lobby" : "大厅";
    const rows = () => ada.main.getByRole("article").count();
    const list = () => ada.main.getByRole("log").and(ada.page.locator("[aria-busy=false]"));

    before(async () => {
      stage = await Stage.set();
      ada = await stage.found({ tongue });
      bo = await stage.join(ada.invitation, { tongue });
      await ada.openChannel(title);
      await ada.write("the first word");
      await ada.reads("the first word");
      lobby = openChannelId(ada);
      await ada.page.goto("about:blank");
      ids = await writeMany(bo, { channel: lobby, count: tongue === "en" ? DEEP : 300 });
    });
    after(() => stage.close());

    test("it opens at the first unread message, under a line", async () => {
      await ada.page.goto(`${stage.server.origin}/c/${lobby}`);
      await list().waitFor();
      const line = ada.main.locator(".line.new");
      await line.waitFor();
      assert.equal(await line.innerText(), ada.t("list.new"));
      await eventually(async () => {
        const box = await line.boundingBox();
        assert.ok(box && box.y > 60 && box.y < 300, "the line is near the top");
      });
      await ada.row(title).getByText("99+").waitFor();
    });

    test("the pill leads to the end, and being there reads it", async () => {
      await ada.main.locator("[data-latest]").click();
      await ada.message(`line ${ids.length - 1}`).waitFor();
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor({ state: "detached" });
    });

    test("older messages come in above without a jump, in a window of rows", async () => {
      for (let page = 0; page < 12; page += 1) {
        if (!(await ada.main.locator(".content > [aria-hidden]").count())) break;
        const moved = await movedBy(ada, { scrollTo: 250, until: "older" });
        assert.ok(moved <= 1, `page ${page} moved by ${moved} px`);
        assert.ok((await rows()) <= ROWS_MAX, "the window has an end");
      }
    });

    test("what grows late above does not push what one reads away", async () => {
      const moved = await movedBy(ada, { scrollTo: 3_000, grow: 180, until: "grown" });
      assert.ok(moved <= 1, `moved by ${moved} px`);
    });

    test("what comes in below does not move it either, and is said once", async () => {
      const read = await list().evaluate((log) => {
        const edge = log.getBoundingClientRect().top;
        const rows = [...log.querySelectorAll("article")];
        return rows.find((row) => row.getBoundingClientRect().bottom > edge).dataset.message;
      });
      const top = async () => (await ada.main.locator(`[data-message="${read}"]`).boundingBox()).y;
      const before = await top();
      await bo.openChannel(title);
      await bo.write("news from the kitchen");
      await ada.row(title).getByText("1").waitFor();
      assert.ok(Math.abs((await top()) - before) <= 1, "it stands where it stood");
    });

    test("a link to a message loads around it, shows it and lets it flash", async () => {
      const middle = Math.floor(ids.length / 2);
      await ada.page.goto(`${stage.server.origin}/c/${lobby}/m/${ids[middle]}`);
      const message = ada.main.locator(`[data-message="${ids[middle]}"]`);
      await message.waitFor();
      await eventually(async () => {
        const box = await message.boundingBox();
        assert.ok(box && box.y > 60 && box.y < 700, "it is in sight");
      });
      await ada.main.locator("[data-latest]").click();
      await ada.message("news from the kitchen").waitFor();
    });

    test("from a message on everything is unread again, on every device", async () => {
      const other = await stage.visit({ tongue });
      await other.page.goto(stage.server.origin);
      await other.signIn("ada", PASSWORD);
      await other.nav.waitFor();
      await other.page.goto(`${stage.server.origin}/inbox`);
      await other.page.getByText(other.t("inbox.empty")).waitFor();
      await ada.act(ada.message(`line ${ids.length - 2}`).last(), "action.more");
      await ada.pick("message.markUnread");
      await other.main.getByRole("article").filter({ hasText: title }).waitFor();
      await other.main.getByText(`line ${ids.length - 2}`).waitFor();
      await ada.row(title).getByText("3").waitFor();
      await other.main.getByRole("button", { name: other.t("inbox.read"), exact: true }).click();
      await other.page.getByText(other.t("inbox.empty")).waitFor();
      await ada.row(title).getByText(ada.t("channel.unread")).waitFor({ state: "detached" });
      await other.close();
    });

    test("what is saved is found again, and let go", async () => {
      await ada.act(ada.message("news from the kitchen"), "action.more");
      await ada.pick("saved.keep");
      await ada.nav.getByRole("link", { name: ada.t("saved.title") }).click();
      const entry = ada.main.getByRole("article").filter({ hasText: "news from the kitchen" });
      await entry.getByRole("link", { name: title }).click();
      await ada.message("news from the kitchen").waitFor();
      await ada.page.goBack();
      await entry.getByRole("button", { name: ada.t("saved.drop") }).click();
      await ada.page.getByText(ada.t("saved.empty")).waitFor();
    });

    test("threads one takes part in gather, the unread ones first", async () => {
      await ada.openChannel(title);
      await ada.write("who brings the tea?");
      await bo.openThread("who brings the tea?");
      await bo.write("I do", bo.thread.getByRole("textbox"));
      await ada.nav.getByRole("link", { name: ada.t("threads.title") }).getByText("1").waitFor();
      await ada.nav.getByRole("link", { name: ada.t("threads.title") }).click();
      await ada.heading(ada.t("threads.unread")).waitFor();
      const entry = ada.main.getByRole("article").filter({ hasText: "I do" });
      await entry.getByRole("link", { name: title }).click();
      await ada.reads("I do", ada.thread);
      await ada.nav.getByRole("link", { name: ada.t("threads.title") }).click();
      await ada.main.getByRole("article").filter({ hasText: "I do" }).waitFor();
      await ada.heading(ada.t("threads.unread")).waitFor({ state: "detached" });
    });

    test("on paper there is the conversation and nothing to press", async () => {
      await ada.openChannel(title);
      await ada.page.emulateMedia({ media: "print" });
      assert.equal(await ada.nav.isVisible(), false);
      assert.equal(await ada.composer.isVisible(), false);
      await eventually(async () => {
        const [ink, cut] = await ada.main.evaluate((main) => {
          const log = main.querySelector("[role=log]");
          return [getComputedStyle(main).backgroundColor, log.scrollHeight - log.clientHeight];
        });
        assert.equal(ink, "rgb(255, 255, 255)");
        assert.ok(cut <= 1, "nothing of it is cut off");
      });
      await ada.page.emulateMedia({ media: null });
    });
  });
}
