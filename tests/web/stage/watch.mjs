/**
 * Nothing may go wrong unseen: every error in a page's console, every exception, every dialog of
 * the browser and every breach of the content policy is a fault, unless the test announced it.
 */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;
const AWAY = /ERR_(CONNECTION_|INTERNET_|EMPTY_RESPONSE|NETWORK_|ABORTED|SOCKET)|WebSocket connection to/;

export class Watch {
  /** @type {string[]} */
  faults = [];
  #allowed = [
    // The page learns that nobody is signed in by asking for what only they get.
    { where: /\/api\/v1\/bootstrap$/, what: REFUSED },
  ];

  /** Refused requests to this address are what the test wants. */
  allowRefusals(where) {
    this.#allowed.push({ where, what: REFUSED });
  }

  /** A browser without a past (incognito) can't be pushed to, and says so. */
  allowNoPush() {
    this.#allowed.push({ where: /./, what: /does not support the Push API in incognito mode/ });
  }

  /** A file in a tab of its own may load nothing, so it gets no icon. */
  allowBareTabs() {
    this.#allowed.push({ where: /\/favicon\.ico$/, what: /ERR_BLOCKED_BY_RESPONSE/ });
  }

  /** The server goes away: requests and sockets fail. */
  allowBreaks() {
    this.#allowed.push({ where: /./, what: AWAY });
  }

  /** @param {import("playwright-core").BrowserContext} context */
  async follow(context) {
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        // eslint-disable-next-line no-console -- the console is how the test hears of it
        console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    context.on("page", (page) => this.#page(page));
  }

  /** @param {import("playwright-core").Page} page */
  #page(page) {
    page.on("pageerror", (error) => this.faults.push(`exception: ${error.stack ?? error.message}`));
    page.on("crash", () => this.faults.push("the page crashed"));
    page.on("dialog", (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      const [what, where] = [message.text(), message.location().url];
      const expected = this.#allowed.some(
        (allowed) => allowed.what.test(what) && (allowed.where.test(where) || where === ""),
      );
      if (!expected) this.faults.push(`console: ${what} (${where})`);
    });
  }
}
