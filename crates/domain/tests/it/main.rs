//! The rules of an office, tested from outside: what decides, permits, merges and parses.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own material is wrong")]

mod cards;
mod cast;
mod conduct;
mod events;
mod integrations;
mod limits;
mod merge;
mod notices;
mod permits;
mod rules;
mod searches;
mod texts;
mod world;
