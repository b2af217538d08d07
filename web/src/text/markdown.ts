/**
 * Markdown to elements: marked with a list of what it may write, then DOMPurify with a list of what
 * may stay, then a fragment of real nodes. No string of HTML ever reaches the page.
 *
 * Cost is bounded: nesting deeper than `DEPTH_MAX` is shown as plain text.
 */
import DOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";

import { chipMentions, type MentionLookup } from "./mentions";

const DEPTH_MAX = 12;
const LINK_SCHEMES = /^(?:https?|mailto):/i;

const TAGS = [
  "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "input",
  "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const ATTRIBUTES = ["href", "align", "start", "type", "checked", "disabled"];

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const marked = new Marked({ gfm: true, breaks: true, async: false });
marked.use({
  renderer: {
    // Raw HTML is text that somebody wrote.
    html: ({ text }: Tokens.HTML | Tokens.Tag): string => escape(text),
    // A picture from elsewhere would tell its server who reads here.
    image: ({ href, text }: Tokens.Image): string =>
      LINK_SCHEMES.test(href) ? `<a href="${escape(href)}">${escape(text || href)}</a>` : escape(text),
  },
});

interface HearthPolicy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

/** The page's own Trusted Types policy: DOMPurify parses through it, and no script address passes. */
function policy(): TrustedTypePolicy | undefined {
  const factory = (globalThis as { trustedTypes?: TrustedTypeFactory }).trustedTypes;
  return factory?.createPolicy("hearth", {
    createHTML: (html) => html,
    createScriptURL: () => {
      throw new TypeError("no script comes from a message");
    },
  });
}

interface TrustedTypeFactory {
  createPolicy(name: string, rules: HearthPolicy): TrustedTypePolicy;
}
type TrustedTypePolicy = NonNullable<
  NonNullable<Parameters<typeof DOMPurify.sanitize>[1]>["TRUSTED_TYPES_POLICY"]
>;

const trusted = policy();

/** Elements for a message's source. */
export function render(source: string, mentions: MentionLookup): DocumentFragment {
  if (tooDeep(source)) return plain(source);
  const html = marked.parse(source) as string;
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOWED_URI_REGEXP: LINK_SCHEMES,
    // The rule for addresses would otherwise be applied to these too.
    ADD_URI_SAFE_ATTR: ["align", "start", "type", "checked", "disabled"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
    ...(trusted ? { TRUSTED_TYPES_POLICY: trusted } : {}),
  });
  for (const link of fragment.querySelectorAll("a")) {
    if (!LINK_SCHEMES.test(link.getAttribute("href") ?? "")) {
      link.replaceWith(...link.childNodes);
      continue;
    }
    aim(link);
  }
  for (const box of fragment.querySelectorAll("input")) {
    if (box.type !== "checkbox") box.remove();
    else {
      box.disabled = true;
      box.setAttribute("aria-label", box.closest("li")?.textContent?.trim() ?? "");
    }
  }
  chipMentions(fragment, mentions);
  return fragment;
}

/** A conversation of this office opens in the page; everything else in a tab of its own. */
function aim(link: HTMLAnchorElement): void {
  if (link.origin === location.origin && link.pathname.startsWith("/c/")) {
    link.setAttribute("href", link.pathname);
    return;
  }
  link.target = "_blank";
  link.rel = "noopener noreferrer";
}

function plain(source: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const block = document.createElement("pre");
  block.textContent = source;
  fragment.append(block);
  return fragment;
}

/** Whether a line opens more levels of quotes and lists than anybody reads. */
function tooDeep(source: string): boolean {
  return source.split("\n").some((line) => {
    const markers = /^(?:\s*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)))*/.exec(line)?.[0] ?? "";
    const levels = markers.replace(/\s+/g, "").length;
    const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
    return levels > DEPTH_MAX || indent > DEPTH_MAX * 8;
  });
}
