-- What those who run the office did. It never leaves the box, and is filled in the transaction of the
-- act. Old rows go by number only (store::audit); nothing else changes or removes one.

-- AUTOINCREMENT: a number is never given again, so that a gap would show.
CREATE TABLE audit (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  at           INTEGER NOT NULL,
  hand         INTEGER NOT NULL,
  actor        BLOB,
  address      TEXT NOT NULL,
  area         TEXT NOT NULL,
  act          TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id   TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  changes      TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_area ON audit (area, id);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- When somebody was last here, kept when their sessions are gone. To the minute, as sessions are.
CREATE TABLE seen (
  user BLOB PRIMARY KEY,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO seen (user, at) SELECT user, max(used_at) FROM sessions GROUP BY user;

-- Links by which somebody whose password was reset chooses a new one: one per person, used once.
CREATE TABLE password_links (
  user       BLOB PRIMARY KEY REFERENCES users (id),
  token_hash BLOB NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How large things were on a day (days since 1970), for the page that shows how they grow.
CREATE TABLE sizes (
  day            INTEGER PRIMARY KEY,
  database_bytes INTEGER NOT NULL,
  files_bytes    INTEGER NOT NULL,
  messages       INTEGER NOT NULL
) STRICT;
