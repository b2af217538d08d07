//! Writing to each other: live, in channels, direct conversations and threads.

use serde_json::json;

use crate::support::Office;

#[tokio::test]
async fn two_people_chat_live_in_a_channel_and_directly() {
    let office = Office::open().await;
    let lin = office.person("lin", "member").await;
    let (mut of_olga, mut of_lin) = (office.owner.socket().await, lin.socket().await);
    assert_eq!(of_lin.hello["user"], *lin.id);
    assert_eq!(of_lin.hello["session"], *lin.session);

    let said = of_olga.say(&office.lobby, "good morning, 早上好").await;
    let heard = of_lin.event("message.posted").await;
    assert_eq!(heard["seq"], said.seq);
    assert_eq!(heard["actor"], *office.owner.id);
    assert_eq!(heard["event"]["message"], *said.id);
    assert_eq!(heard["event"]["text"], "good morning, 早上好");
    // The writer's own socket gets it as well, with the nonce, for its other devices.
    assert_eq!(of_olga.event("message.posted").await["event"]["message"], *said.id);

    let direct = lin.direct(&[&office.owner]).await;
    assert_eq!(of_olga.event("channel.created").await["event"]["channel"]["kind"], "direct");
    assert_eq!(office.owner.direct(&[&lin]).await, direct, "there is one between two people");
    of_lin.say(&direct, "tea at four?").await;
    assert_eq!(of_olga.event("message.posted").await["event"]["channel"], *direct);
    assert_eq!(office.owner.texts(&direct).await, ["tea at four?"]);
    assert_eq!(lin.texts(&office.lobby).await, ["good morning, 早上好"]);
}
