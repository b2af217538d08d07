/**
 * The worker that shows what the box pushes. Chromium reaches no push service here, so a push is
 * handed to the worker through the DevTools protocol, as its push service would.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

describe("the worker", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let push;

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowNoPush();
    ada = await stage.found();
    await ada.page.context().grantPermissions(["notifications"]);
    const devtools = await ada.page.context().newCDPSession(ada.page);
    const registered = new Promise((resolve) => {
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const id = registrations.find(({ scopeURL }) => scopeURL.startsWith(stage.server.origin));
        if (id) resolve(id.registrationId);
      });
    });
    await devtools.send("ServiceWorker.enable");
    // A push for a worker that is still being activated is lost.
    await ada.page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      while (active.state !== "activated") {
        await new Promise((done) => active.addEventListener("statechange", done, { once: true }));
      }
    });
    const registrationId = await registered;
    const { origin } = stage.server;
    push = (data) => devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  });
  after(() => stage.close());

  const shown = () =>
    ada.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const all = await registration.getNotifications();
      return all.map(({ title, body, tag, data }) => ({ title, body, tag, path: data?.path }));
    });

  test("what was pushed is shown, one notice for each conversation", async () => {
    const words = { channel: "c1", path: "/c/c1/m/m1", title: "Bo · #lobby" };
    // The browser keeps its list of workers a moment behind the page's, and drops what comes meanwhile.
    await eventually(async () => {
      await push(JSON.stringify({ ...words, body: "one" }));
      assert.equal((await shown()).length, 1);
    });
    await push(JSON.stringify({ ...words, body: "two" }));
    await eventually(async () => {
      assert.deepEqual(await shown(), [
        { title: "Bo · #lobby", body: "two", tag: "hearth:c1", path: "/c/c1/m/m1" },
      ]);
    });
  });

  test("without a preview it says only that somebody wrote", async () => {
    await push(JSON.stringify({ channel: "c2", path: "/c/c2/m/m1", title: "Bo" }));
    await eventually(async () => {
      const found = (await shown()).find(({ tag }) => tag === "hearth:c2");
      assert.equal(found?.body, ada.t("notices.wrote"));
    });
  });

  test("nonsense shows something harmless, as browsers demand", async () => {
    await push("<script>");
    await eventually(async () => {
      const found = (await shown()).find(({ tag }) => tag === "hearth:unknown");
      assert.equal(found?.title, "Hearth");
      assert.equal(found?.path, "/");
    });
  });

  test("the app can be installed, and the worker keeps no copy of it", async () => {
    const manifest = await ada.page.evaluate(async () => {
      const address = document.querySelector("link[rel=manifest]").href;
      const answer = await fetch(address);
      return { type: answer.headers.get("content-type"), ...(await answer.json()) };
    });
    assert.equal(manifest.type, "application/manifest+json");
    assert.equal(manifest.display, "standalone");
    for (const { src } of manifest.icons) {
      const answer = await fetch(`${stage.server.origin}${src}`);
      assert.equal(answer.headers.get("content-type"), "image/png", src);
    }
    assert.deepEqual(await ada.page.evaluate(() => caches.keys()), []);
  });

  test("the page offers to wake this device, and says so when the browser can't", async () => {
    await ada.settings("notices.title");
    const wake = ada.page.getByRole("switch", { name: ada.t("push.here") });
    await wake.waitFor();
    assert.equal(await wake.isChecked(), false);
    await wake.click();
    await ada.page.getByText(ada.t("push.failed")).waitFor();
    await eventually(async () => assert.equal(await wake.isChecked(), false));
  });
});
