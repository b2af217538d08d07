//! The operator's command against a real server.

mod archive;
mod people;
mod supervisor;
mod words;
