-- What the machine under the office did, as hearth-hwctl told it, and how it should be run. None of it
-- is in the log, and none of it leaves the box.

-- Rows are written once a minute (store::machine). A minute is kept for 30 days, an hour for 5 years.
-- Times are the beginning, in seconds since 1970; samples is how many seconds of it were seen.
CREATE TABLE machine_minutes (
  at      INTEGER PRIMARY KEY,
  samples INTEGER NOT NULL,
  junction_min REAL, junction_mean REAL, junction_max REAL,
  rpm_min      REAL, rpm_mean      REAL, rpm_max      REAL,
  duty_min     REAL, duty_mean     REAL, duty_max     REAL,
  power_min    REAL, power_mean    REAL, power_max    REAL,
  allowed_min  REAL, allowed_mean  REAL, allowed_max  REAL,
  dust_min     REAL, dust_mean     REAL, dust_max     REAL
) STRICT;

CREATE TABLE machine_hours (
  at      INTEGER PRIMARY KEY,
  samples INTEGER NOT NULL,
  junction_min REAL, junction_mean REAL, junction_max REAL,
  rpm_min      REAL, rpm_mean      REAL, rpm_max      REAL,
  duty_min     REAL, duty_mean     REAL, duty_max     REAL,
  power_min    REAL, power_mean    REAL, power_max    REAL,
  allowed_min  REAL, allowed_mean  REAL, allowed_max  REAL,
  dust_min     REAL, dust_mean     REAL, dust_max     REAL
) STRICT;

-- What the processor took on a day of the office's calendar: '2026-11-28'.
CREATE TABLE machine_energy (
  day    TEXT PRIMARY KEY,
  joules REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- How far the energy counter of which run of hearth-hwctl was counted, and when.
CREATE TABLE machine_meter (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  started  TEXT NOT NULL,
  joules   REAL NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

CREATE TABLE machine_settings (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  record   TEXT NOT NULL
) STRICT;
