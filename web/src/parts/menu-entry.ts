/** What a menu can hold. */
import type { IconName } from "./icons";

export interface Item {
  label: string;
  icon?: IconName;
  /** Set for one of several choices. */
  checked?: boolean;
  danger?: boolean;
  pick: () => void;
}

export type Entry = Item | "line" | { heading: string };
