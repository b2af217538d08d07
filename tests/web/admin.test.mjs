/** Those who run the office: what they change holds at once, in every open page. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

describe("running the office", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;
  let guest;

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowRefusals(/\/api\/v1\/(invites\/|sessions$|bootstrap$)/);
    ada = await stage.found();
    bo = await stage.join(ada.invitation);
  });
  beforeEach(async () => {
    for (const person of [ada, bo]) await person.calm();
  });
  after(() => stage.close());

  /** Makes an invitation by the dialog; gives its link and leaves the dialog open. */
  async function invite({ role = "member", uses = 50 } = {}) {
    await ada.own("invite.title");
    await ada.choose(`role.${role}`);
    await ada.choose("invite.times", { n: uses });
    await ada.dialog.getByRole("button", { name: ada.t("invite.make") }).click();
    return ada.field("invite.link").inputValue();
  }

  async function create(name, choices = []) {
    await ada.nav.getByRole("button", { name: ada.t("sidebar.addChannel") }).click();
    await ada.pick("create.title");
    await ada.dialog.getByLabel(ada.t("channel.name")).fill(name);
    for (const choice of choices) await ada.choose(choice);
    await ada.dialog.getByRole("button", { name: ada.t("action.create"), exact: true }).click();
    await ada.heading(name).waitFor();
  }

  /** Picks an entry of somebody's menu in the list of the office's people. */
  async function change(name, key) {
    await ada.office("people");
    await ada.main.getByRole("button", { name: ada.t("office.change", { name }) }).click();
    await ada.pick(key);
    if (key === "office.disable") {
      await ada.dialog.getByRole("button", { name: ada.t(key), exact: true }).click();
      await ada.dialog.waitFor({ state: "detached" });
    }
    await ada.leaveSettings();
  }

  test("a revoked invitation lets nobody in", async () => {
    const link = await invite({ uses: 10 });
    const rows = ada.dialog.locator(".row");
    await rows.first().waitFor();
    const before = await rows.count();
    await rows.filter({ hasText: ada.t("invite.used", { uses: 0, max: 10 }) })
      .getByRole("button", { name: ada.t("action.revoke") }).click();
    await eventually(async () => assert.equal(await rows.count(), before - 1));
    await ada.closeDialog();
    const stranger = await stage.visit();
    await stranger.page.goto(stranger.reachable(link));
    await stranger.heading(stranger.t("join.invalid")).waitFor();
    await stranger.close();
  });

  test("a new role is felt at once", async () => {
    await bo.ownMenu();
    assert.equal(await bo.page.getByRole("menuitem", { name: bo.t("invite.title") }).count(), 0);
    await bo.page.keyboard.press("Escape");
    await change(bo.name, "role.admin");
    await eventually(async () => {
      await bo.ownMenu();
      const entry = bo.page.getByRole("menuitem", { name: bo.t("invite.title") });
      const there = await entry.isVisible();
      await bo.page.keyboard.press("Escape");
      assert.ok(there, "an admin may invite");
    });
    await change(bo.name, "role.member");
  });

  test("a private channel is seen by those inside only", async () => {
    await create("salaries", ["channel.private"]);
    await ada.write("for our eyes");
    assert.equal(await bo.row("salaries").count(), 0);
    await bo.nav.getByRole("button", { name: bo.t("sidebar.addChannel") }).click();
    await bo.pick("browse.title");
    await bo.dialog.getByText("lobby", { exact: true }).waitFor();
    assert.equal(await bo.dialog.getByText("salaries").count(), 0);
    await bo.closeDialog();
  });

  test("whoever is added sees it at once, and whoever is removed sees it no more", async () => {
    await ada.main.getByRole("button", { name: ada.t("members.count", { n: 1 }) }).click();
    await ada.page.getByRole("button", { name: ada.t("members.add") }).click();
    await ada.dialog.getByRole("textbox", { name: ada.t("people.filter") }).fill(bo.name);
    await ada.page.keyboard.press("Enter");
    await ada.dialog.getByRole("button", { name: ada.t("action.add"), exact: true }).click();
    await bo.openChannel("salaries");
    await bo.reads("for our eyes");
    const panel = ada.page.getByRole("complementary", { name: ada.t("members.title") });
    await panel.locator(".person").filter({ hasText: bo.name })
      .getByRole("button", { name: ada.t("action.more") }).click();
    await ada.pick("members.remove");
    await bo.row("salaries").waitFor({ state: "detached" });
    await eventually(async () => assert.equal(await bo.count("for our eyes"), 0));
    await panel.getByRole("button", { name: ada.t("action.close") }).click();
  });

  test("in an announcement channel only its managers write", async () => {
    await create("news", ["channel.managers"]);
    await ada.write("The office is closed on Friday");
    await bo.nav.getByRole("button", { name: bo.t("sidebar.addChannel") }).click();
    await bo.pick("browse.title");
    const listing = bo.dialog.locator(".row").filter({ hasText: "news" });
    await listing.getByRole("button", { name: bo.t("channel.join") }).click();
    await bo.heading("news").waitFor();
    await bo.reads("The office is closed on Friday");
    await bo.main.getByText(bo.t("channel.announcementNotice")).waitFor();
    assert.equal(await bo.composer.count(), 0);
  });

  test("an archived channel can be read, and comes back", async () => {
    await ada.channelMenu("channel.settings");
    await ada.dialog.getByRole("button", { name: ada.t("channel.archive"), exact: true }).click();
    await bo.main.getByText(bo.t("channel.archivedNotice")).waitFor();
    await ada.main.getByText(ada.t("channel.archivedNotice")).waitFor();
    assert.equal(await ada.composer.count(), 0);
    await ada.channelMenu("channel.settings");
    await ada.dialog.getByRole("button", { name: ada.t("channel.unarchive") }).click();
    await ada.composer.waitFor();
  });

  test("a guest sees the channels they were added to and nothing else", async () => {
    const link = await invite({ role: "guest" });
    await ada.closeDialog();
    guest = await stage.join(link, { name: "Gil Vane", handle: "gil" });
    assert.equal(await guest.nav.locator("a[href^='/c/']").count(), 0, "no channel yet");
    const plus = guest.nav.getByRole("button", { name: guest.t("sidebar.addChannel") });
    assert.equal(await plus.count(), 0);
    await ada.openChannel("lobby");
    await ada.main.getByRole("button", { name: ada.t("members.count", { n: 2 }) }).click();
    await ada.page.getByRole("button", { name: ada.t("members.add") }).click();
    await ada.dialog.getByRole("textbox", { name: ada.t("people.filter") }).fill("Gil");
    await ada.page.keyboard.press("Enter");
    await ada.dialog.getByRole("button", { name: ada.t("action.add"), exact: true }).click();
    await guest.openChannel("lobby");
    await guest.write("Hello from a guest");
    await ada.reads("Hello from a guest");
    assert.equal(await guest.nav.locator("a[href^='/c/']").count(), 1);
    await ada.message("Hello from a guest").getByText(ada.t("role.guest"), { exact: true }).waitFor();
  });

  test("a device that is signed out from another is out at once", async () => {
    const second = await stage.visit();
    await second.page.goto(stage.server.origin);
    await second.signIn(bo.handle, bo.password);
    await second.nav.waitFor();
    await bo.settings("sessions.title");
    await bo.main.locator(".row").filter({ hasNotText: bo.t("sessions.current") })
      .getByRole("button", { name: bo.t("action.signOut") }).click();
    await second.button("action.signIn").waitFor();
    await bo.leaveSettings();
    await bo.nav.waitFor();
    await second.close();
  });

  test("an account that is switched off is out at once, and can't come back", async () => {
    await change(bo.name, "office.disable");
    await bo.button("action.signIn").waitFor();
    assert.equal(await bo.page.getByText("The office is closed on Friday").count(), 0);
    await bo.signIn();
    await bo.alert.waitFor();
    await change(bo.name, "office.enable");
    await bo.signIn();
    await bo.nav.waitFor();
  });

  test("the office can be renamed, and everybody sees it", async () => {
    await ada.office("office");
    await ada.main.getByRole("textbox", { name: ada.t("field.office") }).fill("Cinder & Sons");
    await ada.main.getByRole("button", { name: ada.t("action.save") }).click();
    await bo.nav.getByText("Cinder & Sons").waitFor();
    await ada.leaveSettings();
  });

  test("signing out leaves nothing behind", async () => {
    await bo.own("action.signOut");
    await bo.button("action.signIn").waitFor();
    await bo.page.goBack();
    await bo.button("action.signIn").waitFor();
    assert.equal(await bo.page.getByText("Cinder").count(), await bo.heading("Cinder & Sons").count());
  });
});
