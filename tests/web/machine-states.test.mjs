/**
 * The page of the machine in every state that it can be told of: said in words, in both languages, by
 * day and by night, on a desk and on a phone, without barriers; and whatever somebody tells.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { barriers, leftovers, overflow, settled, smallTargets, strayChinese } from "./stage/looks.mjs";
import { WELL } from "./stage/machine.mjs";
import { PASSWORD, PHONE, Stage } from "./stage/stage.mjs";
import { literally } from "./stage/words.mjs";

const SHOTS = process.env["HEARTH_SHOTS"];
const IMAGE = `<img src=x onerror="window.harmed = true">`;
const [FAN] = WELL.fans;
const NO_CALIBRATION = { state: "none", step: null, progress: 0, why: null };

/** Everything that may be unknown is. */
const UNKNOWN = {
  sink_c: null,
  sink_aim_c: null,
  junction_c: null,
  junction_unknown: "missing",
  junction_limit_c: null,
  temperatures: [],
  fans: [{ ...FAN, rpm: null, duty: null, state: "untold", outcome: null }],
  power_w: null,
  energy_j: null,
  load: null,
  memory: null,
  frequency_mhz: null,
  resistance_k_per_w: null,
  dust_known: false,
  headroom_s: 0,
  drill: null,
};

/** As much as hearthd believes, and names that are none. */
const HOSTILE = {
  junction_c: 1e3,
  sink_c: -273.15,
  power_w: 1e7,
  allowed_w: 1e7,
  sustained_w: 0,
  headroom_s: 1e7,
  load: 1,
  memory: 1,
  dust: 1e7,
  energy_j: 1e12,
  resistance_k_per_w: 1e7,
  board: IMAGE,
  temperatures: Array.from({ length: 16 }, (_, n) => ({
    key: `key ${n}`,
    name: `${IMAGE} ${"w".repeat(190)}`,
    kind: "drive",
    celsius: n % 2 ? 1e3 : null,
    limit_c: null,
  })),
  fans: Array.from({ length: 8 }, (_, n) => ({
    ...FAN,
    key: `fan ${n}`,
    name: `<script>window.harmed = true</script>${"\u202E"}${"漢".repeat(60)}`,
    rpm: 1e7,
    duty: 1,
  })),
  drill: { at_unix_s: 9_007_199_254_740_991, passed: false, why: null },
};

/** What is told, and the words by which one knows that the page shows it. */
const STATES = {
  well: [{}, "machine.mood.coolQuiet"],
  hot: [
    { junction_c: 93, heat: "capped", reason: "hot", headroom_s: 0, allowed_w: 35, cap_w: 35, cap_state: "effective", dust: 1.34 },
    "machine.alarm.hot",
  ],
  "fan failed": [
    { heat: "floor", reason: "fan_failed", headroom_s: 0, allowed_w: 12, fans: [{ ...FAN, rpm: 0, state: "failed", outcome: "ignored" }] },
    "machine.alarm.fan_failed",
  ],
  blind: [{ junction_c: null, junction_unknown: "stuck", reason: "blind", headroom_s: 0 }, "machine.alarm.sensor_lost"],
  "nothing known": [UNKNOWN, "machine.unread.missing"],
  firmware: [
    { controlled_by: "firmware", reason: "firmware", calibration: NO_CALIBRATION, fans: [{ ...FAN, ours: false, duty: null, outcome: null }] },
    "machine.firmware.notYet",
  ],
  "no fan": [
    { tier: "E", controlled_by: "firmware", reason: "firmware", fans: [], power_w: null, energy_j: null, drill: null, cap_state: "unsupported", calibration: NO_CALIBRATION },
    "machine.firmware.noFan",
  ],
  calibrating: [
    { reason: "calibrating", calibration: { state: "running", step: "sweep", progress: 0.37, why: null } },
    "machine.mood.calibrating",
  ],
  drill: [{ reason: "drill" }, "machine.drill.running"],
  simulated: [{ simulated: true }, "machine.simulated"],
};

/** Ada in another browser, who speaks another language from now on, wherever she is. */
async function signedIn(stage, { tongue, ...visit }) {
  const person = await stage.visit(visit);
  await person.page.goto(stage.server.origin);
  await person.signIn("ada", PASSWORD);
  await person.page.locator("nav .office").waitFor();
  person.speak(await person.page.locator("html").getAttribute("lang"));
  if (person.tongue !== tongue) {
    await person.own(`language.${tongue}`);
    person.speak(tongue);
    await person.page.locator(`html[lang=${tongue}]`).waitFor();
  }
  return person;
}

describe("the machine in every state", () => {
  /** @type {Stage} */
  let stage;
  let ada;

  before(async () => {
    stage = await Stage.set({ machine: "told" });
    stage.watch.allowRefusals(/\/api\/v1\/sessions$/);
    ada = await stage.found();
    await ada.office("machine");
  });
  after(() => stage.close());

  const shown = (person, key) => person.main.getByText(person.t(key)).first().waitFor();

  async function look(person, name, looks) {
    await settled(person.page);
    if (SHOTS) await person.page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
    const found = await Promise.all(looks.map((one) => one(person.page)));
    return found.flat().map((sentence) => `${name}: ${sentence}`);
  }

  const VISITS = [
    ["at a desk, by day, in English", { tongue: "en", scheme: "light" }, strayChinese],
    ["at a desk, by night, in Chinese", { tongue: "zh-CN", scheme: "dark" }, leftovers],
    ["on a phone, by day, in Chinese", { tongue: "zh-CN", scheme: "light", size: PHONE, touch: true }, leftovers],
    ["on a phone, by night, in English", { tongue: "en", scheme: "dark", size: PHONE, touch: true }, strayChinese],
  ];
  for (const [where, visit, stray] of VISITS) {
    test(`is said in words, ${where}`, async () => {
      stage.machine.say();
      const person = await signedIn(stage, visit);
      await person.office("machine");
      const found = [];
      for (const [name, [status, words]] of Object.entries(STATES)) {
        stage.machine.say(status);
        await shown(person, words);
        found.push(...(await look(person, `${where}, ${name}`, [barriers, overflow, smallTargets, stray])));
      }
      assert.deepEqual(found, []);
      await person.close();
    });
  }

  test("what is unknown is called so, and is no nought", async () => {
    stage.machine.say(UNKNOWN);
    await shown(ada, "machine.unread.missing");
    const figures = await ada.main.locator(".top dl").innerText();
    assert.doesNotMatch(figures, /\d/);
    assert.match(figures, literally(ada.t("machine.unknown")));
    assert.match(figures, literally(ada.t("machine.noMeter")));
    const sensors = ada.main.locator("section").filter({ has: ada.heading(ada.t("machine.sensors")) });
    assert.doesNotMatch(await sensors.innerText(), /\d °C|\d rpm|\d ?%/);
    const room = ada.main.locator("section").filter({ has: ada.heading(ada.t("machine.room")) });
    await room.getByText(ada.t("machine.unknown"), { exact: true }).waitFor();
  });

  test("whatever is told is text, and the page keeps its width", async () => {
    stage.machine.say(HOSTILE);
    await eventually(async () => assert.match(await ada.main.locator(".top dl").innerText(), /1,000/));
    assert.equal(await ada.page.evaluate(() => "harmed" in window), false);
    assert.equal(await ada.main.locator("img, script").count(), 0);
    assert.deepEqual(await look(ada, "hostile, desk", [overflow, barriers]), []);
    await ada.page.setViewportSize(PHONE);
    assert.deepEqual(await look(ada, "hostile, phone", [overflow, smallTargets]), []);
    await ada.page.setViewportSize({ width: 1280, height: 800 });
  });

  test("a calibration begins with consent, shows how far it is, and can be stopped", async () => {
    stage.machine.say({ calibration: NO_CALIBRATION });
    await shown(ada, "machine.calibration.none");
    await ada.main.getByRole("button", { name: ada.t("machine.calibration.start") }).click();
    await ada.dialog.getByText(ada.t("machine.calibration.confirmText")).waitFor();
    assert.ok(!stage.machine.wasAsked("calibrate"), "nothing begins before somebody agrees");
    await ada.dialog.getByRole("button", { name: ada.t("machine.calibration.start") }).click();
    await eventually(() => assert.ok(stage.machine.wasAsked("calibrate")));
    stage.machine.say(STATES.calibrating[0]);
    await ada.main.getByRole("progressbar").waitFor();
    await ada.main.getByText("37%").first().waitFor();
    await ada.main.getByRole("button", { name: ada.t("machine.stop") }).click();
    await eventually(() => assert.ok(stage.machine.wasAsked("stop")));
    stage.machine.say({ calibration: { state: "aborted", step: null, progress: 0, why: "stopped" } });
    await shown(ada, "machine.calibration.aborted");
    await shown(ada, "machine.calibration.why.stopped");
    stage.machine.say({ calibration: { state: "stored", step: null, progress: 0, why: "not_stored" } });
    await shown(ada, "machine.calibration.stored");
    await shown(ada, "machine.calibration.why.not_stored");
  });

  test("a drill is asked for, and its result is said", async () => {
    stage.machine.say({ drill: null });
    await shown(ada, "machine.drill.never");
    await ada.main.getByRole("button", { name: ada.t("machine.drill.start") }).click();
    await eventually(() => assert.ok(stage.machine.wasAsked("drill")));
    const at_unix_s = Math.floor(Date.now() / 1_000);
    stage.machine.say({ drill: { at_unix_s, passed: false, why: "fan_did_not_follow" } });
    await ada.main.getByText(/the fan did not follow/).waitFor();
  });

  test("energy costs what the office pays for it", async () => {
    stage.machine.say();
    await ada.main.getByText(ada.t("machine.energy.noPrice")).waitFor();
    await ada.main.getByLabel(ada.t("machine.price"), { exact: true }).fill("0.65");
    await ada.main.getByLabel(ada.t("machine.price.currency")).selectOption("CNY");
    await ada.main.locator("form").getByRole("button", { name: ada.t("action.save") }).click();
    await ada.page.getByText(ada.t("machine.price.saved")).waitFor();
    await ada.main.getByText(/¥\d+\.\d\d today/).waitFor();
    await ada.main.getByRole("button", { name: ada.t("machine.price.remove") }).click();
    await ada.main.getByText(ada.t("machine.energy.noPrice")).waitFor();
  });

  test("full power counts down, and quiet hours of the machine are called so", async () => {
    stage.machine.say({ profile: "boost", wanted_profile: "boost", boost_left_s: 105 });
    await ada.main.getByText(ada.t("machine.profile.boostLeft", { time: "1:45" })).waitFor();
    stage.machine.say({ profile: "quiet", quiet_left_s: 600 });
    await shown(ada, "machine.profile.quietNow");
  });

  test("the ember follows, here and wherever somebody of the office is", async () => {
    const icon = () => ada.page.locator("link[rel=icon]").getAttribute("href");
    stage.machine.say({ heat: "capped" });
    await ada.main.getByRole("img", { name: ada.t("ember.hot") }).waitFor();
    await eventually(async () => assert.match(await icon(), /ember-hot/));
    stage.machine.say(STATES["fan failed"][0]);
    await ada.main.getByRole("img", { name: ada.t("ember.alarm") }).waitFor();
    await ada.leaveSettings();
    await ada.page.reload();
    await ada.nav.getByText(ada.t("ember.alarm")).waitFor();
    await eventually(async () => assert.match(await icon(), /ember-attention/));
    stage.machine.say();
    await ada.office("machine");
    await ada.main.getByRole("img", { name: ada.t("ember.idle") }).waitFor();
    await eventually(async () => assert.match(await icon(), /ember(-[\w]{8})?\.svg$/));
  });

  test("on paper it is one page without anything to press", async () => {
    await ada.page.emulateMedia({ media: "print" });
    assert.equal(await ada.main.getByRole("button", { name: ada.t("machine.drill.start") }).isVisible(), false);
    const cut = await ada.page.evaluate(() => {
      const { scrollHeight, clientHeight } = document.querySelector("main");
      return scrollHeight - clientHeight;
    });
    assert.ok(cut <= 1, "nothing is cut off");
    await ada.page.emulateMedia({ media: "screen" });
  });
});

describe("an office whose machine tells nothing", () => {
  /** @type {Stage} */
  let stage;
  before(async () => {
    stage = await Stage.set();
  });
  after(() => stage.close());

  for (const [tongue, size, stray] of [["en", undefined, strayChinese], ["zh-CN", PHONE, leftovers]]) {
    test(`says so, and what to do, in ${tongue}`, async () => {
      if (tongue === "en") await stage.found();
      const person = await signedIn(stage, { tongue, size, touch: size === PHONE });
      await person.office("machine");
      await person.main.getByText(person.t("machine.absent.text")).waitFor();
      await person.main.getByText(person.t("machine.chart.noPast")).waitFor();
      assert.doesNotMatch(await person.main.locator(".top").innerText(), /\d/);
      assert.ok(await person.main.getByRole("button", { name: person.t("machine.drill.start") }).isDisabled());
      await settled(person.page);
      const looks = [barriers, overflow, smallTargets, stray].map((one) => one(person.page));
      assert.deepEqual((await Promise.all(looks)).flat(), []);
    });
  }
});
