//! hearthd as a service, under a real parent that opens its ports and hears what it tells.

mod activation;
mod failures;
mod settings;
mod signs;
