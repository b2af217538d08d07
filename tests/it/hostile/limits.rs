//! Every limit exceeded by one.

use hearth_domain::limits::{
    EMOJI_BYTES_MAX, GROUP_MEMBERS_MAX, HANDLE_CHARS_MAX, MESSAGE_BYTES_MAX, MESSAGE_GRAPHEMES_MAX,
    NAME_GRAPHEMES_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PINS_PER_CHANNEL_MAX,
    REACTIONS_PER_MESSAGE_MAX, STATUS_GRAPHEMES_MAX, TOPIC_GRAPHEMES_MAX,
};
use hearth_wire::limits::{PAGE_MESSAGES_MAX, REQUEST_BYTES_MAX};
use serde_json::{Value, json};

use crate::support::{Call, Office, nonce};

/// As many characters as allowed, and one more.
fn at_and_over(character: &str, max: usize) -> [String; 2] {
    [character.repeat(max), character.repeat(max + 1)]
}

#[tokio::test]
async fn texts_may_be_as_long_as_their_limit_and_no_longer() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let channel = format!("/channels/{lobby}");
    let status =
        |text: &str| json!({"status": {"set": {"emoji": "🌴", "text": text, "until": null}}});
    let [name, long_name] = at_and_over("名", NAME_GRAPHEMES_MAX);
    let [topic, long_topic] = at_and_over("话", TOPIC_GRAPHEMES_MAX);
    let [doing, long_doing] = at_and_over("忙", STATUS_GRAPHEMES_MAX);
    let [handle, long_handle] = at_and_over("h", HANDLE_CHARS_MAX);
    let group = |handle: &str, name: &str| json!({"handle": handle, "name": name, "members": []});
    let cases: [(&str, &str, Value, Value); 6] = [
        ("PATCH", "/office", json!({"name": name}), json!({"name": long_name})),
        ("PATCH", "/me", json!({"name": name}), json!({"name": long_name})),
        ("PATCH", "/me", status(&doing), status(&long_doing)),
        ("PATCH", &channel, json!({"topic": topic}), json!({"topic": long_topic})),
        ("PATCH", &channel, json!({"name": name}), json!({"name": long_name})),
        ("POST", "/groups", group(&handle, &name), group(&long_handle, "G")),
    ];
    for (method, path, fits, too_long) in cases {
        olga.ask(method, path, Some(&fits)).await.ok();
        olga.ask(method, path, Some(&too_long)).await.refused(422, "bad_text");
    }
    // A grapheme may carry marks without end; bytes are counted as well.
    let piled = format!("a{}", "\u{301}".repeat(NAME_GRAPHEMES_MAX * 8));
    olga.patch("/me", &json!({"name": piled})).await.refused(422, "bad_text");
    for empty in ["", "   ", "\u{200b}", "\u{202e}olga", "two\nlines"] {
        olga.patch("/me", &json!({"name": empty})).await.refused(422, "bad_text");
    }
}

#[tokio::test]
async fn messages_reactions_and_pins_have_limits() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let path = format!("/channels/{lobby}/messages");
    let post = |text: &str| json!({"nonce": nonce(), "text": text});
    let [fits, too_long] = at_and_over("长", MESSAGE_GRAPHEMES_MAX);
    let said = olga.say(lobby, &fits).await;
    let family = "👨‍👩‍👧‍👦".repeat(MESSAGE_BYTES_MAX / 25 + 1);
    for text in [too_long.as_str(), family.as_str(), "", " \n ", "\u{0}"] {
        olga.post(&path, &post(text)).await.refused(422, "bad_text");
        let edit = json!({"text": text});
        olga.patch(&format!("/messages/{}", said.id), &edit).await.refused(422, "bad_text");
    }
    let draft = format!("/channels/{lobby}/draft");
    olga.put(&draft, &json!({"text": too_long})).await.refused(422, "bad_text");

    let reactions = format!("/messages/{}/reactions", said.id);
    for index in 0..REACTIONS_PER_MESSAGE_MAX {
        let animal = char::from_u32(0x1F400 + u32::try_from(index).unwrap()).unwrap();
        olga.put(&format!("{reactions}/{}", percent(&animal.to_string())), &json!({})).await.ok();
    }
    let one_more = olga.put(&format!("{reactions}/{}", percent("🍵")), &json!({})).await;
    one_more.refused(409, "limit_reached");
    for wrong in ["x", "hello", "🍵🍵", "<b>", &"🍵".repeat(EMOJI_BYTES_MAX)] {
        let refused = olga.put(&format!("{reactions}/{}", percent(wrong)), &json!({})).await;
        refused.refused(422, "bad_text");
    }

    for index in 0..PINS_PER_CHANNEL_MAX {
        let said = olga.say(lobby, &format!("pinned {index}")).await;
        olga.put(&format!("/messages/{}/pin", said.id), &json!({})).await.ok();
    }
    let refused = olga.put(&format!("/messages/{}/pin", said.id), &json!({})).await;
    refused.refused(409, "limit_reached");

    for limit in ["0", "100000"] {
        let page = olga.get(&format!("{path}?limit={limit}")).await.ok();
        let count = page["messages"].as_array().map(Vec::len).unwrap();
        assert!(count >= 1 && count <= PAGE_MESSAGES_MAX as usize, "{limit}: {count}");
    }
    for wrong in ["limit=-1", "limit=x", "before=1&after=2", "nothing=1"] {
        olga.get(&format!("{path}?{wrong}")).await.refused(400, "bad_request");
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn counts_of_people_and_invitations_have_limits() {
    let office = Office::open().await;
    let olga = &office.owner;
    let invite = |uses: u64, seconds: u64, channels: &[String]| json!({"role": "member", "uses_max": uses, "expires_in_s": seconds, "channels": channels});
    let days_30 = 30 * 24 * 3_600;
    olga.post("/invites", &invite(1_000, days_30, &[])).await.ok();
    for wrong in [
        invite(0, 60, &[]),
        invite(1_001, 60, &[]),
        invite(1, 0, &[]),
        invite(1, days_30 + 1, &[]),
        invite(u64::MAX, u64::MAX, &[]),
    ] {
        olga.post("/invites", &wrong).await.refused(400, "bad_request");
    }
    let many = vec![office.lobby.clone(); 51];
    olga.post("/invites", &invite(1, 60, &many)).await.refused(409, "limit_reached");

    let group =
        |members: &[String]| json!({"handle": "all-of-us", "name": "All", "members": members});
    let everybody = vec![olga.id.clone(); GROUP_MEMBERS_MAX + 1];
    // Naming one person often is naming them once.
    olga.post("/groups", &group(&everybody)).await.ok();
    // Eleven others make a full group; whether they exist is asked only then.
    for (others, status, code) in [(12, 409, "limit_reached"), (11, 404, "not_found")] {
        let strangers: Vec<String> = (0..others).map(|_| nonce()).collect();
        olga.post("/direct", &json!({"users": strangers})).await.refused(status, code);
    }

    let password = |new: &str| json!({"current": olga.password(), "new": new});
    let short = "p".repeat(PASSWORD_CHARS_MIN - 1);
    let long = "p".repeat(PASSWORD_BYTES_MAX + 1);
    for wrong in [short, long] {
        olga.put("/me/password", &password(&wrong)).await.refused(422, "bad_text");
    }
    let body = json!({"text": "x".repeat(REQUEST_BYTES_MAX)});
    olga.put(&format!("/channels/{}/draft", office.lobby), &body).await.refused(413, "too_large");
}

#[tokio::test]
async fn what_everybody_tries_first_is_no_password() {
    let office = Office::open().await;
    let olga = &office.owner;
    let change = |new: &str| json!({"current": olga.password(), "new": new});
    for common in ["password", "PASSWORD", "12345678", "1qaz2wsx", "woaini1314", "qwertyuiop"] {
        let problem =
            olga.put("/me/password", &change(common)).await.refused(422, "common_password");
        // The sentence itself speaks of a password.
        let repeated = common != "password" && problem.to_string().contains(common);
        assert!(!repeated, "a password is never repeated");
    }
    let invite = json!({"role": "member", "uses_max": 1, "expires_in_s": 600});
    let url = olga.post("/invites", &invite).await.ok()["url"].as_str().unwrap().to_owned();
    let token = url.split_once('#').expect("a link").1;
    let path = format!("/api/v1/invites/{token}/accept");
    let accept = |password: &str| json!({"name": "Lin", "handle": "lin", "password": password});
    let call = |body: &Value| Call::new("POST", &path).same_origin().json(body);
    office.call(call(&accept("iloveyou"))).await.refused(422, "common_password");
    office.call(call(&accept("we drink 7 cups of tea"))).await.ok();
    olga.put("/me/password", &change("a fire that burns long")).await.ok();
}
