/**
 * The page of the machine, with hearth-hwctl itself on a simulated machine: it lives, it can be
 * understood without looking, and what is chosen on it holds.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";
import { literally } from "./stage/words.mjs";

describe("the machine", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let bo;
  /** What went through ada's socket. */
  const frames = { sent: [], received: [] };

  before(async () => {
    stage = await Stage.set({ machine: "simulated" });
    stage.watch.allowRefusals(/\/api\/v1\/(admin\/hardware|invites\/|sessions$)/);
    ada = await stage.visit();
    ada.page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => frames.sent.push(String(payload)));
      socket.on("framereceived", ({ payload }) => frames.received.push(String(payload)));
    });
    await ada.found({ office: "Hearth House", name: "Ada Stone", handle: "ada", password: "a quiet fire burns long" });
    bo = await stage.join(ada.invitation);
  });
  after(() => stage.close());

  const figure = (person, key) =>
    person.main.locator(".top dl > div").filter({ has: person.page.getByText(person.t(key), { exact: true }) });
  const chart = (person, key) =>
    person.main.getByRole("slider", { name: person.t(key), exact: true });
  const told = () => frames.received.filter((frame) => frame.startsWith('{"t":"hardware"'));
  const report = (person) =>
    person.page.evaluate(async () => (await fetch("/api/v1/hardware")).json());

  /** The page, with figures on it. */
  async function open(person) {
    await person.office("machine");
    await eventually(async () => assert.match(await figure(person, "machine.heat").innerText(), /\d/));
  }

  test("says that it is simulated, how warm, how fast and how much", async () => {
    await open(ada);
    await ada.main.getByText(ada.t("machine.simulated"), { exact: true }).waitFor();
    await ada.main.getByText(ada.t("machine.controlledByHearth")).waitFor();
    const heat = Number((await figure(ada, "machine.heat").locator("b").innerText()).replace(",", ""));
    assert.ok(heat > 15 && heat < 105, `${heat} °C`);
    await eventually(async () => {
      assert.match(await figure(ada, "machine.fan").innerText(), /^\s*Fan\s*[\d,]+\s*rpm\s*$/);
      assert.match(await figure(ada, "machine.power").innerText(), /^\s*Power\s*[\d,]+\s*W\s*$/);
    });
  });

  test("goes on by itself, about once a second", async () => {
    const moments = () => chart(ada, "machine.heat").getAttribute("aria-valuemax").then(Number);
    const before = await moments();
    const heard = told().length;
    await pause(4_000);
    await eventually(async () => assert.ok((await moments()) >= before + 3, "the line grows"));
    assert.ok(told().length - heard <= 8, "and nobody is flooded");
  });

  test("draws what it knows", async () => {
    for (const key of ["machine.heat", "machine.fan", "machine.power"]) {
      const drawn = await chart(ada, key).locator("canvas").evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value) => value !== 0);
      });
      assert.ok(drawn, key);
    }
  });

  test("can be read without being seen: by keys, in words, as a table", async () => {
    const heat = chart(ada, "machine.heat");
    await heat.focus();
    await ada.page.keyboard.press("Home");
    await eventually(async () => assert.equal(await heat.getAttribute("aria-valuenow"), "0"));
    assert.match(await heat.getAttribute("aria-valuetext"), /°C|unknown/);
    await ada.page.keyboard.press("End");
    await eventually(async () => assert.match(await heat.getAttribute("aria-valuetext"), /\d °C/));
    const said = await heat.evaluate((element) =>
      document.getElementById(element.getAttribute("aria-describedby")).textContent);
    assert.match(said, /Heat: now .+, from .+ to .+\./);
    await ada.page.keyboard.press("Escape");
    const table = ada.main.locator("details").filter({ hasText: ada.t("machine.table.time") });
    await table.locator("summary").click();
    assert.equal(await table.locator("tbody tr").count(), 12);
    await table.getByText(/\d °C/).first().waitFor();
    assert.ok((await table.getByText(ada.t("machine.unknown"), { exact: true }).count()) > 0, "no figure is made up");
    await table.locator("summary").click();
  });

  test("shows a month and years where there are any", async () => {
    for (const span of ["month", "years", "hour"]) {
      await ada.main.locator("label").filter({ hasText: literally(ada.t(`machine.span.${span}`)) }).click();
      const nothing = ada.main.getByText(ada.t("machine.chart.noPast"));
      await chart(ada, "machine.heat").or(nothing).first().waitFor();
    }
    await chart(ada, "machine.heat").waitFor();
  });

  const profile = (person, key) => person.main.getByRole("radio", { name: person.t(`machine.profile.${key}`), exact: true });
  const choose = (person, key) =>
    person.main.locator("label").filter({ has: person.page.getByRole("radio", { name: person.t(`machine.profile.${key}`), exact: true }) }).click();

  test("a profile that is chosen holds, also after a reload", async () => {
    await choose(ada, "quiet");
    await eventually(async () => assert.equal((await report(ada)).status.wanted_profile, "quiet"));
    await ada.page.reload();
    await eventually(async () => assert.ok(await profile(ada, "quiet").isChecked()));
    await choose(ada, "balanced");
    await eventually(async () => assert.equal((await report(ada)).status.wanted_profile, "balanced"));
  });

  test("quiet hours hold, also after a reload", async () => {
    const hours = () => ada.main.locator("section").filter({ hasText: ada.t("machine.quiet.hint") });
    await hours().getByRole("switch").click();
    await hours().getByRole("button", { name: "Saturday" }).click();
    await hours().getByLabel(ada.t("quiet.from")).fill("21:30");
    await hours().getByLabel(ada.t("quiet.from")).press("Enter");
    await eventually(async () => {
      const { quiet_hours: kept } = await report(ada);
      assert.equal(kept?.from, 21 * 60 + 30);
      assert.ok(!kept.days.includes("sat") && kept.days.includes("sun"));
    });
    await ada.page.reload();
    await hours().getByRole("button", { name: "Saturday", pressed: false }).waitFor();
    await hours().getByRole("switch").click();
    await eventually(async () => assert.equal((await report(ada)).quiet_hours, null));
  });

  test("nothing is told once the page is left", async () => {
    await ada.leaveSettings();
    await eventually(async () => assert.ok(frames.sent.at(-1)?.includes('"on":false') || frames.sent.some((frame) => frame.includes('"on":false'))));
    await pause(1_500);
    const heard = told().length;
    await pause(3_000);
    assert.equal(told().length, heard);
  });

  test("who does not run the office sees it from the ember, and can't change it", async () => {
    await bo.nav.getByRole("link", { name: bo.t("ember.idle") }).or(bo.nav.getByRole("link", { name: bo.t("ember.busy") })).click();
    await bo.page.getByRole("heading", { level: 1, name: bo.t("admin.machine") }).waitFor();
    await eventually(async () => assert.match(await figure(bo, "machine.heat").innerText(), /\d/));
    await bo.main.getByText(bo.t("machine.profile")).waitFor();
    assert.equal(await bo.main.getByRole("radio", { name: bo.t("machine.profile.boost") }).count(), 0);
    assert.equal(await bo.main.getByRole("button", { name: bo.t("machine.drill.start") }).count(), 0);
    assert.ok(await bo.main.getByRole("switch").isDisabled());
    assert.equal(await bo.main.getByLabel(bo.t("machine.price"), { exact: true }).count(), 0);
    const status = await bo.page.evaluate(async () => {
      const response = await fetch("/api/v1/admin/hardware", {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ profile: "boost" }),
      });
      return response.status;
    });
    assert.equal(status, 403);
    await bo.leaveSettings();
  });

  test("when hearth-hwctl dies the figures are called old, and live again when it is back", async () => {
    await open(ada);
    await stage.machine.end("SIGKILL");
    await ada.main.getByText(ada.t("machine.stale.title")).waitFor();
    const heat = chart(ada, "machine.heat");
    const before = Number(await heat.getAttribute("aria-valuemax"));
    stage.machine.start();
    await ada.main.getByText(ada.t("machine.stale.title")).waitFor({ state: "detached" });
    await eventually(async () => assert.ok(Number(await heat.getAttribute("aria-valuemax")) > before + 1));
    const table = ada.main.locator("details").filter({ hasText: ada.t("machine.table.time") });
    assert.ok(await table.isVisible());
  });
});
