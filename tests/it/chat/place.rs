//! What somebody keeps for themselves, and what follows them from device to device.

use serde_json::json;

use crate::support::Office;

#[tokio::test]
async fn read_markers_follow_from_device_to_device() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let phone = lin.sign_in_again().await;
    let mut of_desk = lin.socket().await;
    let mut of_phone = phone.socket().await;
    let first = olga.say(lobby, "one for the road").await;
    let second = olga.say(lobby, "two for the show, @lin").await;
    let place = phone.place(lobby).await;
    assert_eq!((&place["unread"], &place["mentions"]), (&json!(2), &json!(1)));
    assert_eq!(olga.place(lobby).await["unread"], 0, "own messages are read");

    of_desk.send(&json!({"t": "read", "channel": lobby, "upto": first.seq})).await;
    let marked = of_phone.event("read.marked").await;
    assert_eq!(marked["event"]["upto"], first.seq);
    assert_eq!(phone.place(lobby).await["unread"], 1);

    let path = format!("/channels/{lobby}/read");
    phone.put(&path, &json!({"upto": second.seq})).await.ok();
    assert_eq!(of_desk.event("read.marked").await["event"]["upto"], first.seq);
    assert_eq!(of_desk.event("read.marked").await["event"]["upto"], second.seq);
    let place = lin.place(lobby).await;
    assert_eq!((&place["unread"], &place["mentions"]), (&json!(0), &json!(0)));
    // Reading never moves a marker back, and never beyond what exists.
    assert_eq!(phone.put(&path, &json!({"upto": 1})).await.events().len(), 0);
    phone.put(&path, &json!({"upto": 1_000_000_000})).await.ok();
    let next = olga.say(lobby, "three to get ready").await;
    assert!(lin.place(lobby).await["read_upto"].as_u64() < Some(next.seq));
    assert_eq!(lin.place(lobby).await["unread"], 1);
}

#[tokio::test]
async fn threads_have_read_markers_of_their_own() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let root = lin.say(lobby, "what shall we paint?").await;
    let answer = olga.reply(lobby, &root.id, "the garden fence").await;
    assert_eq!(lin.place(lobby).await["unread"], 0, "answers don't count in the channel");
    let threads = lin.get("/bootstrap").await.ok()["threads"].clone();
    assert_eq!((&threads[0]["root"], &threads[0]["unread"]), (&json!(root.id), &json!(1)));

    let mark = json!({"root": root.id, "upto": answer.seq});
    lin.put(&format!("/channels/{lobby}/read"), &mark).await.ok();
    assert_eq!(lin.get("/bootstrap").await.ok()["threads"], json!([]));
    let unfollow = format!("/messages/{}/follow", root.id);
    lin.delete(&unfollow).await.ok();
    olga.reply(lobby, &root.id, "in three colours").await;
    assert_eq!(lin.get("/bootstrap").await.ok()["threads"], json!([]), "no longer followed");
    lin.put(&unfollow, &json!({})).await.ok();
    assert_eq!(lin.get("/bootstrap").await.ok()["threads"][0]["unread"], 1);
}

#[tokio::test]
async fn drafts_and_notify_levels_are_on_every_device_of_one_person() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let phone = olga.sign_in_again().await;
    let lin = office.person("lin", "member").await;
    let (mut of_phone, mut of_lin) = (phone.socket().await, lin.socket().await);
    let draft = json!({"text": "dear all, I was thinking"});
    olga.put(&format!("/channels/{lobby}/draft"), &draft).await.ok();
    let seen = of_phone.event("draft.updated").await;
    assert_eq!(seen["event"]["draft"]["text"], draft["text"]);
    let drafts = phone.get("/bootstrap").await.ok()["drafts"].clone();
    assert_eq!(drafts[0]["text"], draft["text"]);
    phone.put(&format!("/channels/{lobby}/draft"), &json!({"text": ""})).await.ok();
    assert_eq!(olga.get("/bootstrap").await.ok()["drafts"], json!([]));

    let notify = format!("/channels/{lobby}/notify");
    phone.put(&notify, &json!({"level": "nothing"})).await.ok();
    assert_eq!(of_phone.event("notify.updated").await["event"]["level"], "nothing");
    assert_eq!(olga.place(lobby).await["notify"], "nothing");
    assert_eq!(lin.place(lobby).await["notify"], "mentions", "a choice of one person");

    // Nobody else's socket ever heard of any of it.
    let said = olga.say(lobby, "and that was that").await;
    let kinds = of_lin.events_upto(said.seq).await;
    assert_eq!(kinds.len(), 1, "{kinds:?}");
}

#[tokio::test]
async fn profile_and_preferences_change() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let (mut of_olga, mut of_lin) = (olga.socket().await, lin.socket().await);
    let change = json!({
        "name": "Lin Xiaoyu", "language": "zh-CN", "theme": "dark",
        "status": {"set": {"emoji": "🌴", "text": "in the hills", "until": null}},
    });
    lin.patch("/me", &change).await.ok();
    let updated = of_olga.event("user.updated").await["event"]["user"].clone();
    assert_eq!(
        (&updated["name"], &updated["status"]["emoji"]),
        (&json!("Lin Xiaoyu"), &json!("🌴"))
    );
    let preferences = of_lin.event("preferences.updated").await;
    assert_eq!(preferences["event"]["preferences"]["theme"], "dark");
    lin.patch("/me", &json!({"status": {"set": null}})).await.ok();
    assert!(of_olga.event("user.updated").await["event"]["user"]["status"].is_null());
    let said = olga.say(&office.lobby, "welcome back from the hills").await;
    let heard = of_olga.events_upto(said.seq).await;
    assert!(heard.iter().all(|frame| frame["event"]["kind"] != "preferences.updated"));
}
