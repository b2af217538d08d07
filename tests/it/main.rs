//! Every test that needs more than one crate, in one binary.

// The attribute changes nothing here but tells clippy that these modules are tests throughout.
#[cfg(test)]
mod admin;
#[cfg(test)]
mod backups;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod configs;
#[cfg(test)]
mod container;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod files;
#[cfg(test)]
mod guest;
#[cfg(test)]
mod hardware;
#[cfg(test)]
mod healing;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod integrations;
#[cfg(test)]
mod observability;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod packaging;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod push;
#[cfg(test)]
mod service;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod update;
