/** What is looked for at every place of a tour. Each look gives sentences; none means all is well. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { TABLES } from "./words.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** WCAG 2.2, 2.5.8. */
const TARGET_PX_MIN = 24;

/** Waits until what fades or grows has done so: half-way, colours and sizes are not what is shown. */
export async function settled(page) {
  await page.evaluate(async () => {
    const passing = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(passing.map(({ finished }) => finished));
  });
}

/** What axe calls serious or critical, by the rules of WCAG 2.2 AA. */
export async function barriers(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const violations = await page.evaluate(async (tags) => {
    const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
    const result = await window.axe.run(document, { ...options, preload: false });
    return result.violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`),
    }));
  }, RULES);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).join(" | ")}`);
}

/** Whether anything makes the page wider than its window. */
export async function overflow(page) {
  const wide = await page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return null;
    const over = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1,
    );
    return over.slice(0, 3).map((element) => `${element.localName}.${element.className}`);
  });
  return wide ? [`wider than the window by ${wide.join(", ")}`] : [];
}

/** Controls that a finger misses. Links inside sentences are as high as their line. */
export async function smallTargets(page) {
  return page.evaluate((least) => {
    const all = "button, a[href], input, textarea, summary, [role=menuitem], [role=option]";
    const target = (element) =>
      element.matches("[type=radio], [type=checkbox]") ? element.closest("label") : element;
    return [...document.querySelectorAll(all)]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .filter((element) => !element.closest(".prose, [inert]"))
      .map((element) => ({ element, box: target(element)?.getBoundingClientRect() }))
      .filter(({ box }) => box && box.width > 0 && (box.width < least || box.height < least))
      .map(({ element, box }) => {
        const size = `${Math.round(box.width)}x${Math.round(box.height)}`;
        return `${element.localName} "${element.ariaLabel ?? element.textContent.trim()}" is ${size}`;
      });
  }, TARGET_PX_MIN);
}

/** Everything that the page says: texts and labels, but not what people wrote. */
async function spoken(page) {
  return page.evaluate(() => {
    const said = new Set();
    const written = ".prose, textarea, input, .notranslate, [lang]:not(html)";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (parentElement?.checkVisibility() && !parentElement.closest(written)) said.add(data.trim());
    }
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      for (const element of document.querySelectorAll(`[${name}]`)) {
        if (!element.closest(".prose, [lang]:not(html)")) said.add(element.getAttribute(name).trim());
      }
    }
    said.add(document.title);
    return [...said].filter(Boolean);
  });
}

/** English sentences as patterns, where Chinese says something else. */
const ENGLISH = Object.entries(TABLES.en)
  .filter(([key, text]) => text !== TABLES["zh-CN"][key])
  .flatMap(([key, text]) => text.split("|").map((form) => [key, form]))
  .map(([key, form]) => {
    const escaped = form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\{\w+\\\}/g, ".+");
    return { key, pattern: new RegExp(`^${escaped}$`), pure: !form.startsWith("{") };
  })
  // "{n} by {names}" would match what people are called.
  .filter(({ pure }) => pure);

/** What is still said in English on a Chinese screen. */
export async function leftovers(page) {
  const said = await spoken(page);
  return said.flatMap((text) => {
    // "Enter 发送" has a key's name in it and fits "Enter {office}".
    const chinese = /\p{Script=Han}/u.test(text);
    const left = chinese ? undefined : ENGLISH.find(({ pattern }) => pattern.test(text));
    return left ? [`"${text}" is English (${left.key})`] : [];
  });
}

/** What is said in Chinese on an English screen, where nobody wrote Chinese. */
export async function strayChinese(page) {
  const said = await spoken(page);
  const own = new Set([TABLES.en["language.zh-CN"], TABLES.en["language.other"]]);
  return said
    .filter((text) => /\p{Script=Han}/u.test(text) && !own.has(text))
    .map((text) => `"${text}" is Chinese`);
}
