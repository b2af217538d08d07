//! Identities that belong to something else, to somebody else, or to nothing.

use serde_json::json;

use crate::support::{Office, nonce};

#[tokio::test]
async fn ids_of_nothing_are_not_found_and_no_ids_are_bad_requests() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let said = olga.say(lobby, "an id of the wrong kind").await;
    let text = json!({"text": "something else to say"});
    let post = json!({"nonce": nonce(), "text": "is anybody there?"});
    let (message, user, channel) = (&said.id, &olga.id, lobby);
    let role = json!({"role": "member"});
    // Where each goes, and an identity of another kind that does exist.
    let cases = [
        ("GET", "/channels/{}", message, None),
        ("GET", "/channels/{}/messages", user, None),
        ("POST", "/channels/{}/messages", message, Some(&post)),
        ("POST", "/channels/{}/join", user, None),
        ("PUT", "/channels/{}/draft", user, Some(&text)),
        ("GET", "/messages/{}", channel, None),
        ("PATCH", "/messages/{}", channel, Some(&text)),
        ("DELETE", "/messages/{}", user, None),
        ("GET", "/messages/{}/thread", channel, None),
        ("PUT", "/messages/{}/pin", channel, None),
        ("PATCH", "/users/{}", message, Some(&role)),
        ("DELETE", "/groups/{}", user, None),
        ("DELETE", "/invites/{}", channel, None),
        ("DELETE", "/sessions/{}", user, None),
    ];
    for (method, path, other, body) in cases {
        for id in [other.as_str(), &nonce(), "00000000-0000-0000-0000-000000000000"] {
            let reply = olga.ask(method, &path.replace("{}", id), body).await;
            reply.refused(404, "not_found");
        }
        for id in ["7", "null", "..%2f..%2fetc%2fpasswd", "%00", "'%20OR%201=1--"] {
            let reply = olga.ask(method, &path.replace("{}", id), body).await;
            reply.refused(400, "bad_request");
        }
    }
}

#[tokio::test]
async fn things_of_one_channel_do_not_work_in_another() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let vault = office.channel("private", "vault", &[]).await;
    let hidden = olga.say(&vault, "the combination is 12").await;
    let answer = json!({"nonce": nonce(), "root": hidden.id, "text": "I guess so"});
    for person in [&lin, olga] {
        let path = format!("/channels/{lobby}/messages");
        person.post(&path, &answer).await.refused(404, "not_found");
    }
    let mark = json!({"root": hidden.id, "upto": hidden.seq});
    lin.put(&format!("/channels/{lobby}/read"), &mark).await.refused(404, "not_found");
    let draft = json!({"root": hidden.id, "text": "dear safe, open"});
    lin.put(&format!("/channels/{lobby}/draft"), &draft).await.refused(404, "not_found");
    let mut socket = lin.socket().await;
    for frame in [
        json!({"t": "post", "nonce": nonce(), "channel": vault, "text": "let me in please"}),
        json!({"t": "post", "nonce": nonce(), "channel": lobby, "root": hidden.id, "text": "an echo"}),
        json!({"t": "read", "channel": vault, "upto": 1}),
        json!({"t": "typing", "channel": vault}),
    ] {
        socket.send(&frame).await;
        let refused = socket.frame("refused").await;
        assert_eq!(refused["problem"]["code"], "not_found", "{frame}");
        assert_eq!(refused.get("nonce"), frame.get("nonce"));
    }
    // Nobody brings strangers in, or themselves.
    let add = json!({"role": "manager"});
    let path = format!("/channels/{vault}/members/{}", lin.id);
    lin.put(&path, &add).await.refused(404, "not_found");
    let wanted = json!({"kind": "public", "name": "party", "members": [nonce()]});
    lin.post("/channels", &wanted).await.refused(404, "not_found");
    let wanted = json!({
        "role": "member", "uses_max": 1, "expires_in_s": 60, "channels": [nonce()],
    });
    olga.post("/invites", &wanted).await.refused(404, "not_found");
}
