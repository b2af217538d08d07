//! Coming back: after a restart, after falling behind, at a slow line. Nothing is lost or doubled.

use serde_json::{Value, json};

use hearth_wire::limits::REPLAY_EVENTS_MAX;

use crate::support::{Office, Socket, nonce};

/// The texts of `message.posted` events.
fn texts(events: &[Value]) -> Vec<String> {
    let posted = events.iter().filter(|frame| frame["event"]["kind"] == "message.posted");
    posted.map(|frame| frame["event"]["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Sends messages without waiting for each; gives the place of the last one.
async fn send_many(socket: &mut Socket, channel: &str, texts: &[String]) -> u64 {
    let mut last = 0;
    // As many as the server works on at once, so that neither side has to wait in the middle.
    for part in texts.chunks(200) {
        for text in part {
            let frame = json!({"t": "post", "nonce": nonce(), "channel": channel, "text": text});
            socket.feed(&frame).await;
        }
        socket.flush().await;
        for _ in part {
            let answer = socket.find("posted", |f| f["t"] == "posted" || f["t"] == "refused").await;
            assert_eq!(answer["t"], "posted", "{answer}");
            last = last.max(answer["seq"].as_u64().unwrap());
        }
    }
    last
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_across_a_restart() {
    let mut office = Office::open().await;
    let lobby = office.lobby.clone();
    let lin = office.person("lin", "member").await;
    let mut of_lin = lin.socket().await;
    let before = office.owner.say(&lobby, "before the restart").await;
    assert_eq!(texts(&of_lin.events_upto(before.seq).await), ["before the restart"]);
    let unseen = office.owner.say(&lobby, "unseen before the restart").await;
    office.restart().await;
    assert_eq!(of_lin.closed().await.as_deref(), Some("restart"));
    let mut of_lin = lin.socket_since(before.seq).await;
    assert_eq!(of_lin.hello["head"], unseen.seq);
    let after = office.owner.say(&lobby, "after the restart").await;
    let heard = texts(&of_lin.events_upto(after.seq).await);
    assert_eq!(heard, ["unseen before the restart", "after the restart"]);
    let page = lin.texts(&lobby).await;
    assert_eq!(page, ["before the restart", "unseen before the restart", "after the restart"]);
}

#[tokio::test]
async fn too_far_behind_or_ahead_starts_over() {
    let office = Office::open().await;
    let lobby = &office.lobby;
    let mut of_olga = office.owner.socket().await;
    let start = of_olga.hello["head"].as_u64().unwrap();
    let many: Vec<String> = (0..=REPLAY_EVENTS_MAX).map(|n| format!("message {n}")).collect();
    let last = send_many(&mut of_olga, lobby, &many).await;

    let mut behind = office.owner.socket_since(start).await;
    let reset = behind.find("reset", |f| f["t"] == "reset" || f["t"] == "event").await;
    assert_eq!((&reset["t"], &reset["head"]), (&json!("reset"), &json!(last)));
    let mut ahead = office.owner.socket_since(1_000_000_000).await;
    assert_eq!(ahead.frame("reset").await["head"], last);
    // Exactly as far as allowed is a replay, in order and complete.
    let mut close = office.owner.socket_since(last - REPLAY_EVENTS_MAX as u64).await;
    assert_eq!(texts(&close.events_upto(last).await), many[1..]);
    // After a reset, live events follow.
    let next = office.owner.say(lobby, "and on it goes").await;
    for socket in [&mut behind, &mut ahead] {
        assert_eq!(texts(&socket.events_upto(next.seq).await), ["and on it goes"]);
    }
}

#[tokio::test]
async fn a_slow_reader_gets_everything_once() {
    let office = Office::open().await;
    let lobby = &office.lobby;
    let lin = office.person("lin", "member").await;
    let call = lin.call("GET", "/socket");
    let mut slow = Socket::ask(&lin, call, Some(4_096)).await.unwrap();
    let mut of_olga = office.owner.socket().await;
    // More than a queue of the hub, a write of the socket and the kernel's buffers hold.
    let filler = "慢慢地走稳稳地读".repeat(1_150);
    let many: Vec<String> = (0..600).map(|n| format!("{n} {}", filler.trim_end())).collect();
    let last = send_many(&mut of_olga, lobby, &many).await;
    let heard = texts(&slow.events_upto(last).await);
    assert_eq!(heard.len(), many.len());
    let first = heard.iter().zip(&many).position(|(heard, sent)| heard != sent);
    let head = |text: &String| text.chars().take(8).collect::<String>();
    let order: Vec<String> = heard.iter().map(head).collect();
    assert_eq!(first, None, "not everything, or not in order: {order:?}");
    let quick = texts(&of_olga.events_upto(last).await);
    assert!(quick == many, "the sender's own events");
}

#[tokio::test]
async fn a_replay_has_what_one_may_see_now() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let start = olga.get("/bootstrap").await.ok()["seq"].as_u64().unwrap();
    let board = office.channel("private", "board", &[&lin]).await;
    olga.say(&board, "for the board only").await;
    let mine = json!({"text": "an unsent thought"});
    olga.put(&format!("/channels/{board}/draft"), &mine).await.ok();
    olga.delete(&format!("/channels/{board}/members/{}", lin.id)).await.ok();
    let last = olga.say(&office.lobby, "for everybody here").await;
    let heard = lin.socket_since(start).await.events_upto(last.seq).await;
    assert_eq!(texts(&heard), ["for everybody here"]);
    assert!(!Value::from(heard).to_string().contains("unsent thought"));
}
