/**
 * Every page, panel, menu and dialog: without barriers (axe, WCAG 2.2 AA) by day and by night, in
 * one language at a time, and on a phone neither too wide nor too small for a finger.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { barriers, leftovers, overflow, settled, smallTargets, strayChinese } from "./stage/looks.mjs";
import { PASSWORD, PHONE, Stage } from "./stage/stage.mjs";
import { furnish, tour } from "./stage/tour.mjs";

const SHOTS = process.env["HEARTH_SHOTS"];

describe("everything there is to see", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let invitation;

  before(async () => {
    stage = await Stage.set({ machine: "simulated" });
    stage.watch.allowRefusals(/\/api\/v1\/(invites\/|sessions$)/);
  });
  after(() => stage.close());

  /** Looks in several ways, and keeps a picture where somebody wants to see for themselves. */
  const looking = (person, kind, looks) => async (place) => {
    if (SHOTS) await person.page.screenshot({ path: `${SHOTS}/${kind}-${place}.png` });
    await settled(person.page);
    return (await Promise.all(looks.map((look) => look(person.page)))).flat();
  };

  async function signedIn(visit) {
    const person = await stage.visit(visit);
    person.name = "Ada Stone";
    await person.page.goto(stage.server.origin);
    await person.signIn("ada", PASSWORD);
    await person.nav.waitFor();
    return person;
  }

  test("the pages of the first run", async () => {
    ada = await stage.visit({ size: PHONE, touch: true, tongue: "zh-CN" });
    const { page } = ada;
    const found = [];
    const look = looking(ada, "setup", [barriers, overflow, smallTargets, leftovers]);
    await page.goto(stage.server.setupLink);
    await ada.field("field.office").fill("Hearth House");
    found.push(...(await look("office")));
    await ada.field("field.yourName").fill("Ada Stone");
    await ada.button("action.next").click();
    await ada.field("field.handle").fill("ada");
    await ada.field("field.password").fill(PASSWORD);
    found.push(...(await look("account")));
    await ada.button("setup.found").click();
    await ada.field("invite.link").waitFor();
    invitation = await ada.field("invite.link").inputValue();
    found.push(...(await look("invitation")));
    await ada.button("setup.enter", { office: "Hearth House" }).click();
    await page.getByRole("main").or(ada.nav).first().waitFor();
    assert.deepEqual(found, []);
    await ada.close();
  });

  for (const [tongue, stray] of [["en", strayChinese], ["zh-CN", leftovers]]) {
    test(`the pages before the chat, in ${tongue}`, async () => {
      const person = await stage.visit({ tongue, size: PHONE, touch: true });
      const look = looking(person, `before-${tongue}`, [barriers, overflow, smallTargets, stray]);
      const found = [];
      await person.page.goto(stage.server.origin);
      await person.button("action.signIn").waitFor();
      found.push(...(await look("sign-in")));
      await person.signIn("nobody", "not the password");
      await person.alert.waitFor();
      found.push(...(await look("refused")));
      await person.page.goto(person.reachable(invitation));
      await person.button("join.go").waitFor();
      found.push(...(await look("join")));
      await person.page.goto("about:blank");
      await person.page.goto(`${stage.server.origin}/join#nothing`);
      await person.heading(person.t("join.invalid")).waitFor();
      found.push(...(await look("no-invitation")));
      assert.deepEqual(found, []);
      await person.close();
    });
  }

  test("the office is furnished", async () => {
    ada = await signedIn({ tongue: "zh-CN" });
    ada.speak("zh-CN");
    await ada.own("language.en");
    ada.speak("en");
    await ada.nav.waitFor();
    const lobby = await ada.main.getByRole("heading", { level: 1 }).innerText();
    await ada.channelMenu("channel.settings");
    await ada.dialog.getByLabel(ada.t("channel.name")).fill("lobby");
    await ada.dialog.getByRole("button", { name: ada.t("action.save") }).click();
    assert.equal(lobby, "大厅");
    await ada.heading("lobby").waitFor();
    const bo = await stage.join(invitation);
    await furnish(ada, bo);
  });

  test("by day, at a desk, in English", async () => {
    const looks = [barriers, overflow, strayChinese];
    assert.deepEqual(await tour(ada, looking(ada, "desk-light", looks)), []);
  });

  test("by night, at a desk, in Chinese", async () => {
    await ada.own("theme.dark");
    await ada.own("language.zh-CN");
    ada.speak("zh-CN");
    await ada.nav.waitFor();
    const looks = [barriers, overflow, leftovers];
    assert.deepEqual(await tour(ada, looking(ada, "desk-dark", looks)), []);
  });

  test("by night, on a phone, in Chinese", async () => {
    const phone = await signedIn({ tongue: "zh-CN", size: PHONE, touch: true });
    const looks = [barriers, overflow, smallTargets, leftovers];
    assert.deepEqual(await tour(phone, looking(phone, "phone-dark", looks)), []);
    await phone.close();
  });

  test("by day, on a phone, in Chinese", async () => {
    const phone = await signedIn({ tongue: "zh-CN", size: PHONE, touch: true });
    await phone.own("theme.light");
    await phone.page.locator("html[data-theme=light]").waitFor();
    const looks = [barriers, overflow];
    assert.deepEqual(await tour(phone, looking(phone, "phone-light", looks)), []);
  });
});
