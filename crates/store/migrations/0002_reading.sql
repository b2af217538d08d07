-- A read marker becomes a register, so that it can go back when somebody says so; an empty stamp is
-- older than any. And the messages that people saved. No box has saved any yet, so nothing is filled
-- from the log.

ALTER TABLE reads ADD COLUMN stamp BLOB NOT NULL DEFAULT x'';

-- seq is the place of the event that saved it: what a page of saved messages is keyed by.
CREATE TABLE saved (
  user    BLOB NOT NULL,
  message BLOB NOT NULL,
  channel BLOB NOT NULL,
  present INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  stamp   BLOB NOT NULL,
  PRIMARY KEY (user, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_by_user ON saved (user, seq, channel, message, at) WHERE present = 1;
