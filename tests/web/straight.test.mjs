/** The straight path, in both languages: from the link that hearthd prints to a chat of two. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

const CASTS = [
  {
    tongue: "zh-CN",
    office: "炉边工作室",
    lobby: "大厅",
    owner: { name: "林小梅", handle: "xiaomei" },
    guest: { name: "王大山", handle: "dashan" },
    hello: "大家好，预算表在哪里？",
    answer: "在共享盘里，马上发你。",
  },
  {
    tongue: "en",
    office: "Hearth House",
    lobby: "lobby",
    owner: { name: "Ada Stone", handle: "ada" },
    guest: { name: "Bo Reed", handle: "bo" },
    hello: "Good morning, where is the budget?",
    answer: "On the shared drive, sending it now.",
  },
];

for (const cast of CASTS) {
  describe(`the straight path in ${cast.tongue}`, () => {
    const { tongue, office, lobby, hello, answer } = cast;
    /** @type {Stage} */
    let stage;
    let owner;
    let other;

    before(async () => {
      stage = await Stage.set();
    });
    after(() => stage.close());

    test("the setup link leads through three questions to an invitation", async () => {
      owner = await stage.visit({ tongue });
      const { page, t } = owner;
      Object.assign(owner, cast.owner);
      await page.goto(stage.server.setupLink);
      await owner.heading(t("setup.title")).waitFor();
      assert.equal(await page.locator("html").getAttribute("lang"), tongue);
      await page.getByRole("img", { name: t("setup.step", { at: 1, of: 3 }) }).waitFor();
      await owner.field("field.office").fill(office);
      await owner.field("field.yourName").fill(cast.owner.name);
      await owner.button("action.next").click();
      await owner.heading(t("setup.accountTitle", { name: cast.owner.name })).waitFor();
      await owner.field("field.handle").fill(cast.owner.handle);
      await owner.field("field.password").fill("a quiet fire burns long");
      await owner.button("setup.found").click();
      await owner.heading(t("setup.inviteTitle")).waitFor();
      const qr = page.getByRole("img", { name: t("invite.qr") });
      await eventually(async () => {
        assert.ok((await qr.evaluate((image) => image.naturalWidth)) > 0, "the QR code is drawn");
      });
      owner.invitation = await owner.field("invite.link").inputValue();
      assert.match(owner.invitation, /\/join#\S{20,}/);
      await owner.button("setup.enter", { office }).click();
      await owner.nav.getByText(office).waitFor();
      await owner.heading(lobby).waitFor();
    });

    test("a second person joins through the link", async () => {
      other = await stage.join(owner.invitation, { tongue, ...cast.guest });
      await other.openChannel(lobby);
      await owner.nav.getByText(owner.t("sidebar.online", { n: 2 })).waitFor();
    });

    test("both chat in the lobby", async () => {
      await owner.write(hello);
      await other.reads(hello);
      await other.write(answer);
      await owner.reads(answer);
      await owner.sees(hello, 1);
      await other.sees(answer, 1);
    });

    test("somebody typing is named, until the message comes", async () => {
      const line = owner.page.getByText(owner.t("typing.some", { n: 1, names: other.name }));
      await other.composer.pressSequentially("One moment");
      // A notice is sent every few seconds only, so it takes somebody who keeps typing.
      await eventually(async () => {
        await other.composer.press(".");
        assert.ok(await line.isVisible(), "the typing line shows");
      });
      await other.composer.press("Enter");
      await owner.reads("One moment");
      await line.waitFor({ state: "detached" });
    });

    test("a reaction is seen and counted by both", async () => {
      await owner.act(owner.message(answer), "reaction.with", { emoji: "👍" });
      const label = (person, names) => person.t("reaction.label", { emoji: "👍", names });
      await other.message(answer).getByTitle(label(other, owner.name), { exact: true }).click();
      const both = new Intl.ListFormat(tongue).format([owner.name, other.name]);
      await owner.message(answer).getByTitle(label(owner, both), { exact: true }).waitFor();
    });

    test("an edit shows everywhere and keeps what it said before", async () => {
      await owner.act(owner.message(hello), "action.edit");
      const box = owner.main.getByRole("textbox", { name: owner.t("action.edit") });
      await box.fill(`${hello} (2027)`);
      await box.press("Enter");
      await other.reads(`${hello} (2027)`);
      const edited = other.message(`${hello} (2027)`).locator("button.edited");
      await edited.click();
      await other.dialog.getByText(hello, { exact: true }).waitFor();
      await other.closeDialog();
    });

    test("a deleted message is gone for both", async () => {
      await owner.write("Wrong window");
      await other.reads("Wrong window");
      await owner.act(owner.message("Wrong window"), "action.more");
      await owner.pick("action.delete");
      await owner.dialog.getByRole("button", { name: owner.t("action.delete") }).click();
      await owner.main.getByText(owner.t("message.deleted")).waitFor();
      await other.main.getByText(other.t("message.deleted")).waitFor();
      await other.sees("Wrong window", 0);
    });

    test("a thread is answered beside the conversation", async () => {
      await owner.openThread(answer);
      await owner.write("Thank you!", owner.thread.getByRole("textbox"));
      await owner.reads("Thank you!", owner.thread);
      const link = other.message(answer).getByRole("link");
      await link.filter({ hasText: other.t("thread.replies", { n: 1 }) }).click();
      await other.reads("Thank you!", other.thread);
      await other.write("Any time.", other.thread.getByRole("textbox"));
      await owner.reads("Any time.", owner.thread);
      await owner.sees("Any time.", 0);
      await owner.thread.getByRole("button", { name: owner.t("action.close") }).click();
      await other.thread.getByRole("button", { name: other.t("action.close") }).click();
    });

    test("both write directly to each other", async () => {
      await owner.openDirect(other.name);
      await owner.write("Coffee at three?");
      const row = other.row(owner.name);
      await row.getByText(other.t("channel.calls")).waitFor();
      await other.page.waitForFunction(() => document.title.startsWith("(1) "));
      await row.click();
      await other.reads("Coffee at three?");
      await other.write("Yes ☕");
      await owner.reads("Yes ☕");
      await other.page.waitForFunction(() => !document.title.startsWith("("));
    });

    test("a mention calls, is highlighted, and waits behind the unread line", async () => {
      await owner.openChannel(lobby);
      await owner.write("Something for everybody");
      await owner.write(`@${other.handle} please look`);
      const row = other.row(lobby);
      await row.getByText(other.t("channel.calls")).waitFor();
      assert.match(await row.innerText(), /1/);
      await row.click();
      const line = other.main.getByText(other.t("list.new"), { exact: true });
      await line.waitFor();
      await line.scrollIntoViewIfNeeded();
      const chip = other.message("please look").locator(".at.me");
      assert.equal(await chip.innerText(), `@${other.name}`);
      await row.getByText(other.t("channel.calls")).waitFor({ state: "detached" });
      assert.equal(await owner.message("please look").locator(".at:not(.me)").count(), 1);
    });

    test("who is here shows, and who has left", async () => {
      const dot = (state) =>
        owner.row(other.name).getByRole("img", { name: owner.t(`presence.${state}`) });
      await dot("online").waitFor();
      await other.close();
      await dot("offline").waitFor();
    });
  });
}
