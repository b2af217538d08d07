/** Which people a list shows, and in what order. Pure, so that it can be tested. */
import type { Role, User } from "../api/types";

export type Order = "name" | "newest" | "role" | "seen";

export interface Wanted {
  text: string;
  role: Role | "any";
  state: User["state"] | "any";
  order: Order;
}

const RANK: Record<Role, number> = { owner: 0, admin: 1, member: 2, guest: 3 };

/** People as the list needs them: sorting ten thousand names by pinyin is done once, not per key. */
export function byName(users: Iterable<User>, language: string): User[] {
  const order = new Intl.Collator([language, "zh-u-co-pinyin"], { numeric: true });
  return [...users].sort((a, b) => order.compare(a.name, b.name));
}

/** `named` is sorted by name already; sorting is stable, so names order what is equal otherwise. */
export function roster(
  named: User[],
  wanted: Wanted,
  seenAt: (user: User) => number,
): User[] {
  const text = wanted.text.trim().replace(/^@/, "").toLocaleLowerCase();
  const fits = named.filter(
    (user) =>
      (wanted.role === "any" || user.role === wanted.role) &&
      (wanted.state === "any" || user.state === wanted.state) &&
      (text === "" ||
        user.name.toLocaleLowerCase().includes(text) ||
        user.handle.toLocaleLowerCase().includes(text)),
  );
  if (wanted.order === "newest") fits.sort((a, b) => b.created_at - a.created_at);
  if (wanted.order === "role") fits.sort((a, b) => RANK[a.role] - RANK[b.role]);
  if (wanted.order === "seen") fits.sort((a, b) => seenAt(b) - seenAt(a));
  return fits;
}
