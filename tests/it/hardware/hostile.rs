//! Somebody else at the other end of the status socket.

use std::io::Write as _;
use std::os::unix::net::{UnixListener, UnixStream};

use serde_json::json;

use super::{Hwctl, becomes, is_live, machine};
use crate::support::Office;

/// What a broken or hostile program might say in the place of a line.
fn nonsense() -> Vec<Vec<u8>> {
    let valid = include_str!("../../../hwctl/golden/status.json").trim();
    let more = |from: &str, to: &str| {
        assert!(valid.contains(from), "the golden line has no {from}");
        (valid.replacen(from, to, 1) + "\n").into_bytes()
    };
    vec![
        b"\n\n\n\n\n\n\n\n".to_vec(),
        vec![0xff; 4_000],
        b"{\"version\":2}\n".repeat(20),
        vec![b'['; 50_000],
        vec![b'x'; 3_000_000],
        more("\"version\":2", "\"version\":3"),
        more("\"board\":\"", "\"board\":\"\\u001b[2J"),
        (valid.to_owned() + "\n").repeat(2_000).into_bytes(),
    ]
}

#[tokio::test]
async fn nothing_that_is_said_there_harms_and_the_real_one_is_believed_afterwards() {
    let office = Office::open().await;
    let run = office.data().join("hwctl");
    std::fs::create_dir(&run).unwrap();
    let path = run.join("status.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let lines = nonsense();
    let count = lines.len();
    let speaker = std::thread::spawn(move || {
        for text in lines {
            let (mut stream, _): (UnixStream, _) = listener.accept().unwrap();
            // hearthd hangs up when it has heard enough.
            drop(stream.write_all(&text));
        }
    });
    let olga = &office.owner;
    // Each is given up and another one tried, with longer and longer pauses.
    while !speaker.is_finished() {
        olga.say(&office.lobby, "the office goes on").await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    speaker.join().unwrap();
    assert!(count > 5);
    assert!(!office.log().contains("\u{1b}[2J"), "what was said is not repeated");
    std::fs::remove_file(&path).unwrap();
    let _hwctl = Hwctl::start(&office);
    let seen =
        becomes(olga, "the real one", |seen| is_live(seen) && seen["status"]["simulated"] == true);
    seen.await;
    assert_eq!(machine(olga).await["alarms"], json!([]));
}
