/** Shows a message's source inside an element, and again when the source changes. */
import { untrack } from "svelte";

import type { Mentions } from "../api/types";
import { directory } from "../state/directory.svelte";
import { render } from "./markdown";
import { lookup } from "./mentions";

export function prose(source: string, mentions: Mentions | null): (element: Element) => void {
  return (element) => {
    // A rename must not draw every message again.
    untrack(() => element.replaceChildren(render(source, lookup(directory, mentions))));
  };
}
