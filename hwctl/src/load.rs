//! How busy the processor is: the first line of `/proc/stat`, from one look to the next.

use crate::sense::{Reading, Why};
use crate::sysfs::{Access, Attribute, Root};

/// Busy and all ticks since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    busy: u64,
    all: u64,
}

/// Remembers the ticks of the last look.
#[derive(Debug)]
pub struct LoadMeter {
    stat: Option<Box<dyn Attribute>>,
    before: Option<Ticks>,
}

impl LoadMeter {
    /// Opens `/proc/stat` beneath the root; without it the load is unknown.
    pub fn open(root: &Root) -> Self {
        Self { stat: root.open("proc/stat", Access::Read).ok(), before: None }
    }

    /// The share of the processor that was busy since the last look, 0 to 1.
    pub fn read(&mut self) -> Reading<f64> {
        let Some(stat) = &self.stat else { return Reading::Unknown(Why::Missing) };
        let mut bytes = [0; 512];
        let Ok(length) = stat.read(&mut bytes) else { return Reading::Unknown(Why::Fault) };
        let Some(after) = ticks(&bytes[..length]) else { return Reading::Unknown(Why::Garbage) };
        let before = self.before.replace(after).unwrap_or(after);
        match (after.busy.checked_sub(before.busy), after.all.checked_sub(before.all)) {
            (Some(busy), Some(all)) if all > 0 => Reading::now(busy as f64 / all as f64),
            _ => Reading::Unknown(Why::Missing),
        }
    }
}

/// `cpu  user nice system idle iowait irq softirq steal guest guest_nice`; guests are in user.
fn ticks(stat: &[u8]) -> Option<Ticks> {
    let line = stat.split(|byte| *byte == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    if words.next() != Some("cpu") {
        return None;
    }
    let (mut all, mut idle) = (0_u64, 0_u64);
    for (nth, word) in words.take(8).enumerate() {
        let value: u64 = word.parse().ok()?;
        all = all.checked_add(value)?;
        if matches!(nth, 3 | 4) {
            idle += value;
        }
    }
    Some(Ticks { busy: all - idle, all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_not_busy() {
        let found = ticks(b"cpu  10 0 20 60 5 1 2 2 7 0\ncpu0 1 2 3\n").unwrap();
        assert_eq!(found, Ticks { busy: 35, all: 100 });
        let garbage: [&[u8]; 4] = [b"", b"cpu0 1 2 3 4", b"cpu a", b"cpu -1 2 3 4"];
        assert!(garbage.into_iter().all(|bytes| ticks(bytes).is_none()));
    }
}
