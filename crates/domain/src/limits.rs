//! Every limit with its name. At a limit the caller gets a typed denial, never a cut text; only what
//! a foreign page says of itself is cut.

/// Longest name of a person, office, channel or group, in graphemes.
pub const NAME_GRAPHEMES_MAX: usize = 64;
/// Longest handle (what follows an @), in characters.
pub const HANDLE_CHARS_MAX: usize = 32;
/// Longest topic of a channel, in graphemes.
pub const TOPIC_GRAPHEMES_MAX: usize = 250;
/// Longest custom status, in graphemes.
pub const STATUS_GRAPHEMES_MAX: usize = 100;
/// Longest message, in graphemes.
pub const MESSAGE_GRAPHEMES_MAX: usize = 10_000;
/// Longest message in bytes, so that a frame stays below the socket's own limit.
pub const MESSAGE_BYTES_MAX: usize = 40_000;
/// Longest emoji sequence of a reaction, in bytes (a family with skin tones is 41).
pub const EMOJI_BYTES_MAX: usize = 64;
/// Different emoji on one message.
pub const REACTIONS_PER_MESSAGE_MAX: usize = 40;
/// People in a group direct message, the one who opens it included.
pub const GROUP_DIRECT_PEOPLE_MAX: usize = 12;
/// People named one by one in a message; further ones are not notified.
pub const MENTIONS_PER_MESSAGE_MAX: usize = 100;
/// People that one `@here` addresses one by one; where more are online it addresses everybody, as
/// `@channel` does.
pub const HERE_PEOPLE_MAX: usize = 500;
/// Members of a group.
pub const GROUP_MEMBERS_MAX: usize = 1_000;
/// Words that somebody wants to hear of.
pub const KEYWORDS_MAX: usize = 20;
/// Longest of these words, in graphemes.
pub const KEYWORD_GRAPHEMES_MAX: usize = 40;
/// Longest name of a time zone, in bytes (the longest there is has 30).
pub const ZONE_BYTES_MAX: usize = 64;
/// Longest value that the audit log shows, in characters; a longer one is shown by its beginning.
pub const AUDIT_VALUE_CHARS_MAX: usize = 200;
/// Pinned messages in a channel.
pub const PINS_PER_CHANNEL_MAX: usize = 100;
/// Messages one person keeps saved; their ids travel with the bootstrap.
pub const SAVED_PER_PERSON_MAX: usize = 1_000;
/// Bots, incoming webhooks, outgoing webhooks and slash commands of an office, of each.
pub const INTEGRATIONS_MAX: usize = 200;
/// Tokens of one bot.
pub const TOKENS_PER_BOT_MAX: usize = 10;
/// Words that set an outgoing webhook off.
pub const TRIGGER_WORDS_MAX: usize = 20;
/// Files on one message.
pub const FILES_PER_MESSAGE_MAX: usize = 20;
/// Longest name of a file, in graphemes.
pub const FILE_NAME_GRAPHEMES_MAX: usize = 255;
/// Longest name of a file, in bytes: 255 units of UTF-16, which is what Windows allows, are fewer.
pub const FILE_NAME_BYTES_MAX: usize = 1_024;
/// Longest media type, in bytes.
pub const MEDIA_TYPE_BYTES_MAX: usize = 100;
/// Files that one person may be uploading, or have uploaded and not used yet.
pub const UPLOADS_PER_PERSON_MAX: usize = 64;
/// Files that may be on their way in the whole office.
pub const UPLOADS_MAX: usize = 1_000;
/// Links of one message whose pages are looked at; the first ones count.
pub const LINKS_PER_MESSAGE_MAX: usize = 3;
/// Longest link that gets a card, in bytes.
pub const LINK_BYTES_MAX: usize = 2_048;
/// Longest name of a host on a card, in graphemes; DNS allows no longer one.
pub const CARD_HOST_GRAPHEMES_MAX: usize = 253;
/// Longest name of a site on a card, in graphemes.
pub const CARD_SITE_GRAPHEMES_MAX: usize = 60;
/// Longest title on a card, in graphemes.
pub const CARD_TITLE_GRAPHEMES_MAX: usize = 200;
/// Longest description on a card, in graphemes.
pub const CARD_DESCRIPTION_GRAPHEMES_MAX: usize = 300;
/// Shortest password, in characters (ASVS 5.0, 6.2.1).
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longest password, in bytes (ASVS 5.0, 6.2.9 asks for at least 64 characters).
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// How far ahead of this box's clock an event may claim to be before it is clamped, in milliseconds.
pub const CLOCK_AHEAD_MS_MAX: u64 = 60_000;
/// Longest search query, in characters.
pub const SEARCH_QUERY_CHARS_MAX: usize = 512;
/// Words and phrases of one search query.
pub const SEARCH_TERMS_MAX: usize = 16;
/// Pieces (words, or single Chinese characters) of one search query.
pub const SEARCH_PIECES_MAX: usize = 128;
/// `from:`, `in:`, `has:` and `is:` conditions of one search query.
pub const SEARCH_CONDITIONS_MAX: usize = 16;
/// What is found in a file with text in it: its beginning, so many bytes.
pub const SEARCH_FILE_BYTES_MAX: usize = 128 << 10;
/// What is found in all files of one message, in bytes; the first ones count.
pub const SEARCH_FILES_BYTES_MAX: usize = 512 << 10;
/// What is shown of a long message that was found, in characters.
pub const SEARCH_EXCERPT_CHARS_MAX: usize = 240;
