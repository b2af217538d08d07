-- Files: what hangs on messages, what was uploaded, and which blobs on disk hold the content.
--
-- A blob is a file under blobs/, named by its digest, and has a row before anything refers to it. A
-- row goes first and the blob after it, so there is never a row without its blob.

-- The attachments as JSON; NULL where nothing hangs on a message.
ALTER TABLE messages ADD COLUMN files TEXT;

-- unused_since is set while nothing refers to the blob.
CREATE TABLE blobs (
  hash         BLOB PRIMARY KEY CHECK (length(hash) = 32),
  size         INTEGER NOT NULL,
  unused_since INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_unused ON blobs (unused_since) WHERE unused_since IS NOT NULL;

-- Smaller forms of a picture, by the digest of the picture itself.
CREATE TABLE renditions (
  source     BLOB NOT NULL,
  form       INTEGER NOT NULL,
  hash       BLOB NOT NULL,
  media_type TEXT NOT NULL,
  PRIMARY KEY (source, form)
) STRICT, WITHOUT ROWID;
CREATE INDEX renditions_by_hash ON renditions (hash);

-- Every file that was uploaded whole. carrier: 0 nothing yet, 1 a message, 2 its owner's profile.
CREATE TABLE files (
  id         BLOB PRIMARY KEY,
  owner      BLOB NOT NULL,
  hash       BLOB NOT NULL,
  size       INTEGER NOT NULL,
  carrier    INTEGER NOT NULL,
  message    BLOB,
  created_at INTEGER NOT NULL,
  record     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_hash ON files (hash);
CREATE INDEX files_idle ON files (owner, created_at) WHERE carrier = 0;
CREATE INDEX files_worn ON files (owner) WHERE carrier = 2;
CREATE INDEX files_by_size ON files (size);

-- From here on: never in the log, never leaves the box.

-- Files on their way. received is how much of one is certainly on the disk.
CREATE TABLE uploads (
  id         BLOB PRIMARY KEY,
  owner      BLOB NOT NULL,
  name       TEXT NOT NULL,
  declared   TEXT NOT NULL,
  size       INTEGER NOT NULL,
  received   INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_owner ON uploads (owner);
CREATE INDEX uploads_by_end ON uploads (expires_at);
