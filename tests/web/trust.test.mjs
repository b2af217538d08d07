/** How a device comes to trust the box: the page in the clear and behind TLS, and the first run. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { barriers, overflow, settled, smallTargets } from "./stage/looks.mjs";
import { DESK, PASSWORD, PHONE, Stage } from "./stage/stage.mjs";
import { TABLES } from "./stage/words.mjs";

const CONFIG = '[server]\nhttp_listen = "127.0.0.1:0"\n[tls]\nmode = "own-ca"\n';

describe("trusting a box", () => {
  /** @type {Stage} */
  let stage;
  let clear;
  let secure;

  before(async () => {
    stage = await Stage.set({ config: CONFIG });
    const told = /secure door is shown address=(\S+)/.exec(stage.server.log);
    clear = `http://${told[1]}`;
    secure = `https://127.0.0.1:${stage.server.port}`;
  });
  after(() => stage.close());

  /** A browser that has not been told to trust the box, and whose person goes on all the same. */
  const visit = async ({ tongue, size = PHONE, scheme = "light" }) => {
    const context = await stage.browser.newContext({
      locale: tongue,
      viewport: size,
      colorScheme: scheme,
      reducedMotion: "reduce",
      ignoreHTTPSErrors: true,
    });
    return context.newPage();
  };
  const looks = async (page, what) => {
    await settled(page);
    assert.deepEqual(await barriers(page), [], what);
    assert.deepEqual(await overflow(page), [], what);
    assert.deepEqual(await smallTargets(page), [], what);
  };

  for (const [tongue, title, other] of [
    ["en", "Trust this box", "中文"],
    ["zh-CN", "信任这台服务器", "English"],
  ]) {
    test(`the page says it in ${tongue}, on a phone and on a desk, by day and by night`, async () => {
      for (const [origin, size, scheme] of [
        [clear, PHONE, "light"],
        [clear, DESK, "dark"],
        [`${secure}/trust`, PHONE, "dark"],
      ]) {
        const page = await visit({ tongue, size, scheme });
        await page.goto(origin);
        await page.getByRole("heading", { level: 1, name: title }).waitFor();
        await page.locator("summary").last().click();
        await looks(page, `${origin} ${size.width} ${scheme}`);
        assert.equal(await page.locator("form, input, script").count(), 0);
        assert.equal(await page.locator("ol.words li").count(), 6);
        await page.getByRole("link", { name: other }).click();
        await page.getByRole("heading", { level: 1 }).filter({ hasNotText: title }).waitFor();
        await page.context().close();
      }
    });
  }

  test("a link that was made for another key is not followed in silence", async () => {
    const page = await visit({ tongue: "en" });
    await page.goto(`${secure}/setup#code=0000-0000-0000-0000&fp=${"A".repeat(43)}`);
    await page.getByRole("alert").filter({ hasText: "another key" }).waitFor();
    await looks(page, "a foreign link");
    await page.context().close();
  });

  test("the way in the clear leads to the office, whose first page shows the same words", async () => {
    const page = await visit({ tongue: "zh-CN" });
    await page.goto(clear);
    const words = await page.locator("ol.words b").allTextContents();
    await page.locator("a.go").click();
    await page.getByRole("list", { name: TABLES["zh-CN"]["trust.words"] }).waitFor();
    assert.deepEqual(await page.locator("ol b").allTextContents(), words);
    await looks(page, "the first question, with a code to type");
    const code = new URLSearchParams(new URL(stage.server.setupLink).hash.slice(1)).get("code");
    const field = (key) => page.getByLabel(TABLES["zh-CN"][key]);
    await field("setup.code").fill(code.toLowerCase().replaceAll("-", " "));
    await field("field.office").fill("青禾设计");
    await field("field.yourName").fill("周予安");
    await page.keyboard.press("Enter");
    await field("field.handle").fill("yuan");
    await field("field.password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await field("invite.link").waitFor();
    await page.goto(`${secure}/admin/office`);
    await page.getByRole("img", { name: TABLES["zh-CN"]["office.reachCode"] }).waitFor();
    await looks(page, "the office's addresses");
    await page.context().close();
  });
});
