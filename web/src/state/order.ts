/**
 * Orders that are kept until something in them changes. Every message changes a record, and a sidebar
 * of 500 conversations must not be sorted and drawn again for each.
 */
export interface Entry {
  id: string;
  /** What the order depends on. */
  by: string | number;
}

/** A sorter that gives the very same list back while entries and keys are the same. */
export function steadyOrder<K extends string | number>(
  compare: (a: K, b: K) => number,
): (entries: readonly (Entry & { by: K })[]) => readonly string[] {
  let before: readonly (Entry & { by: K })[] = [];
  let order: readonly string[] = [];
  return (entries) => {
    const same =
      entries.length === before.length &&
      entries.every(({ id, by }, at) => before[at]?.id === id && before[at].by === by);
    if (same) return order;
    before = entries;
    const sorted = [...entries].sort((a, b) => compare(a.by, b.by)).map(({ id }) => id);
    const moved = sorted.length !== order.length || sorted.some((id, at) => order[at] !== id);
    if (moved) order = sorted;
    return order;
  };
}
