//! What was acknowledged stays, whatever happens to the disk, the clock or the process; and what
//! keeps Hearth from starting is said in a sentence that helps.

mod clock;
mod crash;
mod disk;
mod start;
mod stop;
