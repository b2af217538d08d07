//! What the disk was told, in order, and what of it a power cut leaves.
//!
//! The log is that of Linux's dm-log-writes, which QEMU's `blklogwrites` writes: a head of one sector,
//! then for each request a sector that says where, how long and with which flags, and the data. What
//! was written before a flush ended is on the disk. Of what came after, a cut leaves any part: here
//! each write, or each sector of each write, or nothing, by a generator with a fixed seed.
//!
//! A write that the log has before a flush, and that had not ended when the flush began, counts as
//! flushed. The guest waits for its writes before it flushes, so it makes no difference to what may be
//! relied upon.

use std::fmt;
use std::fs;

use super::disk::Drive;

/// Of the head: the number that says what it is, and the version.
const MAGIC: u64 = 0x006a_7366_7773_6872;
const VERSION: u64 = 1;
const HEAD_BYTES: usize = 28;
const ENTRY_BYTES: usize = 32;
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
/// What a disk writes whole, whatever happens.
const SECTOR_BYTES: usize = 512;
/// The seed of everything that is left to chance.
const SEED: u64 = 0x5eed_0ff0_1194_75aa;

/// One request.
#[derive(Debug)]
struct Request {
    /// Where on the disk, in bytes.
    at: u64,
    flags: u64,
    /// Its data, as a range of the log.
    data: std::ops::Range<usize>,
    /// Where it ends in the log, in bytes.
    end: u64,
}

/// All requests that the disk had until the power went.
#[derive(Debug)]
pub(crate) struct Recorded {
    log: Vec<u8>,
    requests: Vec<Request>,
}

/// What a cut leaves of what was not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    Everything,
    /// Each write with an even chance.
    Writes,
    /// Each sector with an even chance.
    Sectors,
}

/// The power goes after so many requests.
#[derive(Debug)]
pub(crate) struct Cut {
    number: usize,
    after: usize,
    left: Left,
    /// Requests whose flushes the disk obeyed.
    honest: usize,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cut {} after request {}", self.number, self.after)?;
        match self.honest == self.after {
            true => write!(f, " ({:?} left)", self.left),
            false => write!(f, " (flushes obeyed until {})", self.honest),
        }
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flushes = self.requests.iter().filter(|request| request.flags & FLUSH != 0).count();
        write!(f, "{} requests, {flushes} of them flushes", self.requests.len())
    }
}

impl Recorded {
    /// Reads the log to its end; a request that QEMU did not finish noting is none.
    pub(crate) fn read(drive: &Drive) -> Self {
        let log = fs::read(drive.log()).expect("read the log of writes");
        assert!(log.len() > HEAD_BYTES, "the log of writes is empty");
        let word = |at: usize| {
            let bytes = log.get(at..at + 8)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        };
        let sector = u32::from_le_bytes(log[24..28].try_into().expect("four bytes")) as usize;
        assert_eq!((word(0), word(8)), (Some(MAGIC), Some(VERSION)), "not a log of writes");
        let mut requests = Vec::new();
        let mut at = sector;
        while at + ENTRY_BYTES <= log.len() {
            let [place, sectors, flags] = [0, 8, 16].map(|field| word(at + field).unwrap_or(0));
            let begin = at + sector;
            let has_data = flags & DISCARD == 0;
            let length = if has_data { sectors as usize * sector } else { 0 };
            let end = begin + length;
            if end > log.len() {
                break;
            }
            let place = place * sector as u64;
            requests.push(Request { at: place, flags, data: begin..end, end: end as u64 });
            at = end;
        }
        Self { log, requests }
    }

    /// How long the log was after the requests that a cut comes after.
    pub(crate) fn bytes_at(&self, cut: &Cut) -> u64 {
        self.requests[cut.after - 1].end
    }

    /// Gives what is on the disk after a cut, write by write, as a place and its bytes.
    pub(crate) fn replay(&self, cut: &Cut, mut write: impl FnMut(u64, &[u8])) {
        let mut chance = Chance(SEED ^ cut.number as u64);
        let obeyed = &self.requests[..cut.honest];
        let flushed = obeyed.iter().rposition(|request| request.flags & FLUSH != 0).unwrap_or(0);
        for (index, request) in self.requests[..cut.after].iter().enumerate() {
            let data = &self.log[request.data.clone()];
            let is_safe = index < flushed || (request.flags & FUA != 0 && index < cut.honest);
            let left = if is_safe { Left::Everything } else { cut.left };
            match left {
                Left::Nothing => {}
                Left::Writes if chance.is_against() => {}
                Left::Everything | Left::Writes => write(request.at, data),
                Left::Sectors => {
                    for (sector, bytes) in data.chunks(SECTOR_BYTES).enumerate() {
                        if !chance.is_against() {
                            write(request.at + (sector * SECTOR_BYTES) as u64, bytes);
                        }
                    }
                }
            }
        }
    }
}

/// Cuts at random places behind the first `begin` bytes of the log, and two at its end: with all that
/// was not flushed, and with none of it.
pub(crate) fn choose(recorded: &Recorded, begin: u64, count: usize) -> Vec<Cut> {
    let all = recorded.requests.len();
    let first = recorded.requests.partition_point(|request| request.end <= begin).max(1);
    assert!(all - first > count, "{recorded}: too few for {count} cuts");
    let mut chance = Chance(SEED);
    let mut cuts: Vec<Cut> = (0..count)
        .map(|number| {
            let after = first + chance.below(all - first);
            let left = [Left::Writes, Left::Sectors, Left::Nothing][number % 3];
            Cut { number, after, left, honest: after }
        })
        .collect();
    for left in [Left::Everything, Left::Nothing] {
        cuts.push(Cut { number: cuts.len(), after: all, left, honest: all });
    }
    cuts
}

impl Cut {
    /// At the end, of a disk that said yes to the later half of the flushes and did nothing.
    pub(crate) fn of_a_liar(recorded: &Recorded) -> Self {
        let all = recorded.requests.len();
        Self { number: all, after: all, left: Left::Nothing, honest: all / 2 }
    }
}

/// A generator that always says the same (xorshift64*).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit
    }

    fn is_against(&mut self) -> bool {
        self.next() >> 63 == 1
    }
}
