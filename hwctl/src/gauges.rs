//! Memory and frequency: figures that are told and that nothing is decided by.
//!
//! The thread that tells them reads them, so that the control thread does not. They come from the same
//! root as everything else, which is why no library reads them: that would look at this machine while
//! the fan of a simulated one is driven.

use crate::sysfs::discover::Inventory;
use crate::sysfs::{Access, Attribute, Root, parse, read};

/// So many frequency policies are averaged.
const POLICIES_MAX: usize = 64;
/// No core runs faster.
const KHZ_MAX: i64 = 20_000_000;

/// The open files.
#[derive(Debug)]
pub struct Gauges {
    memory: Option<Box<dyn Attribute>>,
    frequencies: Vec<Box<dyn Attribute>>,
}

impl Gauges {
    /// Opens `/proc/meminfo` and the processor's frequencies beneath a root. What is not there stays
    /// unknown.
    pub fn open(root: &Root, inventory: &Inventory) -> Self {
        let policies = inventory.policies.iter().take(POLICIES_MAX);
        let path = |folder: &String| format!("{folder}/scaling_cur_freq");
        let open = |path: String| root.open(&path, Access::Read).ok();
        Self {
            memory: open("proc/meminfo".to_owned()),
            frequencies: policies.filter_map(|policy| open(path(&policy.folder))).collect(),
        }
    }

    /// The share of the memory that is in use, 0 to 1: what could not be had at this moment.
    pub fn memory(&self) -> Option<f64> {
        let mut bytes = [0; 512];
        let length = self.memory.as_ref()?.read(&mut bytes).ok()?;
        used_share(&bytes[..length])
    }

    /// The mean frequency of the processor's cores, in MHz.
    pub fn frequency_mhz(&self) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0.0);
        for file in &self.frequencies {
            if let Ok(Ok(khz)) = read(file.as_ref(), parse::integer)
                && (1..=KHZ_MAX).contains(&khz)
            {
                (sum, count) = (sum + khz as f64 / 1_000.0, count + 1.0);
            }
        }
        (count > 0.0).then(|| sum / count)
    }
}

/// From lines such as `MemTotal:       16318044 kB`.
fn used_share(meminfo: &[u8]) -> Option<f64> {
    let value = |name: &[u8]| {
        let line = meminfo.split(|byte| *byte == b'\n').find(|line| line.starts_with(name))?;
        let text = std::str::from_utf8(&line[name.len()..]).ok()?;
        let kb: u64 = text.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kb as f64)
    };
    let (total, available) = (value(b"MemTotal:")?, value(b"MemAvailable:")?);
    (total > 0.0 && available <= total).then(|| 1.0 - available / total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysfs::fake::Machine;

    #[test]
    fn what_could_not_be_had_is_in_use() {
        let meminfo =
            b"MemTotal:       16000000 kB\nMemFree:  1 kB\nMemAvailable:    4000000 kB\nBuff";
        assert_eq!(used_share(meminfo), Some(0.75));
        let garbage: [&[u8]; 5] = [
            b"",
            b"MemTotal: 10 kB\n",
            b"MemTotal: 10 kB\nMemAvailable: 11 kB\n",
            b"MemTotal: 0 kB\nMemAvailable: 0 kB\n",
            b"MemTotal: -1 kB\nMemAvailable: lots\n",
        ];
        assert!(garbage.into_iter().all(|bytes| used_share(bytes).is_none()));
    }

    #[test]
    fn frequencies_are_averaged_and_absurd_ones_left_out() {
        let machine = Machine::office();
        let policy =
            |nth: u32| format!("sys/devices/system/cpu/cpufreq/policy{nth}/scaling_cur_freq");
        for (nth, khz) in ["3400000\n", "1400000\n", "-5\n", "fast\n"].iter().enumerate() {
            machine.write(&policy(nth as u32), khz);
        }
        let root = machine.root();
        let gauges = Gauges::open(&root, &Inventory::of(&root));
        assert_eq!((gauges.frequency_mhz(), gauges.memory()), (Some(2_400.0), Some(0.75)));
    }
}
