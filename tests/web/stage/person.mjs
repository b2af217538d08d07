/** Somebody at the app, doing what people do, by the roles and names of what is on the screen. */
import assert from "node:assert/strict";

import { eventually } from "./eventually.mjs";
import { literally, words } from "./words.mjs";

export class Person {
  name = "";
  handle = "";
  password = "";

  /**
   * @param {import("playwright-core").Page} page
   * @param {import("./words.mjs").Tongue} tongue
   * @param {import("./server.mjs").Hearthd} server
   */
  constructor(page, tongue, server) {
    this.page = page;
    this.server = server;
    this.speak(tongue);
  }

  /** What is looked for from now on is in this language. */
  speak(tongue) {
    this.tongue = tongue;
    this.t = words(tongue);
  }

  // What is on the screen.

  button(key, vars) {
    return this.page.getByRole("button", { name: this.t(key, vars), exact: true });
  }

  field(key) {
    return this.page.getByLabel(literally(this.t(key)));
  }

  heading(text) {
    return this.page.getByRole("heading", { name: text, exact: true });
  }

  get nav() {
    return this.page.getByRole("navigation", { name: this.t("sidebar.label") });
  }

  get main() {
    return this.page.getByRole("main");
  }

  get thread() {
    return this.page.getByRole("complementary", { name: this.t("thread.title") });
  }

  get dialog() {
    return this.page.locator("dialog[open]");
  }

  get banner() {
    return this.page.getByText(this.t("connection.offline"));
  }

  get alert() {
    return this.page.getByRole("alert");
  }

  /** The composer of the conversation, and no field of another page. */
  get composer() {
    return this.main.locator("form textarea");
  }

  /** A conversation's row in the sidebar. */
  row(title) {
    return this.nav.getByRole("link").filter({ hasText: title });
  }

  /** A message of the open conversation, or of another part of the page. */
  message(text, within = this.main) {
    return within.getByRole("article").filter({ hasText: text });
  }

  /** A tab of the phone's bottom row. */
  tab(key) {
    const tabs = this.page.getByRole("navigation", { name: this.t("tab.label") });
    return tabs.getByRole("link", { name: this.t(key) });
  }

  get ownButton() {
    return this.onPhone
      ? this.page.getByRole("button", { name: this.t("tab.you"), exact: true })
      : this.nav.getByRole("button", { name: this.t("sidebar.you") });
  }

  // Coming in.

  async found({ office, name, handle, password }) {
    const { page, server } = this;
    await page.goto(server.setupLink);
    await this.heading(this.t("setup.title")).waitFor();
    await this.field("field.office").fill(office);
    await this.field("field.yourName").fill(name);
    await this.button("action.next").click();
    await this.#account(name, handle, password);
    await this.button("setup.found").click();
    await this.heading(this.t("setup.inviteTitle")).waitFor();
    this.invitation = await this.field("invite.link").inputValue();
    await this.button("setup.enter", { office }).click();
    await this.composer.waitFor();
  }

  async join(link, { name, handle, password }) {
    await this.page.goto(this.reachable(link));
    await this.field("field.yourName").fill(name);
    await this.#account(name, handle, password);
    await this.button("join.go").click();
    await this.nav.waitFor();
  }

  async #account(name, handle, password) {
    Object.assign(this, { name, handle, password });
    await this.field("field.handle").fill(handle);
    await this.field("field.password").fill(password);
  }

  async signIn(handle = this.handle, password = this.password) {
    await this.field("field.handle").fill(handle);
    await this.field("field.password").fill(password);
    await this.button("action.signIn").click();
  }

  /** An invitation names the box as others reach it; the tests reach it on this machine. */
  reachable(link) {
    const { pathname, hash } = new URL(link);
    return this.server.origin + pathname + hash;
  }

  // Moving about.

  get onPhone() {
    return this.page.viewportSize().width < 720;
  }

  /** On a phone the list of conversations is a page of its own. */
  async home() {
    if (!this.onPhone) return;
    const back = this.page.getByLabel(this.t("action.back"), { exact: true });
    await eventually(async () => {
      if (await this.nav.isVisible()) return;
      await back.click({ timeout: 1_000 });
      assert.ok(await this.nav.isVisible(), "the way back leads to the conversations");
    });
  }

  async openChannel(title) {
    await this.home();
    await this.row(title).click();
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
    await this.main.getByRole("log").and(this.page.locator("[aria-busy=false]")).waitFor();
  }

  async openDirect(name) {
    await this.home();
    await this.nav.getByRole("button", { name: this.t("direct.title") }).first().click();
    await this.dialog.getByRole("textbox", { name: this.t("people.filter") }).fill(name);
    await this.dialog.getByRole("button", { name: literally(name) }).first().click();
    await this.dialog.getByRole("button", { name: this.t("direct.open") }).click();
    await this.page.getByRole("heading", { level: 1, name }).waitFor();
  }

  /** Opens something of one's own menu: profile, devices, invitations, language, theme. */
  async own(key) {
    await this.ownMenu();
    await this.pick(key);
  }

  async ownMenu() {
    await this.home();
    await this.ownButton.click();
  }

  /** Opens a page of one's own settings, by its name in the list of them. */
  async settings(key) {
    await this.own("settings.title");
    const list = this.page.getByRole("navigation", { name: this.t("settings.title") });
    await list.getByRole("link", { name: this.t(key), exact: true }).click();
    await this.page.getByRole("heading", { level: 1, name: this.t(key) }).waitFor();
    await this.main.locator("section").first().waitFor();
  }

  /** Goes back from the settings, or from the pages of the office, to the chat. */
  async leaveSettings() {
    if (this.onPhone) await this.#backToList();
    await this.page.getByRole("link", { name: this.t("settings.toChat") }).click();
    await this.nav.or(this.composer).first().waitFor();
  }

  /** Opens a page of those who run the office. */
  async office(section) {
    const list = this.page.getByRole("navigation", { name: this.t("admin.title") });
    const inside = new URL(this.page.url()).pathname.startsWith("/admin/");
    if (!inside) await this.own("admin.title");
    else if (this.onPhone) await this.#backToList();
    const title = this.t(`admin.${section}`);
    await list.getByRole("link", { name: title, exact: true }).click();
    await this.page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
  }

  #backToList() {
    return this.page.getByLabel(this.t("action.back"), { exact: true }).click();
  }

  async pick(key) {
    const name = this.t(key);
    await this.page.locator("[role=menuitem], [role=menuitemradio]").filter({ hasText: name })
      .first().click();
  }

  async channelMenu(key) {
    await this.main.getByRole("button", { name: this.t("channel.menu") }).click();
    await this.pick(key);
  }

  /** Takes one of a few in the open dialog. */
  async choose(key, vars) {
    const radio = this.page.getByRole("radio", { name: literally(this.t(key, vars)) });
    await this.dialog.locator("label").filter({ has: radio }).first().click();
  }

  /** Leaves whatever a test that failed has left open. */
  async calm() {
    if (await this.dialog.isVisible()) await this.closeDialog();
  }

  async closeDialog() {
    await this.page.keyboard.press("Escape");
    await this.dialog.waitFor({ state: "detached" });
  }

  // Talking.

  async write(text, composer = this.composer) {
    await composer.fill(text);
    await composer.press("Enter");
  }

  async reads(text, within = this.main) {
    await this.message(text, within).first().waitFor();
  }

  /** One of the actions beside a message. */
  async act(message, key, vars) {
    await message.hover();
    await message.getByRole("button", { name: this.t(key, vars), exact: true }).click();
  }

  async openThread(text) {
    await this.act(this.message(text), "thread.reply");
    await this.thread.getByRole("textbox").waitFor();
  }

  /** How often a message stands in the open conversation, once nothing is on its way any more. */
  async count(text) {
    return this.message(text).count();
  }

  async sees(text, times) {
    await eventually(async () => assert.equal(await this.count(text), times, text));
  }

  async close() {
    await this.page.context().close();
  }
}
