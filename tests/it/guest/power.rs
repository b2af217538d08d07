//! The power is cut while people chat: every message that somebody saw as sent is there afterwards.
//!
//! ```text
//! people on this machine ──► hearthd in the guest ──► ext4 ──► virtio ──► QEMU ──┬─► disk
//!        note what is acknowledged, and how long the log is then                 └─► log of every write
//! kill -9 of QEMU; then, for each cut: what was flushed before it, some of what was not, torn by sectors
//!        ──► e2fsck, as a boot would ──► hearthd's own start on it ──► read, and verify
//! ```
//!
//! A cut is a place in the log of writes. What an acknowledgement promises holds from the place on that
//! the log had reached when its reader had it, so each cut has its own list of what must be there.
//! Killing QEMU alone would prove nothing: what it wrote is in this machine's memory, and safe.
//!
//! The office is founded on this machine, because an emulated one takes long over a password.

mod cuts;
mod disk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::Machine;
use super::server::stripped;
use crate::support::{Office, Person, Socket, be_patient, nonce};

use cuts::{Cut, Recorded};
use disk::Drive;

/// Messages that are acknowledged before the power goes.
const ACKNOWLEDGED_MIN: usize = 600;
/// Longest wait for one answer of an emulated machine on one that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(300);
/// Messages of one person on their way at once.
const IN_FLIGHT: usize = 6;
/// Cuts at random places, besides those at the very end.
const CUTS: usize = 32;
/// The folder of the office on the disk, and where the disk is in the guest.
const FOLDER: &str = "hearth";
const DATABASE: &str = "hearth.db";
const MOUNT: &str = "set -e
    modprobe crc32c_generic; modprobe ext4
    mkdir /office; mount -t ext4 /dev/vdb /office";

/// What was acknowledged, and how long the log of writes was by then.
#[derive(Debug, Default)]
struct Acknowledged(Vec<(String, u64)>);

#[tokio::test]
async fn no_acknowledged_message_is_lost_by_a_power_cut() {
    be_patient(PATIENCE);
    let scratch = tempfile::tempdir().expect("a folder for disks");
    let mut office = Office::open().await;
    let lin = office.person("lin", "member").await;
    assert_eq!(office.stop().await, 0);
    let drive = Drive::with(office.data(), FOLDER, scratch.path());
    let slim = stripped("hearthd", scratch.path());
    let Some(mut guest) = Machine::boot_with(&[slim], &drive.arguments()) else {
        return;
    };
    guest.sh(MOUNT);
    guest.serve("/office/hearth");
    office.door.moved(guest.forwarded().expect("its door is open to this machine"));
    let before = drive.log_bytes();
    let people = [office.owner.clone(), lin];
    let (sent, acknowledged) = chat(&people, &office.lobby, &drive).await;
    // Nothing is told to stop.
    drop(guest);

    let recorded = Recorded::read(&drive);
    println!("{recorded}; {} acknowledged of {} sent", acknowledged.0.len(), sent.len());
    let mut check = Check { office: &mut office, drive: &drive, sent, lost: 0 };
    let all = cuts::choose(&recorded, before, CUTS);
    for cut in &all {
        let must: Vec<&str> = acknowledged.until(recorded.bytes_at(cut));
        check.cut(&recorded, cut, &must).await;
    }
    let figures = json!({
        "cuts": all.len(), "acked": acknowledged.0.len(), "lost": check.lost,
    });
    println!("power cuts: {figures}");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("power-cuts.json");
    std::fs::write(&kept, figures.to_string()).expect("keep the figures for hearth-bench");
    assert_eq!(check.lost, 0, "messages that were acknowledged are lost");
    // A disk that lies about its flushes loses some; a check that would not notice shows nothing.
    let liar = Cut::of_a_liar(&recorded);
    check.cut(&recorded, &liar, &acknowledged.until(u64::MAX)).await;
    assert!(check.lost > 0, "half of the writes are gone, and nothing is missed");
}

impl Acknowledged {
    /// What had been acknowledged when the log was no longer than this.
    fn until(&self, bytes: u64) -> Vec<&str> {
        let by_then = self.0.iter().filter(|(_, length)| *length <= bytes);
        by_then.map(|(text, _)| text.as_str()).collect()
    }
}

/// People write, each as fast as the server takes it, until enough is acknowledged. Gives all that was
/// sent, and what was acknowledged when.
async fn chat(people: &[Person], lobby: &str, drive: &Drive) -> (BTreeSet<String>, Acknowledged) {
    let mut sent = BTreeSet::new();
    let mut acknowledged = Acknowledged::default();
    let mut waiting: BTreeMap<String, String> = BTreeMap::new();
    let mut sockets: Vec<Socket> = Vec::new();
    for person in people {
        sockets.push(person.socket().await);
    }
    while acknowledged.0.len() < ACKNOWLEDGED_MIN {
        for (socket, person) in sockets.iter_mut().zip(people) {
            for _ in 0..IN_FLIGHT {
                let text = format!("@{} writes number {} 停电也不丢", person.handle, sent.len());
                let frame = json!({"t": "post", "nonce": nonce(), "channel": lobby, "text": text});
                waiting.insert(frame["nonce"].as_str().expect("a nonce").to_owned(), text.clone());
                sent.insert(text);
                socket.feed(&frame).await;
            }
            socket.flush().await;
        }
        for socket in &mut sockets {
            for _ in 0..IN_FLIGHT {
                let posted = socket.frame("posted").await;
                let name = posted["nonce"].as_str().expect("a nonce");
                let text = waiting.remove(name).expect("an answer to what was sent");
                acknowledged.0.push((text, drive.log_bytes()));
            }
        }
    }
    // The power goes while more is on its way.
    for socket in &mut sockets {
        let text = format!("never answered, number {}", sent.len());
        let frame = json!({"t": "post", "nonce": nonce(), "channel": lobby, "text": text});
        sent.insert(text);
        socket.send(&frame).await;
    }
    (sent, acknowledged)
}

/// What is done to the disk of every cut.
struct Check<'a> {
    office: &'a mut Office,
    drive: &'a Drive,
    sent: BTreeSet<String>,
    lost: usize,
}

impl Check<'_> {
    /// Makes the disk as the cut left it, starts on it, and looks for what must be there.
    async fn cut(&mut self, recorded: &Recorded, cut: &Cut, must: &[&str]) {
        let data = self.drive.after(recorded, cut).data(FOLDER);
        self.office.launch.data = data.clone();
        self.office.start().await;
        let found = texts(&self.office.owner, &self.office.lobby).await;
        let twice: Vec<_> = found.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "{cut}: there twice: {twice:?}");
        let made_up: Vec<_> = found.keys().filter(|text| !self.sent.contains(*text)).collect();
        assert!(made_up.is_empty(), "{cut}: nobody wrote {made_up:?}");
        let missing: Vec<_> = must.iter().filter(|text| !found.contains_key(**text)).collect();
        println!(
            "{cut}: {} must be there, {} are, {} lost",
            must.len(),
            found.len(),
            missing.len()
        );
        self.lost += missing.len();
        assert_eq!(self.office.stop().await, 0, "{cut}: {}", self.office.hearthd.log());
        // Every page, every place in the log, every link of its chain.
        let database = data.join(DATABASE);
        hearth_store::backup::verify(&database).unwrap_or_else(|error| panic!("{cut}: {error}"));
    }
}

/// Every text of a channel, with how often it is there.
async fn texts(person: &Person, channel: &str) -> BTreeMap<String, u32> {
    let mut texts = BTreeMap::new();
    let mut after = 0;
    loop {
        let path = format!("/channels/{channel}/messages?after={after}&limit=200");
        let page: Value = person.get(&path).await.ok();
        for message in page["messages"].as_array().expect("messages") {
            let text = message["text"].as_str().expect("a text").to_owned();
            *texts.entry(text).or_default() += 1;
            after = message["seq"].as_u64().expect("a place");
        }
        if page["more_after"] == false {
            return texts;
        }
    }
}
