//! What is done with the office is noted with who, from where and what was so before, and only then.

use serde_json::{Value, json};

use crate::support::{Office, Person, Settings, hearth};

async fn entries(person: &Person, query: &str) -> Vec<Value> {
    let page = person.get(&format!("/admin/audit{query}")).await.ok();
    page["entries"].as_array().unwrap().clone()
}

/// What was noted since there were so many, the earliest first.
async fn since(person: &Person, before: usize) -> Vec<Value> {
    let noted = entries(person, "?limit=200").await;
    noted[..noted.len() - before].iter().rev().cloned().collect()
}

async fn acts(person: &Person) -> Vec<String> {
    let entries = entries(person, "?limit=200").await;
    entries.iter().rev().map(|entry| entry["act"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_act_of_an_admin_is_noted_with_what_was_so_before() {
    let office = Office::open().await;
    let (olga, bo) = (&office.owner, office.person("bo", "member").await);
    let before = entries(olga, "").await.len();
    olga.patch("/office", &json!({"name": "Cinder & Sons"})).await.ok();
    olga.patch(&format!("/users/{}", bo.id), &json!({"role": "admin"})).await.ok();
    // Nothing changes, so nothing is noted.
    olga.patch(&format!("/users/{}", bo.id), &json!({"role": "admin"})).await.ok();
    olga.patch(&format!("/users/{}", bo.id), &json!({"state": "disabled"})).await.ok();
    let group = json!({"handle": "crew", "name": "The crew", "members": [olga.id]});
    let made = olga.post("/groups", &group).await.events();
    let id = made[0]["event"]["group"]["id"].as_str().unwrap();
    olga.delete(&format!("/groups/{id}")).await.ok();
    let channel = format!("/channels/{}", office.lobby);
    olga.patch(&channel, &json!({"name": "hall", "topic": "private words"})).await.ok();

    let noted = entries(olga, "").await;
    let new: Vec<&Value> = noted.iter().take(noted.len() - before).rev().collect();
    let acts: Vec<&str> = new.iter().map(|entry| entry["act"].as_str().unwrap()).collect();
    let expected = [
        "office.renamed",
        "user.role",
        "user.disabled",
        "group.made",
        "group.deleted",
        "channel.changed",
    ];
    assert_eq!(acts, expected);
    assert_eq!(
        new[0]["changes"][0],
        json!({"what": "name", "before": "Tea House", "after": "Cinder & Sons"})
    );
    assert_eq!(new[1]["changes"][0], json!({"what": "role", "before": "member", "after": "admin"}));
    assert_eq!(new[1]["subject"], json!({"kind": "user", "id": bo.id, "name": "Person bo"}));
    for entry in &new {
        assert_eq!(entry["by"], json!({"kind": "person", "id": olga.id}));
        assert_eq!(entry["address"], "127.0.0.1");
    }
    assert!(!new[5].to_string().contains("private words"), "a topic is content");
}

#[tokio::test]
async fn what_is_refused_is_not_noted_and_who_may_not_read_does_not() {
    let office = Office::open().await;
    let bo = office.person("bo", "member").await;
    let before = acts(&office.owner).await;
    bo.patch("/office", &json!({"name": "Mine"})).await.refused(403, "forbidden");
    bo.patch(&format!("/users/{}", office.owner.id), &json!({"role": "guest"}))
        .await
        .refused(403, "forbidden");
    let own = format!("/users/{}", office.owner.id);
    office.owner.patch(&own, &json!({"role": "member"})).await.refused(409, "last_owner");
    office.owner.patch(&own, &json!({"state": "disabled"})).await.refused(409, "last_owner");
    assert_eq!(acts(&office.owner).await, before);
    for path in ["/admin/audit", "/admin/audit.csv"] {
        bo.get(path).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn pages_filters_and_the_file_hold_the_same() {
    let office = Office::open().await;
    let olga = &office.owner;
    for name in ["=cmd|' /C calc'!A0", "two, \"three\"", "four"] {
        olga.patch("/office", &json!({ "name": name })).await.ok();
    }
    let all = entries(olga, "?limit=200").await;
    let mut paged = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = entries(olga, &query).await;
        let Some(last) = page.last() else { break };
        query = format!("?limit=2&before={}", last["id"]);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(entries(olga, "?area=office").await.len(), 4, "founded and renamed");
    assert_eq!(entries(olga, "?area=nothing").await, [Value::Null; 0]);
    assert_eq!(entries(olga, &format!("?by={}", office.lobby)).await, [Value::Null; 0]);
    for wrong in ["?limit=x", "?before=-1", "?by=me", "?area=office&nothing=1"] {
        olga.get(&format!("/admin/audit{wrong}")).await.refused(400, "bad_request");
    }
    let file = olga.get("/admin/audit.csv").await;
    assert!(file.header("content-disposition").starts_with("attachment"));
    let text = String::from_utf8(file.bytes.to_vec()).unwrap();
    assert_eq!(text.matches("\r\n").count(), all.len() + 1, "{text}");
    assert!(text.contains("\"name: two, \"\"three\"\" → four\""), "{text}");
    assert!(!text.contains(",=cmd"), "no formula begins a field: {text}");
}

#[tokio::test]
async fn the_operator_is_named_as_such() {
    let office = Office::open().await;
    office.person("bo", "member").await;
    for command in
        [["user", "disable", "bo"].as_slice(), &["user", "enable", "bo"], &["user", "reset", "bo"]]
    {
        hearth(office.data(), command).ok();
    }
    let noted = entries(&office.owner, "?limit=3").await;
    let acts: Vec<&str> = noted.iter().rev().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["user.disabled", "user.enabled", "user.reset"]);
    assert!(
        noted
            .iter()
            .all(|entry| entry["by"] == json!({"kind": "operator"}) && entry["address"] == "")
    );
}

#[tokio::test]
async fn guessing_is_noted_once_and_never_what_was_typed() {
    let trusted = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n".to_owned();
    let office = Office::open_with(Settings { config: trusted, ..Settings::default() }).await;
    let guess = async |handle: &str| {
        let body = json!({"handle": handle, "password": "not the password"});
        let call = crate::support::Call::new("POST", "/api/v1/sessions").same_origin().json(&body);
        office.call(call.header("x-forwarded-for", "203.0.113.9")).await
    };
    for _ in 0..7 {
        guess("olga").await;
        guess("hunter2hunter2").await;
    }
    let noted = entries(&office.owner, "?area=signin").await;
    assert_eq!(noted.len(), 2, "{noted:?}");
    assert_eq!(noted[1]["subject"]["name"], "Olga Owner");
    assert!(noted.iter().all(|entry| entry["address"] == "203.0.113.9"));
    assert!(!json!(noted).to_string().contains("hunter2"));
}

/// A text of an answer that is shown this once; nothing may repeat it.
fn secret(office: &Office, fresh: &Value, name: &str) -> String {
    let shown = fresh[name].as_str().unwrap();
    let secret = shown.rsplit('/').next().unwrap().to_owned();
    office.door.record.private(&secret);
    secret
}

const ADDRESS: &str = "https://ci.example:8443/T0/xoxb-in-a-path?key=in-a-query";

/// Makes, changes, renews and deletes one of each; gives every secret that was shown.
async fn use_programs(office: &Office) -> Vec<String> {
    let (olga, lobby) = (&office.owner, &office.lobby);
    let mut secrets = vec!["xoxb-in-a-path".to_owned(), "in-a-query".to_owned()];
    let nothing = json!({});

    let fresh = olga.post("/hooks/incoming", &json!({"name": "In", "channel": lobby})).await.ok();
    secrets.push(secret(office, &fresh, "url"));
    let hook = format!("/hooks/incoming/{}", fresh["hook"]["id"].as_str().unwrap());
    olga.patch(&hook, &json!({"enabled": false, "any_channel": true})).await.ok();
    olga.patch(&hook, &json!({"enabled": false})).await.ok();
    let fresh = olga.post(&format!("{hook}/url"), &nothing).await.ok();
    secrets.push(secret(office, &fresh, "url"));
    olga.delete(&hook).await.ok();

    let mut out = json!({"name": "Out", "url": ADDRESS, "enabled": false});
    let fresh = olga.post("/hooks/outgoing", &out).await.ok();
    secrets.push(secret(office, &fresh, "secret"));
    let hook = format!("/hooks/outgoing/{}", fresh["hook"]["id"].as_str().unwrap());
    out["url"] = json!("https://ci.example:8443/elsewhere");
    out["words"] = json!(["deploy", "build"]);
    olga.put(&hook, &out).await.ok();
    olga.put(&hook, &out).await.ok();
    let fresh = olga.post(&format!("{hook}/secret"), &nothing).await.ok();
    secrets.push(secret(office, &fresh, "secret"));
    olga.delete(&hook).await.ok();

    let mut word = json!({"word": "deploy", "name": "Deployer", "url": ADDRESS});
    let fresh = olga.post("/commands", &word).await.ok();
    secrets.push(secret(office, &fresh, "secret"));
    let command = format!("/commands/{}", fresh["command"]["id"].as_str().unwrap());
    word["name"] = json!("Shipper");
    olga.put(&command, &word).await.ok();
    let fresh = olga.post(&format!("{command}/secret"), &nothing).await.ok();
    secrets.push(secret(office, &fresh, "secret"));
    olga.delete(&command).await.ok();

    let wanted = json!({"handle": "helper", "name": "Helper", "scopes": ["read"]});
    let bot = format!("/bots/{}", olga.post("/bots", &wanted).await.ok()["user"].as_str().unwrap());
    let fresh = olga.post(&format!("{bot}/tokens"), &json!({"name": "build server"})).await.ok();
    secrets.push(secret(office, &fresh, "token"));
    let token = fresh["info"]["id"].as_str().unwrap();
    olga.delete(&format!("{bot}/tokens/{token}")).await.ok();
    olga.patch(&bot, &json!({"scopes": ["read", "post"], "enabled": false})).await.ok();
    olga.patch(&bot, &json!({"scopes": ["read", "post"]})).await.ok();
    secrets
}

#[tokio::test]
async fn webhooks_bots_and_commands_leave_a_trail_without_their_secrets() {
    let office = Office::open().await;
    let olga = &office.owner;
    let before = entries(olga, "?limit=200").await.len();
    let secrets = use_programs(&office).await;
    let noted = since(olga, before).await;
    let told = |entry: &Value| {
        let changes = entry["changes"].as_array().unwrap().iter();
        let changes = changes.map(|change| {
            let text = |part: &str| change[part].as_str().unwrap().to_owned();
            format!("{}: {} > {}", text("what"), text("before"), text("after"))
        });
        let act = entry["act"].as_str().unwrap();
        format!("{act} {} [{}]", entry["subject"]["name"], changes.collect::<Vec<_>>().join("; "))
    };
    let told: Vec<String> = noted.iter().map(told).collect();
    let expected = [
        r#"hook.made "In" [channel:  > lobby; any_channel:  > false]"#,
        r#"hook.changed "In" [enabled: true > false; any_channel: false > true]"#,
        r#"hook.renewed "In" []"#,
        r#"hook.deleted "In" []"#,
        r#"hook.made "Out" [host:  > ci.example:8443; events:  > message.posted]"#,
        r#"hook.changed "Out" [url:  > changed; words:  > deploy build]"#,
        r#"hook.renewed "Out" []"#,
        r#"hook.deleted "Out" []"#,
        r#"command.made "Deployer" [host:  > ci.example:8443; word:  > /deploy]"#,
        r#"command.changed "Deployer" [name: Deployer > Shipper]"#,
        r#"command.renewed "Shipper" []"#,
        r#"command.deleted "Shipper" []"#,
        r#"bot.made "Helper" [handle:  > helper; scopes:  > read]"#,
        r#"bot.token_made "Helper" [token:  > build server]"#,
        r#"bot.token_revoked "Helper" [token:  > build server]"#,
        r#"bot.changed "Helper" [enabled: true > false; scopes: read > read post]"#,
    ];
    assert_eq!(told, expected);
    let file = olga.get("/admin/audit.csv").await;
    let file = String::from_utf8(file.bytes.to_vec()).unwrap();
    let pages = json!(entries(olga, "?limit=200").await).to_string();
    for secret in secrets {
        assert!(!pages.contains(&secret) && !file.contains(&secret), "{secret}");
    }
    for (area, count) in [("hook", 8), ("command", 4), ("bot", 4)] {
        assert_eq!(entries(olga, &format!("?area={area}")).await.len(), count, "{area}");
    }
}

#[tokio::test]
async fn what_is_refused_of_a_webhook_or_bot_is_not_noted() {
    let office = Office::open().await;
    let (olga, bo) = (&office.owner, office.person("bo", "member").await);
    let secret_room =
        bo.post("/channels", &json!({"kind": "private", "name": "den"})).await.events();
    let den = secret_room[0]["event"]["channel"]["id"].as_str().unwrap();
    let before = acts(olga).await;
    let bot = json!({"handle": "helper", "name": "Helper", "scopes": ["read"]});
    bo.post("/bots", &bot).await.refused(403, "forbidden");
    let word = json!({"word": "x", "name": "X", "url": "https://ci.example/"});
    bo.post("/commands", &word).await.refused(403, "forbidden");
    let hook = json!({"name": "In", "channel": den});
    olga.post("/hooks/incoming", &hook).await.refused(404, "not_found");
    let nobody = "/hooks/incoming/0197a000-0000-7000-8000-000000000000";
    olga.delete(nobody).await.refused(404, "not_found");
    olga.patch(nobody, &json!({"enabled": true})).await.refused(404, "not_found");
    assert_eq!(acts(olga).await, before);
    assert_eq!(olga.get("/integrations").await.ok()["incoming"], json!([]));
}
