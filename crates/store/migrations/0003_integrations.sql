-- Bots, webhooks and slash commands.
--
-- Accounts were people and messages appeared as their authors until now, so there is nothing to fill
-- in from the log.

ALTER TABLE users ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN guise TEXT;

-- From here on: never in the log, never leaves the box. A bot's tokens are sessions.

-- made_for says what the bot is for: 0 itself, 1 an incoming, 2 an outgoing webhook, 3 a command.
CREATE TABLE bots (
  user       BLOB PRIMARY KEY REFERENCES users (id),
  scopes     INTEGER NOT NULL,
  made_for   INTEGER NOT NULL,
  created_by BLOB NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE incoming_hooks (
  id          BLOB PRIMARY KEY,
  token_hash  BLOB NOT NULL UNIQUE,
  bot         BLOB NOT NULL REFERENCES bots (user),
  channel     BLOB NOT NULL,
  name        TEXT NOT NULL,
  any_channel INTEGER NOT NULL,
  enabled     INTEGER NOT NULL,
  created_by  BLOB NOT NULL REFERENCES users (id),
  created_at  INTEGER NOT NULL,
  used_at     INTEGER,
  problem     TEXT
) STRICT, WITHOUT ROWID;

-- The secret signs, so it is kept as it is. seq is how far the log was looked at.
CREATE TABLE outgoing_hooks (
  id            BLOB PRIMARY KEY,
  bot           BLOB NOT NULL REFERENCES bots (user),
  name          TEXT NOT NULL,
  url           TEXT NOT NULL,
  secret        BLOB NOT NULL,
  channel       BLOB,
  words         TEXT NOT NULL,
  events        TEXT NOT NULL,
  enabled       INTEGER NOT NULL,
  created_by    BLOB NOT NULL REFERENCES users (id),
  created_at    INTEGER NOT NULL,
  seq           INTEGER NOT NULL,
  used_at       INTEGER,
  failing_since INTEGER,
  problem       TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
  id          BLOB PRIMARY KEY,
  word        TEXT NOT NULL UNIQUE,
  bot         BLOB NOT NULL REFERENCES bots (user),
  name        TEXT NOT NULL,
  url         TEXT NOT NULL,
  secret      BLOB NOT NULL,
  hint        TEXT NOT NULL,
  description TEXT NOT NULL,
  enabled     INTEGER NOT NULL,
  created_by  BLOB NOT NULL REFERENCES users (id),
  created_at  INTEGER NOT NULL,
  used_at     INTEGER,
  problem     TEXT
) STRICT, WITHOUT ROWID;

-- Where a command may still answer, by the token in its response_url.
CREATE TABLE command_replies (
  token_hash BLOB PRIMARY KEY,
  command    BLOB NOT NULL,
  user       BLOB NOT NULL,
  channel    BLOB NOT NULL,
  root       BLOB,
  uses_left  INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX command_replies_by_end ON command_replies (expires_at);
