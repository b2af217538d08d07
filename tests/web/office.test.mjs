/** An admin who is no IT person runs the office from pages: backup, health, groups, channels, passwords. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

describe("the pages of the office", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowRefusals(/\/api\/v1\/(sessions$|bootstrap$|resets\/|channels\/)/);
    ada = await stage.found();
    bo = await stage.join(ada.invitation);
  });
  beforeEach(() => ada.calm());
  after(() => stage.close());

  /** Picks an entry of somebody's menu and confirms it. */
  async function change(name, key, confirm) {
    await ada.office("people");
    await ada.main.getByRole("button", { name: ada.t("office.change", { name }) }).click();
    await ada.pick(key);
    await ada.dialog.getByRole("button", { name: ada.t(confirm), exact: true }).click();
  }

  test("those who do not run the office see nothing of it", async () => {
    await bo.page.goto(`${stage.server.origin}/admin/audit`);
    await bo.page.getByText(bo.t("admin.onlyAdmins")).waitFor();
    await bo.page.getByRole("link", { name: bo.t("settings.toChat") }).click();
    await bo.nav.waitFor();
  });

  test("a backup is made, shown and deleted", async () => {
    await ada.office("backup");
    await ada.button("backup.start").click();
    const download = ada.main.getByRole("link", { name: ada.t("backup.download") });
    await download.waitFor();
    assert.match(await download.getAttribute("href"), /^\/api\/v1\/admin\/backups\/hearth-\d{8}-\d{6}\.db$/);
    const [file] = await Promise.all([ada.page.waitForEvent("download"), download.click()]);
    assert.match(file.suggestedFilename(), /^hearth-\d{8}-\d{6}\.tar$/);
    await ada.main.getByRole("button", { name: ada.t("action.delete"), exact: true }).click();
    await ada.dialog.getByRole("button", { name: ada.t("action.delete"), exact: true }).click();
    await ada.main.getByText(ada.t("backup.empty")).waitFor();
  });

  test("the box backs itself up, and the key that opens it is saved", async () => {
    await ada.office("backup");
    const never = ada.main.getByText(ada.t("backup.keyNever"));
    await never.waitFor();
    await ada.button("backup.runNow").click();
    await ada.main.getByText(ada.t("backup.verifiedNever"), { exact: true }).waitFor({ state: "detached" });
    await ada.button("backup.keyShow").click();
    const secret = await ada.main.locator("code", { hasText: "AGE-SECRET-KEY-1" }).textContent();
    await ada.main.getByLabel(ada.t("backup.keyEnding")).fill(secret.trim().slice(-6));
    await ada.button("backup.keyHave").click();
    await never.waitFor({ state: "detached" });
    await ada.button("backup.placeAdd").click();
    await ada.dialog.getByLabel(ada.t("backup.placeKind")).selectOption("folder");
    await ada.dialog.getByLabel(ada.t("backup.placeName")).fill("The other disk");
    await ada.dialog.getByRole("textbox", { name: ada.t("backup.field.path") }).fill("/nowhere/at/all");
    await ada.dialog.getByRole("button", { name: ada.t("backup.placeAdd"), exact: true }).click();
    await ada.dialog.waitFor({ state: "detached" });
    await ada.button("backup.runNow").click();
    await ada.main
      .getByText(ada.t("backup.failing", { why: ada.t("backup.fault.gone") }))
      .first()
      .waitFor();
    const name = "The other disk";
    await ada.main.getByRole("button", { name: ada.t("backup.placeRemoveOne", { name }) }).click();
    await ada.dialog.getByRole("button", { name: ada.t("backup.placeRemove"), exact: true }).click();
    await ada.main.getByText("/nowhere/at/all").first().waitFor({ state: "detached" });
  });

  test("a group is made, changed and dissolved", async () => {
    await ada.office("groups");
    await ada.button("groups.create").click();
    await ada.dialog.getByLabel(ada.t("channel.name"), { exact: true }).fill("Night watch");
    await ada.dialog.getByLabel(ada.t("people.filter")).fill("Bo");
    await ada.page.keyboard.press("Enter");
    await ada.dialog.getByRole("button", { name: ada.t("action.create"), exact: true }).click();
    const row = ada.main.getByRole("listitem").filter({ hasText: "Night watch" });
    await row.getByText("Bo Reed").waitFor();
    await row.getByRole("button", { name: ada.t("groups.change", { name: "Night watch" }) }).click();
    await ada.dialog.getByLabel(ada.t("channel.name"), { exact: true }).fill("Day watch");
    await ada.dialog.getByRole("button", { name: ada.t("action.save"), exact: true }).click();
    await ada.main.getByText("Day watch").waitFor();
    await ada.main.getByRole("button", { name: ada.t("groups.deleteLabel", { name: "Day watch" }) }).click();
    await ada.dialog.getByRole("button", { name: ada.t("groups.delete"), exact: true }).click();
    await ada.main.getByText(ada.t("groups.none")).waitFor();
  });

  test("a password is reset by a link, and only its person learns the new one", async () => {
    await change("Bo Reed", "reset.menu", "reset.make");
    const link = await ada.field("reset.link").inputValue();
    await ada.closeDialog();
    await bo.button("action.signIn").waitFor();
    await bo.page.goto(bo.reachable(link));
    await bo.heading(bo.t("reset.title", { name: "Bo Reed" })).waitFor();
    bo.password = "embers glow all night";
    await bo.field("profile.next").fill(bo.password);
    await bo.button("reset.go").click();
    await bo.nav.waitFor();
    const late = await stage.visit();
    await late.page.goto(late.reachable(link));
    await late.heading(late.t("join.invalid")).waitFor();
    await late.close();
  });

  test("somebody is signed out everywhere", async () => {
    await change("Bo Reed", "people.signOut", "action.signOut");
    await bo.button("action.signIn").waitFor();
    await bo.signIn();
    await bo.nav.waitFor();
  });

  test("a private channel turns public only after a plain warning", async () => {
    await ada.office("channels");
    await ada.button("create.title").click();
    await ada.dialog.getByLabel(ada.t("channel.name")).fill("vault");
    await ada.choose("channel.private");
    await ada.dialog.getByRole("button", { name: ada.t("action.create"), exact: true }).click();
    await ada.heading("vault").waitFor();
    await ada.channelMenu("channel.settings");
    await ada.choose("channel.public");
    await ada.dialog.getByText(ada.t("channel.reveals")).waitFor();
    await ada.dialog.getByRole("button", { name: ada.t("channel.reveal"), exact: true }).click();
    await ada.dialog.waitFor({ state: "detached" });
    await ada.office("channels");
    const row = ada.main.getByRole("listitem").filter({ hasText: "vault" });
    await row.getByRole("button", { name: ada.t("channels.change", { name: "vault" }) }).click();
    await ada.pick("channel.archive");
    await row.getByText(ada.t("channel.archived")).waitFor();
  });

  test("health and the audit log say what was done", async () => {
    await ada.office("health");
    await ada.main.getByText(ada.t("health.word.good"), { exact: true }).first().waitFor();
    await ada.office("audit");
    for (const key of ["audit.backup.made", "audit.user.reset", "audit.channel.revealed"]) {
      await ada.main.getByText(ada.t(key), { exact: true }).first().waitFor();
    }
    await ada.main.getByLabel(ada.t("audit.area"), { exact: true }).selectOption("backup");
    await eventually(async () => {
      assert.equal(await ada.main.getByText(ada.t("audit.user.reset"), { exact: true }).count(), 0);
    });
  });

  test("an owner names who runs a private channel that nobody runs", async () => {
    const cy = await stage.join(ada.invitation, { name: "Cy Moss", handle: "cy" });
    await bo.page.goto(stage.server.origin);
    await bo.nav.waitFor();
    await bo.page.evaluate(async () => {
      const users = await (await fetch("/api/v1/users")).json();
      const members = users.filter(({ handle }) => handle === "cy").map(({ id }) => id);
      const body = JSON.stringify({ kind: "private", name: "den", members });
      await fetch("/api/v1/channels", { method: "POST", body, headers: { "content-type": "application/json" } });
    });
    await cy.row("den").waitFor();
    await change("Bo Reed", "office.disable", "office.disable");
    await ada.office("channels");
    const row = ada.main.getByRole("listitem").filter({ hasText: "den" });
    await row.getByText(ada.t("channels.orphaned")).waitFor();
    await row.getByRole("button", { name: ada.t("channels.rescue") }).click();
    assert.equal(await ada.button("channels.rescueGo").isDisabled(), true, "somebody is chosen first");
    await ada.dialog.getByLabel(ada.t("channels.heir")).selectOption({ label: "Cy Moss" });
    await ada.button("channels.rescueGo").click();
    await ada.page.getByText(ada.t("channels.rescued", { person: "Cy Moss", name: "den" })).waitFor();
    await row.getByText(ada.t("channels.closed")).waitFor();
    // Whoever named them is not let in.
    await ada.page.goto(stage.server.origin);
    await ada.nav.waitFor();
    assert.equal(await ada.row("den").count(), 0);
    await cy.close();
  });
});
