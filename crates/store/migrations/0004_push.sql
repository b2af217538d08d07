-- Web push: never in the log, never leaves the box but to the push service that it is for.

-- The key by which push services know this box: one row, made when the first browser asks for it.
CREATE TABLE push_key (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  pkcs8    BLOB NOT NULL
) STRICT;

-- Browsers that want to be woken. A subscription ends with its session; an endpoint has one.
CREATE TABLE push_subscriptions (
  session    BLOB PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  user       BLOB NOT NULL,
  endpoint   TEXT NOT NULL UNIQUE,
  key        BLOB NOT NULL CHECK (length(key) = 65),
  auth       BLOB NOT NULL CHECK (length(auth) = 16),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user);
