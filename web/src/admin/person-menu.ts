/** What those who run the office can do about somebody. */
import { admin } from "../api/office";
import type { Role, User } from "../api/types";
import { t } from "../i18n/language.svelte";
import type { Entry } from "../parts/menu-entry";
import { chat } from "../state/chat.svelte";
import { atLeast } from "../state/selectors";
import { view } from "../state/view.svelte";

const ROLES: Role[] = ["owner", "admin", "member", "guest"];

async function setRole(user: User, role: Role): Promise<void> {
  const done = await view.attempt(() => admin.changeUser(user.id, { role }));
  if (done) view.say(t("people.roleToast", { name: user.name, role: t(`role.${role}`) }));
}

async function enable(user: User): Promise<void> {
  const done = await view.attempt(() => admin.changeUser(user.id, { state: "active" }));
  if (done) view.say(t("people.enabledToast", { name: user.name }));
}

function disable(user: User): void {
  void view.open("confirm", {
    title: t("people.disableTitle", { name: user.name }),
    text: t("people.disableText"),
    action: t("office.disable"),
    act: async () => {
      await admin.changeUser(user.id, { state: "disabled" });
      view.say(t("people.disabledToast", { name: user.name }));
    },
  });
}

function reset(user: User): void {
  void view.open("confirm", {
    title: t("reset.confirmTitle", { name: user.name }),
    text: t("reset.confirmText"),
    action: t("reset.make"),
    act: async () => {
      const link = await admin.resetPassword(user.id);
      // The dialog that asked closes by itself after this.
      setTimeout(() => void view.open("reset", { link, name: user.name }));
    },
  });
}

function signOut(user: User): void {
  void view.open("confirm", {
    title: t("people.signOutTitle", { name: user.name }),
    text: t("people.signOutText"),
    action: t("action.signOut"),
    act: async () => {
      await admin.signOutUser(user.id);
      view.say(t("people.signedOut", { name: user.name }));
    },
  });
}

/** Empty where there is nothing that the one who looks may do. */
export function personMenu(user: User): Entry[] {
  const mine = chat.users.get(chat.me)?.role;
  if (!mine || !atLeast(mine, user.role)) return [];
  const roles = ROLES.filter((role) => atLeast(mine, role)).map((role) => ({
    label: t(`role.${role}`),
    checked: user.role === role,
    pick: () => void setRole(user, role),
  }));
  const turn: Entry =
    user.state === "active"
      ? { label: t("office.disable"), icon: "lock", danger: true, pick: () => disable(user) }
      : { label: t("office.enable"), icon: "key", pick: () => void enable(user) };
  const own = user.id === chat.me;
  const help: Entry[] =
    user.state === "active"
      ? [
          { label: t("reset.menu"), icon: "key", pick: () => reset(user) },
          { label: t("people.signOut"), icon: "devices", pick: () => signOut(user) },
        ]
      : [];
  return [{ heading: t("office.role") }, ...roles, ...(own ? [] : ["line" as const, ...help, turn])];
}
