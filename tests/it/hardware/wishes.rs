//! What people want arrives, again and again if need be, and only from those who may.

use serde_json::{Value, json};

use super::{Hwctl, becomes, is_live, machine};
use crate::support::Office;

fn wants(profile: &'static str) -> impl Fn(&Value) -> bool {
    move |seen| is_live(seen) && seen["status"]["wanted_profile"] == profile
}

#[tokio::test]
async fn a_profile_is_sent_and_sent_again_to_one_that_forgot() {
    let mut office = Office::open().await;
    let mut hwctl = Hwctl::start(&office);
    let olga = office.owner.clone();
    becomes(&olga, "a balanced machine", wants("balanced")).await;
    let report = olga.put("/admin/hardware", &json!({"profile": "quiet"})).await.ok();
    assert_eq!(report["profile"], "quiet");
    becomes(&olga, "a quiet machine", wants("quiet")).await;
    hwctl.kill_9();
    becomes(&olga, "a quiet machine again", wants("quiet")).await;
    office.restart().await;
    assert_eq!(machine(&olga).await["profile"], "quiet");
    let audit = olga.get("/admin/audit?area=machine").await.ok();
    let [entry] = &audit["entries"].as_array().unwrap()[..] else { panic!("{audit}") };
    assert_eq!(entry["act"], "machine.changed");
    assert_eq!(entry["changes"][0]["after"], "quiet");
}

#[tokio::test]
async fn quiet_hours_hold_now_and_end_when_they_are_taken_away() {
    let office = Office::open().await;
    let _hwctl = Hwctl::start(&office);
    let olga = &office.owner;
    becomes(olga, "a machine", is_live).await;
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    // From midnight to midnight: they hold whenever this runs.
    let hours = json!({"days": days, "from": 0, "to": 0, "zone": "Asia/Shanghai"});
    let price = json!({"per_kwh": 0.65, "currency": "CNY"});
    let wanted = json!({"quiet_hours": hours, "price": price});
    let report = olga.put("/admin/hardware", &wanted).await.ok();
    assert_eq!((&report["quiet_hours"], &report["price"]), (&hours, &price));
    assert_eq!(report["zone"], "Asia/Shanghai");
    let quiet = |seen: &Value| seen["status"]["quiet_left_s"].as_f64().unwrap_or_default() > 0.0;
    let seen = becomes(olga, "quiet", quiet).await;
    assert_eq!(seen["status"]["profile"], "quiet", "{seen}");
    olga.put("/admin/hardware", &json!({"quiet_hours": null})).await.ok();
    let loud = |seen: &Value| is_live(seen) && !quiet(seen);
    let seen = becomes(olga, "the end of quiet", loud).await;
    assert_eq!(seen["price"], price, "what was not named stays");
    for (wrong, about) in [
        (json!({"price": {"per_kwh": -1, "currency": "CNY"}}), "price.per_kwh"),
        (json!({"price": {"per_kwh": 1, "currency": "yuan"}}), "price.currency"),
        (json!({"quiet_hours": {"days": [], "from": 0, "to": 9, "zone": "No/Where"}}), "zone"),
        (json!({"quiet_hours": {"days": [], "from": 1440, "to": 9, "zone": "UTC"}}), ""),
        (json!({"profile": "loud"}), ""),
        (json!({"duty": 0}), ""),
    ] {
        let refused = olga.put("/admin/hardware", &wrong).await;
        let problem = refused.refused(400, "bad_request");
        let detail = problem["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains(about), "{wrong}: {problem}");
    }
}

#[tokio::test]
async fn only_who_runs_the_office_may_want_something() {
    let office = Office::open().await;
    let drill = json!({"action": "drill"});
    office.owner.post("/admin/hardware/actions", &drill).await.refused(503, "machine_absent");
    let _hwctl = Hwctl::start(&office);
    let member = office.person("mia", "member").await;
    becomes(&member, "a machine", is_live).await;
    let quiet = json!({"profile": "quiet"});
    member.put("/admin/hardware", &quiet).await.refused(403, "forbidden");
    member.post("/admin/hardware/actions", &drill).await.refused(403, "forbidden");
    assert_eq!(machine(&member).await["profile"], "balanced");
    let audit = office.owner.get("/admin/audit?area=machine").await.ok();
    assert_eq!(audit["entries"], json!([]), "what was refused is not noted");
}
