//! What those who run the office do for somebody, and what they may not.

use serde_json::{Value, json};

use crate::support::{Call, Office, Person};

fn token(link: &Value) -> String {
    link["url"].as_str().unwrap().split_once("/reset#").expect("a link").1.to_owned()
}

async fn choose(office: &Office, token: &str, password: &str) -> crate::support::Reply {
    let body = json!({ "password": password });
    office.door.record.private(token);
    let call = Call::new("POST", &format!("/api/v1/resets/{token}")).same_origin().json(&body);
    office.call(call).await
}

#[tokio::test]
async fn a_reset_ends_the_password_and_the_link_makes_a_new_one_once() {
    let office = Office::open().await;
    let bo = office.person("bo", "member").await;
    let link = office.owner.post(&format!("/users/{}/reset", bo.id), &json!({})).await.ok();
    let first = token(&link);
    bo.get("/bootstrap").await.refused(401, "sign_in_needed");
    let old = Person::sign_in(&office.door, "bo", &bo.password()).await;
    old.refused(401, "wrong_credentials");
    // A second link replaces the first.
    let link = office.owner.post(&format!("/users/{}/reset", bo.id), &json!({})).await.ok();
    let second = token(&link);
    choose(&office, &first, "a new way to come in").await.refused(410, "reset_invalid");
    let seen = office.call(Call::new("GET", &format!("/api/v1/resets/{second}"))).await.ok();
    assert_eq!(seen, json!({"office": "Tea House", "name": "Person bo", "handle": "bo"}));
    choose(&office, &second, "short").await.refused(422, "bad_text");
    let chosen = choose(&office, &second, "a new way to come in").await;
    assert_eq!(chosen.ok()["user"]["id"], bo.id);
    assert!(chosen.header("set-cookie").contains("HttpOnly"));
    choose(&office, &second, "another way to come in").await.refused(410, "reset_invalid");
    Person::sign_in(&office.door, "bo", "a new way to come in").await.ok();
}

#[tokio::test]
async fn nobody_resets_or_signs_out_whom_they_may_not_change() {
    let office = Office::open().await;
    let bo = office.person("bo", "member").await;
    let adam = office.person("adam", "admin").await;
    for (person, whose, code) in [
        (&bo, &adam.id, "forbidden"),
        (&bo, &bo.id, "forbidden"),
        (&adam, &office.owner.id, "forbidden"),
    ] {
        person.post(&format!("/users/{whose}/reset"), &json!({})).await.refused(403, code);
        person.delete(&format!("/users/{whose}/sessions")).await.refused(403, code);
    }
    adam.post(&format!("/users/{}/reset", office.lobby), &json!({}))
        .await
        .refused(404, "not_found");
    office.owner.patch(&format!("/users/{}", bo.id), &json!({"state": "disabled"})).await.ok();
    adam.post(&format!("/users/{}/reset", bo.id), &json!({}))
        .await
        .refused(403, "account_disabled");
    for wrong in ["7", &"A".repeat(43), "..%2f"] {
        let outcome = office.call(Call::new("GET", &format!("/api/v1/resets/{wrong}"))).await;
        assert_eq!(outcome.outcome(), "reset_invalid", "{wrong}");
    }
}

#[tokio::test]
async fn signing_somebody_out_ends_their_devices_and_leaves_the_password() {
    let office = Office::open().await;
    let bo = office.person("bo", "member").await;
    let second = bo.sign_in_again().await;
    office.owner.delete(&format!("/users/{}/sessions", bo.id)).await.ok();
    for device in [&bo, &second] {
        device.get("/bootstrap").await.refused(401, "sign_in_needed");
    }
    bo.sign_in_again().await.get("/bootstrap").await.ok();
    let seen = office.owner.get("/admin/people").await.ok();
    let of_bo = seen.as_array().unwrap().iter().find(|one| one["user"] == bo.id).unwrap();
    assert_eq!(of_bo["devices"], 1);
    assert!(of_bo["seen_at"].as_u64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn admins_see_that_a_private_channel_exists_and_nothing_of_its_content() {
    let office = Office::open().await;
    let (bo, adam) = (office.person("bo", "member").await, office.person("adam", "admin").await);
    let wanted = json!({"kind": "private", "name": "vault", "topic": "the secret of the vault"});
    let events = bo.post("/channels", &wanted).await.events();
    let vault = events[0]["event"]["channel"]["id"].as_str().unwrap().to_owned();
    bo.say(&vault, "words that stay in here").await;
    let reply = adam.get("/admin/channels").await;
    let all = reply.ok();
    let one = all.as_array().unwrap().iter().find(|one| one["channel"]["id"] == vault.as_str());
    let one = one.expect("the private channel is listed");
    assert_eq!((&one["managers"], &one["joined"]), (&json!([bo.id]), &json!(false)));
    assert_eq!((&one["message_count"], &one["member_count"]), (&json!(1), &json!(1)));
    let text = String::from_utf8_lossy(&reply.bytes);
    assert!(
        !text.contains("the secret of the vault") && !text.contains("words that stay"),
        "{text}"
    );
    for (method, path, body) in [
        ("GET", "/messages", Value::Null),
        ("GET", "/members", Value::Null),
        ("PATCH", "", json!({"archived": true})),
        ("POST", "/join", json!({})),
    ] {
        let path = format!("/channels/{vault}{path}");
        let body = (!body.is_null()).then_some(&body);
        adam.ask(method, &path, body).await.refused(404, "not_found");
    }
    assert!(office.person("cat", "member").await.get("/admin/channels").await.status == 403);
    // Direct conversations have no name, and are nobody's business.
    bo.post("/direct", &json!({"users": [adam.id]})).await.ok();
    let again = office.owner.get("/admin/channels").await.ok();
    assert_eq!(again.as_array().unwrap().len(), 2, "{again}");
}

#[tokio::test]
async fn a_channel_keeps_who_runs_it_and_turns_public_only_on_purpose() {
    let office = Office::open().await;
    let (olga, bo) = (&office.owner, office.person("bo", "member").await);
    let vault = office.channel("private", "vault", &[&bo]).await;
    let path = format!("/channels/{vault}");
    olga.post(&format!("{path}/leave"), &json!({})).await.refused(409, "last_manager");
    let own = format!("{path}/members/{}", olga.id);
    olga.put(&own, &json!({"role": "member"})).await.refused(409, "last_manager");
    olga.patch(&path, &json!({"kind": "public"})).await.refused(409, "reveals_history");
    olga.patch(&path, &json!({"kind": "public", "reveal_history": true})).await.ok();
    olga.put(&format!("{path}/members/{}", bo.id), &json!({"role": "manager"})).await.ok();
    olga.post(&format!("{path}/leave"), &json!({})).await.ok();
    let log = olga.get("/admin/audit?area=channel").await.ok();
    assert_eq!(log["entries"][0]["act"], "channel.revealed");
}

#[tokio::test]
async fn a_private_channel_that_nobody_runs_is_given_to_one_of_its_people() {
    let office = Office::open().await;
    let (olga, adam) = (&office.owner, office.person("adam", "admin").await);
    let (eve, bo) = (office.person("eve", "member").await, office.person("bo", "member").await);
    let guest = office.person("gus", "guest").await;
    let room = json!({"kind": "private", "name": "den", "members": [bo.id, guest.id]});
    let den = eve.post("/channels", &room).await.events()[0]["event"]["channel"]["id"].clone();
    let den = den.as_str().unwrap().to_owned();
    eve.say(&den, "between us").await;
    let overview = async |person: &Person| {
        let all = person.get("/admin/channels").await.ok();
        all.as_array().unwrap().iter().find(|one| one["channel"]["id"] == *den).unwrap().clone()
    };
    let path = format!("/admin/channels/{den}/manager");
    let to_bo = json!({"user": bo.id});
    assert_eq!(overview(olga).await["orphaned"], false);
    olga.put(&path, &to_bo).await.refused(409, "channel_is_run");

    olga.patch(&format!("/users/{}", eve.id), &json!({"state": "disabled"})).await.ok();
    let seen = overview(olga).await;
    assert_eq!((&seen["orphaned"], &seen["heirs"]), (&json!(true), &json!([bo.id])));
    let seen = overview(&adam).await;
    assert_eq!((&seen["orphaned"], &seen["heirs"]), (&json!(true), &json!([])), "{seen}");
    adam.put(&path, &to_bo).await.refused(403, "forbidden");
    for (user, status, code) in [
        (&olga.id, 404, "not_found"),
        (&guest.id, 403, "forbidden"),
        (&eve.id, 403, "account_disabled"),
    ] {
        olga.put(&path, &json!({ "user": user })).await.refused(status, code);
    }

    let mut of_bo = bo.socket().await;
    olga.put(&path, &to_bo).await.ok();
    let told = of_bo.event("member.updated").await;
    assert_eq!(told["event"]["member"], json!({"user": bo.id, "role": "manager"}));
    assert_eq!(told["actor"], json!(olga.id), "the channel sees who did it");
    olga.put(&path, &to_bo).await.refused(409, "channel_is_run");
    bo.patch(&format!("/channels/{den}"), &json!({"topic": "ours"})).await.ok();
    // Whoever did it is not let in.
    olga.get(&format!("/channels/{den}")).await.refused(404, "not_found");
    olga.get(&format!("/channels/{den}/messages")).await.refused(404, "not_found");
    let noted = olga.get("/admin/audit?limit=20").await.ok();
    let noted = noted["entries"].as_array().unwrap().iter();
    let rescued: Vec<_> = noted.filter(|entry| entry["act"] == "channel.rescued").collect();
    let change = json!([{"what": "manager", "before": "", "after": "Person bo"}]);
    assert_eq!((rescued.len(), &rescued[0]["changes"]), (1, &change));
}
