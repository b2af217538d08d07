-- Written once a minute with the minute itself (store::machine), kept for an hour.
-- Offices that were made on 28 November 2026 have it already.
CREATE TABLE IF NOT EXISTS machine_seconds (
  at       INTEGER PRIMARY KEY,
  junction REAL,
  rpm      REAL,
  duty     REAL,
  power    REAL,
  allowed  REAL,
  dust     REAL
) STRICT;
