/** What people paste, by mistake or on purpose: nothing runs, nothing breaks, nothing hangs. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Stage } from "./stage/stage.mjs";

const RUN = "window.harmed = true; alert(1)";
const IMAGE = `<img src=x onerror="${RUN}">`;

/** Each says what it is, so that it can be found again. */
const PIECES = {
  script: `script: <script>${RUN}</script>`,
  image: `image: ${IMAGE}`,
  "picture by Markdown": "picture: ![x](https://example.invalid/x.png) ![y](javascript:alert(1))",
  "vector image": `vector: <svg onload="${RUN}"><animate onbegin="${RUN}" /></svg>`,
  frame: `frame: <iframe srcdoc="<script>parent.harmed = true</script>"></iframe>`,
  form: `form: <form action="https://example.invalid"><button>Sign in</button></form>`,
  style: "style: <style>* { display: none }</style>",
  "script link": "link: [press me](javascript:window.harmed=true) <javascript:alert(1)>",
  "encoded script link": "encoded: [press me](JaVaScRiPt&colon;alert(1)) [x](java\tscript:alert(1))",
  "data link": "data: [open](data:text/html,<script>alert(1)</script>)",
  "broken tags": `broken: <<script>${RUN}//<</script> "><b onmouseover=alert(1)>`,
  "nested quotes": `${"> ".repeat(1_000)}deep quote`,
  "nested lists": `${"- ".repeat(1_000)}deep list`,
  "nested brackets": `brackets: ${"[".repeat(2_000)}${"](".repeat(500)}`,
  "emphasis storm": `storm: ${"**a *b ".repeat(1_400)}`,
  "direction override": "override: \u202Egnp.exe\u202C and \u2066isolated\u2069 after",
  "one long word": `word: ${"w".repeat(5_000)}`,
  "ten thousand graphemes": `graphemes: ${"e\u0301".repeat(9_980)}`,
  "wide table": `table:\n\n|${"a|".repeat(60)}\n|${"-|".repeat(60)}\n|${"long cell |".repeat(60)}`,
  "wide code": `code:\n\n\`\`\`\n${"x = 1; ".repeat(400)}\n\`\`\``,
};

/** Signs that something came through. */
const harm = () => ({
  harmed: "harmed" in window,
  foreign: document.querySelectorAll(
    "article :is(script, img, svg:not([aria-hidden]), iframe, form, style, object, embed)",
  ).length,
  links: [...document.querySelectorAll("article a")]
    .map((link) => link.protocol)
    .filter((protocol) => !["http:", "https:", "mailto:"].includes(protocol)),
  handlers: [...document.querySelectorAll("article .prose *")].filter((element) =>
    element.getAttributeNames().some((name) => name.startsWith("on")),
  ).length,
});

const NO_HARM = { harmed: false, foreign: 0, links: [], handlers: 0 };

const overflow = () => document.documentElement.scrollWidth - innerWidth;

describe("hostile content", () => {
  /** @type {Stage} */
  let stage;
  let ada;
  let eve;

  before(async () => {
    stage = await Stage.set();
    stage.watch.allowRefusals(/\/api\/v1\/me$/);
    ada = await stage.found();
    eve = await stage.join(ada.invitation, { name: `${IMAGE}<b>Eve</b>`, handle: "eve" });
    await eve.openChannel("lobby");
  });
  after(() => stage.close());

  for (const [what, text] of Object.entries(PIECES)) {
    test(`${what}: shown as text, and the page goes on`, async () => {
      const before = await ada.main.getByRole("article").count();
      await eve.write(text);
      await ada.main.getByRole("article").nth(before).waitFor();
      // The page is still there for its reader: a key shows at once.
      await ada.composer.fill("");
      await ada.composer.press("x", { timeout: 3_000 });
      assert.equal(await ada.composer.inputValue(), "x");
      for (const reader of [ada, eve]) {
        assert.deepEqual(await reader.page.evaluate(harm), NO_HARM);
        assert.ok((await reader.page.evaluate(overflow)) <= 0, "the page is not wider");
      }
    });
  }

  test("a message that is too long is not sent, and how much is too much is said", async () => {
    const text = `too long: ${"x".repeat(10_000)}`;
    const before = await ada.main.getByRole("article").count();
    await eve.write(text);
    await eve.main.getByText(eve.t("composer.over", { n: text.length - 10_000 })).waitFor();
    assert.equal(await eve.composer.inputValue(), text, "it can be made shorter");
    await eve.composer.fill("");
    await eve.write("short enough");
    await ada.reads("short enough");
    assert.equal(await ada.main.getByRole("article").count(), before + 1);
  });

  test("links in messages open elsewhere and tell nothing", async () => {
    await eve.write("link: [office](https://example.invalid/a?b=1) <https://example.invalid/>");
    const link = ada.main.getByRole("link", { name: "office" });
    assert.equal(await link.getAttribute("target"), "_blank");
    assert.match((await link.getAttribute("rel")) ?? "", /noopener/);
  });

  test("names are text too, and can't turn the line around", async () => {
    const shown = ada.main.getByRole("article").locator("b").filter({ hasText: "<b>Eve</b>" });
    assert.equal(await shown.first().innerText(), eve.name);
    await eve.settings("profile.title");
    await eve.main.getByLabel(eve.t("field.yourName")).fill("Eve \u202Egnp.exe");
    await eve.main.getByRole("button", { name: eve.t("action.save") }).click();
    await eve.main.getByRole("alert").or(eve.page.getByText(eve.t("profile.saved"))).waitFor();
    const names = await ada.main.getByRole("article").locator(".head b").allInnerTexts();
    assert.ok(names.every((name) => !/[\u202A-\u202E]/.test(name)), "no override in a name");
    await eve.leaveSettings();
  });

  test("a channel's name and topic are text", async () => {
    await ada.nav.getByRole("button", { name: ada.t("sidebar.addChannel") }).click();
    await ada.pick("create.title");
    await ada.dialog.getByLabel(ada.t("channel.name")).fill(`x${IMAGE}`);
    await ada.dialog.getByLabel(ada.t("channel.topic")).fill(`<script>${RUN}</script>`);
    await ada.dialog.getByRole("button", { name: ada.t("action.create"), exact: true }).click();
    await ada.page.getByRole("heading", { level: 1, name: /onerror/ }).waitFor();
    assert.equal(await ada.page.evaluate(() => "harmed" in window), false);
    assert.ok((await ada.page.evaluate(overflow)) <= 0);
    await ada.openChannel("lobby");
  });

  test("everything is drawn again after a reload, and on a phone", async () => {
    await ada.page.setViewportSize({ width: 390, height: 844 });
    await ada.page.reload();
    await ada.main.getByRole("article").first().waitFor();
    assert.deepEqual(await ada.page.evaluate(harm), NO_HARM);
    assert.ok((await ada.page.evaluate(overflow)) <= 0, "the phone's page is not wider");
    assert.ok(await ada.composer.isVisible());
  });
});
