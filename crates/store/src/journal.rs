//! What the journal calls the store's events: the value of their field `message_id`.
//!
//! An id is made once, by chance, and never changes: it is what `journalctl MESSAGE_ID=…` and alarms look
//! for, and where `packaging/catalog/hearth.catalog` says what the event means and what to do.

/// The schema of the database was changed by an upgrade.
pub const DATABASE_MIGRATED: &str = "abe3dbe7d74c41d6b819cda4af0d43a4";

/// The database was copied before its schema changed.
pub const DATABASE_COPIED: &str = "1c85fb96250c496c8490e3dab80cbd23";

/// The check after an unclean stop found nothing.
pub const DATABASE_SOUND: &str = "0d88805c39c94b64844c434a1de6a77d";

/// The check found a broken page; the process ends.
pub const DATABASE_DAMAGED: &str = "2bb05e9522cc4c66bb89998cccc926d0";

/// A batch of writes failed; nothing of it was acknowledged.
pub const WRITES_FAILED: &str = "fadda3ff78b54e528ee557719e695a12";

/// The write-ahead log could not be moved into the database; it is tried again.
pub const CHECKPOINT_FAILED: &str = "4f1edb860b1947d4ac43319202166d65";

/// Nobody moves the write-ahead log any more.
pub const CHECKPOINTER_ENDED: &str = "20e57a0c7d434b928e483de5145fc04d";

/// What follows the log, as the search index does, is built anew.
pub const PROJECTION_REBUILT: &str = "4226c42d13294d1f9551a3ea693669b2";

/// The content of a shared file is missing or damaged.
pub const FILE_BROKEN: &str = "c9a43b5d022c47d588b3b0336788aeef";
