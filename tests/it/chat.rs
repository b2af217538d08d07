//! The product as a test: what people at their screens see of each other.

mod channels;
mod conversation;
mod inbox;
mod notices;
mod place;
mod presence;
mod resume;
mod search;
mod search_files;
