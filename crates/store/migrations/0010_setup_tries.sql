-- Wrong tries of the setup code; at five it no longer works.
ALTER TABLE setup_codes ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
