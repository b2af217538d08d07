/** The pages of one's own: what is changed there is seen by others, and holds on every device. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { PASSWORD, PHONE, Stage } from "./stage/stage.mjs";

describe("settings", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowRefusals(/\/api\/v1\/(sessions$|me$|me\/password$)/);
    ada = await stage.found();
    bo = await stage.join(ada.invitation);
    await bo.openChannel("lobby");
    await ada.write("It is me");
  });
  after(() => stage.close());

  test("every page has an address of its own, and the way back leads to the chat", async () => {
    const { page } = ada;
    await page.goto(`${stage.server.origin}/settings/appearance`);
    await ada.heading(ada.t("appearance.title")).waitFor();
    assert.match(await page.title(), new RegExp(`^${ada.t("appearance.title")}`));
    await page.goto(`${stage.server.origin}/settings/nonsense`);
    await ada.heading(ada.t("profile.title")).waitFor();
    await ada.leaveSettings();
    await ada.composer.waitFor();
    await page.goBack();
    await ada.heading(ada.t("profile.title")).waitFor();
    await page.goForward();
    await ada.composer.waitFor();
  });

  test("whoever is not signed in signs in first, and is where they wanted to go", async () => {
    const stranger = await stage.visit();
    await stranger.page.goto(`${stage.server.origin}/settings/devices`);
    await stranger.signIn("ada", PASSWORD);
    await stranger.heading(stranger.t("sessions.title")).waitFor();
    await stranger.main.getByText(stranger.t("sessions.current")).waitFor();
    await stranger.close();
  });

  test("which key sends is chosen on a page of its own", async () => {
    const { page } = ada;
    await page.goto(`${stage.server.origin}/settings/writing`);
    await ada.heading(ada.t("writing.title")).waitFor();
    const choose = (key, vars) => page.locator("label").filter({ hasText: ada.t(key, vars) }).click();
    await choose("sending.ctrlEnter", { key: "Ctrl" });
    await ada.leaveSettings();
    await ada.composer.fill("two");
    await page.keyboard.press("Enter");
    await page.keyboard.type("lines");
    assert.equal(await ada.composer.inputValue(), "two\nlines");
    await page.keyboard.press("Control+Enter");
    await ada.message("lines").waitFor();
    await page.goto(`${stage.server.origin}/settings/writing`);
    await choose("sending.enter");
    await ada.leaveSettings();
    await ada.composer.waitFor();
  });

  test("a new name is seen by everybody at once", async () => {
    await ada.settings("profile.title");
    await ada.field("field.yourName").fill("Ada Lovestone");
    await ada.button("action.save").click();
    await bo.message("It is me").getByText("Ada Lovestone").waitFor();
    assert.equal(await ada.button("action.save").isDisabled(), true);
  });

  test("a status of one click is shown beside the name, and can be cleared", async () => {
    await ada.page.getByRole("button", { name: ada.t("status.lunch") }).click();
    await ada.button("status.set").click();
    const shown = bo.message("It is me").getByTitle(ada.t("status.lunch"));
    await shown.waitFor();
    await ada.page.getByText(ada.t("profile.saved")).first().waitFor();
    await ada.button("profile.clearStatus").click();
    await shown.waitFor({ state: "detached" });
  });

  test("a status can't end in the past", async () => {
    await ada.page.getByRole("button", { name: ada.t("status.home") }).click();
    await ada.field("status.ends").selectOption("other");
    await ada.field("status.at").fill("2020-01-01T08:00");
    await ada.button("status.set").click();
    await ada.alert.filter({ hasText: ada.t("status.past") }).waitFor();
  });

  test("the look changes as soon as it is chosen, on the other device too", async () => {
    const phone = await stage.visit({ size: PHONE, touch: true });
    await phone.page.goto(stage.server.origin);
    await phone.signIn("ada", PASSWORD);
    await phone.settings("appearance.title");
    await phone.page.locator("label").filter({ hasText: phone.t("theme.dark") }).click();
    await phone.page.locator("html[data-theme=dark]").waitFor();
    await ada.page.locator("html[data-theme=dark]").waitFor();
    await phone.page.locator("label").filter({ hasText: phone.t("language.zh-CN") }).click();
    phone.speak("zh-CN");
    await phone.heading(phone.t("appearance.title")).waitFor();
    ada.speak("zh-CN");
    await ada.heading(ada.t("profile.title")).waitFor();
    await phone.page.locator("label").filter({ hasText: phone.t("language.en") }).click();
    phone.speak("en");
    await phone.leaveSettings();
    ada.speak("en");
    await ada.heading(ada.t("profile.title")).waitFor();
    await phone.close();
  });

  test("all other devices are signed out by one button that asks once", async () => {
    const others = [await stage.visit(), await stage.visit()];
    for (const other of others) {
      await other.page.goto(stage.server.origin);
      await other.signIn("ada", PASSWORD);
      await other.nav.waitFor();
    }
    await ada.page.goto(`${stage.server.origin}/settings/devices`);
    await ada.button("sessions.others").click();
    await ada.dialog.getByRole("button", { name: ada.t("sessions.others") }).click();
    for (const other of others) {
      await other.button("action.signIn").waitFor();
      await other.close();
    }
    await eventually(async () => assert.equal(await ada.main.locator(".row").count(), 1));
  });

  test("a password is changed by whoever knows the one so far", async () => {
    await ada.field("profile.current").fill("not this one");
    await ada.field("profile.next").fill("a warm hearth in winter");
    await ada.button("profile.password").click();
    await ada.alert.waitFor();
    await ada.field("profile.current").fill(PASSWORD);
    await ada.button("profile.password").click();
    await ada.page.getByText(ada.t("profile.passwordChanged")).waitFor();
    const again = await stage.visit();
    await again.page.goto(stage.server.origin);
    await again.signIn("ada", "a warm hearth in winter");
    await again.nav.waitFor();
    await again.close();
  });

  test("with keys alone: into the settings, through their list, and out again", async () => {
    const keys = bo.page.keyboard;
    await bo.ownButton.focus();
    await keys.press("Enter");
    const entry = bo.page.getByRole("menuitem", { name: bo.t("settings.title") });
    await entry.waitFor();
    await entry.focus();
    await keys.press("Enter");
    await bo.heading(bo.t("profile.title")).waitFor();
    const link = bo.page.getByRole("link", { name: bo.t("appearance.title"), exact: true });
    for (let step = 0; step < 10; step += 1) {
      await keys.press("Tab");
      if (await link.evaluate((element) => element === document.activeElement)) break;
    }
    await keys.press("Enter");
    await bo.heading(bo.t("appearance.title")).waitFor();
    await bo.page.getByRole("radio", { name: bo.t("theme.light") }).focus();
    await keys.press("ArrowRight");
    await bo.page.locator("html[data-theme=dark]").waitFor();
    await bo.leaveSettings();
  });
});
