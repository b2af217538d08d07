/**
 * Addresses of the page. `/c/<channel>` is a conversation, `/c/<channel>/m/<message>` one message
 * of it, `/c/<channel>/t/<root>` a thread beside it and `…/m/<answer>` one answer there,
 * `/settings/<section>` a page of one's own, `/admin/<section>` a page of those who run the office.
 * `/inbox`, `/threads` and `/saved` reach across conversations, `/search?q=<query>` finds in them.
 */
export type Route =
  | { page: "home" }
  | { page: PlainPage }
  | { page: "settings" | "admin"; section: string | null }
  | { page: ListPage }
  | { page: "channel"; channel: string; message: string | null; thread: string | null };

/** Pages whose address is their name alone. */
const PLAIN_PAGES = ["setup", "join", "reset", "signin", "search"] as const;
type PlainPage = (typeof PLAIN_PAGES)[number];

export const LIST_PAGES = ["inbox", "threads", "saved"] as const;
export type ListPage = (typeof LIST_PAGES)[number];

export function parse(path: string): Route {
  const [first, channel, kind, id, within, answer] = path.split("/").filter(Boolean);
  const plain = PLAIN_PAGES.find((name) => name === first);
  if (plain) return { page: plain };
  if (first === "settings" || first === "admin") return { page: first, section: channel ?? null };
  const list = LIST_PAGES.find((name) => name === first);
  if (list) return { page: list };
  if (first !== "c" || !channel) return { page: "home" };
  return {
    page: "channel",
    channel,
    message: (kind === "m" ? id : within === "m" ? answer : null) ?? null,
    thread: kind === "t" && id ? id : null,
  };
}

class Router {
  route = $state.raw<Route>(parse(location.pathname));
  /** Grows with every visit, so that going to the same message twice flashes twice. */
  visit = $state(0);

  constructor() {
    addEventListener("popstate", () => this.#read());
  }

  go(path: string, how: "push" | "replace" = "push"): void {
    if (how === "push" && path !== location.pathname) history.pushState(null, "", path);
    else history.replaceState(null, "", path);
    this.#read();
  }

  #read(): void {
    this.route = parse(location.pathname);
    this.visit += 1;
  }
}

export const router = new Router();

export const paths = {
  admin: (section?: string): string => (section ? `/admin/${section}` : "/admin"),
  search: (query: string): string => `/search?q=${encodeURIComponent(query)}`,
  channel: (channel: string): string => `/c/${channel}`,
  message: (channel: string, message: string): string => `/c/${channel}/m/${message}`,
  thread: (channel: string, root: string): string => `/c/${channel}/t/${root}`,
  answer: (channel: string, root: string, message: string): string =>
    `/c/${channel}/t/${root}/m/${message}`,
  settings: (section = ""): string => (section ? `/settings/${section}` : "/settings"),
};

/** Lets a plain click on a link stay in the page; one with a modifier, or on a link with a target, opens a tab. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest("a[href^='/']:not([download], [target])");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!link || !plain || event.defaultPrevented) return;
  event.preventDefault();
  router.go(link.getAttribute("href") ?? "/");
}
