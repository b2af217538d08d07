/**
 * How well a few typed letters fit a name.
 *
 * A name is cut into parts: a Chinese character is one, a word of letters or digits is one. What is
 * typed fits if it can be cut into beginnings of parts that follow each other: `cpjl`, `chanpin` and
 * `chanpjl` fit 产品经理, `desrev` and `dr` fit "design-review". What stands in the name as it is
 * typed fits better, and letters that only appear in this order fit worst.
 */
import { readings } from "./pinyin";

export interface Name {
  /** In lower case, for finding what is typed as it is. */
  plain: string;
  /** How each part can be read. */
  parts: readonly (readonly string[])[];
  /** Which letters and digits appear at all: what is missing can't fit. */
  letters: number;
}

/** What is typed beyond this says nothing new about a name; it also fits a number's bits. */
const SOUND_MAX = 30;

const PART = /\p{Script=Han}|[\p{L}\p{N}]+/gu;

export function nameOf(text: string, also = ""): Name {
  const plain = `${text}\n${also}`.normalize("NFKC").toLowerCase();
  const parts = [...plain.matchAll(PART)].map(([part]) => {
    const sounds = readings(part);
    return sounds.length > 0 ? sounds : [sounding(part)];
  });
  let letters = bits(plain);
  for (const sounds of parts) for (const sound of sounds) letters |= bits(sound);
  return { plain, parts, letters };
}

/** What is typed, ready to be compared with many names. */
export interface Typed {
  plain: string;
  sound: string;
  letters: number;
}

export function typed(text: string): Typed {
  const plain = text.normalize("NFKC").trim().toLowerCase();
  const sound = sounding(plain.replace(/[\s'-]+/g, "")).slice(0, SOUND_MAX);
  return { plain, sound, letters: bits(plain) & ~bits("v") };
}

/** In pinyin typed without an ü the v stands for it. */
function sounding(text: string): string {
  return text.replace(/(?<=[ln])v/g, "u");
}

function bits(text: string): number {
  let set = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 97 && code <= 122) set |= 1 << (code - 97);
  }
  return set;
}

/** From 0 (fits not at all) to 100 (is it). */
export function fit(name: Name, { plain, sound, letters }: Typed): number {
  if (plain === "") return 1;
  if ((letters & ~name.letters) !== 0) return 0;
  const at = name.plain.indexOf(plain);
  if (at === 0) return name.plain[plain.length] === "\n" ? 100 : 90;
  if (at > 0) return /[\p{L}\p{N}]/u.test(name.plain[at - 1] ?? "") ? 62 : 78;
  if (sound === "") return 0;
  for (let start = 0; start < name.parts.length; start += 1) {
    if (begins(name.parts, start, sound)) return start === 0 ? 74 : 58;
  }
  return sound.length > 2 && inOrder(name, sound) ? 20 : 0;
}

/**
 * Whether the sound is made of beginnings of the parts from here on. `reached` has a bit for each
 * place in the sound that the parts so far can end at, so no place is tried twice.
 */
function begins(parts: Name["parts"], start: number, sound: string): boolean {
  let reached = 1;
  for (let part = start; part < parts.length && reached !== 0; part += 1) {
    let next = 0;
    for (const reading of parts[part] ?? []) {
      for (let from = 0; from < sound.length; from += 1) {
        if ((reached & (1 << from)) === 0) continue;
        for (let taken = 0; reading[taken] === sound[from + taken]; ) {
          taken += 1;
          next |= 1 << (from + taken);
          if (taken === reading.length || from + taken === sound.length) break;
        }
      }
    }
    if ((next & (1 << sound.length)) !== 0) return true;
    reached = next;
  }
  return false;
}

function inOrder(name: Name, sound: string): boolean {
  const all = name.parts.map((sounds) => sounds[0]).join("");
  let at = 0;
  for (const letter of sound) {
    at = all.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
