//! The product as a test: what two people at their screens see of each other.

mod conversation;
