/** The pages of those who run the office, in the order in which the list shows them. */
import type { Component } from "svelte";

import type { Key } from "../i18n/language.svelte";
import type { IconName } from "../parts/icons";

export interface AdminPage {
  /** Its address: `/admin/<id>`. */
  id: string;
  icon: IconName;
  title: Key;
  /** One sentence under the title: what the page is for. */
  hint: Key;
  /** The page fills the room under its title and has no properties. */
  load: () => Promise<{ default: Component }>;
}

export const ADMIN_PAGES: readonly AdminPage[] = [
  {
    id: "people",
    icon: "people",
    title: "admin.people",
    hint: "admin.peopleHint",
    load: () => import("./People.svelte"),
  },
  {
    id: "invites",
    icon: "link",
    title: "admin.invites",
    hint: "admin.invitesHint",
    load: () => import("./Invites.svelte"),
  },
  {
    id: "integrations",
    icon: "shared",
    title: "admin.integrations",
    hint: "admin.integrationsHint",
    load: () => import("./integrations/IntegrationsPage.svelte"),
  },
];
