/**
 * Compares what a page looks like with a picture in `tests/web/pictures`. `HEARTH_BLESS=1` takes the
 * pictures anew; look at them before you commit them.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

import { settled } from "./looks.mjs";

const PICTURES = new URL("../pictures/", import.meta.url).pathname;
const BLESS = process.env["HEARTH_BLESS"] === "1";
/** How different a pixel may be, 0 to 1: letters are not drawn alike by every version. */
const PIXEL_DIFFERENCE_MAX = 0.25;
/** How many pixels may differ, as a part of all. A missing row of text is more. */
const PIXELS_DIFFERENT_MAX = 0.004;

/** What changes with the day, with chance or by the second is not part of the look. */
const STILL = `
  time, .stamp, .plot, .plot * { visibility: hidden !important; }
  .avatar { background: #8a7f76 !important; }
  * { caret-color: transparent !important; }
`;

let results;

/** Where pictures of a failure go, so that somebody can look at them. */
function resultsFolder() {
  results ??= mkdtempSync(join(tmpdir(), "hearth-pictures-"));
  return results;
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function looksAs(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(1, 1);
  // The page's content policy refuses style elements, but not sheets that a script makes.
  await page.evaluate((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets.push(sheet);
  }, STILL);
  await settled(page);
  const bytes = await page.screenshot({ caret: "initial" });
  await page.evaluate(() => document.adoptedStyleSheets.pop());
  const file = join(PICTURES, `${name}.png`);
  if (BLESS) {
    mkdirSync(PICTURES, { recursive: true });
    writeFileSync(file, bytes);
    return;
  }
  assert.ok(existsSync(file), `${file} does not exist; take it with HEARTH_BLESS=1`);
  const [seen, wanted] = [PNG.sync.read(bytes), PNG.sync.read(readFileSync(file))];
  const { width, height } = wanted;
  assert.deepEqual([seen.width, seen.height], [width, height], `${name} has another size`);
  const difference = new PNG({ width, height });
  const count = pixelmatch(seen.data, wanted.data, difference.data, width, height, {
    threshold: PIXEL_DIFFERENCE_MAX,
  });
  if (count <= width * height * PIXELS_DIFFERENT_MAX) return;
  const folder = resultsFolder();
  writeFileSync(join(folder, `${name}.png`), bytes);
  writeFileSync(join(folder, `${name}-difference.png`), PNG.sync.write(difference));
  assert.fail(`${name} looks different in ${count} pixels; see ${folder}`);
}
