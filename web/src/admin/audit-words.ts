/** What an entry of the audit log says, in the language of the screen. */
import type { AuditEntry } from "../api/types";
import { type Key, t } from "../i18n/language.svelte";
import { size } from "../i18n/sizes";
import { list } from "../i18n/times";
import { chat } from "../state/chat.svelte";

/** Areas that can be filtered by, in the order in which the page offers them. */
export const AREAS = [
  "user",
  "signin",
  "invite",
  "group",
  "channel",
  "hook",
  "bot",
  "command",
  "backup",
  "machine",
  "update",
  "office",
];

/** Facts that are so or not. */
const YES_OR_NO = ["archived", "enabled", "any_channel", "link_cards"];

/** Says a key if there is one: a later server may know more acts than this page. */
function said(key: string, otherwise: string): string {
  const text = t(key as Key);
  return text === key ? otherwise : text;
}

export const areaName = (area: string): string => said(`audit.area.${area}`, area);

export const actName = (entry: AuditEntry): string => said(`audit.${entry.act}`, entry.act);

export function doerName(entry: AuditEntry): string {
  if (entry.by.kind === "operator") return t("audit.operator");
  if (entry.by.kind === "nobody") return t("audit.nobody");
  return chat.users.get(entry.by.id)?.name ?? t("user.unknown");
}

/** Codes with spaces between them. */
const words = (text: string, family: string): string =>
  list(text.split(" ").map((code) => said(`${family}.${code}`, code)));

function value(what: string, text: string): string {
  if (text === "") return "—";
  if (what === "role") return said(`role.${text}`, text);
  if (what === "kind") return said(`channel.${text}`, text);
  if (what === "posting") return said(`channel.${text}`, text);
  if (YES_OR_NO.includes(what)) return t(text === "true" ? "audit.yes" : "audit.no");
  if (what === "every") return said(`backup.every.${text}`, text);
  if (what === "size") return size(Number(text));
  if (what === "scopes") return words(text, "integrations.scope");
  if (what === "events") return words(text, "integrations.event");
  if ((what === "topic" || what === "url") && text === "changed") return t("audit.changed");
  return text;
}

/** Each change as a sentence of its own: what, and from what to what. */
export function changesOf(entry: AuditEntry): string[] {
  return entry.changes.map(({ what, before, after }) => {
    const name = said(`audit.what.${what}`, what);
    if (before === "") return t("audit.fact", { what: name, value: value(what, after) });
    return t("audit.change", {
      what: name,
      before: value(what, before),
      after: value(what, after),
    });
  });
}
