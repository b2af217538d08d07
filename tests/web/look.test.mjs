/** Day and night, by choice or by the device; and no motion for those who want none. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { eventually } from "./stage/eventually.mjs";
import { Stage } from "./stage/stage.mjs";

const DARK_MAX = 60;
const LIGHT_MIN = 200;

describe("the look", () => {
  /** @type {Stage} */
  let stage;
  let ada;

  before(async () => {
    stage = await Stage.set();
    ada = await stage.found({ still: false });
    await ada.write("Is it evening already?");
  });
  after(() => stage.close());

  /** The mean of red, green and blue of the ground that the page is painted on. */
  const ground = () =>
    ada.page.evaluate(() => {
      const colour = getComputedStyle(document.body).backgroundColor;
      const [red, green, blue] = colour.match(/\d+(\.\d+)?/g).map(Number);
      return (red + green + blue) / 3;
    });
  const isDark = () => eventually(async () => assert.ok((await ground()) < DARK_MAX));
  const isLight = () => eventually(async () => assert.ok((await ground()) > LIGHT_MIN));

  test("by default the page looks as the device does, and follows it", async () => {
    await isLight();
    await ada.page.emulateMedia({ colorScheme: "dark" });
    await isDark();
    await ada.page.emulateMedia({ colorScheme: "light" });
    await isLight();
  });

  test("dark and light can be chosen against the device, and stay chosen", async () => {
    await ada.own("theme.dark");
    await isDark();
    await ada.page.reload();
    await ada.nav.waitFor();
    await isDark();
    await ada.own("theme.light");
    await ada.page.emulateMedia({ colorScheme: "dark" });
    await isLight();
    await ada.own("theme.system");
    await isDark();
  });

  test("the choice follows the person to another device", async () => {
    await ada.own("theme.dark");
    await isDark();
    const other = await stage.visit({ scheme: "light" });
    await other.page.goto(stage.server.origin);
    await other.signIn(ada.handle, ada.password);
    await other.nav.waitFor();
    await other.page.locator("html[data-theme=dark]").waitFor();
    await other.close();
  });

  /** The longest motion that is under way or would be, in milliseconds. */
  const motion = () =>
    ada.page.evaluate(() => {
      const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
      const times = [...document.querySelectorAll("*")].flatMap((element) =>
        ["", "::before", "::after"].map((part) => {
          const style = getComputedStyle(element, part || undefined);
          const endless = style.animationIterationCount.includes("infinite");
          const named = style.animationName !== "none";
          const animation = named ? seconds(style.animationDuration) * (endless ? 1_000 : 1) : 0;
          return Math.max(animation, seconds(style.transitionDuration));
        }),
      );
      return Math.max(...times) * 1_000;
    });

  test("the ember breathes, unless the device asks for stillness", async () => {
    await ada.page.emulateMedia({ reducedMotion: "no-preference" });
    assert.ok((await motion()) > 1_000, "something lives");
    await ada.page.emulateMedia({ reducedMotion: "reduce" });
    await eventually(async () => assert.ok((await motion()) <= 10, "everything rests"));
  });
});
