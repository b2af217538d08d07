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
  /** Whether everybody may see it, if not change anything. */
  open?: boolean;
  /** Whether it takes more room than a page of text. */
  wide?: boolean;
  /** The page fills the room under its title and has no properties. */
  load: () => Promise<{ default: Component }>;
}

export const ADMIN_PAGES: readonly AdminPage[] = [
  {
    id: "office",
    icon: "office",
    title: "admin.office",
    hint: "admin.officeHint",
    load: () => import("./Office.svelte"),
  },
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
  {
    id: "groups",
    icon: "at",
    title: "admin.groups",
    hint: "admin.groupsHint",
    load: () => import("./Groups.svelte"),
  },
  {
    id: "channels",
    icon: "hash",
    title: "admin.channels",
    hint: "admin.channelsHint",
    load: () => import("./Channels.svelte"),
  },
  {
    id: "storage",
    icon: "disk",
    title: "admin.storage",
    hint: "admin.storageHint",
    load: () => import("./Storage.svelte"),
  },
  {
    id: "backup",
    icon: "archive",
    title: "admin.backup",
    hint: "admin.backupHint",
    load: () => import("./backup/BackupPage.svelte"),
  },
  {
    id: "machine",
    icon: "fan",
    title: "admin.machine",
    hint: "admin.machineHint",
    wide: true,
    open: true,
    load: () => import("./machine/MachinePage.svelte"),
  },
  {
    id: "health",
    icon: "pulse",
    title: "admin.health",
    hint: "admin.healthHint",
    load: () => import("./Health.svelte"),
  },
  {
    id: "update",
    icon: "download",
    title: "admin.update",
    hint: "admin.updateHint",
    load: () => import("./Update.svelte"),
  },
  {
    id: "audit",
    icon: "list",
    title: "admin.audit",
    hint: "admin.auditHint",
    load: () => import("./Audit.svelte"),
  },
];
