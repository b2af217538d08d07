//! No secret leaves the box: in everything that a whole session of an office receives, no field is
//! named like one and no value is one.

use serde_json::{Value, json};

use super::stage::text;
use crate::support::{Office, Person};

const TELLTALES: [&str; 6] = ["password", "token", "hash", "secret", "phc", "cookie"];

/// Visits every field below a value.
fn fields(value: &Value, path: &str, visit: &mut dyn FnMut(&str, &str, &Value)) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                visit(path, name, value);
                fields(value, &format!("{path}.{name}"), visit);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, path, visit)),
        _ => {}
    }
}

/// Uses everything there is: all lists, all personal things, all kinds of events.
async fn a_busy_day(office: &Office) -> Vec<Person> {
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "admin").await;
    let phone = lin.sign_in_again().await;
    let (mut of_olga, mut of_phone) = (olga.socket().await, phone.socket().await);
    let wanted = json!({"role": "member", "uses_max": 3, "expires_in_s": 600});
    let link = lin.post("/invites", &wanted).await.ok();
    let token = text(&link["url"]).split_once('#').expect("a link").1.to_owned();
    office.door.record.private(&token);
    lin.get(&format!("/invites/{token}/preview")).await.ok();
    let said = of_olga.say(lobby, "good day to you all").await;
    lin.reply(lobby, &said.id, "and to you, olga").await;
    let thumb = format!("/messages/{}/reactions/%F0%9F%91%8D", said.id);
    lin.put(&thumb, &json!({})).await.ok();
    olga.patch(&format!("/messages/{}", said.id), &json!({"text": "good night to you all"}))
        .await
        .ok();
    lin.put(&format!("/channels/{lobby}/draft"), &json!({"text": "half a thought"})).await.ok();
    lin.patch("/me", &json!({"name": "Lin", "theme": "light"})).await.ok();
    let change = json!({"current": lin.password(), "new": "an even better password"});
    lin.put("/me/password", &change).await.ok();
    for path in ["/office", "/bootstrap", "/users", "/channels", "/sessions", "/invites"] {
        lin.get(path).await.ok();
    }
    for path in ["/messages", "/members", "/pins", ""] {
        lin.get(&format!("/channels/{lobby}{path}")).await.ok();
    }
    for path in ["", "/thread", "/revisions"] {
        lin.get(&format!("/messages/{}{path}", said.id)).await.ok();
    }
    // Refusals talk about secrets and must not repeat them.
    for body in [
        json!({"current": "wrong on purpose", "new": "short"}),
        json!({"current": "wrong on purpose", "new": "long enough", "pin": "hunter2 hunter2"}),
        json!({"current": ["wrong on purpose"], "new": 7}),
    ] {
        let refused = lin.put("/me/password", &body).await;
        assert!((400..500).contains(&refused.status), "{refused:?}");
    }
    of_phone.closed().await;
    let last = olga.say(lobby, "time to go home now").await;
    of_olga.events_upto(last.seq).await;
    vec![olga.clone(), lin, phone]
}

#[tokio::test]
async fn nothing_that_is_received_is_a_secret() {
    let office = Office::open().await;
    let people = a_busy_day(&office).await;
    let received = office.door.record.all_received();
    assert!(received.len() > 40, "{}", received.len());
    let mut findings = Vec::new();
    for (source, value) in &received {
        fields(value, source, &mut |path, name, value| {
            // The token that was asked for in the body, shown this once.
            let is_given = source == "signed in" && name == "token" && value.is_string();
            let telling = TELLTALES.iter().any(|word| name.to_lowercase().contains(word));
            if telling && !is_given {
                findings.push(format!("{path}.{name}"));
            }
            let value = value.as_str().unwrap_or_default();
            let is_secret = |person: &Person| {
                value.contains(person.token()) || value.contains(&person.password())
            };
            let of_argon2 = value.contains("$argon2");
            let of_refusal = value.contains("hunter2") || value.contains("wrong on purpose");
            if (people.iter().any(is_secret) && !is_given) || of_argon2 || of_refusal {
                findings.push(format!("{path}.{name} = {value}"));
            }
        });
    }
    assert!(findings.is_empty(), "{findings:#?}");
}
