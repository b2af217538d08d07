/** Files: attached, dropped and pasted, shown, looked at closely, and kept through a reload. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { barriers, overflow, settled, smallTargets } from "./stage/looks.mjs";
import { asFile, png, wav } from "./stage/pictures.mjs";
import { DESK, PHONE, Stage } from "./stage/stage.mjs";

/** How many chosen files the browser keeps. */
const keptFiles = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("hearth.uploads");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction("files").objectStore("files").count();
          counting.onsuccess = () => resolve(counting.result);
          counting.onerror = () => reject(counting.error);
        };
      }),
  );

const CASTS = [
  { tongue: "en", size: DESK, office: "Hearth House", lobby: "lobby", text: "three views of it" },
  { tongue: "zh-CN", size: PHONE, office: "炉边工作室", lobby: "大厅", text: "三张效果图" },
];
const VIEWS = ["north.png", "east.png", "south.png"].map((name, at) =>
  asFile(name, "image/png", png(900 + at * 100, 600, [232 - at * 80, 80, 15 + at * 90])),
);

for (const { tongue, size, office, lobby, text } of CASTS) {
  describe(`files, ${tongue}, ${size.width} wide`, () => {
    /** @type {Stage} */
    let stage;
    let ada;

    before(async () => {
      stage = await Stage.set();
      const desk = await stage.found({ tongue, office });
      if (size === DESK) ada = desk;
      else {
        ada = await stage.join(desk.invitation, { tongue, size, touch: true });
        await ada.openChannel(lobby);
      }
    });
    after(() => stage.close());

    const composerForm = () => ada.main.locator("form.composer");
    const attach = (files) => composerForm().locator("input[type=file]").setInputFiles(files);
    const chips = () => composerForm().getByRole("listitem");
    const send = () => composerForm().getByRole("button", { name: ada.t("action.send"), exact: true }).click();
    const lightbox = () => ada.page.getByRole("dialog", { name: ada.t("files.viewer") });
    const picture = (name) => ada.main.getByRole("button", { name: ada.t("files.openPicture", { name }) });

    async function sound() {
      await settled(ada.page);
      assert.deepEqual(await barriers(ada.page), []);
      assert.deepEqual(await overflow(ada.page), []);
      assert.deepEqual(await smallTargets(ada.page), []);
    }

    test("several pictures go out with a text, and stand in a gallery", async () => {
      await attach(VIEWS);
      await eventually(async () => assert.equal(await chips().count(), 3));
      await sound();
      await ada.composer.fill(text);
      await send();
      const message = ada.message(text).first();
      await eventually(async () => assert.equal(await message.locator("img[alt]:not([alt=''])").count(), 3));
      await eventually(async () => {
        const loaded = await message.locator("img").evaluateAll((all) =>
          all.every((image) => image.complete && image.naturalWidth > 0),
        );
        assert.ok(loaded, "every thumbnail is there");
      });
      assert.equal(await chips().count(), 0);
      await sound();
    });

    test("a picture opens, zooms, leads to the next, and gives the focus back", async () => {
      await picture("north.png").click();
      await lightbox().waitFor();
      await sound();
      const image = lightbox().getByRole("img");
      const scale = () => image.evaluate((shown) => new DOMMatrix(getComputedStyle(shown).transform).a);
      assert.equal(await scale(), 1);
      await image.dblclick();
      await eventually(async () => assert.ok((await scale()) > 2));
      await ada.page.keyboard.press("0");
      await eventually(async () => assert.equal(await scale(), 1));
      await ada.page.keyboard.press("+");
      await eventually(async () => assert.ok((await scale()) > 1.2));
      await ada.page.keyboard.press("ArrowRight");
      await lightbox().getByRole("img", { name: "east.png" }).waitFor();
      assert.equal(await scale(), 1);
      await ada.page.keyboard.press("ArrowLeft");
      await ada.page.keyboard.press("ArrowLeft");
      await lightbox().getByRole("img", { name: "south.png" }).waitFor();
      await ada.page.keyboard.press("Escape");
      await lightbox().waitFor({ state: "detached" });
      assert.equal(await picture("north.png").evaluate((b) => b === document.activeElement), true);
    });

    test("sound plays here, other files are cards, and nothing of them runs", async () => {
      const page = "<script>document.title = 'taken over'</script>";
      await attach([
        asFile("call.wav", "audio/wav", wav()),
        asFile("evil.html", "text/html", Buffer.from(page)),
        asFile("notes.txt", "text/plain", Buffer.from("plain words, 预算")),
      ]);
      // Sent before they have arrived: it goes out by itself.
      await send();
      const message = ada.main.getByRole("article").filter({ hasText: "evil.html" });
      await message.waitFor();
      await message.locator("audio[controls]").waitFor();
      const html = message.getByRole("link", { name: "evil.html", exact: true });
      assert.match(await html.getAttribute("href"), /\/download$/);
      const notes = await message.getByRole("link", { name: "notes.txt", exact: true }).getAttribute("href");
      const shown = await ada.page.request.get(stage.server.origin + notes);
      assert.match(shown.headers()["content-type"], /text\/plain/);
      await sound();
    });

    test("a drop on the conversation and a paste into the composer attach", async () => {
      const give = (event) =>
        ada.main.evaluate((main, [name, base64]) => {
          const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], "given.png", { type: "image/png" }));
          const target = name === "paste" ? main.querySelector("textarea") : main;
          const init = { bubbles: true, cancelable: true };
          const event =
            name === "paste"
              ? new ClipboardEvent("paste", { ...init, clipboardData: data })
              : new DragEvent(name, { ...init, dataTransfer: data });
          target.dispatchEvent(event);
        }, [event, png(40, 30).toString("base64")]);
      await give("dragenter");
      await ada.page.getByText(ada.t("files.drop")).waitFor();
      await give("drop");
      await eventually(async () => assert.equal(await chips().count(), 1));
      await give("paste");
      await eventually(async () => assert.equal(await chips().count(), 2));
      await chips().first().getByRole("button", { name: ada.t("action.remove") }).click();
      await eventually(async () => assert.equal(await chips().count(), 1));
    });

    test("what was chosen is still there after a reload, and goes out", async () => {
      // What was removed is gone from the browser's database a moment later.
      await eventually(async () => assert.equal(await keptFiles(ada.page), 1));
      // An upload whose end the page did not live to hear of is asked for, and is none any more.
      stage.watch.allowRefusals(/\/api\/v1\/uploads\/[0-9a-f-]{36}$/);
      await ada.page.reload();
      await eventually(async () => assert.equal(await chips().count(), 1));
      await ada.composer.fill("after the reload");
      await send();
      const message = ada.message("after the reload").first();
      await message.getByRole("img", { name: "given.png" }).waitFor();
    });
  });
}
