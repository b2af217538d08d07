/** A page in a list of pages. */
import type { IconName } from "./icons";

export interface PageEntry {
  path: string;
  label: string;
  /** One sentence under the title. */
  hint?: string;
  icon: IconName;
  /** Whether the page takes more room than one of text. */
  wide?: boolean;
}
