//! hearthd as a service, under a real parent that opens its ports and hears what it tells. What systemd
//! itself makes of the units is in `guest::daemon`.

mod activation;
mod failures;
mod settings;
mod signs;
