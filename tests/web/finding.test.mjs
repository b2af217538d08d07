/** Finding files: by name, by what stands in them, by buttons, and from the quick switcher. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { barriers, overflow, settled, smallTargets } from "./stage/looks.mjs";
import { asFile, png } from "./stage/pictures.mjs";
import { DESK, PHONE, Stage } from "./stage/stage.mjs";
import { create } from "./stage/tour.mjs";

const FILES = [
  asFile("2026年预算表.csv", "text/csv", Buffer.from("项目,金额\n灯具,86400\n")),
  asFile("Q3-budget_final.xlsx", "application/octet-stream", Buffer.from("PK\x03\x04\x00\x00")),
  asFile("minutes.md", "text/markdown", Buffer.from("# Minutes\n\nThe lantern for the lobby is ordered.\n")),
];

const CASTS = [
  { tongue: "en", size: DESK, scheme: "light", office: "Hearth House", lobby: "lobby" },
  { tongue: "zh-CN", size: PHONE, scheme: "dark", office: "炉边工作室", lobby: "大厅" },
];

for (const { tongue, size, scheme, office, lobby } of CASTS) {
  describe(`finding files, ${tongue}, ${size.width} wide`, () => {
    /** @type {Stage} */
    let stage;
    let ada;
    let bo;

    const field = () => ada.page.getByRole("combobox", { name: ada.t("search.label") });
    const hits = () => ada.main.locator("a.hit");
    const marks = () => ada.main.locator("mark").allInnerTexts();
    const kind = (name) => ada.main.getByRole("button", { name: ada.t(`search.kind.${name}`), exact: true });

    async function attach(person, files) {
      const form = person.main.locator("form.composer");
      await form.locator("input[type=file]").setInputFiles(files);
      await eventually(async () => assert.equal(await form.getByRole("listitem").count(), files.length));
      await form.getByRole("button", { name: person.t("action.send"), exact: true }).click();
      // Until all of it has arrived the message waits, and what is chosen then goes with it.
      await eventually(async () => assert.equal(await form.getByRole("listitem").count(), 0));
    }

    async function open() {
      if (ada.onPhone) {
        await ada.home();
        await ada.tab("search.title").click();
      } else await ada.nav.getByRole("link", { name: ada.t("search.title") }).click();
      await field().waitFor();
    }

    /** Types a query, and waits until so many messages are found: the index is a moment behind. */
    async function finds(query, count) {
      await eventually(async () => {
        await field().fill("");
        await field().fill(query);
        await ada.page.waitForTimeout(400);
        assert.equal(await hits().count(), count, `${query} finds ${count}`);
      });
    }

    async function sound() {
      await settled(ada.page);
      assert.deepEqual(await barriers(ada.page), []);
      assert.deepEqual(await overflow(ada.page), []);
      assert.deepEqual(await smallTargets(ada.page), []);
    }

    before(async () => {
      stage = await Stage.set();
      stage.watch.allowBareTabs();
      bo = await stage.found({ tongue, office, name: "Bo Reed", handle: "bo" });
      ada = await stage.join(bo.invitation, { tongue, size, scheme, touch: size === PHONE, name: "林晓雨", handle: "xiaoyu" });
      await bo.openChannel(lobby);
      for (const file of FILES) await attach(bo, [file]);
      await attach(bo, [asFile("lobby north.png", "image/png", png(900, 600))]);
      await bo.write("no file, but a budget and https://hearth.example");
      await bo.reads("no file, but");
      await create(bo, "vault", ["channel.private"]);
      await attach(bo, [asFile("secret budget 预算.txt", "text/plain", Buffer.from("lantern"))]);
      await bo.reads("secret budget");
    });
    after(() => stage.close());

    test("by any part of the name, and only what is theirs", async () => {
      await open();
      await finds("预算", 1);
      assert.deepEqual(await marks(), ["预算"]);
      await ada.main.getByText("2026年预算表.csv").waitFor();
      await finds("budget ", 2);
      await finds("final xlsx", 1);
      assert.deepEqual(await marks(), ["final", "xlsx"]);
      await sound();
    });

    test("by what stands in it; the answer says where, and opens both the file and the message", async () => {
      await finds("lantern ", 1);
      assert.deepEqual(await marks(), ["lantern"]);
      await ada.main.getByText("is ordered").waitFor();
      const file = ada.main.getByRole("link", { name: "minutes.md", exact: true });
      const [opened] = await Promise.all([ada.page.context().waitForEvent("page"), file.click()]);
      await opened.getByText("The lantern for the lobby").waitFor();
      await opened.close();
      await hits().first().click();
      await ada.message("minutes.md").waitFor();
      assert.match(ada.page.url(), /\/c\/[^/]+\/m\//u);
      await ada.page.goBack();
      await eventually(async () => assert.equal(await hits().count(), 1));
    });

    test("buttons say what is looked for, without a word of the language of queries", async () => {
      await field().fill("");
      await kind("file").click();
      await eventually(async () => assert.equal(await hits().count(), 4));
      assert.equal(await kind("file").getAttribute("aria-pressed"), "true");
      await sound();
      await kind("image").click();
      await eventually(async () => assert.equal(await hits().count(), 1));
      const picture = ada.main.getByRole("button", { name: ada.t("files.openPicture", { name: "lobby north.png" }) });
      await picture.locator("img").evaluate((image) => image.decode());
      await sound();
      await picture.click();
      await ada.page.getByRole("dialog", { name: ada.t("files.viewer") }).waitFor();
      await ada.closeDialog();
      await kind("link").click();
      await eventually(async () => assert.deepEqual(await marks(), []));
      await ada.main.getByText("no file, but").waitFor();
      assert.equal(await field().inputValue(), tongue === "en" ? "has:link " : "含：链接 ");
      await kind("all").click();
      assert.equal(await field().inputValue(), "");
      assert.equal(await kind("all").getAttribute("aria-pressed"), "true");
      await field().fill(tongue === "en" ? "budget has:file" : "budget 有：附件");
      await eventually(async () => assert.equal(await hits().count(), 1));
      assert.equal(await kind("file").getAttribute("aria-pressed"), "true");
    });

    test("the quick switcher shows the first few, below the names, and moves nothing that is chosen", async () => {
      const { page } = ada;
      await ada.home();
      await ada.nav.getByRole("button", { name: ada.t("switcher.placeholder") }).click();
      const input = page.getByRole("combobox", { name: ada.t("switcher.title") });
      const chosen = () => ada.dialog.locator("[role=option][aria-selected=true]");
      const last = ada.dialog.getByRole("option").last();
      await input.fill("budget");
      // Nobody and nowhere is called so: the way to all the rest is chosen, and stays it.
      await eventually(async () => assert.match(await chosen().innerText(), /budget/u));
      const before = await last.boundingBox();
      await ada.dialog.getByRole("option", { name: "Q3-budget_final.xlsx" }).waitFor();
      assert.equal(await ada.dialog.getByRole("option").count(), 3);
      assert.equal(await last.getAttribute("aria-selected"), "true");
      assert.deepEqual(await last.boundingBox(), before);
      await sound();
      // Somebody who types on has what they typed for in the end, and one answer.
      const asked = [];
      const ask = (request) => request.url().includes("/search?") && asked.push(new URL(request.url()).searchParams.get("q"));
      page.on("request", ask);
      await input.fill("");
      await input.pressSequentially("lantern", { delay: 30 });
      await ada.dialog.getByRole("option", { name: "minutes.md" }).waitFor();
      page.off("request", ask);
      assert.deepEqual(asked, ["lantern"]);
      await input.press("ArrowDown");
      assert.match(await chosen().innerText(), /minutes\.md/u);
      await input.press("Enter");
      await ada.message("minutes.md").waitFor();
      assert.match(page.url(), /\/c\/[^/]+\/m\//u);
    });

    test("names come first, and what is chosen among them stays when messages come", async () => {
      const { page } = ada;
      await ada.home();
      await ada.nav.getByRole("button", { name: ada.t("switcher.placeholder") }).click();
      const input = page.getByRole("combobox", { name: ada.t("switcher.title") });
      await input.fill(lobby);
      await ada.dialog.getByRole("option").nth(1).waitFor();
      const first = await ada.dialog.getByRole("option").first().innerText();
      assert.ok(first.includes(lobby));
      await page.waitForTimeout(900);
      assert.equal(await ada.dialog.locator("[role=option][aria-selected=true]").innerText(), first);
      await input.press("Enter");
      await page.getByRole("heading", { level: 1, name: lobby }).waitFor();
    });
  });
}
