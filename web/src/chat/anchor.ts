/**
 * Keeps what somebody reads where it is, whatever comes in above it or grows late.
 *
 * The message at the top of what can be seen is remembered with every scroll. After the rows changed, or
 * anything changed its size, the list is scrolled by as much as that message has moved: before the next
 * paint, in every browser, and to the pixel. At the end of the list the end is kept instead.
 */
interface Kept {
  element: Element;
  top: number;
}

export class Anchor {
  #kept: Kept | null = null;

  /** Remembers the message at the top. `rows` are in the order of the page. */
  keep(box: HTMLElement, rows: ArrayLike<Element>): void {
    const edge = box.getBoundingClientRect().top;
    let [low, high] = [0, rows.length];
    // Rows follow each other downwards, so halving finds the first that reaches below the edge.
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > edge) high = middle;
      else low = middle + 1;
    }
    const element = rows[low];
    this.#kept = element ? { element, top: element.getBoundingClientRect().top } : null;
  }

  forget(): void {
    this.#kept = null;
  }

  /** Brings the message back to where it was. */
  restore(box: HTMLElement): void {
    if (!this.#kept?.element.isConnected) return;
    const moved = this.#kept.element.getBoundingClientRect().top - this.#kept.top;
    if (Math.abs(moved) >= 0.5) box.scrollTop += moved;
  }
}
