/** What the app says, from its own language files: the tests look for meanings, not for spellings. */
import { readFileSync } from "node:fs";

const read = (tongue) =>
  JSON.parse(readFileSync(new URL(`../../../web/src/i18n/${tongue}.json`, import.meta.url), "utf8"));

export const TABLES = { en: read("en"), "zh-CN": read("zh-CN") };

/** @typedef {"en" | "zh-CN"} Tongue */

/**
 * A sentence of the app, as it fills it.
 *
 * @param {Tongue} tongue
 * @returns {(key: string, vars?: Record<string, string | number>) => string}
 */
export function words(tongue) {
  return (key, vars = {}) => {
    const text = TABLES[tongue][key];
    if (text === undefined) throw new Error(`no words for ${key}`);
    const forms = text.split("|");
    const n = vars["n"];
    const many = typeof n === "number" && new Intl.PluralRules(tongue).select(n) !== "one";
    const form = (many ? forms.at(-1) : forms[0]) ?? "";
    return form.replace(/\{(\w+)\}/g, (_, name) =>
      typeof vars[name] === "number"
        ? new Intl.NumberFormat(tongue).format(vars[name])
        : (vars[name] ?? ""),
    );
  };
}

/** A text as a pattern that matches it anywhere. */
export function literally(text) {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}
