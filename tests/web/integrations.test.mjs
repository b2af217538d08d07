/** Webhooks, commands and bots as an admin makes them, and what people see of them. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { barriers, overflow, settled, smallTargets, strayChinese } from "./stage/looks.mjs";
import { PASSWORD, PHONE, Stage } from "./stage/stage.mjs";

/** A program elsewhere that answers what it is told to. */
async function receiver() {
  const told = [];
  const answers = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      told.push(body);
      response.setHeader("content-type", "application/json");
      response.end(answers.shift() ?? "");
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { told, answers, server, url: `http://127.0.0.1:${server.address().port}/` };
}

describe("integrations", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let program;

  before(async () => {
    stage = await Stage.set({ config: '[outbound]\nallow = ["127.0.0.1"]' });
    stage.watch.allowRefusals(/\/api\/v1\/(sessions$|channels\/.*\/commands$|me$)/);
    program = await receiver();
    ada = await stage.found();
    await ada.openChannel("lobby");
  });
  after(async () => {
    program.server.close();
    await stage.close();
  });

  const page = () => ada.page.goto(`${stage.server.origin}/admin/integrations`);
  const add = (key) => ada.button(key).click();
  const save = () => ada.dialog.getByRole("button", { name: ada.t("action.create") }).click();
  const field = (key) => ada.dialog.getByRole("textbox", { name: ada.t(key) });
  const taken = async (key) => {
    const value = await ada.dialog.getByLabel(ada.t(key), { exact: true }).inputValue();
    await ada.button("integrations.taken").click();
    return value;
  };
  const row = (name) => ada.main.getByRole("listitem").filter({ hasText: name });
  const act = async (name, key) => {
    await row(name).getByRole("button", { name: ada.t("integrations.actions", { name }) }).click();
    await ada.pick(key);
  };

  test("a webhook is made, tells its address once, and posts", async () => {
    await page();
    await add("integrations.incoming.new");
    await field("integrations.name").fill("Build server");
    await save();
    const url = await taken("integrations.incoming.url");
    assert.match(url, /\/hooks\/[\w-]{43}$/);
    const { pathname } = new URL(url);
    const answer = await fetch(stage.server.origin + pathname, {
      method: "POST",
      body: JSON.stringify({ text: "*Build 12* is done", username: "CI", icon_emoji: ":rocket:" }),
    });
    assert.equal(await answer.text(), "ok");
    await act("Build server", "integrations.test");
    await ada.page.getByText(ada.t("integrations.incoming.tested")).waitFor();
    await ada.page.goto(stage.server.origin);
    await ada.openChannel("lobby");
    const message = ada.message("Build 12");
    await message.getByText("CI", { exact: true }).waitFor();
    await message.getByText(ada.t("user.bot"), { exact: true }).waitFor();
    await message.locator("strong").filter({ hasText: "Build 12" }).waitFor();
  });

  test("it is switched off, and deleted after one question", async () => {
    await page();
    await act("Build server", "integrations.switchOff");
    await row("Build server").getByText(ada.t("integrations.off"), { exact: true }).waitFor();
    await act("Build server", "action.delete");
    await ada.dialog.getByRole("button", { name: ada.t("action.delete") }).click();
    await row("Build server").waitFor({ state: "detached" });
  });

  test("a command is completed, sent, and answered for one or for all", async () => {
    await page();
    await add("integrations.command.new");
    await field("integrations.command.word").fill("/deploy");
    await field("integrations.name").fill("Deployer");
    await field("integrations.url").fill(program.url);
    await save();
    await taken("integrations.secret");
    await ada.page.goto(stage.server.origin);
    await ada.openChannel("lobby");
    program.answers.push(JSON.stringify({ text: "Only *you* know" }));
    await ada.composer.fill("/deploy to the moon");
    await ada.composer.press("Enter");
    const whisper = ada.page.getByRole("log", { name: ada.t("whisper.only") });
    await whisper.getByText("Deployer").waitFor();
    await whisper.locator("strong").filter({ hasText: "you" }).waitFor();
    await eventually(() => assert.match(program.told.at(-1), /command=%2Fdeploy&text=to\+the\+moon/));
    await whisper.getByRole("button", { name: ada.t("whisper.dismiss") }).click();
    await whisper.getByText("Deployer").waitFor({ state: "detached" });
    program.answers.push(JSON.stringify({ text: "For all", response_type: "in_channel" }));
    await ada.composer.fill("/deploy again");
    await ada.composer.press("Enter");
    await ada.message("For all").waitFor();
    assert.equal(await ada.main.getByText("/deploy").count(), 0);
  });

  test("what the page does by itself needs no program", async () => {
    await ada.composer.fill("/shrug who knows");
    await ada.composer.press("Enter");
    await ada.message("who knows ¯\\_(ツ)_/¯").waitFor();
    await ada.composer.fill("/topic All about tea");
    await ada.composer.press("Enter");
    await ada.main.getByText("All about tea").waitFor();
    await ada.write("/etc/hosts is no command");
  });

  test("a program is told, and what fails is said", async () => {
    await page();
    await add("integrations.outgoing.new");
    await field("integrations.name").fill("Tracker");
    await field("integrations.url").fill(program.url);
    await save();
    await taken("integrations.secret");
    await act("Tracker", "integrations.test");
    await ada.page.getByText(ada.t("integrations.outgoing.tested")).waitFor();
    assert.equal(JSON.parse(program.told.at(-1)).test, true);
    await add("integrations.outgoing.new");
    await field("integrations.name").fill("Nowhere");
    await field("integrations.url").fill("http://10.255.255.1/");
    await save();
    await taken("integrations.secret");
    await act("Nowhere", "integrations.test");
    await row("Nowhere").getByText(ada.t("integrations.problem.address_not_allowed")).waitFor();
  });

  test("a bot gets a token, shows it once, and loses it", async () => {
    await page();
    await add("integrations.bot.new");
    await field("integrations.name").fill("Helper");
    await save();
    const token = await taken("integrations.bot.token");
    assert.equal(token.length, 43);
    const authorization = `Bearer ${token}`;
    const ask = () =>
      fetch(`${stage.server.origin}/api/v1/users`, { headers: { authorization } });
    assert.equal((await ask()).status, 200);
    await row("Helper").getByRole("button", { name: ada.t("action.revoke") }).click();
    await ada.dialog.getByRole("button", { name: ada.t("action.revoke") }).click();
    await eventually(async () => assert.equal((await ask()).status, 401));
  });

  /** The page and its dialogs, one after the other. */
  async function look(person, looks) {
    const found = [];
    const seen = async (place) => {
      await settled(person.page);
      const all = await Promise.all(looks.map((one) => one(person.page)));
      found.push(...all.flat().map((what) => `${place}: ${what}`));
    };
    await person.page.goto(`${stage.server.origin}/admin/integrations`);
    await person.main.getByText("Tracker").waitFor();
    await seen("the page");
    for (const kind of ["incoming", "outgoing", "command", "bot"]) {
      await person.button(`integrations.${kind}.new`).click();
      await person.dialog.waitFor();
      await seen(kind);
      await person.closeDialog();
    }
    return found;
  }

  async function again(visit) {
    const person = await stage.visit(visit);
    await person.page.goto(stage.server.origin);
    await person.signIn("ada", PASSWORD);
    await person.nav.waitFor();
    return person;
  }

  test("the page has no barriers, by day and by night", async () => {
    assert.deepEqual(await look(ada, [barriers, strayChinese]), []);
    const night = await again({ scheme: "dark" });
    assert.deepEqual(await look(night, [barriers]), []);
    await night.close();
  });

  test("it fits on a phone", async () => {
    const phone = await again({ size: PHONE, touch: true });
    assert.deepEqual(await look(phone, [overflow, smallTargets]), []);
    await phone.close();
  });
});
