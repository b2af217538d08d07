//! Asking for the machine to be switched off, in order.
//!
//! This program may not do that itself, and should not. It leaves a file named `poweroff` in its run
//! folder; a unit of the system, which can do nothing but that, sees it and switches off. Nobody has to
//! read the file: that it is there says everything, and only this program and root can put it there.
//!
//! - **Not by one wild reading.** The controller asks after ten seconds near critical that do not
//!   cool; here five seconds and five believed readings are added to that.
//! - **Not later.** When the junction cools, when the program starts or ends, and by `restore`, the
//!   request is withdrawn.
//! - **Also on a full disk.** The file is made at the start and only gets another name.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, renameat, unlinkat};
use rustix::io::Errno;

use crate::control::Heat;
use crate::units::Seconds;

/// The request's name in the run folder.
pub const REQUEST: &str = "poweroff";
/// Its name while nothing is asked for.
const READY: &str = "poweroff.ready";
/// How long power-off has to be decided without a break, with so many believed readings.
const GRACE: Seconds = Seconds(5.0);
const READINGS_MIN: u32 = 5;
/// For a person who finds the file.
const TEXT: &[u8] =
    b"While this file is called poweroff, hearth-hwctl asks for the machine to be switched off.\n";

/// The request, made or not.
#[derive(Debug)]
pub struct Request {
    folder: Option<OwnedFd>,
    since: Option<Seconds>,
    readings: u32,
    asked: bool,
}

impl Request {
    /// Withdraws what an earlier run asked for and gets ready to ask. A folder in which that can't be
    /// done is told of, and then nothing can be asked for.
    pub fn open(run: &Path) -> Self {
        let folder = ready(run).inspect_err(|error| {
            let run = run.display();
            eprintln!("hearth-hwctl: can't get ready to ask for power-off in {run}: {error}");
        });
        Self { folder: folder.ok(), since: None, readings: 0, asked: false }
    }

    /// Takes what was decided, and whether the junction's temperature was believed in this tick.
    pub fn follow(&mut self, heat: Heat, is_believed: bool, now: Seconds) {
        if heat != Heat::PowerOff {
            if self.since.take().is_some() {
                eprintln!("hearth-hwctl: the processor cools; the machine is not switched off");
            }
            self.readings = 0;
            if self.asked {
                self.rename(REQUEST, READY);
                self.asked = false;
            }
            return;
        }
        if self.since.is_none() {
            eprintln!(
                "hearth-hwctl: the processor stays close to critical; the machine is switched off in \
                 {:.0} s unless it cools",
                GRACE.0
            );
        }
        let since = *self.since.get_or_insert(now);
        self.readings = self.readings.saturating_add(u32::from(is_believed));
        if !self.asked && now - since >= GRACE && self.readings >= READINGS_MIN {
            eprintln!("hearth-hwctl: asks for the machine to be switched off, now");
            self.asked = true;
            self.rename(READY, REQUEST);
        }
    }

    fn rename(&self, from: &str, to: &str) {
        let Some(folder) = &self.folder else {
            eprintln!("hearth-hwctl: power-off can't be asked for: there is no run folder");
            return;
        };
        let done = match renameat(folder, from, folder, to) {
            // Somebody tidied up.
            Err(Errno::NOENT) if to == REQUEST => make(folder, REQUEST).map(drop),
            done => done,
        };
        if let Err(errno) = done {
            eprintln!("hearth-hwctl: {from} can't become {to}: {errno}");
        }
    }
}

fn ready(run: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(CWD, run, flags, Mode::empty())?;
    remove(&folder, REQUEST)?;
    remove(&folder, READY)?;
    let mut file = File::from(make(&folder, READY)?);
    // An empty file asks just as well.
    if let Err(error) = file.write_all(TEXT) {
        eprintln!("hearth-hwctl: {READY} stays empty: {error}");
    }
    Ok(folder)
}

fn make(folder: &OwnedFd, name: &str) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::RUSR | Mode::WUSR | Mode::RGRP)
}

fn remove(folder: &OwnedFd, name: &str) -> rustix::io::Result<()> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        done => done,
    }
}

/// Withdraws a request that nobody watches any more.
///
/// # Errors
///
/// As the folder refuses; a folder that is not there has no request.
pub fn withdraw(run: &Path) -> io::Result<()> {
    match std::fs::remove_file(run.join(REQUEST)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_asked(run: &Path) -> bool {
        run.join(REQUEST).is_file()
    }

    #[test]
    fn it_is_asked_after_five_seconds_and_five_readings_and_withdrawn_when_it_cools() {
        let run = tempfile::tempdir().unwrap();
        let mut request = Request::open(run.path());
        for second in 0..5 {
            request.follow(Heat::PowerOff, true, Seconds(f64::from(second)));
            assert!(!is_asked(run.path()), "after {second} s");
        }
        request.follow(Heat::PowerOff, true, Seconds(5.0));
        assert!(is_asked(run.path()));
        request.follow(Heat::PowerOff, false, Seconds(6.0));
        assert!(is_asked(run.path()));
        request.follow(Heat::Floor, true, Seconds(7.0));
        assert!(!is_asked(run.path()));
        // From the beginning again.
        request.follow(Heat::PowerOff, true, Seconds(8.0));
        assert!(!is_asked(run.path()));
    }

    #[test]
    fn who_can_not_believe_the_sensor_does_not_switch_off() {
        let run = tempfile::tempdir().unwrap();
        let mut request = Request::open(run.path());
        for second in 0..600 {
            // Four readings are believed, and the clock jumps.
            request.follow(Heat::PowerOff, second < 4, Seconds(f64::from(second) * 1e6));
        }
        assert!(!is_asked(run.path()));
    }

    #[test]
    fn a_request_of_an_earlier_run_does_not_last() {
        let run = tempfile::tempdir().unwrap();
        std::fs::write(run.path().join(REQUEST), "").unwrap();
        let _request = Request::open(run.path());
        assert!(!is_asked(run.path()));
        std::fs::write(run.path().join(REQUEST), "").unwrap();
        withdraw(run.path()).unwrap();
        assert!(!is_asked(run.path()));
        withdraw(Path::new("/proc/nowhere")).unwrap();
    }

    #[test]
    fn a_file_that_was_tidied_away_is_made_again() {
        let run = tempfile::tempdir().unwrap();
        let mut request = Request::open(run.path());
        std::fs::remove_file(run.path().join(READY)).unwrap();
        for second in 0..=5 {
            request.follow(Heat::PowerOff, true, Seconds(f64::from(second)));
        }
        assert!(is_asked(run.path()));
    }
}
