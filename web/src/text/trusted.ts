/**
 * The page's own Trusted Types policy. What passes through `html` is parsed into a document of its
 * own and cleaned there; it never becomes part of the page as a string. The only script addresses
 * that pass are this build's own workers.
 */
import type DOMPurify from "dompurify";

interface Rules {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

interface Factory {
  createPolicy(name: string, rules: Rules): Policy & { createScriptURL(url: string): string };
}

/** As DOMPurify takes it. */
export type Policy = NonNullable<
  NonNullable<Parameters<typeof DOMPurify.sanitize>[1]>["TRUSTED_TYPES_POLICY"]
>;

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;

export const policy = factory?.createPolicy("hearth", {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    const { origin, pathname } = new URL(url, location.href);
    if (origin === location.origin && /^\/assets\/[\w.-]+\.js$/.test(pathname)) return url;
    throw new TypeError("no script comes from elsewhere");
  },
});

/** Starts one of this build's workers. */
export function worker(url: string): Worker {
  // The types of the page's interfaces do not know Trusted Types yet.
  return new Worker((policy?.createScriptURL(url) ?? url) as string, { type: "module" });
}

/** Parses HTML from elsewhere into a document in which nothing runs and nothing is fetched. */
export function inert(html: string): Document {
  return new DOMParser().parseFromString((policy?.createHTML(html) ?? html) as string, "text/html");
}
