//! What worked once and no longer does.

use std::time::Duration;

use serde_json::json;

use crate::support::{Call, Hearthd, Launch, Office, Person, Socket, setup_code, soon};

#[tokio::test]
async fn invitations_end_by_time_by_use_and_by_hand() {
    let office = Office::open().await;
    let olga = &office.owner;
    let make = async |uses: u32, seconds: u32| {
        let wanted = json!({"role": "member", "uses_max": uses, "expires_in_s": seconds});
        let link = olga.post("/invites", &wanted).await.ok();
        let token = link["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        (link["invite"]["id"].as_str().unwrap().to_owned(), token)
    };
    let preview = async |token: &str| {
        let call = Call::new("GET", &format!("/api/v1/invites/{token}/preview"));
        office.call(call).await
    };
    let accept = async |token: &str, handle: &str| {
        let body = json!({"name": "New", "handle": handle, "password": "long enough"});
        let path = format!("/api/v1/invites/{token}/accept");
        office.call(Call::new("POST", &path).same_origin().json(&body)).await
    };

    let (_, short) = make(5, 1).await;
    preview(&short).await.ok();
    let ended = async {
        while preview(&short).await.status == 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon("the end of an invitation", ended).await;
    preview(&short).await.refused(410, "invite_invalid");
    accept(&short, "late").await.refused(410, "invite_invalid");

    let (_, once) = make(1, 60).await;
    // A handle that is taken does not use it up; two who come at the same time are not both let in.
    accept(&once, "olga").await.refused(409, "handle_taken");
    let (first, second) = tokio::join!(accept(&once, "one"), accept(&once, "two"));
    let mut outcomes = [first.outcome(), second.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, ["201", "invite_invalid"]);

    let (id, revoked) = make(5, 60).await;
    olga.delete(&format!("/invites/{id}")).await.ok();
    accept(&revoked, "gone").await.refused(410, "invite_invalid");
    olga.delete(&format!("/invites/{id}")).await.refused(404, "not_found");
    for guess in ["x", &"A".repeat(43), &"é".repeat(20), "..%2F..%2F"] {
        accept(guess.replace('é', "%C3%A9").as_str(), "guess").await.refused(410, "invite_invalid");
    }
    assert_eq!(olga.get("/invites").await.ok(), json!([]), "only those that work are listed");
}

#[tokio::test]
async fn sessions_end_by_time_and_tokens_are_not_guessed() {
    let office = Office::open().await;
    let olga = &office.owner;
    let phone = olga.sign_in_again().await;
    phone.get("/bootstrap").await.ok();
    let database = rusqlite::Connection::open(office.data().join("hearth.db")).unwrap();
    let ended = "UPDATE sessions SET expires_at = 1 WHERE kind = (SELECT max(kind) FROM sessions)";
    assert_eq!(database.execute(ended, []).unwrap(), 1);
    phone.get("/bootstrap").await.refused(401, "sign_in_needed");
    let opened = Socket::ask(&phone, phone.call("GET", "/socket"), None).await;
    assert_eq!(opened.err(), Some(401));
    assert_eq!(olga.get("/sessions").await.ok().as_array().map(Vec::len), Some(1));

    let good = olga.token();
    let stored: Vec<u8> = database
        .query_row("SELECT token_hash FROM sessions WHERE expires_at > 1", [], |row| row.get(0))
        .unwrap();
    let hex: String = stored.iter().map(|byte| format!("{byte:02x}")).collect();
    for guess in ["", "null", &good[1..], &format!("{good}A"), &hex, &"A".repeat(43)] {
        let call = Call::new("GET", "/api/v1/bootstrap");
        let bearer = call.clone().header("authorization", &format!("Bearer {guess}"));
        office.call(bearer).await.refused(401, "sign_in_needed");
        let cookie = call.header("cookie", &format!("hearth_session={guess}"));
        office.call(cookie).await.refused(401, "sign_in_needed");
    }
    // A token counts where it belongs, not in an address, which logs keep.
    let path = format!("/api/v1/bootstrap?token={good}&access_token={good}");
    office.call(Call::new("GET", &path)).await.refused(401, "sign_in_needed");
}

#[tokio::test]
async fn an_office_is_founded_once() {
    let scratch = tempfile::tempdir().unwrap();
    let hearthd: Hearthd = Launch::in_folder(&scratch.path().join("data")).start();
    let address = hearthd.ready().await;
    let code = setup_code(&hearthd).await;
    let found = async |code: &str, handle: &str| {
        let body = json!({
            "code": code, "office": "Race", "name": "First", "handle": handle,
            "password": "first come first served",
        });
        Call::new("POST", "/api/v1/setup").same_origin().json(&body).send(address).await
    };
    found("wrong", "mallory").await.refused(403, "setup_code_invalid");
    found(&code[1..], "mallory").await.refused(403, "setup_code_invalid");
    let (first, second) = tokio::join!(found(&code, "ann"), found(&code, "bob"));
    let mut outcomes = [first.outcome(), second.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, ["201", "already_set_up"]);
    found(&code, "mallory").await.refused(409, "already_set_up");
}

#[tokio::test]
async fn accounts_do_not_tell_whether_they_exist() {
    let office = Office::open().await;
    let wrong = Person::sign_in(&office.door, "olga", "wrong password").await;
    let nobody = Person::sign_in(&office.door, "nobody", "wrong password").await;
    let nonsense = Person::sign_in(&office.door, "no such handle!", "wrong password").await;
    assert_eq!(wrong.refused(401, "wrong_credentials"), nobody.json());
    assert_eq!(nonsense.json(), nobody.json());
}
