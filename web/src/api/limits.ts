/** Limits of the interface that the page keeps to, in its own units. */

export const HISTORY_PAGE = 50;
/** Messages of a conversation shown in the inbox, and some of one's own between them. */
export const PEEKED = 6;
/** Unread counts stop here; the page shows "99+". */
export const UNREAD_COUNT_MAX = 100;
/** How often one person may announce typing in one conversation. */
export const TYPING_INTERVAL_MS = 3_000;
/** Until a typing notice ends by itself. */
export const TYPING_SHOWN_MS = 5_000;
/** People in a group direct message besides the one who opens it. */
export const DIRECT_OTHERS_MAX = 11;
/** UTF-16 units; the server counts graphemes, so this never refuses what it would take. */
export const MESSAGE_UNITS_MAX = 40_000;
/** Files on one message. */
export const FILES_PER_MESSAGE_MAX = 20;
export const NAME_UNITS_MAX = 256;
export const TOPIC_UNITS_MAX = 1_000;
export const STATUS_UNITS_MAX = 400;
export const KEYWORD_UNITS_MAX = 160;
export const KEYWORDS_MAX = 20;
export const PASSWORD_CHARS_MIN = 8;
export const DAY_S = 86_400;
