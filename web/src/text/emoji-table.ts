/** All emoji with their names in both languages; loaded when somebody first looks for one. */
import lines from "virtual:emoji";

export interface Emoji {
  emoji: string;
  group: number;
  /** Whether it comes in skin tones. */
  toned: boolean;
  /** Names as programmers write them between colons. */
  codes: string[];
  en: string;
  zh: string;
  /** What people search it by, in both languages, lower case. */
  words: string[];
}

export const TABLE: Emoji[] = lines.split("\n").map((line) => {
  const [emoji = "", group = "0", toned, codes = "", en = "", zh = "", tags = ""] = line.split("\t");
  const words = `${en} ${tags}`.toLowerCase().split(" ");
  return {
    emoji,
    group: Number(group),
    toned: toned === "1",
    codes: codes === "" ? [] : codes.split(" "),
    en,
    zh,
    words,
  };
});
