/** Both languages, live; and what went wrong is said in the one on the screen. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { leftovers, strayChinese } from "./stage/looks.mjs";
import { PASSWORD, Stage } from "./stage/stage.mjs";

describe("languages", () => {
  /** @type {Stage} */
  let stage;
  let ada;

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowRefusals(/\/api\/v1\/(sessions$|invites|channels|me)/);
    ada = await stage.found();
  });
  after(() => stage.close());

  /**
   * Does something that the box refuses, and wants its sentence and its hint on the screen.
   *
   * @returns {Promise<string>} the code of the problem
   */
  async function refused(person, within, act) {
    const answer = person.page.waitForResponse((response) => response.status() >= 400);
    await act();
    const { code, title, hint } = await (await answer).json();
    const said = within ? within.getByRole("alert") : person.page.getByRole("alert");
    await said.waitFor();
    assert.equal(await said.innerText(), `${title[person.tongue]} ${hint[person.tongue]}`);
    return code;
  }

  test("the language is switched live, and follows the person", async () => {
    await ada.own("language.zh-CN");
    ada.speak("zh-CN");
    await ada.nav.getByRole("heading", { name: ada.t("sidebar.channels") }).waitFor();
    assert.deepEqual(await leftovers(ada.page), []);
    assert.equal(await ada.page.locator("html").getAttribute("lang"), "zh-CN");
    await ada.page.reload();
    await ada.nav.getByRole("heading", { name: ada.t("sidebar.channels") }).waitFor();
    await ada.own("language.en");
    ada.speak("en");
    await ada.nav.getByRole("heading", { name: ada.t("sidebar.channels") }).waitFor();
    assert.deepEqual(await strayChinese(ada.page), []);
  });

  test("before signing in the other language is one press away", async () => {
    const person = await stage.visit({ tongue: "en" });
    await person.page.goto(stage.server.origin);
    await person.button("language.other").click();
    person.speak("zh-CN");
    await person.button("action.signIn").waitFor();
    assert.deepEqual(await leftovers(person.page), []);
    await person.close();
  });

  for (const tongue of ["en", "zh-CN"]) {
    test(`a wrong password is answered in ${tongue}`, async () => {
      const person = await stage.visit({ tongue });
      await person.page.goto(stage.server.origin);
      await person.button("action.signIn").waitFor();
      const code = await refused(person, null, () => person.signIn("ada", "not the password"));
      assert.match(code, /sign|password|credential/);
      await person.close();
    });

    test(`a handle that is taken is answered in ${tongue}, and another one gets in`, async () => {
      const person = await stage.visit({ tongue });
      await person.page.goto(person.reachable(ada.invitation));
      await person.field("field.yourName").fill("Ada Too");
      await person.field("field.handle").fill("ada");
      await person.field("field.password").fill(PASSWORD);
      const code = await refused(person, null, () => person.button("join.go").click());
      assert.match(code, /handle/);
      await person.field("field.handle").fill(`ada.${tongue.toLowerCase()}`);
      await person.button("join.go").click();
      await person.nav.waitFor();
      await person.close();
    });

    test(`a used-up invitation is answered in ${tongue}`, async () => {
      await ada.own("invite.title");
      await ada.choose("invite.times", { n: 1 });
      await ada.dialog.getByRole("button", { name: ada.t("invite.make") }).click();
      const link = await ada.field("invite.link").inputValue();
      await ada.closeDialog();
      const first = await stage.join(link, { name: "Only One", handle: `one.${tongue.slice(0, 2)}` });
      await first.close();
      const late = await stage.visit({ tongue });
      const answer = late.page.waitForResponse((response) => /\/preview$/.test(response.url()));
      await late.page.goto(late.reachable(link));
      const { title, hint } = await (await answer).json();
      await late.heading(late.t("join.invalid")).waitFor();
      await late.main.getByText(`${title[tongue]} ${hint[tongue]}`).waitFor();
      await late.close();
    });
  }

  test("a refusal in a dialog stays beside what was typed", async () => {
    await ada.nav.getByRole("button", { name: ada.t("sidebar.addChannel") }).click();
    await ada.pick("create.title");
    await ada.dialog.getByLabel(ada.t("channel.name")).fill("lobby");
    const make = ada.dialog.getByRole("button", { name: ada.t("action.create"), exact: true });
    await refused(ada, ada.dialog, () => make.click());
    assert.equal(await ada.dialog.getByLabel(ada.t("channel.name")).inputValue(), "lobby");
    await ada.closeDialog();
  });
});
