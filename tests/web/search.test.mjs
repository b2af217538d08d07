/** Finding what was written, in both languages, at a desk, by keys and on a phone. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { barriers, overflow, smallTargets } from "./stage/looks.mjs";
import { PASSWORD, PHONE, Stage } from "./stage/stage.mjs";
import { create } from "./stage/tour.mjs";

describe("search", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;

  before(async () => {
    stage = await Stage.set();
    ada = await stage.found();
    bo = await stage.join(ada.invitation, { tongue: "zh-CN", name: "林晓雨", handle: "xiaoyu" });
    await ada.write("The lobby budget, see https://hearth.example");
    await ada.write("<img src=x onerror=alert(1)> **预算** is a budget too");
    await bo.openChannel("lobby");
    await bo.write("大堂灯光的 Q4预算v2 到了");
    await ada.reads("大堂灯光");
    await create(ada, "vault", ["channel.private"]);
    await ada.write("预算 nobody else may find");
    await ada.reads("nobody else");
  });
  after(() => stage.close());

  const field = (person) => person.page.getByRole("combobox", { name: person.t("search.label") });
  const hits = (person) => person.main.locator("a.hit");
  const marks = (person) => person.main.locator("a.hit mark").allInnerTexts();

  /** Types a query, and waits until so many messages are found: the index is a moment behind. */
  async function finds(person, query, count) {
    await eventually(async () => {
      await field(person).fill("");
      await field(person).fill(query);
      await person.page.waitForTimeout(400);
      assert.equal(await hits(person).count(), count, `${query} finds ${count}`);
    });
  }

  test("a slash opens it; Chinese is found inside a sentence, with its place marked", async () => {
    await ada.page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
    await ada.page.keyboard.press("/");
    await field(ada).waitFor();
    assert.ok(await field(ada).evaluate((input) => input === document.activeElement));
    await finds(ada, "预算 ", 3);
    assert.deepEqual(new Set(await marks(ada)), new Set(["预算"]));
    assert.deepEqual(await ada.main.locator("section h2 span").allInnerTexts(), ["vault", "lobby"]);
    assert.equal(await ada.main.locator("a.hit img").count(), 0, "what looks like HTML is text");
    assert.match(ada.page.url(), /\/search\?q=/u);
    await finds(ada, "Q4预算", 1);
    await finds(ada, "budg", 2);
    await finds(ada, "from:xiaoyu 预算 ", 1);
    await finds(ada, "in:lobby has:link ", 1);
  });

  test("nobody finds what is not theirs, in their own language", async () => {
    await bo.nav.getByRole("link", { name: bo.t("search.title") }).click();
    await finds(bo, "预算 ", 2);
    await finds(bo, "来自：我 预算 ", 1);
    await field(bo).fill("之前：某天");
    await bo.alert.filter({ hasText: bo.t("search.chip.before") }).waitFor();
  });

  test("an operator offers what may follow it, and keys are enough", async () => {
    const { page } = ada;
    await field(ada).fill("");
    await page.keyboard.type("预算 from:xiao");
    await page.getByRole("option", { name: "林晓雨" }).waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await field(ada).inputValue(), "预算 from:xiaoyu ");
    await eventually(async () => assert.equal(await hits(ada).count(), 1));
    await page.keyboard.press("ArrowDown");
    assert.ok(await hits(ada).first().evaluate((link) => link === document.activeElement));
    await page.keyboard.press("ArrowUp");
    assert.ok(await field(ada).evaluate((input) => input === document.activeElement));
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await ada.reads("大堂灯光");
    assert.match(page.url(), /\/c\/[^/]+\/m\//u);
    await page.goBack();
    await eventually(async () => assert.equal(await hits(ada).count(), 1));
  });

  test("what an input method composes is not searched for until it is chosen", async () => {
    const { page } = bo;
    const cdp = await page.context().newCDPSession(page);
    await field(bo).fill("");
    await page.getByText(bo.t("search.tips")).waitFor();
    const asked = [];
    page.on("request", (request) => asked.push(decodeURIComponent(request.url())));
    const compose = (text) =>
      cdp.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await compose("yu");
    await compose("yu'suan");
    await page.waitForTimeout(500);
    assert.deepEqual(asked.filter((url) => url.includes("/search?")), []);
    await cdp.send("Input.insertText", { text: "预算" });
    await eventually(async () => assert.equal(await hits(bo).count(), 2));
  });

  for (const [handle, tongue, scheme, count] of [
    ["ada", "en", "dark", 3],
    ["xiaoyu", "zh-CN", "light", 2],
  ]) {
    test(`on a phone (${tongue}, ${scheme})`, async () => {
      const phone = await stage.visit({ tongue, size: PHONE, touch: true, scheme });
      await phone.page.goto(stage.server.origin);
      await phone.signIn(handle, PASSWORD);
      await phone.nav.waitFor();
      await phone.tab("search.title").tap();
      await phone.page.getByText(phone.t("search.tips")).waitFor();
      const found = await barriers(phone.page);
      await finds(phone, "预算 ", count);
      found.push(...(await barriers(phone.page)), ...(await overflow(phone.page)));
      found.push(...(await smallTargets(phone.page)));
      assert.deepEqual(found, []);
      await hits(phone).last().tap();
      await phone.composer.waitFor();
      await phone.page.context().close();
    });
  }
});
