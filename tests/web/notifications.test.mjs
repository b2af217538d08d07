/** What calls is told once, to whom it is for, where they look, and not when they want quiet. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { PHONE, Stage } from "./stage/stage.mjs";

/** Notes what the page shows and plays; both still happen. */
function record() {
  // Frames without an origin have no workers, and nothing to tell.
  if (!("ServiceWorkerRegistration" in window)) return;
  window.shown = [];
  window.played = 0;
  const worker = ServiceWorkerRegistration.prototype;
  const show = worker.showNotification;
  worker.showNotification = function (title, options) {
    const { body, tag, data } = options;
    window.shown.push({ title, body, tag, path: data.path });
    return show.call(this, title, options);
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.played += 1;
    return start.apply(this, when);
  };
}

describe("notifications", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;
  let tabs;
  let lobby;

  const shown = async () => {
    const all = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.shown ?? [])));
    return all.flat();
  };
  /** How many notices stand on the screen now. */
  const standing = () =>
    ada.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return (await registration.getNotifications()).length;
    });
  const told = (times, what) =>
    eventually(async () => assert.equal((await shown()).length, times, what));
  const forget = () =>
    Promise.all(tabs.map((tab) => tab.evaluate(() => {
      window.shown = [];
      window.played = 0;
    })));

  before(async () => {
    stage = await Stage.set();
    ada = await stage.found();
    bo = await stage.join(ada.invitation);
    const context = ada.page.context();
    await context.addInitScript(record);
    await context.grantPermissions(["notifications"]);
    await ada.page.reload();
    await ada.composer.waitFor();
    await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    lobby = new URL(ada.page.url()).pathname;
    tabs = [ada.page];
    await bo.openDirect(ada.name);
  });
  beforeEach(forget);
  after(() => stage.close());

  async function mark(prefix) {
    await eventually(async () => assert.match(await ada.page.title(), prefix));
  }

  test("a direct message shows one notice and is heard; reading takes it away", async () => {
    await bo.write("Are you there?");
    await told(1, "one notice");
    const [notice] = await shown();
    assert.equal(notice.title, bo.name);
    assert.equal(notice.body, "Are you there?");
    assert.ok(await ada.page.evaluate(() => window.played > 0), "it is heard");
    await mark(/^\(1\) /);
    await ada.openChannel(bo.name);
    await eventually(async () => assert.equal(await standing(), 0));
    await mark(/^(?!\()/);
  });

  test("what is seen in a tab that is looked at shows nothing", async () => {
    await bo.write("You are looking at this");
    await ada.reads("You are looking at this");
    await ada.page.goto(`${stage.server.origin}${lobby}`);
    await ada.composer.waitFor();
    await bo.write("And not at this");
    await told(1, "the second only");
    assert.equal((await shown())[0].body, "And not at this");
  });

  test("a click leads to the message", async () => {
    await bo.write("Click me");
    await told(1);
    // What the worker says to the page when its notice is clicked.
    await ada.page.evaluate(() => {
      const data = { t: "open", path: window.shown[0].path };
      navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data }));
    });
    await ada.message("Click me").waitFor();
    assert.match(new URL(ada.page.url()).pathname, /^\/c\/.+\/m\/.+/);
    await ada.openChannel("lobby");
  });

  test("two tabs show one notice, and the second takes over when the first closes", async () => {
    const second = await ada.page.context().newPage();
    await second.goto(`${stage.server.origin}${lobby}`);
    await second.getByRole("main").locator("form").getByRole("textbox").waitFor();
    tabs.push(second);
    await bo.write("Only once");
    await told(1, "one of the two tabs");
    await second.close();
    tabs.pop();
    await forget();
    await bo.write("Still there");
    await told(1, "the tab that is left");
  });

  test("a tab that is looked at keeps the others silent", async () => {
    const second = await ada.page.context().newPage();
    await second.goto(`${stage.server.origin}${lobby}`);
    await second.getByRole("navigation").getByRole("link").filter({ hasText: bo.name }).click();
    await second.getByRole("heading", { level: 1, name: bo.name }).waitFor();
    tabs.push(second);
    await bo.write("Seen in the second tab");
    await second.getByText("Seen in the second tab").first().waitFor();
    await second.close();
    tabs.pop();
    await bo.write("Seen nowhere");
    await told(1);
    assert.equal((await shown())[0].body, "Seen nowhere");
  });

  test("a word of one's own counts as a mention", async () => {
    await ada.settings("notices.title");
    await ada.field("keywords.word").fill("预算, tea");
    await ada.main.getByRole("button", { name: ada.t("action.add"), exact: true }).click();
    await ada.button("keywords.remove", { keyword: "预算" }).waitFor();
    await bo.openChannel("lobby");
    await bo.write("steady as she goes");
    await bo.write("请看十月预算表");
    await told(1, "the word and not the rest");
    assert.match((await shown())[0].title, /#lobby/);
    await ada.page.reload();
    await eventually(async () => {
      assert.match(await ada.page.title(), /^\(\d+\) /, "the box counts it as well");
    });
    await ada.leaveSettings();
    await ada.openChannel("lobby");
  });

  test("without a preview the words stay unsaid", async () => {
    await ada.settings("notices.title");
    await ada.page.getByRole("switch", { name: ada.t("notices.preview") }).click();
    await bo.openChannel(ada.name);
    await bo.write("a secret");
    await told(1);
    assert.equal((await shown())[0].body, ada.t("notices.wrote"));
    await ada.page.getByRole("switch", { name: ada.t("notices.preview") }).click();
  });

  test("a pause is silent, still counts, and can be ended", async () => {
    await ada.main.getByRole("button", { name: ada.t("quiet.hour"), exact: true }).click();
    await ada.button("quiet.resume").waitFor();
    await bo.write("not now");
    await mark(/^\(\d+\) /);
    await ada.button("quiet.resume").click();
    await ada.main.getByRole("button", { name: ada.t("quiet.hour"), exact: true }).waitFor();
    await bo.write("now");
    await told(1, "the pause kept the first one quiet");
    assert.equal((await shown())[0].body, "now");
  });

  test("quiet hours are kept with days, times and zone", async () => {
    await ada.page.getByRole("switch", { name: ada.t("quiet.schedule") }).click();
    await ada.field("quiet.from").fill("21:30");
    await ada.field("quiet.from").blur();
    await ada.main.getByRole("button", { name: "Sunday" }).click();
    await ada.main.getByText("Asia/Shanghai").waitFor();
    const device = await stage.visit({ tongue: "en", size: PHONE, touch: true });
    await device.page.goto(stage.server.origin);
    await device.signIn(ada.handle, ada.password);
    await device.settings("notices.title");
    await eventually(async () => {
      assert.equal(await device.field("quiet.from").inputValue(), "21:30");
      const sunday = device.main.getByRole("button", { name: "Sunday" });
      assert.equal(await sunday.getAttribute("aria-pressed"), "false");
    });
    await device.close();
    await ada.page.getByRole("switch", { name: ada.t("quiet.schedule") }).click();
    await ada.leaveSettings();
  });

  test("a channel can be quiet, or muted, from its own menu", async () => {
    await ada.openChannel("lobby");
    await ada.channelMenu("notify.quiet");
    await ada.openDirect(bo.name);
    await bo.openChannel("lobby");
    await bo.write(`@${ada.handle} counted only`);
    await mark(/^\(1\) /);
    await ada.openChannel("lobby");
    await ada.channelMenu("notify.mentions");
    await ada.openChannel(bo.name);
    await bo.write(`@${ada.handle} told again`);
    await told(1, "the quiet channel told nothing");
    assert.match((await shown())[0].body, /told again/);
  });

  test("where the browser says no, the page says so and what to do", async () => {
    const denied = await stage.visit();
    await denied.page.goto(stage.server.origin);
    await denied.signIn(bo.handle, bo.password);
    await denied.settings("notices.title");
    const words = denied.main.getByText(denied.t("notices.ask"))
      .or(denied.main.getByText(denied.t("notices.denied")));
    await words.waitFor();
    await denied.close();
  });
});
