/** A page in a list of pages. */
import type { IconName } from "./icons";

export interface PageEntry {
  path: string;
  label: string;
  /** One sentence under the title. */
  hint?: string;
  icon: IconName;
}
