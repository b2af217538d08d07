/** The beginning of a message as one line, for a notification. */
const CHARACTERS_MAX = 140;
/** What is looked at of a message; the patterns below are not meant for more. */
const UNITS_READ_MAX = 2_000;

export function excerpt(text: string): string {
  const line = text
    .slice(0, UNITS_READ_MAX)
    .replace(/```[^\n]*\n?/g, " ")
    .replace(/^\s{0,3}(?:#{1,6}|>+|[-*+]|\d+[.)])\s+/gm, "")
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, "$1")
    .replace(/(\*\*|__|~~|`)/g, "")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...new Intl.Segmenter().segment(line)];
  if (characters.length <= CHARACTERS_MAX) return line;
  return `${characters.slice(0, CHARACTERS_MAX - 1).map(({ segment }) => segment).join("")}…`;
}
