/**
 * The language of the screen. `t` looks a sentence up and fills it in; dates, counts and lists come
 * from `Intl`. A sentence that depends on a count has its singular first: `{n} person|{n} people`.
 */
import type { Language } from "../api/types";
import type english from "./en.json";

export type Tongue = "en" | "zh-CN";
export type Key = keyof typeof english;
export type Vars = Record<string, string | number>;
type Table = Record<Key, string>;

type Load = () => Promise<{ default: Partial<Table> }>;

/** What the first page says, and what is said later; `build/words.ts` cuts the files in two. */
const TABLES: Record<Tongue, { first: Load; later: Load }> = {
  en: { first: () => import("./en.json"), later: () => import("./en.json?later") },
  "zh-CN": { first: () => import("./zh-CN.json"), later: () => import("./zh-CN.json?later") },
};
const STORED = "hearth.language";

class Screen {
  tongue = $state.raw<Tongue>("en");
  #table = $state.raw<Partial<Table>>({});
  #whole: Promise<void> = Promise.resolve();

  async show(choice: Language): Promise<void> {
    const tongue = choice === "auto" ? asTheBrowser() : choice;
    const { default: table } = await TABLES[tongue].first();
    this.#table = table;
    this.tongue = tongue;
    document.documentElement.lang = tongue;
    this.#whole = this.#fetchLater(tongue);
  }

  /** Resolves when everything can be said: before a page or a dialog opens. */
  async whole(): Promise<void> {
    await this.#whole;
  }

  async #fetchLater(tongue: Tongue): Promise<void> {
    const { default: later } = await TABLES[tongue].later();
    if (tongue === this.tongue) this.#table = { ...this.#table, ...later };
  }

  say(key: Key, vars: Vars): string {
    const forms = (this.#table[key] ?? key).split("|");
    const n = vars["n"];
    const plural = typeof n === "number" && new Intl.PluralRules(this.tongue).select(n) !== "one";
    const form = (plural ? forms.at(-1) : forms[0]) ?? key;
    return form.replace(/\{(\w+)\}/g, (_, name: string) => this.#fill(vars[name]));
  }

  #fill(value: string | number | undefined): string {
    if (typeof value === "number") return new Intl.NumberFormat(this.tongue).format(value);
    return value ?? "";
  }
}

function asTheBrowser(): Tongue {
  const first = navigator.languages.find((name) => /^(zh|en)\b/i.test(name));
  return first && /^zh/i.test(first) ? "zh-CN" : "en";
}

export const screen = new Screen();

export function t(key: Key, vars: Vars = {}): string {
  return screen.say(key, vars);
}

/** The choice made before anybody is signed in. */
export function storedLanguage(): Language {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === "en" || stored === "zh-CN" ? stored : "auto";
  } catch {
    return "auto";
  }
}

export async function chooseLanguage(choice: Language): Promise<void> {
  try {
    localStorage.setItem(STORED, choice);
  } catch {
    // Forbidden storage: the choice lasts as long as the page.
  }
  await screen.show(choice);
}
