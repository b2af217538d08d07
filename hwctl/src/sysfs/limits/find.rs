//! Which levers a machine has.

use std::io;

use super::lever::Bounds;
use super::{LONG, Lever, Levers, SHORT, Which};
use crate::sysfs::{Access, Attribute, Root, parse};

const POWERCAP: &str = "sys/class/powercap";
const CPUFREQ: &str = "sys/devices/system/cpu/cpufreq";
const PROFILE: &str = "sys/firmware/acpi/platform_profile";
/// A zone has a long and a short limit; some have a third, for peaks that no heat sink feels.
const CONSTRAINTS: [u8; 2] = [0, 1];
/// No office machine has more processors with a policy each.
const POLICIES_MAX: usize = 256;

/// Looks at a machine.
pub fn find(root: &Root) -> Levers {
    let mut levers: Vec<Lever> = profile(root).into_iter().collect();
    for zone in root.names(POWERCAP) {
        levers.extend(package(root, &zone));
    }
    let policies = root.names(CPUFREQ).into_iter().filter(|name| name.starts_with("policy"));
    for policy in policies.take(POLICIES_MAX) {
        levers.extend(frequency(root, &policy));
        levers.extend(preference(root, &policy));
    }
    Levers::new(levers)
}

fn profile(root: &Root) -> Option<Lever> {
    let choices = words(root, &format!("{PROFILE}_choices"));
    let bounds = Bounds { choices, ..Bounds::default() };
    Some(Lever::new(Which::Profile, open(root, PROFILE)?, bounds))
}

/// The limits of a zone, if it is a whole package.
fn package(root: &Root, zone: &str) -> Vec<Lever> {
    let folder = format!("{POWERCAP}/{zone}");
    let name = root.line(&format!("{folder}/name")).filter(|name| name.starts_with("package"));
    let Some(name) = name else { return Vec::new() };
    let control = zone.split(':').next().unwrap_or_default().to_owned();
    let number = |what: &str| number(root, &format!("{folder}/{what}"));
    let limit = |nth: u8| {
        let limit = root.line(&format!("{folder}/constraint_{nth}_name"))?;
        let limit = [LONG, SHORT].into_iter().find(|known| *known == limit)?.to_owned();
        // Zero is how a zone says that it does not know.
        let most = number(&format!("constraint_{nth}_max_power_uw")).filter(|most| *most > 0);
        let window_us = number(&format!("constraint_{nth}_time_window_us"));
        let bounds = Bounds { most, window_us, ..Bounds::default() };
        let which = Which::Power { control: control.clone(), zone: name.clone(), limit };
        Some(Lever::new(
            which,
            open(root, &format!("{folder}/constraint_{nth}_power_limit_uw"))?,
            bounds,
        ))
    };
    let mut levers: Vec<Lever> = CONSTRAINTS.into_iter().filter_map(limit).collect();
    if !levers.is_empty()
        && let Some(enabled) = open(root, &format!("{folder}/enabled"))
    {
        let which = Which::Enabled { control, zone: name };
        levers.push(Lever::new(which, enabled, Bounds::default()));
    }
    levers
}

fn frequency(root: &Root, policy: &str) -> Option<Lever> {
    let folder = format!("{CPUFREQ}/{policy}");
    let bounds = Bounds {
        least: number(root, &format!("{folder}/cpuinfo_min_freq")),
        most: number(root, &format!("{folder}/cpuinfo_max_freq")),
        ..Bounds::default()
    };
    let which = Which::Frequency { policy: policy.to_owned() };
    Some(Lever::new(which, open(root, &format!("{folder}/scaling_max_freq"))?, bounds))
}

fn preference(root: &Root, policy: &str) -> Option<Lever> {
    let base = format!("{CPUFREQ}/{policy}/energy_performance");
    let choices = words(root, &format!("{base}_available_preferences"));
    let bounds = Bounds { choices, ..Bounds::default() };
    let which = Which::Preference { policy: policy.to_owned() };
    Some(Lever::new(which, open(root, &format!("{base}_preference"))?, bounds))
}

fn number(root: &Root, path: &str) -> Option<u64> {
    parse::microjoules(root.line(path)?.as_bytes()).ok()
}

fn words(root: &Root, path: &str) -> Vec<String> {
    let line = root.line(path).unwrap_or_default();
    line.split_whitespace().map(str::to_owned).collect()
}

/// A lever that may only be read is one that refuses.
fn open(root: &Root, path: &str) -> Option<Box<dyn Attribute>> {
    match root.open(path, Access::ReadWrite) {
        Ok(attribute) => Some(attribute),
        Err(error) => {
            let inner = root.open(path, Access::Read).ok()?;
            Some(Box::new(Shut { inner, why: error.raw_os_error()? }))
        }
    }
}

/// An attribute that may be read and not written.
#[derive(Debug)]
struct Shut {
    inner: Box<dyn Attribute>,
    why: i32,
}

impl Attribute for Shut {
    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into)
    }

    fn write(&self, _: &[u8]) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(self.why))
    }
}
