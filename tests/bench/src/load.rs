//! Loads: crowds that listen, and senders that post.

pub(crate) mod arrivals;
pub(crate) mod crowd;
pub(crate) mod latencies;
pub(crate) mod sender;
pub(crate) mod thread;
