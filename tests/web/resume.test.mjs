/** The box is switched off and on again: nobody loses a message and nobody gets one twice. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

describe("resuming after a break", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;

  /** Everything that was said, as one person sees it, oldest first. */
  const said = (person) => person.main.getByRole("article").locator(".prose").allInnerTexts();

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowBreaks();
    ada = await stage.found();
    bo = await stage.join(ada.invitation);
    await bo.openChannel("lobby");
    await ada.write("before the break");
    await bo.reads("before the break");
  });
  after(() => stage.close());

  test("a break is announced, and what is written meanwhile waits in sight", async () => {
    await stage.server.kill();
    await Promise.all([ada.banner.waitFor(), bo.banner.waitFor()]);
    await ada.nav.getByText(ada.t("ember.offline")).waitFor();
    await ada.write("written offline by Ada");
    await bo.write("written offline by Bo");
    assert.match(await ada.message("offline by Ada").getAttribute("class"), /\bsending\b/);
    assert.equal(await ada.count("offline by Bo"), 0);
  });

  test("after the return everything is delivered exactly once", async () => {
    await stage.server.start();
    await Promise.all([ada, bo].map((person) => person.banner.waitFor({ state: "detached" })));
    await ada.reads("written offline by Bo");
    await bo.reads("written offline by Ada");
    await ada.page.locator("article.sending").waitFor({ state: "detached" });
    await ada.write("after the break");
    await bo.reads("after the break");
    const sorted = async (person) => (await said(person)).toSorted();
    const expected = [
      "after the break",
      "before the break",
      "written offline by Ada",
      "written offline by Bo",
    ];
    assert.deepEqual(await sorted(ada), expected);
    assert.deepEqual(await sorted(bo), expected);
    assert.deepEqual(await said(ada), await said(bo), "both see the same order");
  });

  test("a message that was never sent survives closing the page", async () => {
    await stage.server.kill();
    await ada.banner.waitFor();
    await ada.write("kept through a reload");
    await ada.message("kept through a reload").waitFor();
    await assert.rejects(ada.page.reload(), /ERR_CONNECTION_REFUSED/);
    await ada.page.waitForURL(/^chrome-error:/);
    await stage.server.start();
    await ada.page.goto(stage.server.origin);
    await ada.reads("kept through a reload");
    await bo.reads("kept through a reload");
    await ada.page.locator("article.sending").waitFor({ state: "detached" });
    await ada.page.reload();
    await ada.reads("kept through a reload");
    await ada.sees("kept through a reload", 1);
    await bo.sees("kept through a reload", 1);
  });

  test("a page that opens while the box is silent says so and comes in by itself", async () => {
    let silent = true;
    await ada.page.route("**/api/v1/bootstrap", (route) =>
      silent ? route.abort("connectionrefused") : route.continue(),
    );
    await ada.page.reload();
    await ada.page.getByText(ada.t("connection.unreachable")).waitFor();
    silent = false;
    await ada.nav.waitFor();
    await ada.reads("after the break");
  });

  test("a burst through three restarts arrives whole and in order", async () => {
    const lines = Array.from({ length: 30 }, (_, at) => `burst ${String(at).padStart(2, "0")}`);
    for (const [at, line] of lines.entries()) {
      if (at % 10 === 5) await stage.server.kill();
      await ada.write(line);
      if (at % 10 === 9) await stage.server.start();
    }
    const burst = async (person) => (await said(person)).filter((text) => text.startsWith("burst"));
    await eventually(async () => assert.deepEqual(await burst(bo), lines));
    await eventually(async () => assert.deepEqual(await burst(ada), lines));
  });
});
