/**
 * Whether Enter means "send" or belongs to an input method.
 *
 * While Chinese is being composed, Enter takes the letters as they are. Browsers say so in three
 * ways: `isComposing`, key code 229, or not at all (Safari fires the key after the composition's
 * end), so the field keeps its own flag that falls one task later.
 */
export class Composition {
  #active = false;

  /** Whether something is being composed. */
  get active(): boolean {
    return this.#active;
  }

  start = (): void => {
    this.#active = true;
  };

  end = (): void => {
    setTimeout(() => (this.#active = false), 0);
  };

  holds(event: Pick<KeyboardEvent, "isComposing" | "keyCode">): boolean {
    return this.#active || event.isComposing || event.keyCode === 229;
  }
}

/** What the key is called that makes a shortcut of another one. */
export const MODIFIER = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl";
