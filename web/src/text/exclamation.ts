/** Messages that are a few emoji and nothing else: they are shown large. */
const PICTURES = /^(?:\s|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[0-9#*]\uFE0F?\u20E3|\u200D|\uFE0F)+$/u;
const ONE_PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u;
/** In code units: about a dozen emoji. More of them are a message, not an exclamation. */
const EXCLAMATION_UNITS_MAX = 60;

/** Whether a message is a few emoji and nothing else. */
export function isExclamation(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.length <= EXCLAMATION_UNITS_MAX && ONE_PICTURE.test(trimmed) && PICTURES.test(trimmed);
}
