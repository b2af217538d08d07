//! What is done with the office is noted with who, from where and what was so before, and only then.

use serde_json::{Value, json};

use crate::support::{Office, Person, Settings, hearth};

async fn entries(person: &Person, query: &str) -> Vec<Value> {
    let page = person.get(&format!("/admin/audit{query}")).await.ok();
    page["entries"].as_array().unwrap().clone()
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
