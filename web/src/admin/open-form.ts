import type { Component } from "svelte";

import { view } from "../state/view.svelte";

/** Opens a dialog that came with the page. */
export function openForm<P extends object>(body: Component<P>, props: P): void {
  view.dialog = { body: body as Component<Record<string, unknown>>, props };
}
