-- Written once a minute with the minute itself (store::machine), kept for an hour.
CREATE TABLE machine_seconds (
  at       INTEGER PRIMARY KEY,
  junction REAL,
  rpm      REAL,
  duty     REAL,
  power    REAL,
  allowed  REAL,
  dust     REAL
) STRICT;
