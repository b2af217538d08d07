/**
 * What a message's code, formulas and diagrams look like. Their source is shown first and stays
 * wherever it can't be drawn. Loaded when the first message has any of them.
 */
import { t } from "../i18n/language.svelte";
import { copy } from "../text/clipboard";
import { FORMULA_UNITS_MAX } from "../text/math";
import { codeNodes, mathNodes } from "./clean";
import { draw } from "./diagram";
import { DIAGRAM_UNITS_MAX } from "./diagram-order";
import { setType } from "./engine";
import { languageName, languageOf } from "./languages";
import { whenNear } from "./near";

/** Longer code keeps its one colour. */
const CODE_UNITS_MAX = 20_000;
/** Of each kind in one message; the others stay as they are written. */
const FORMULAS_MAX = 100;
const LISTINGS_MAX = 30;
const DIAGRAMS_MAX = 8;
const COPIED_MS = 1_500;

export function typeset(root: Element): void {
  const formulas = [...root.querySelectorAll<HTMLElement>("[data-math]")].slice(0, FORMULAS_MAX);
  for (const formula of formulas) whenNear(formula, () => void setFormula(formula));
  const listings = [...root.querySelectorAll<HTMLElement>("pre:not([data-math])")];
  let diagrams = 0;
  for (const [at, listing] of listings.entries()) {
    const code = listing.querySelector("code");
    const language = code?.dataset["lang"] ?? "";
    frame(listing, language);
    if (!code || at >= LISTINGS_MAX) continue;
    if (language === "mermaid") {
      diagrams += 1;
      if (diagrams <= DIAGRAMS_MAX) whenNear(listing, () => void setDiagram(listing, code.innerText));
    } else if (languageOf(language)) whenNear(listing, () => void setCode(code, language));
  }
}

/** A listing gets its language's name and a button that copies it; neither moves anything. */
function frame(listing: HTMLElement, language: string): void {
  const box = document.createElement("div");
  box.className = "listing";
  const tools = document.createElement("div");
  tools.className = "listing-tools";
  if (language !== "") tools.append(languageName(language));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = t("code.copy");
  button.addEventListener("click", () => void take(button, listing.textContent ?? ""));
  tools.append(button);
  listing.tabIndex = 0;
  listing.replaceWith(box);
  box.append(listing, tools);
}

async function take(button: HTMLButtonElement, source: string): Promise<void> {
  if (!(await copy(source.replace(/\n$/, "")))) return;
  button.textContent = t("code.copied");
  setTimeout(() => (button.textContent = t("code.copy")), COPIED_MS);
}

async function setCode(code: HTMLElement, language: string): Promise<void> {
  const source = code.textContent ?? "";
  if (source.length > CODE_UNITS_MAX) return;
  const html = await setType("code", source, language);
  if (html !== null) code.replaceChildren(codeNodes(html));
}

async function setFormula(element: HTMLElement): Promise<void> {
  const source = element.textContent ?? "";
  if (source.length > FORMULA_UNITS_MAX) return;
  const block = element.dataset["math"] === "block";
  const html = await setType(block ? "block" : "inline", source);
  if (html === null) return;
  const nodes = mathNodes(html);
  if (!nodes.querySelector("math")) return;
  const set = document.createElement(block ? "div" : "span");
  set.className = block ? "formula block" : "formula";
  set.title = source;
  set.append(nodes);
  element.replaceWith(set);
}

/** Diagrams that are shown, so that they change with the theme. */
const shown = new Set<{ picture: HTMLImageElement; source: string }>();

async function setDiagram(listing: HTMLElement, source: string): Promise<void> {
  if (source.length > DIAGRAM_UNITS_MAX) return;
  const picture = document.createElement("img");
  if (!(await paint(picture, source))) return;
  picture.alt = t("diagram.alt");
  const box = listing.closest(".listing");
  const figure = document.createElement("figure");
  figure.className = "diagram";
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = t("diagram.source");
  box?.replaceWith(figure);
  details.append(summary, box ?? listing);
  figure.append(picture, details);
  shown.add({ picture, source });
}

const isNight = (): boolean => document.documentElement.dataset["theme"] === "dark";

async function paint(picture: HTMLImageElement, source: string): Promise<boolean> {
  const drawn = await draw(source, isNight());
  if (!drawn) return false;
  picture.width = Math.round(drawn.width);
  picture.height = Math.round(drawn.height);
  picture.src = drawn.address;
  return true;
}

new MutationObserver(() => {
  for (const each of shown) {
    if (each.picture.isConnected) void paint(each.picture, each.source);
    else shown.delete(each);
  }
}).observe(document.documentElement, { attributeFilter: ["data-theme"] });
