/** How long a message is, as the server counts: in graphemes, so that an emoji is one. */
export const MESSAGE_GRAPHEMES_MAX = 10_000;
/** A counter appears when this many or fewer are left. */
const COUNTED_FROM = 500;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many graphemes are left; null while there is no need to count. */
export function left(text: string): number | null {
  // A grapheme has at least one unit, so most texts need no counting.
  if (text.length < MESSAGE_GRAPHEMES_MAX - COUNTED_FROM) return null;
  const rest = MESSAGE_GRAPHEMES_MAX - [...graphemes.segment(text)].length;
  return rest <= COUNTED_FROM ? rest : null;
}
