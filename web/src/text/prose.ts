/** Shows a message's source inside an element, and again when the source changes. */
import { untrack } from "svelte";

import type { Mentions } from "../api/types";
import { screen } from "../i18n/language.svelte";
import { directory } from "../state/directory.svelte";
import { channelName, learnNames } from "../state/names";
import { render } from "./markdown";
import { lookup } from "./mentions";

export function prose(source: string, mentions: Mentions | null): (element: Element) => void {
  return (element) => {
    // The words on its buttons change with the language.
    void screen.tongue;
    // A rename must not draw every message again.
    untrack(() => {
      const unknown = draw(element, source, mentions);
      if (unknown) void learnNames().then(() => element.isConnected && draw(element, source, mentions));
    });
  };
}

/** Draws it; says whether it names a channel that is not known. */
function draw(element: Element, source: string, mentions: Mentions | null): boolean {
  let unknown = false;
  const channel = (id: string): string | null => {
    const name = channelName(id);
    unknown ||= name === null;
    return name;
  };
  element.replaceChildren(render(source, { mention: lookup(directory, mentions), channel }));
  if (element.querySelector("pre, [data-math]")) {
    void import("../typeset/typeset").then(({ typeset }) => typeset(element), () => undefined);
  }
  return unknown;
}
