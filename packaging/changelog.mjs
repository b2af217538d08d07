// Writes the changelog in Debian's form, from CHANGELOG.md on standard input.
import { readFileSync } from "node:fs";

const newest = process.argv[2];
const builtAt = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000);
const maintainer = "The Hearth contributors <packages@hearth.invalid>";

/** The entries, newest first: what is not released yet belongs to the version that is packed. */
function entries(text) {
  const parts = text.split(/^## /m).slice(1);
  return parts.map((part, index) => {
    const [, name, date] = /^\[?([^\]\s]+)\]?(?:\s+[-–—]\s+(\d{4}-\d\d-\d\d))?/.exec(part) ?? [];
    const version = index === 0 ? newest : `${name.replace("-", "~")}-1`;
    const items = part.split(/^- /m).slice(1);
    return { version, date: date ? new Date(`${date}T12:00:00Z`) : builtAt, items: items.map(plain) };
  });
}

/** One item as words: without marks, and without the heading that follows it. */
function plain(item) {
  const [own] = item.split(/^#/m);
  return own.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\*\*|`/g, "").split(/\s+/).filter(Boolean);
}

/** Lines of at most 76 columns after the mark. */
function wrapped(words) {
  const lines = [""];
  for (const word of words) {
    const line = lines.at(-1);
    if (line && line.length + word.length > 75) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return `  * ${lines.join("\n    ")}`;
}

const day = (date) => date.toUTCString().replace("GMT", "+0000");

for (const { version, date, items } of entries(readFileSync(0, "utf8"))) {
  console.log(`hearth (${version}) stable; urgency=medium\n`);
  console.log((items.length ? items : [["Initial", "release."]]).map(wrapped).join("\n"));
  console.log(`\n -- ${maintainer}  ${day(date)}\n`);
}
