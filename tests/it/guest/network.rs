//! People in browsers outside chat with hearthd in the guest, while its network loses everything for
//! half a minute, and then much of what passes.
//!
//! ```text
//! Chromium: olga's page, mei's page ─┐
//! tom, a program ────────────────────┴─► a port here ═► QEMU ═► eth0 ─► ifb0: loss ─► hearthd
//!                                                                ▲                       │
//!                                                                └─────── loss ◄─────────┘
//! ```
//!
//! What is written while nothing passes waits in sight and is sent afterwards. In the end everybody has
//! every message once and in one order, and no page was loaded anew. What a network loses, the kernels
//! send again; what hangs for long, the pages give up and send over another connection, where the message
//! may arrive a second time. The kernel's own counts say that both ways lost something.
//!
//! The office is founded on this machine, because an emulated one takes long over a password.

mod browser;

use std::path::Path;
use std::time::Duration;

use super::Machine;
use super::server::stripped;
use crate::support::{Call, Office, Person, be_patient};

use browser::Browser;

/// Longest wait for one answer of an emulated machine on one that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(300);
/// A request that nothing holds up is answered by then.
const ANSWER: Duration = Duration::from_secs(8);
/// How long nothing passes, at least.
const DARK_S: u64 = 30;
/// How much of what passes is lost afterwards, and how many messages of each person go through that.
const LOSS_PERCENT: u32 = 30;
const ROUNDS: usize = 10;
/// A program of a development build has its page where it was built, and not in itself.
const PAGE: &str = "mkdir -p HERE/daemon HERE/web && mv /opt/dist HERE/web/";
/// What comes in has no queue of its own, so it takes the way through a device that has one.
const NETEM: &str = "set -e
    for driver in sch_netem sch_ingress cls_matchall act_mirred ifb; do modprobe $driver; done
    ip link set ifb0 up
    for device in eth0 ifb0; do /bin/tc qdisc add dev $device root netem; done
    /bin/tc qdisc add dev eth0 ingress
    /bin/tc filter add dev eth0 ingress matchall action mirred egress redirect dev ifb0";
/// How many packets each way has lost since it was last told how many to lose.
const LOST: &str = "for device in eth0 ifb0; do
        /bin/tc -s qdisc show dev $device | sed -n '/netem/,/dropped/s/.*dropped \\([0-9]*\\).*/\\1/p'
    done";

#[tokio::test]
async fn browsers_outside_chat_through_a_network_that_loses_all_and_much() {
    be_patient(PATIENCE);
    let scratch = tempfile::tempdir().expect("a folder for the program");
    let mut office = Office::open().await;
    let mei = office.person("mei", "member").await;
    let tom = office.person("tom", "member").await;
    assert_eq!(office.stop().await, 0);
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    let slim = stripped("hearthd", scratch.path());
    let files = [slim, here.join("web/dist"), office.data().to_owned()];
    let Some(mut guest) = Machine::boot_with(&files, &[]) else { return };
    guest.sh(&PAGE.replace("HERE", &here.to_string_lossy()));
    guest.serve("/opt/data");
    guest.sh(NETEM);
    office.door.moved(guest.forwarded().expect("its door is open to this machine"));

    let browser = Browser::open(office.address());
    let mut talk = Talk { guest, browser, office, mei, tom, written: Vec::new() };
    talk.begins_outside().await;
    talk.through_half_a_minute_of_nothing().await;
    talk.through_much_loss();
    talk.is_the_same_for_everybody().await;
    let failures = talk.guest.run("grep -E ' ERROR |panicked at' /tmp/hearthd.log");
    assert_eq!(failures.output, "");
    talk.browser.close();
}

/// People in the lobby: `@olga` and `@mei` at their pages, `@tom` with a program.
struct Talk {
    guest: Machine,
    browser: Browser,
    office: Office,
    mei: Person,
    tom: Person,
    written: Vec<String>,
}

impl Talk {
    fn people(&self) -> [Person; 2] {
        [self.office.owner.clone(), self.mei.clone()]
    }

    /// Somebody writes at a page, which shows it at once.
    fn writes(&mut self, who: &Person, text: &str) {
        self.browser.writes(who, text);
        self.written.push(text.to_owned());
    }

    async fn begins_outside(&mut self) {
        let [olga, mei] = self.people();
        self.browser.enters(&olga);
        self.browser.enters(&mei);
        let mut tom = self.tom.socket().await;
        self.writes(&olga, "good morning from a browser 早上好");
        let posted = tom.event("message.posted").await;
        assert_eq!(posted["event"]["text"], "good morning from a browser 早上好", "{posted}");
        self.browser.reads(&mei, "good morning from a browser 早上好");
        tom.say(&self.office.lobby, "good morning from a program").await;
        self.written.push("good morning from a program".to_owned());
        for person in [&olga, &mei] {
            self.browser.reads(person, "good morning from a program");
        }
    }

    async fn through_half_a_minute_of_nothing(&mut self) {
        let [olga, mei] = self.people();
        self.writes(&mei, "just before the dark");
        self.browser.reads(&olga, "just before the dark");
        assert!(self.is_answered().await, "nothing holds it up");

        self.guest.loses(100);
        let end_s = self.guest.uptime_s() + DARK_S;
        for person in [&olga, &mei] {
            self.writes(person, &format!("{} writes in the dark", person.handle));
        }
        assert!(!self.is_answered().await, "nothing passes");
        for person in [&olga, &mei] {
            self.browser.is_cut_off(person);
            self.browser.waits(person, &format!("{} writes in the dark", person.handle));
        }
        self.guest.sh(&format!(
            "until [ $(cut -d. -f1 /proc/uptime) -ge {end_s} ]; do usleep 200000; done"
        ));
        for (reader, writer) in [(&olga, &mei), (&mei, &olga)] {
            let unknown = format!("{} writes in the dark", writer.handle);
            assert!(!self.browser.said(reader).contains(&unknown), "nothing has passed");
        }
        self.has_lost("the dark");

        self.guest.loses(0);
        for person in [&olga, &mei] {
            self.browser.is_back(person);
        }
        self.is_the_same_for_everybody().await;
    }

    fn through_much_loss(&mut self) {
        let [olga, mei] = self.people();
        self.guest.loses(LOSS_PERCENT);
        for round in 0..ROUNDS {
            let text = |person: &Person| format!("{} against the wind, {round}", person.handle);
            self.writes(&olga, &text(&olga));
            self.writes(&mei, &text(&mei));
            self.browser.reads(&olga, &text(&mei));
            self.browser.reads(&mei, &text(&olga));
        }
        self.has_lost("the wind");
        self.guest.loses(0);
    }

    /// Every message is there once, in the order of the channel, at the server and at both pages.
    async fn is_the_same_for_everybody(&mut self) {
        for person in self.people() {
            self.browser.settles(&person, &self.written);
        }
        let told = self.tom.texts(&self.office.lobby).await;
        let sorted = |texts: &[String]| {
            let mut texts = texts.to_vec();
            texts.sort();
            texts
        };
        assert_eq!(sorted(&told), sorted(&self.written));
        for person in self.people() {
            assert_eq!(self.browser.said(&person), told, "at the page of @{}", person.handle);
        }
    }

    async fn is_answered(&self) -> bool {
        let asked = Call::new("GET", "/healthz").send(self.office.address());
        tokio::time::timeout(ANSWER, asked).await.is_ok()
    }

    fn has_lost(&mut self, when: &str) {
        let lost = self.guest.lost();
        println!("{when}: {lost:?} packets lost on the way out and in");
        assert!(lost.iter().all(|packets| *packets > 0), "{when} lost nothing: {lost:?}");
    }
}

impl Machine {
    /// From now on so much of what passes is lost, in both directions.
    fn loses(&mut self, percent: u32) {
        self.sh(&format!(
            "for device in eth0 ifb0; do
                /bin/tc qdisc del dev $device root
                /bin/tc qdisc add dev $device root netem loss {percent}% || exit 1
            done"
        ));
    }

    fn lost(&mut self) -> Vec<u64> {
        self.sh(LOST).lines().map(|line| line.parse().expect("a count")).collect()
    }

    fn uptime_s(&mut self) -> u64 {
        self.sh("cut -d. -f1 /proc/uptime").parse().expect("seconds")
    }
}
