//! hearth-hwctl's world on real drivers: Debian's kernel in QEMU, with fan chips that are registers.
//!
//! ```text
//! test ── restores ─► guest: i2c-stub ─ adt7475 and seven others ─ /sys/class/hwmon
//!   │                          ▲                                         ▲
//!   ├─ plant, over /dev/i2c-0 ─┘              hearth-hwctl, the shell ───┘
//!   └─ agent on a serial port: runs a script, gives its output and exit code
//! ```
//!
//! The guest boots once and its state is kept beside the kernel; each case begins from there, in about
//! a second. `scripts/guest` makes what it boots. Where that is missing, each case says `SKIPPED`.
//!
//! [`power`] and [`network`] boot guests of their own: one whose disk loses what it was not told to
//! keep, one whose network loses what passes.
//!
//! What a driver caches for two seconds is waited for by looking until it shows, never by a pause that
//! should be long enough; where nothing may change, the guest sleeps longer than the cache lasts.

mod adt7475;
mod agent;
mod closed_loop;
mod commission;
mod daemon;
mod machine;
mod network;
mod power;
mod program;
mod qmp;
mod server;
mod service;
mod writes;
mod zoo;

use agent::{Agent, Ran};
use machine::{Boot, Machine};
