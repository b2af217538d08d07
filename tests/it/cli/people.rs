//! `hearth user` and `hearth invite`.

use serde_json::Value;

use crate::support::{Office, Person, hearth};

#[tokio::test]
async fn an_operator_adds_resets_and_disables_people() {
    let office = Office::open().await;
    let run = |arguments: &[&str]| hearth(office.data(), arguments);
    let added = run(&["user", "add", "@lin", "--name", "Lin Xiaoyu", "--role", "admin", "--json"]);
    added.ok();
    let first = added.json()["password"].as_str().expect("a password").to_owned();
    office.door.record.private(&first);
    Person::sign_in(&office.door, "lin", &first).await.ok();
    let again = run(&["user", "add", "lin", "--json"]);
    assert_eq!(again.code, Some(1));
    assert_eq!(again.json()["error"]["code"], "handle_taken");
    assert_eq!(run(&["user", "add", "not a handle"]).code, Some(2));

    let list = run(&["user", "list", "--json"]).json();
    let users = list["users"].as_array().expect("users").clone();
    let handles: Vec<&Value> = users.iter().map(|user| &user["handle"]).collect();
    assert_eq!(handles, ["lin", "olga"]);
    let text = run(&["user", "list"]);
    assert!(text.ok().contains("@lin") && text.ok().contains("Lin Xiaoyu"), "{text:?}");

    let lin = Person::sign_in(&office.door, "lin", &first).await.ok();
    let token = lin["token"].as_str().unwrap().to_owned();
    office.door.record.private(&token);
    let reset = run(&["user", "reset", "lin", "--json"]).json();
    let second = reset["password"].as_str().expect("a password").to_owned();
    office.door.record.private(&second);
    let old = Person::sign_in(&office.door, "lin", &first).await;
    old.refused(401, "wrong_credentials");
    let bootstrap = crate::support::Call::new("GET", "/api/v1/bootstrap");
    let bootstrap = bootstrap.header("authorization", &format!("Bearer {token}"));
    office.call(bootstrap).await.refused(401, "sign_in_needed");
    Person::sign_in(&office.door, "lin", &second).await.ok();

    run(&["user", "disable", "lin"]).ok();
    let disabled = Person::sign_in(&office.door, "lin", &second).await;
    disabled.refused(403, "account_disabled");
    run(&["user", "enable", "lin"]).ok();
    Person::sign_in(&office.door, "lin", &second).await.ok();
    let last = run(&["user", "disable", "olga", "--json"]);
    assert_eq!((last.code, &last.json()["error"]["code"]), (Some(1), &"last_owner".into()));
    let nobody = run(&["user", "reset", "nobody", "--json"]);
    assert_eq!((nobody.code, &nobody.json()["error"]["code"]), (Some(1), &"not_found".into()));
}

#[tokio::test]
async fn what_an_operator_takes_away_is_gone_at_once() {
    let office = Office::open().await;
    let lin = office.person("lin", "member").await;
    let mut socket = lin.socket().await;
    hearth(office.data(), &["user", "reset", "lin"]).ok();
    assert_eq!(socket.closed().await.as_deref(), Some("signed_out"));
    let kai = office.person("kai", "member").await;
    let mut socket = kai.socket().await;
    hearth(office.data(), &["user", "disable", "kai"]).ok();
    assert_eq!(socket.closed().await.as_deref(), Some("signed_out"));
}

#[tokio::test]
async fn an_operator_invites() {
    let office = Office::open().await;
    let invite = hearth(office.data(), &["invite", "--role", "admin", "--json"]);
    invite.ok();
    let url = invite.json()["url"].as_str().expect("a link").to_owned();
    let (page, token) = url.split_once('#').expect("a token");
    assert!(page.starts_with("http://") && page.ends_with("/join"), "{url}");
    let lin = Person::accept(&office.door, token, "lin").await;
    lin.get("/invites").await.ok();
    let text = hearth(office.data(), &["invite"]);
    assert!(text.ok().starts_with("http://"), "{text:?}");
}
