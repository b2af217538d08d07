/**
 * Markdown to elements: marked with a list of what it may write, then DOMPurify with a list of what
 * may stay, then a fragment of real nodes. No string of HTML ever reaches the page.
 *
 * Formulas, diagrams and code come out as their source, with a mark for `typeset/` that draws them
 * later. Cost is bounded: nesting deeper than `DEPTH_MAX` is shown as plain text. What was read once is
 * kept and copied, so that going back to a conversation reads nothing again.
 */
import DOMPurify from "dompurify";
import { Marked, Tokenizer, type Tokens } from "marked";

import { isExclamation } from "./exclamation";
import { escape, math } from "./math";
import { chipMentions, type MentionLookup } from "./mentions";
import { policy } from "./trusted";

const DEPTH_MAX = 12;
/** Sources whose elements are kept: some conversations. At this many it begins anew. */
const KEPT_MAX = 1_000;
const LINK_SCHEMES = /^(?:https?|mailto):/i;
const CHANNEL = /^\/c\/[0-9a-f-]{36}$/;
const ADDRESSES = /^(?:(?:https?|mailto):|\/c\/[0-9a-f-]{36}$)/i;
/** Where a full-width sentence goes on after an address; the box reads it so too (`domain/src/link.rs`). */
const SENTENCE_END = /[，。、；：！？（）《》「」【】“”…]/u;
const LANGUAGE = /^[\w+#.-]{1,24}/;

const TAGS = [
  "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "input",
  "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const ATTRIBUTES = [
  "href", "align", "start", "type", "checked", "disabled", "data-lang", "data-math",
];

const marked = new Marked({ gfm: true, breaks: true, async: false });
marked.use({
  extensions: math,
  tokenizer: {
    url(source: string): Tokens.Link | undefined {
      const end = source.search(SENTENCE_END);
      return Tokenizer.prototype.url.call(this, end < 0 ? source : source.slice(0, end));
    },
  },
  renderer: {
    // Raw HTML is text that somebody wrote.
    html: ({ text }: Tokens.HTML | Tokens.Tag): string => escape(text),
    // A picture from elsewhere would tell its server who reads here.
    image: ({ href, text }: Tokens.Image): string =>
      LINK_SCHEMES.test(href) ? `<a href="${escape(href)}">${escape(text || href)}</a>` : escape(text),
    code: ({ text, lang }: Tokens.Code): string => {
      const language = LANGUAGE.exec(lang ?? "")?.[0].toLowerCase();
      if (language === "math") return `<pre data-math="block"><code>${escape(text)}</code></pre>`;
      const mark = language ? ` data-lang="${escape(language)}"` : "";
      return `<pre><code${mark}>${escape(text)}\n</code></pre>`;
    },
  },
});

/** What was read. */
const kept = new Map<string, DocumentFragment>();

/** What a message's words can mean here. */
export interface Meaning {
  mention: MentionLookup;
  /** The name of a channel that the reader may see; null for any other. */
  channel?: (id: string) => string | null;
}

/** Elements for a message's source. */
export function render(source: string, { mention, channel }: Meaning): DocumentFragment {
  if (tooDeep(source)) return plain(source);
  const fragment = read(source);
  for (const link of fragment.querySelectorAll("a")) {
    const address = link.getAttribute("href") ?? "";
    if (CHANNEL.test(address)) place(link, channel?.(address.slice(3)) ?? null);
    else if (LINK_SCHEMES.test(address)) aim(link);
    else link.replaceWith(...link.childNodes);
  }
  for (const box of fragment.querySelectorAll("input")) {
    if (box.type !== "checkbox") box.remove();
    else {
      box.disabled = true;
      box.setAttribute("aria-label", box.closest("li")?.textContent?.trim() ?? "");
    }
  }
  chipMentions(fragment, mention);
  if (isExclamation(source)) fragment.firstElementChild?.classList.add("exclamation");
  return fragment;
}

/** The elements that the source alone tells of; whoever gets them may change them. */
function read(source: string): DocumentFragment {
  let fragment = kept.get(source);
  if (!fragment) {
    fragment = sanitize(marked.parse(source) as string);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(source, fragment);
  }
  return fragment.cloneNode(true) as DocumentFragment;
}

function sanitize(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOWED_URI_REGEXP: ADDRESSES,
    // The rule for addresses would otherwise be applied to these too.
    ADD_URI_SAFE_ATTR: ["align", "start", "type", "checked", "disabled", "data-lang", "data-math"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
    ...(policy ? { TRUSTED_TYPES_POLICY: policy } : {}),
  });
}

/** A channel by its name today; for somebody who may not see it, the words that were written. */
function place(link: HTMLAnchorElement, name: string | null): void {
  if (name === null) {
    link.replaceWith(...link.childNodes);
    return;
  }
  link.classList.add("channel");
  link.textContent = `#${name}`;
}

/** A conversation of this office opens in the page; everything else in a tab of its own. */
function aim(link: HTMLAnchorElement): void {
  if (link.origin === location.origin && link.pathname.startsWith("/c/")) {
    link.setAttribute("href", link.pathname);
    return;
  }
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  if (poses(link)) link.append(` (${link.host})`);
}

/** Whether a link's words name another host than the one it leads to. */
function poses(link: HTMLAnchorElement): boolean {
  const words = (link.textContent ?? "").normalize("NFKC").replace(/[\p{Cf}\s]/gu, "");
  const named = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24})(?:[/:?#]|$)/iu.exec(words)?.[1];
  if (!named || link.protocol === "mailto:") return false;
  const bare = (host: string): string => host.toLowerCase().replace(/^www\./, "");
  return bare(asHost(named)) !== bare(link.hostname);
}

function asHost(name: string): string {
  return URL.canParse(`https://${name}`) ? new URL(`https://${name}`).hostname : name;
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
