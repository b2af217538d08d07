//! History, energy and what happens when either program dies.

use serde_json::{Value, json};

use super::{Hwctl, becomes, is_live, joules, machine};
use crate::support::{Office, soon};

fn column(history: &Value, name: &str) -> Vec<Value> {
    history[name].as_array().unwrap_or_else(|| panic!("{name}: {history}")).clone()
}

#[tokio::test]
async fn without_hwctl_the_office_goes_on_and_says_that_nobody_is_there() {
    let office = Office::open().await;
    let seen = machine(&office.owner).await;
    assert_eq!((&seen["state"], &seen["status"]), (&json!("absent"), &Value::Null));
    assert_eq!(seen["alarms"], json!([]), "who was never here is not missed");
    let history = office.owner.get("/hardware/history?span=years").await.ok();
    assert_eq!(history["at"], json!([]));
    office.owner.get("/hardware/history?span=day").await.refused(400, "bad_request");
    let mut socket = office.owner.socket().await;
    socket.send(&json!({"t": "watch_hardware", "on": true})).await;
    assert_eq!(socket.frame("hardware").await["state"], "absent");
}

#[tokio::test]
async fn a_machine_is_seen_its_history_grows_and_frames_come() {
    let office = Office::open().await;
    let _hwctl = Hwctl::start(&office);
    let guest = office.person("gus", "guest").await;
    let mut socket = guest.socket().await;
    socket.send(&json!({"t": "watch_hardware", "on": true})).await;
    let live = socket.find("a frame of a machine", |f| f["t"] == "hardware" && is_live(f)).await;
    let status = &live["status"];
    assert_eq!(status["simulated"], true, "{status}");
    assert_eq!(status["controlled_by"], "hwctl", "{status}");
    assert!(status["junction_c"].as_f64().unwrap() > 10.0, "{status}");
    assert_eq!(status["fans"].as_array().unwrap().len(), 1, "{status}");
    assert!(status["counters"].is_null(), "counters are for Prometheus");
    let history = soon("three seconds of history", async {
        loop {
            let history = guest.get("/hardware/history").await.ok();
            if column(&history, "at").len() >= 3 {
                return history;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    let history = history.await;
    assert_eq!(history["step_s"], 1);
    let at: Vec<u64> = column(&history, "at").iter().map(|at| at.as_u64().unwrap()).collect();
    assert!(at.is_sorted_by(|a, b| a < b) && at[0] >= history["from"].as_u64().unwrap());
    for name in ["junction_c", "fan_rpm", "fan_duty", "power_w", "allowed_w", "dust"] {
        assert_eq!(column(&history, name).len(), at.len(), "{name}");
    }
    assert!(column(&history, "junction_max_c").iter().all(|celsius| celsius.is_f64()));
    socket.send(&json!({"t": "watch_hardware", "on": false})).await;
    let metrics = office.call(crate::support::Call::new("GET", "/metrics")).await;
    let text = String::from_utf8_lossy(&metrics.bytes).into_owned();
    for name in ["hearth_hw_temperature_celsius{", "hearth_hw_fan_rpm{", "hearth_hw_control_mode{"]
    {
        assert!(text.contains(name), "{name}\n{text}");
    }
}

#[tokio::test]
async fn energy_and_minutes_survive_the_death_of_either_program() {
    let mut office = Office::open().await;
    let mut hwctl = Hwctl::start(&office);
    let olga = office.owner.clone();
    let first = becomes(&olga, "some energy", |seen| is_live(seen) && joules(seen) > 5.0).await;
    hwctl.kill_9();
    let run = first["status"]["started"].clone();
    let again = |seen: &Value| is_live(seen) && seen["status"]["started"] != run;
    // A run that counts from zero takes nothing away.
    let more = joules(&first) + 3.0;
    becomes(&olga, "another run's energy", |seen| again(seen) && joules(seen) > more).await;
    let before = joules(&machine(&olga).await);
    let hour = olga.get("/hardware/history?span=hour").await.ok();
    let seen = column(&hour, "at");
    office.restart().await;
    let third = becomes(&olga, "the machine again", is_live).await;
    // Energy goes on while hearthd is away, and counts when it is back; never twice.
    let counter = third["status"]["energy_j"].as_f64().unwrap();
    let most = before + 60.0 * 20.0;
    assert!((before..most).contains(&joules(&third)), "{before} {third}");
    assert!(joules(&third) >= counter, "{third}");
    let month = olga.get("/hardware/history?span=month").await.ok();
    assert!(!column(&month, "at").is_empty(), "a minute was noted at the stop: {month}");
    assert!(column(&month, "junction_c")[0].is_f64());
    let hour = olga.get("/hardware/history?span=hour").await.ok();
    let at = column(&hour, "at");
    assert!(at.is_sorted_by(|a, b| a.as_u64() < b.as_u64()), "{hour}");
    assert!(at.starts_with(&seen), "each second is still there: {seen:?} {at:?}");
}

#[tokio::test]
async fn a_machine_that_falls_silent_is_stale_and_missed_until_it_is_back() {
    let office = Office::open().await;
    let mut hwctl = Hwctl::start(&office);
    let olga = &office.owner;
    becomes(olga, "a machine", is_live).await;
    hwctl.kill();
    let missed =
        |seen: &Value| seen["state"] == "stale" && seen["alarms"][0]["kind"] == "hwctl_absent";
    let stale = becomes(olga, "silence", missed).await;
    assert!(stale["status"]["board"].is_string(), "the last figures are still shown");
    let health = olga.get("/health").await.ok();
    let findings = health["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["code"] == "machine").unwrap();
    assert_eq!(found["severity"], "warning", "{found}");
    let doctor = crate::support::hearth(office.data(), &["doctor", "--json"]).json();
    assert!(doctor["findings"].as_array().unwrap().contains(found), "{doctor}");
    hwctl.kill_9();
    let live = becomes(olga, "the machine again", is_live).await;
    assert_eq!(live["alarms"], json!([]), "{live}");
}
