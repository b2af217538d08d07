//! hearthd.

fn main() {}
