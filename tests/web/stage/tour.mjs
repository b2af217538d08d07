/**
 * A furnished office, and a walk past everything that can be seen in it: every page, panel, menu
 * and dialog, one after the other, on a desk or on a phone.
 */

import { asFile, png } from "./pictures.mjs";

const TABLE = "| what | cost |\n|---|---|\n| tea | 12 |\n| paper | 40 |";
const RICH = [
  "## Plan for the week",
  "Some **bold**, some *soft*, some ~~struck~~ and `code`, a [link](https://example.invalid/).",
  "> A quote of somebody\n> over two lines",
  "- [x] tea\n- [ ] paper\n\n1. first\n2. second",
  "```\nlet warmth = embers.map(glow);\n```",
  TABLE,
].join("\n\n");

/** Fills an office: what two people write, a thread, reactions, a pin, channels of every kind. */
export async function furnish(ada, bo) {
  await bo.openChannel("lobby");
  await ada.write(RICH);
  await ada.write(`Hello @${bo.handle}, @channel and all`);
  await bo.reads("and all");
  await bo.write("Good to be here");
  await ada.reads("Good to be here");
  await ada.act(ada.message("Good to be here"), "reaction.with", { emoji: "❤️" });
  await ada.openThread("Good to be here");
  await ada.write("Take a seat", ada.thread.getByRole("textbox"));
  await bo.message("Good to be here").getByRole("link").filter({ hasText: "1" }).waitFor();
  await ada.thread.getByRole("button", { name: ada.t("action.close") }).click();
  await bo.act(bo.message("Good to be here"), "action.edit");
  const box = bo.main.getByRole("textbox", { name: bo.t("action.edit") });
  await box.fill("Good to be here again");
  await box.press("Enter");
  await ada.reads("here again");
  const notes = { name: "tea prices.csv", mimeType: "text/csv", buffer: Buffer.from("what,price\ntea,12\n") };
  const view = asFile("lobby at tea.png", "image/png", png(600, 400, [200, 90, 30]));
  await ada.main.locator("form.composer input[type=file]").setInputFiles([notes, view]);
  await ada.main.locator("form.composer").getByRole("listitem").nth(1).waitFor();
  await ada.write("Two files for the tea round");
  await bo.message("Two files for the tea").getByText("tea prices.csv").waitFor();
  await ada.write("Taken back");
  await remove(ada, "Taken back");
  await ada.act(ada.message("Plan for the week"), "action.more");
  await ada.pick("message.pin");
  await ada.main.getByText(ada.t("message.pinned")).waitFor();
  await bo.openDirect(ada.name);
  await bo.write("A word between us");
  await create(ada, "vault", ["channel.private", "channel.shared"]);
  await create(ada, "attic", ["channel.managers"]);
  await ada.channelMenu("channel.settings");
  await ada.dialog.getByRole("button", { name: ada.t("channel.archive"), exact: true }).click();
  await ada.main.getByText(ada.t("channel.archivedNotice")).waitFor();
}

async function remove(person, text) {
  await person.act(person.message(text), "action.more");
  await person.pick("action.delete");
  await person.dialog.getByRole("button", { name: person.t("action.delete") }).click();
  await person.main.getByText(person.t("message.deleted")).waitFor();
}

/** Makes a channel by its dialog. */
export async function create(person, name, choices = []) {
  await person.nav.getByRole("button", { name: person.t("sidebar.addChannel") }).click();
  await person.pick("create.title");
  await person.dialog.getByLabel(person.t("channel.name")).fill(name);
  for (const choice of choices) await person.choose(choice);
  await person.dialog.getByRole("button", { name: person.t("action.create"), exact: true }).click();
  await person.heading(name).waitFor();
}

const shown = (person) => person.dialog.locator("h2").waitFor();
const close = (person) => person.closeDialog();
const closePopover = async (person) => {
  await person.page.keyboard.press("Escape");
  await person.page.locator(":popover-open").waitFor({ state: "detached" });
};
const panel = (person, key) =>
  person.page.getByRole("complementary", { name: person.t(key) });
const leavePanel = (person) =>
  person.page.getByRole("complementary")
    .getByRole("button", { name: person.t(person.onPhone ? "action.back" : "action.close") })
    .first().click();

async function toSearch(person) {
  await person.home();
  const sidebar = person.nav.getByRole("link", { name: person.t("search.title") });
  await (person.onPhone ? person.tab("search.title") : sidebar).click();
}

/** Archived channels are found here only. */
async function browse(person) {
  await person.home();
  await person.nav.getByRole("button", { name: person.t("sidebar.addChannel") }).click();
  await person.pick("browse.title");
  await person.dialog.getByText("lobby").waitFor();
}

function own(key) {
  return {
    open: async (person) => {
      await person.own(key);
      await shown(person);
    },
    close,
  };
}

/** Pages of one's own, and on a phone the list of them. */
function settings(...keys) {
  const leave = (person) => person.leaveSettings();
  const list = {
    open: async (person) => {
      await person.own("settings.title");
      await person.page.getByRole("link", { name: person.t("settings.toChat") }).waitFor();
    },
    close: async (person) => {
      await person.page.getByRole("link", { name: person.t("settings.toChat") }).click();
    },
  };
  const pages = keys.map((key) => [key, { open: (person) => person.settings(key), close: leave }]);
  return { settings: list, ...Object.fromEntries(pages) };
}

/** A page of those who run the office. */
function page(section) {
  return {
    open: (person) => person.office(section),
    close: (person) => person.leaveSettings(),
  };
}

/** One that fetches what it shows. */
function loaded(section, there) {
  const open = async (person) => {
    await person.office(section);
    await there(person).waitFor();
  };
  return { ...page(section), open };
}

/**
 * What there is to see: how one gets there, and how one leaves again.
 *
 * @type {Record<string, { open: (person: import("./person.mjs").Person) => Promise<void>,
 *   close?: (person: import("./person.mjs").Person) => Promise<void> }>}
 */
const PLACES = {
  conversations: { open: (person) => person.home() },
  conversation: { open: (person) => person.openChannel("lobby") },
  "archived channel": {
    open: async (person) => {
      await browse(person);
      const row = person.dialog.locator(".row").filter({ hasText: "attic" });
      await row.getByRole("button", { name: person.t("action.open") }).click();
      await person.main.getByText(person.t("channel.archivedNotice")).waitFor();
    },
  },
  "empty channel": { open: (person) => person.openChannel("vault") },
  "direct message": { open: (person) => person.openChannel("Bo Reed") },
  thread: {
    open: async (person) => {
      await person.openChannel("lobby");
      await person.message("here again").getByRole("link")
        .filter({ hasText: person.t("thread.replies", { n: 1 }) }).click();
      await person.reads("Take a seat", person.thread);
    },
    close: leavePanel,
  },
  members: {
    open: async (person) => {
      await person.main.getByRole("button", { name: person.t("members.count", { n: 2 }) }).click();
      await panel(person, "members.title").getByText("@bo").waitFor();
    },
    close: leavePanel,
  },
  "members menu and adding": {
    open: async (person) => {
      await person.main.getByRole("button", { name: person.t("members.count", { n: 2 }) }).click();
      await person.page.getByRole("button", { name: person.t("members.add") }).click();
      await shown(person);
    },
    close: async (person) => {
      await close(person);
      await leavePanel(person);
    },
  },
  pins: {
    open: async (person) => {
      await person.channelMenu("pins.title");
      await panel(person, "pins.title").getByText("Plan for the week").waitFor();
    },
    close: leavePanel,
  },
  "channel menu": {
    open: async (person) => {
      await person.main.getByRole("button", { name: person.t("channel.menu") }).click();
      await person.page.getByRole("menuitem").first().waitFor();
    },
    close: closePopover,
  },
  "message actions": {
    open: async (person) => {
      await person.act(person.message("Plan for the week"), "action.more");
      await person.page.getByRole("menuitem").first().waitFor();
    },
    close: closePopover,
  },
  "emoji picker": {
    open: async (person) => {
      await person.main.locator("form").getByRole("button", { name: person.t("composer.emoji") })
        .click();
      await person.page.getByRole("searchbox", { name: person.t("emoji.search") }).waitFor();
    },
    close: closePopover,
  },
  "mention offers": {
    open: async (person) => {
      await person.composer.fill("@");
      await person.page.getByRole("listbox").waitFor();
    },
    close: (person) => person.composer.fill(""),
  },
  editing: {
    open: async (person) => {
      await person.act(person.message("and all"), "action.edit");
      await person.main.getByRole("textbox", { name: person.t("action.edit") }).waitFor();
    },
    close: (person) => person.page.keyboard.press("Escape"),
  },
  "what it said before": {
    open: async (person) => {
      await person.message("here again").locator("button.edited").click();
      await shown(person);
    },
    close,
  },
  deleting: {
    open: async (person) => {
      await person.act(person.message("and all"), "action.more");
      await person.pick("action.delete");
      await shown(person);
    },
    close,
  },
  "channel settings": {
    open: async (person) => {
      await person.channelMenu("channel.settings");
      await shown(person);
    },
    close,
  },
  leaving: {
    open: async (person) => {
      await person.channelMenu("channel.leave");
      await shown(person);
    },
    close,
  },
  inbox: {
    open: async (person) => {
      await person.home();
      await person.nav.getByRole("link", { name: person.t("inbox.title") }).click();
      await person.heading(person.t("inbox.title")).waitFor();
    },
  },
  "followed threads": {
    open: async (person) => {
      await person.home();
      await person.nav.getByRole("link", { name: person.t("threads.title") }).click();
      await person.main.getByText("Take a seat").waitFor();
    },
  },
  saved: {
    open: async (person) => {
      await person.openChannel("lobby");
      await person.act(person.message("and all"), "action.more");
      await person.pick("saved.keep");
      await person.page.getByText(person.t("saved.done")).waitFor();
      await person.home();
      await person.nav.getByRole("link", { name: person.t("saved.title") }).click();
      await person.main.getByText("and all").waitFor();
    },
    close: async (person) => {
      await person.main.getByRole("button", { name: person.t("saved.drop") }).click();
      await person.page.getByText(person.t("saved.empty")).waitFor();
    },
  },
  search: {
    open: async (person) => {
      await toSearch(person);
      await person.page.getByText(person.t("search.tips")).waitFor();
    },
  },
  "what was found": {
    open: async (person) => {
      await toSearch(person);
      await person.page.getByRole("combobox", { name: person.t("search.label") }).fill("tea ");
      await person.main.getByText("tea prices.csv").waitFor();
    },
  },
  "files that were found": {
    open: async (person) => {
      await toSearch(person);
      await person.button("search.kind.image").click();
      await person.main.getByText("lobby at tea.png").waitFor();
    },
  },
  switcher: {
    open: async (person) => {
      await person.home();
      await person.nav.getByRole("button", { name: person.t("switcher.placeholder") }).click();
      await person.dialog.getByRole("combobox").fill("tea");
      await person.dialog.getByText("tea prices.csv").waitFor();
    },
    close,
  },
  "keyboard shortcuts": own("keys.title"),
  "own menu": { open: (person) => person.ownMenu(), close: closePopover },
  ...settings("profile.title", "notices.title", "appearance.title", "sessions.title"),
  "the office itself": page("office"),
  people: page("people"),
  "changing somebody": {
    open: async (person) => {
      await person.office("people");
      await person.main.getByRole("button", { name: person.t("office.change", { name: "Bo Reed" }) })
        .click();
      await person.page.getByRole("menuitem").first().waitFor();
    },
    close: async (person) => {
      await closePopover(person);
      await person.leaveSettings();
    },
  },
  "all invitations": page("invites"),
  groups: page("groups"),
  "a group": {
    open: async (person) => {
      await person.office("groups");
      await person.button("groups.create").click();
      await shown(person);
    },
    close: async (person) => {
      await close(person);
      await person.leaveSettings();
    },
  },
  "all channels": loaded("channels", (person) => person.main.getByText("vault")),
  storage: loaded("storage", (person) => person.main.getByRole("meter")),
  backup: loaded("backup", (person) => person.button("backup.start")),
  machine: loaded("machine", (person) => person.main.getByRole("slider").first()),
  health: loaded("health", (person) => person.button("health.again")),
  "audit log": loaded("audit", (person) => person.main.getByRole("listitem").first()),
  invitations: own("invite.title"),
  "an invitation": {
    open: async (person) => {
      await person.own("invite.title");
      await person.dialog.getByRole("button", { name: person.t("invite.make") }).click();
      await person.field("invite.link").waitFor();
    },
    close,
  },
  "new channel": {
    open: async (person) => {
      await person.nav.getByRole("button", { name: person.t("sidebar.addChannel") }).click();
      await person.pick("create.title");
      await shown(person);
    },
    close,
  },
  browsing: { open: browse, close },
  "new message": {
    open: async (person) => {
      await person.nav.getByRole("button", { name: person.t("direct.title") }).first().click();
      await shown(person);
    },
    close,
  },
};

/**
 * Goes everywhere and looks; the sentences of what was found wrong come back, each with its place.
 *
 * @param {import("./person.mjs").Person} person
 * @param {(place: string) => Promise<string[]>} look
 */
export async function tour(person, look) {
  const found = [];
  for (const [place, { open, close: leave }] of Object.entries(PLACES)) {
    try {
      await open(person);
    } catch (error) {
      throw new Error(`can't get to "${place}": ${error.message}`, { cause: error });
    }
    for (const sentence of await look(place)) found.push(`${place}: ${sentence}`);
    await leave?.(person);
  }
  return found;
}
