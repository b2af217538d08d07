/** Link cards: what a linked page says of itself, under the message and without a word to its site. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { barriers, leftovers, overflow, settled, smallTargets } from "./stage/looks.mjs";
import { PHONE, Stage } from "./stage/stage.mjs";

const LONG = "what this page is about, at some length, ".repeat(12);

/** A site whose pages are called by their paths. */
async function site() {
  const server = createServer((request, response) => {
    const path = decodeURI(request.url);
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (path === "/hostile") {
      response.end(`<title>&lt;img src=x onerror=alert(1)&gt; \u202Egpj.exe</title>
        <meta name="description" content="&lt;script&gt;alert(1)&lt;/script&gt;">`);
      return;
    }
    response.end(`<title>Page ${path}</title><meta property="og:site_name" content="The Site">
      <meta name="description" content="${LONG}">`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  return { server, port, at: (path) => `http://localhost:${port}${path}` };
}

for (const tongue of /** @type {const} */ (["en", "zh-CN"])) {
  describe(`link cards in ${tongue}`, () => {
    /** @type {Stage} */
    let stage;
    let ada;
    let bo;
    let pages;

    before(async () => {
      pages = await site();
      stage = await Stage.set({ config: '[outbound]\nallow = ["localhost"]' });
      ada = await stage.found({ tongue });
      bo = await stage.join(ada.invitation, { tongue });
      for (const person of [ada, bo]) {
        person.asked = [];
        person.page.on("request", (request) => person.asked.push(new URL(request.url()).host));
        await person.openChannel(tongue === "en" ? "lobby" : "大厅");
      }
    });
    beforeEach(() => ada.calm());
    after(async () => {
      pages.server.close();
      await stage.close();
    });

    const card = (person, title) => person.main.getByRole("link", { name: title, exact: true });
    const removal = (person, text) =>
      person.message(text).getByRole("button", { name: person.t("cards.take"), exact: true });

    test("a card appears for everybody, and no browser asks its site", async () => {
      await bo.write(`look at ${pages.at("/one")}`);
      for (const person of [ada, bo]) {
        const link = card(person, "Page /one");
        await link.waitFor();
        assert.equal(await link.getAttribute("href"), pages.at("/one"));
        assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");
        await person.message("look at").getByText("The Site").waitFor();
        await person.message("look at").getByText("localhost", { exact: true }).waitFor();
      }
      await bo.page.reload();
      await card(bo, "Page /one").waitFor();
      for (const { asked } of [ada, bo]) {
        assert.deepEqual(asked.filter((host) => host === `localhost:${pages.port}`), []);
      }
    });

    test("a description takes two lines, and who reads the end stays there", async () => {
      for (let n = 0; n < 20; n += 1) await bo.write(`line ${n}`);
      await ada.reads("line 19");
      await bo.write(`at the end ${pages.at("/end")}`);
      await card(ada, "Page /end").waitFor();
      const list = ada.main.getByRole("log").first();
      await eventually(async () => {
        const left = await list.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
        assert.ok(left < 2, `${left} px from the end`);
      });
      const about = ada.message("at the end").getByText("what this page is about");
      const lines = await about.evaluate((element) => {
        return element.clientHeight / parseFloat(getComputedStyle(element).lineHeight);
      });
      assert.equal(Math.round(lines), 2);
    });

    test("a hostile page says text and nothing else", async () => {
      await bo.write(`trap ${pages.at("/hostile")}`);
      await card(ada, "<img src=x onerror=alert(1)> gpj.exe").waitFor();
      await ada.message("trap").getByText("<script>alert(1)</script>").waitFor();
    });

    test("everything is reachable, readable and large enough, by day and by night", async () => {
      for (const size of [ada.page.viewportSize(), PHONE]) {
        await ada.page.setViewportSize(size);
        for (const scheme of /** @type {const} */ (["light", "dark"])) {
          await ada.page.emulateMedia({ colorScheme: scheme });
          await card(ada, "Page /end").scrollIntoViewIfNeeded();
          await settled(ada.page);
          const where = `${tongue} ${scheme} ${size.width}`;
          assert.deepEqual(await barriers(ada.page), [], where);
          assert.deepEqual(await overflow(ada.page), [], where);
          assert.deepEqual(await smallTargets(ada.page), [], where);
        }
      }
      if (tongue === "zh-CN") assert.deepEqual(await leftovers(ada.page), []);
      await ada.page.emulateMedia({ colorScheme: "light" });
      await ada.page.setViewportSize({ width: 1280, height: 800 });
    });

    test("on paper there is the card and nothing to press", async () => {
      await ada.page.emulateMedia({ media: "print" });
      assert.ok(await card(ada, "Page /end").isVisible());
      assert.ok(!(await removal(ada, "at the end").isVisible()));
      await ada.page.emulateMedia({ media: "screen" });
    });

    test("the author removes it with the keyboard; others can't", async () => {
      await ada.write(`of ada ${pages.at("/ada")}`);
      await card(bo, "Page /ada").waitFor();
      assert.equal(await removal(bo, "of ada").count(), 0);
      await card(ada, "Page /ada").focus();
      await ada.page.keyboard.press("Tab");
      await ada.page.keyboard.press("Enter");
      await ada.dialog.getByText(ada.t("cards.takeTitle")).waitFor();
      await ada.dialog.getByRole("button", { name: ada.t("action.remove"), exact: true }).click();
      for (const person of [ada, bo]) {
        await card(person, "Page /ada").waitFor({ state: "detached" });
        await person.reads("of ada");
      }
    });

    test("an edit without the link has no card", async () => {
      await bo.write(`soon gone ${pages.at("/gone")}`);
      await card(ada, "Page /gone").waitFor();
      await bo.act(bo.message("soon gone"), "action.edit");
      const box = bo.main.getByRole("article").getByRole("textbox");
      await box.fill("soon gone, with its link");
      await box.press("Enter");
      await card(ada, "Page /gone").waitFor({ state: "detached" });
    });

    test("an admin does without", async () => {
      await ada.office("office");
      const shown = ada.main.getByRole("switch", { name: ada.t("cards.show") });
      await shown.click();
      await eventually(async () => assert.ok(!(await shown.isChecked())));
      await settled(ada.page);
      assert.deepEqual(await barriers(ada.page), []);
      await ada.office("audit");
      await ada.main.getByText(ada.t("audit.office.changed"), { exact: true }).first().waitFor();
      await ada.leaveSettings();
    });
  });
}
