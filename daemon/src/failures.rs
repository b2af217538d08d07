//! Services that failed, and how those who run the office learn of it.
//!
//! What fails can't tell of it itself. The service manager runs `hearth report-failure <unit>` after
//! each end that was none in good order; it notes the failure in the data folder ([`notes`]), and the
//! next hearthd that runs tells it in the machine room ([`tell`]), in both languages.
//!
//! There is one note for each unit, which counts: a service that fails every second fills no disk, and
//! is told of every ten minutes at most.

pub mod notes;
pub mod tell;
mod words;

pub use notes::{Note, Notes};
