/** A long day without a link, two tabs, a clock that is a year off: nothing is lost or sent twice. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

const DAY_OF_MESSAGES = 200;
/** So many are drawn and sent on a busy machine. */
const LONG_MS = 60_000;

describe("what waits to be sent", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;

  const said = (person) => person.main.getByRole("article").locator(".prose").allInnerTexts();
  const idle = (person) =>
    person.page.locator("article.sending").first().waitFor({ state: "detached", timeout: LONG_MS });

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowBreaks();
    // What is too long for a message is too long for a draft.
    stage.watch.allowRefusals(/\/draft$/);
    ada = await stage.found();
    bo = await stage.join(ada.invitation);
    await bo.openChannel("lobby");
  });
  after(() => stage.close());

  test("a day without a link arrives whole, in order and once, through two tabs and a reload", async () => {
    const second = await ada.page.context().newPage();
    await second.goto(`${stage.server.origin}/`);
    await second.getByRole("log").waitFor();
    await stage.server.kill();
    await ada.banner.waitFor();
    const lines = Array.from({ length: DAY_OF_MESSAGES }, (_, at) => `day ${String(at).padStart(3, "0")}`);
    for (const line of lines) await ada.write(line);
    await assert.rejects(ada.page.reload(), /ERR_CONNECTION_REFUSED/);
    await stage.server.start();
    // The page of the failed reload may still be on its way.
    await eventually(() => ada.page.goto(stage.server.origin));
    // What the other tab sent is for a moment both in the history and in the database.
    await ada.message(lines.at(-1)).first().waitFor({ timeout: LONG_MS });
    await idle(ada);
    await ada.sees(lines.at(-1), 1);
    const days = async (person) => (await said(person)).filter((text) => text.startsWith("day "));
    const pages = await bo.page.evaluate(async () => {
      const texts = [];
      const channel = location.pathname.split("/")[2];
      let place = "";
      for (let page = 0; page < 5; page += 1) {
        const answer = await fetch(`/api/v1/channels/${channel}/messages?limit=100${place}`);
        const { messages, more_before: more } = await answer.json();
        texts.unshift(...messages.map(({ text }) => text));
        if (!more) break;
        place = `&before=${messages[0].seq}`;
      }
      return texts;
    });
    assert.deepEqual(pages.filter((text) => text.startsWith("day ")), lines);
    await eventually(async () => assert.equal((await days(ada)).at(-1), lines.at(-1)));
    await second.close();
  });

  test("a tab that was away sends nothing that another tab took back", async () => {
    const second = await ada.page.context().newPage();
    await second.goto(`${stage.server.origin}/`);
    await second.getByRole("log").waitFor();
    await stage.server.kill();
    await ada.banner.waitFor();
    await ada.write("stays");
    await ada.write("shown in both");
    await second.getByRole("article").filter({ hasText: "shown in both" }).waitFor();
    await stage.server.start();
    await ada.banner.waitFor({ state: "detached" });
    await bo.reads("shown in both");
    await idle(ada);
    for (const text of ["stays", "shown in both"]) {
      await bo.sees(text, 1);
      await ada.sees(text, 1);
    }
    await eventually(async () => assert.equal(await second.locator("article.sending").count(), 0));
    await second.close();
  });

  test("what another tab settles while this one reads is neither shown nor sent", async () => {
    const second = await ada.page.context().newPage();
    // The database's answer takes its time, and still has what the other tab says is gone.
    await second.addInitScript(() => {
      const { getAll } = IDBObjectStore.prototype;
      let told = false;
      IDBObjectStore.prototype.getAll = function (range) {
        const reading = getAll.call(this, range);
        if (this.name !== "outbox") return reading;
        const [user, nonce] = [range.lower[0], "01990000-0000-7000-8000-00000000000a"];
        const channel = location.pathname.split("/")[2];
        const text = "settled elsewhere";
        const waits = { nonce, channel, root: null, text, files: [], state: "sending", order: 1 };
        Object.defineProperty(reading, "result", { value: [waits] });
        const until = performance.now() + 500;
        const goOn = () => {
          if (performance.now() < until) this.get("").onsuccess = goOn;
        };
        reading.onsuccess = () => {
          if (told) return;
          told = true;
          new BroadcastChannel("hearth.outbox").postMessage({ user, gone: nonce });
          goOn();
        };
        return reading;
      };
    });
    await second.goto(bo.page.url());
    const composer = second.getByRole("main").locator("form textarea");
    await composer.fill("written after it");
    await composer.press("Enter");
    await bo.reads("written after it");
    await bo.sees("settled elsewhere", 0);
    assert.equal(await second.getByRole("article").filter({ hasText: "settled elsewhere" }).count(), 0);
    await second.close();
  });

  test("what is refused stays, and can be edited", async () => {
    const text = `refused ${"e\u0301".repeat(19_000)}`;
    // Past the composer's own counter, as another program would.
    await stage.server.kill();
    await ada.banner.waitFor();
    await ada.write("refused soon");
    await ada.page.evaluate(async (longer) => {
      const open = indexedDB.open("hearth");
      const database = await new Promise((resolve) => (open.onsuccess = () => resolve(open.result)));
      const store = database.transaction("outbox", "readwrite").objectStore("outbox");
      const all = await new Promise((resolve) => {
        const asked = store.getAll();
        asked.onsuccess = () => resolve(asked.result);
      });
      const keys = await new Promise((resolve) => {
        const asked = store.getAllKeys();
        asked.onsuccess = () => resolve(asked.result);
      });
      store.put({ ...all[0], text: longer }, keys[0]);
      await new Promise((resolve) => (store.transaction.oncomplete = resolve));
    }, text);
    await stage.server.start();
    await ada.page.goto(stage.server.origin);
    const message = ada.message("refused");
    await message.getByRole("alert").waitFor();
    await message.getByRole("button", { name: ada.t("action.edit") }).click();
    await eventually(async () => assert.match(await ada.composer.inputValue(), /^refused/));
    await ada.sees("refused", 0);
    await ada.composer.fill("");
  });

  test("a clock that is a year off changes neither order nor nonces", async () => {
    await ada.write("by the right clock");
    await idle(ada);
    await ada.page.clock.install({ time: Date.now() + 365 * 86_400_000 });
    await ada.page.goto(stage.server.origin);
    await ada.reads("by the right clock");
    await ada.write("a year ahead");
    await bo.reads("a year ahead");
    await ada.page.clock.setSystemTime(Date.now() - 365 * 86_400_000);
    await ada.write("a year behind");
    await bo.reads("a year behind");
    await eventually(async () => {
      assert.deepEqual((await said(ada)).slice(-3), ["by the right clock", "a year ahead", "a year behind"]);
    });
    await ada.page.reload();
    await ada.reads("a year behind");
    await ada.sees("a year behind", 1);
  });

  test("a draft that was written without a link is there on every device afterwards", async () => {
    await stage.server.kill();
    await ada.banner.waitFor();
    await ada.composer.fill("a draft in the dark");
    await ada.composer.blur();
    await eventually(async () => {
      const kept = await ada.page.evaluate(async () => {
        const open = indexedDB.open("hearth");
        const database = await new Promise((resolve) => (open.onsuccess = () => resolve(open.result)));
        const asked = database.transaction("drafts").objectStore("drafts").getAll();
        return new Promise((resolve) => (asked.onsuccess = () => resolve(asked.result)));
      });
      assert.equal(kept.at(-1)?.text, "a draft in the dark");
    });
    await stage.server.start();
    await ada.page.goto(stage.server.origin);
    await ada.nav.waitFor();
    const phone = await stage.visit();
    await phone.page.goto(stage.server.origin);
    await phone.signIn(ada.handle, ada.password);
    await phone.nav.waitFor();
    await eventually(async () => assert.equal(await phone.composer.inputValue(), "a draft in the dark"));
  });
});
