//! Limits of what crosses a socket.

/// The version of the client protocol: it changes when a frame or body changes incompatibly.
pub const PROTOCOL_VERSION: u32 = 1;
/// Largest frame a client may send, in bytes. The longest message fits even if every byte is escaped
/// as two.
pub const CLIENT_FRAME_BYTES_MAX: usize = 96 * 1024;
/// Largest request body under `/api/v1`, in bytes.
pub const REQUEST_BYTES_MAX: usize = 128 * 1024;
/// Read buffer of one socket, in bytes. Libraries reserve up to 128 KiB each, which 18,000 sockets
/// can't afford.
pub const SOCKET_READ_BUFFER_BYTES: usize = 4 * 1024;
/// How often the server pings, in milliseconds; a client that hears nothing for twice as long
/// reconnects.
pub const PING_INTERVAL_MS: u64 = 20_000;
/// Frames a client may send per second on average, and at once.
pub const CLIENT_FRAMES_PER_S: u32 = 5_000;
/// Events replayed on resume; a client further behind is told to start over.
pub const REPLAY_EVENTS_MAX: usize = 5_000;
/// Messages in one page.
pub const PAGE_MESSAGES_MAX: u32 = 200;
/// Messages in one page when the client does not say.
pub const PAGE_MESSAGES_DEFAULT: u32 = 50;
/// Threads or saved messages in one page.
pub const PAGE_LISTED_MAX: u32 = 50;
/// Threads or saved messages in one page when the client does not say.
pub const PAGE_LISTED_DEFAULT: u32 = 20;
/// Unread counts stop here; a client shows "99+".
pub const UNREAD_COUNT_MAX: u32 = 100;
/// How often one person may announce typing in one conversation, in milliseconds.
pub const TYPING_INTERVAL_MS: u64 = 3_000;
/// Messages found in one page.
pub const SEARCH_HITS_MAX: u32 = 100;
/// Messages found in one page when the client does not say.
pub const SEARCH_HITS_DEFAULT: u32 = 30;
/// Matches that are ranked against each other.
pub const SEARCH_RANKED_MAX: usize = 500;
/// Searches that one person may have under way.
pub const SEARCHES_OF_ONE_MAX: usize = 4;
