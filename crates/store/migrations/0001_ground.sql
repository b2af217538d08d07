-- The ground: who we are, the log, what it projects to, and what never leaves the box.
--
-- Ids are sixteen bytes. Times are milliseconds since 1970. A stamp is the bytes of
-- domain::log::Stamp and compares as one. A record is the JSON of a domain::model type. Tables that
-- the log projects to have no foreign keys: with more than one office, an event may arrive before
-- the event it refers to.

-- Every life of every box whose events are in the log.
CREATE TABLE origins (
  id          INTEGER PRIMARY KEY,
  node        BLOB NOT NULL CHECK (length(node) = 16),
  incarnation INTEGER NOT NULL,
  UNIQUE (node, incarnation)
) STRICT;

-- This box: one row.
CREATE TABLE box (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  origin   INTEGER NOT NULL REFERENCES origins (id),
  closed   INTEGER NOT NULL
) STRICT;

-- Everything that happened, in order of arrival. An erased payload is NULL; the chain still verifies.
CREATE TABLE log (
  seq          INTEGER PRIMARY KEY,
  origin       INTEGER NOT NULL,
  origin_seq   INTEGER NOT NULL,
  prev         BLOB NOT NULL,
  hlc          INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  actor        BLOB NOT NULL,
  scope        INTEGER NOT NULL,
  scope_id     BLOB NOT NULL,
  kind         INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  payload_hash BLOB NOT NULL,
  payload      TEXT,
  UNIQUE (origin, origin_seq)
) STRICT;

CREATE TABLE office (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  stamp    BLOB NOT NULL,
  record   TEXT NOT NULL
) STRICT;

CREATE TABLE users (
  id     BLOB PRIMARY KEY,
  handle TEXT NOT NULL,
  role   INTEGER NOT NULL,
  state  INTEGER NOT NULL,
  stamp  BLOB NOT NULL,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_handle ON users (handle);
CREATE INDEX users_by_role ON users (role, state);

CREATE TABLE preferences (
  user   BLOB PRIMARY KEY,
  stamp  BLOB NOT NULL,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A dissolved group keeps its stamp and loses its handle and record.
CREATE TABLE groups (
  id     BLOB PRIMARY KEY,
  handle TEXT,
  stamp  BLOB NOT NULL,
  record TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX groups_by_handle ON groups (handle) WHERE handle IS NOT NULL;

-- people_key names the exact set of people of a direct conversation.
CREATE TABLE channels (
  id         BLOB PRIMARY KEY,
  kind       INTEGER NOT NULL,
  name_key   TEXT,
  people_key BLOB,
  stamp      BLOB NOT NULL,
  record     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX channels_by_name ON channels (name_key) WHERE name_key IS NOT NULL;
CREATE INDEX channels_by_people ON channels (people_key) WHERE people_key IS NOT NULL;
CREATE INDEX channels_by_kind ON channels (kind);

-- Who left has no role but keeps the stamp.
CREATE TABLE members (
  channel BLOB NOT NULL,
  user    BLOB NOT NULL,
  role    INTEGER,
  stamp   BLOB NOT NULL,
  PRIMARY KEY (channel, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user, channel, role) WHERE role IS NOT NULL;

-- mentions is NULL where nobody is addressed; edit_stamp until somebody edits; text once deleted.
CREATE TABLE messages (
  seq        INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  channel    BLOB NOT NULL,
  root       BLOB,
  author     BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  edited_at  INTEGER,
  deleted_at INTEGER,
  edit_stamp BLOB,
  mentions   TEXT,
  text       TEXT
) STRICT;
-- Both hold all that counting unread messages needs, so counting never reads a message.
CREATE INDEX messages_in_channel ON messages (channel, seq, author, deleted_at, root)
  WHERE root IS NULL;
CREATE INDEX messages_in_thread ON messages (root, seq, author, deleted_at, created_at)
  WHERE root IS NOT NULL;

-- An edit or a tombstone that arrived before its message.
CREATE TABLE early (
  message    BLOB PRIMARY KEY,
  stamp      BLOB,
  edited_at  INTEGER,
  mentions   TEXT,
  text       TEXT,
  deleted_at INTEGER
) STRICT, WITHOUT ROWID;

-- Texts a message had; the first one has a stamp of zeroes.
CREATE TABLE revisions (
  message    BLOB NOT NULL,
  stamp      BLOB NOT NULL,
  written_at INTEGER NOT NULL,
  text       TEXT NOT NULL,
  PRIMARY KEY (message, stamp)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
  message BLOB NOT NULL,
  emoji   TEXT NOT NULL,
  user    BLOB NOT NULL,
  present INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  stamp   BLOB NOT NULL,
  PRIMARY KEY (message, emoji, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE pins (
  message BLOB PRIMARY KEY,
  channel BLOB NOT NULL,
  pinned  INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  stamp   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_in_channel ON pins (channel, at, message) WHERE pinned = 1;

-- Who follows a thread: by choice (with a stamp), or because they take part in it (without).
CREATE TABLE follows (
  user      BLOB NOT NULL,
  root      BLOB NOT NULL,
  channel   BLOB NOT NULL,
  following INTEGER NOT NULL,
  stamp     BLOB,
  PRIMARY KEY (user, root)
) STRICT, WITHOUT ROWID;
CREATE INDEX follows_by_root ON follows (root, user);

-- An empty root is the conversation itself; so in drafts.
CREATE TABLE reads (
  user    BLOB NOT NULL,
  channel BLOB NOT NULL,
  root    BLOB NOT NULL,
  upto    INTEGER NOT NULL,
  PRIMARY KEY (user, channel, root)
) STRICT, WITHOUT ROWID;

CREATE TABLE notify_levels (
  user    BLOB NOT NULL,
  channel BLOB NOT NULL,
  level   INTEGER NOT NULL,
  stamp   BLOB NOT NULL,
  PRIMARY KEY (user, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
  user    BLOB NOT NULL,
  channel BLOB NOT NULL,
  root    BLOB NOT NULL,
  text    TEXT NOT NULL,
  stamp   BLOB NOT NULL,
  PRIMARY KEY (user, channel, root)
) STRICT, WITHOUT ROWID;

-- Whom the living messages address; sixteen zeroes address everybody in the channel.
CREATE TABLE mentions (
  user      BLOB NOT NULL,
  channel   BLOB NOT NULL,
  seq       INTEGER NOT NULL,
  author    BLOB NOT NULL,
  in_thread INTEGER NOT NULL,
  PRIMARY KEY (user, channel, seq)
) STRICT, WITHOUT ROWID;

-- What a client called its sends, so that a repeated send is recognised. The nonce comes first in
-- the key because it holds the time: new ones lie together, however many people write.
CREATE TABLE nonces (
  nonce BLOB NOT NULL,
  user  BLOB NOT NULL,
  seq   INTEGER NOT NULL,
  hash  BLOB NOT NULL,
  at    INTEGER NOT NULL,
  PRIMARY KEY (nonce, user)
) STRICT, WITHOUT ROWID;

-- From here on: never in the log, never leaves the box.

CREATE TABLE credentials (
  user       BLOB PRIMARY KEY REFERENCES users (id),
  phc        TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id         BLOB PRIMARY KEY,
  user       BLOB NOT NULL REFERENCES users (id),
  token_hash BLOB NOT NULL UNIQUE,
  kind       INTEGER NOT NULL,
  device     TEXT NOT NULL,
  address    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user, created_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE invites (
  id         BLOB PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  role       INTEGER NOT NULL,
  uses_max   INTEGER NOT NULL,
  uses       INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_by BLOB NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  channels   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setup_codes (
  code_hash  BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT, WITHOUT ROWID;
