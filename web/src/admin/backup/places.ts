/** Destinations of backups: what people read of them, and what a new one begins with. */
import type { BackupDestination, BackupFault, BackupPlace } from "../../api/types";
import { type Key, t } from "../../i18n/language.svelte";

export type PlaceKind = BackupPlace["kind"];

export const KINDS: readonly PlaceKind[] = ["box", "folder", "usb", "s3", "sftp"];

export const kindName = (kind: PlaceKind): string => t(`backup.place.${kind}` as Key);

export const faultText = (fault: BackupFault): string => t(`backup.fault.${fault}` as Key);

export const nameOf = (destination: BackupDestination): string =>
  destination.name === "" ? kindName(destination.place.kind) : destination.name;

/** An empty place of a kind. */
export function emptyPlace(kind: PlaceKind): BackupPlace {
  switch (kind) {
    case "box":
      return { kind };
    case "folder":
      return { kind, path: "" };
    case "usb":
      return { kind, label: "" };
    case "s3":
      return {
        kind,
        endpoint: "https://",
        region: "us-east-1",
        bucket: "",
        prefix: "",
        path_style: true,
        access_key: "",
        secret_key: "",
      };
    case "sftp":
      return { kind, host: "", port: 22, user: "", path: "", host_key: "", password: "" };
  }
}

/** Where it is, in one line. */
export function whereIs(place: BackupPlace): string {
  switch (place.kind) {
    case "box":
      return t("backup.place.boxNote");
    case "folder":
      return place.path;
    case "usb":
      return place.label;
    case "s3":
      return `${place.bucket}/${place.prefix} · ${place.endpoint}`;
    case "sftp":
      return `${place.user}@${place.host}:${place.path}`;
  }
}

/** An id that none of the others has. */
export function freshId(kind: PlaceKind, taken: readonly string[]): string {
  if (!taken.includes(kind)) return kind;
  for (let n = 2; ; n += 1) if (!taken.includes(`${kind}-${n}`)) return `${kind}-${n}`;
}

/** `03:00` and back: minutes of a day. */
export const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

export function minuteOf(clock: string): number {
  const [hour = "", minute = ""] = clock.split(":");
  return Number(hour) * 60 + Number(minute);
}
