//! Shared files: their content in blobs on disk, and rows that say what refers to which.
//!
//! The order of steps makes it safe to stop anywhere. Coming: a partial file grows, is put on the
//! disk, gets its name among the blobs (a rename, and the folder put on the disk), and only then rows
//! refer to it. Going: the rows go, and a while later the blob. What is left by a crash in between is
//! a blob or a partial file that no row knows; [`collect`] takes it away.

pub mod blobs;
pub mod collect;
pub mod copy;
pub mod rows;
pub mod storage;
pub mod uploads;

pub use blobs::Blobs;
