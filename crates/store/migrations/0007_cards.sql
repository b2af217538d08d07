-- Link cards. No message had any until now, so there is nothing to fill in from the log.

-- A register for each message, as pins are; taken wins over every card.
CREATE TABLE cards (
  message BLOB PRIMARY KEY,
  stamp   BLOB NOT NULL,
  taken   INTEGER NOT NULL,
  cards   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- From here on: never in the log, never leaves the box.

-- Pages that were looked at, by the digest of their address. record is NULL where there is no card.
CREATE TABLE pages (
  url        BLOB PRIMARY KEY CHECK (length(url) = 32),
  expires_at INTEGER NOT NULL,
  record     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX pages_by_end ON pages (expires_at);
