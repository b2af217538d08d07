//! Link cards, from the words that somebody writes to a real site and back.

use serde_json::{Value, json};

use crate::support::{Call, Office, Person, Settings, Site, Socket, html, redirect};

/// An office that may look at this machine, but only by its name.
async fn office() -> Office {
    let config = "[outbound]\nallow = [\"localhost\"]".to_owned();
    Office::open_with(Settings { config, ..Settings::default() }).await
}

/// A site where every page has the title of its path, but for a few.
async fn site() -> Site {
    let gbk = b"<meta charset=gbk><title>\xC4\xE3\xBA\xC3</title>";
    Site::open(|path| match path {
        "/gbk" => html(gbk),
        "/plain" => {
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n<title>no</title>".to_vec()
        }
        "/missing" => {
            b"HTTP/1.1 404 No\r\ncontent-type: text/html\r\n\r\n<title>no</title>".to_vec()
        }
        "/slow" => Vec::new(),
        "/untitled" => html(b"<p>words"),
        path => html(page_of(path).as_bytes()),
    })
    .await
}

fn page_of(path: &str) -> String {
    format!(
        "<!doctype html><title>{path}</title><meta name=description content='About {path}'>\
         <meta property='og:site_name' content='A \u{202E}site'>"
    )
}

async fn cards_of(socket: &mut Socket, message: &str) -> Value {
    let of_it = |frame: &Value| {
        frame["event"]["kind"] == "cards.set" && frame["event"]["message"] == message
    };
    socket.find("its cards", of_it).await
}

/// The titles of the cards under a message.
async fn titles(person: &Person, message: &str) -> Vec<String> {
    let message = person.message(message).await;
    let cards = message["cards"].as_array().cloned().unwrap_or_default();
    cards.iter().map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_link_gets_a_card_that_everybody_sees() {
    let (office, site) = (office().await, site().await);
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let lin = office.person("lin", "member").await;
    let mut screen = lin.socket().await;
    let said = olga.say(lobby, &format!("see {} please", site.url("/page?x=1#part"))).await;
    let frame = cards_of(&mut screen, &said.id).await;
    assert_eq!(frame["actor"], olga.id.as_str());
    let card = json!({
        "url": site.url("/page?x=1#part"), "host": "localhost", "site": "A site",
        "title": "/page?x=1", "description": "About /page?x=1",
    });
    assert_eq!(frame["event"]["cards"], json!([card]));
    assert_eq!(lin.message(&said.id).await["cards"], json!([card]));
    let page = lin.get(&format!("/channels/{lobby}/messages?limit=1")).await.ok();
    assert_eq!(page["messages"][0]["cards"], json!([card]));

    let said = olga.say(lobby, &site.url("/gbk")).await;
    let frame = cards_of(&mut screen, &said.id).await;
    assert_eq!(frame["event"]["cards"][0]["title"], "你好");
}

#[tokio::test]
async fn what_is_no_page_has_no_card_and_holds_nobody_up() {
    let (office, site) = (office().await, site().await);
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let mut screen = olga.socket().await;
    let slow = olga.say(lobby, &site.url("/slow")).await;
    let all = ["/plain", "/missing", "/good"].map(|path| site.url(path)).join(" ");
    let mixed = olga.say(lobby, &all).await;
    let frame = cards_of(&mut screen, &mixed.id).await;
    assert_eq!(frame["event"]["cards"].as_array().unwrap().len(), 1);
    assert_eq!(frame["event"]["cards"][0]["title"], "/good");
    assert_eq!((site.asked("/plain"), site.asked("/missing")), (1, 1));
    assert!(titles(olga, &slow.id).await.is_empty());
}

#[tokio::test]
async fn a_flood_of_one_link_is_one_request() {
    let (mut office, site) = (office().await, site().await);
    let lobby = office.lobby.clone();
    let (mut screen, mut desk) = (office.owner.socket().await, office.owner.socket().await);
    let mut last = String::new();
    for n in 0..60 {
        let said = desk.say(&lobby, &format!("{n} {}", site.url("/same"))).await;
        last = said.id;
    }
    cards_of(&mut screen, &last).await;
    assert_eq!(site.asked("/same"), 1);
    // What was found is remembered when everything else is forgotten.
    office.restart().await;
    let mut screen = office.owner.socket().await;
    let said = office.owner.say(&lobby, &site.url("/same")).await;
    cards_of(&mut screen, &said.id).await;
    assert_eq!(site.asked("/same"), 1);
}

#[tokio::test]
async fn a_flood_of_links_is_a_few_requests() {
    let (office, site) = (office().await, site().await);
    let lobby = office.lobby.as_str();
    let (mut screen, mut desk) = (office.owner.socket().await, office.owner.socket().await);
    let first = desk.say(lobby, &site.url("/0")).await;
    for n in 0..25 {
        let links: Vec<String> = (0..40).map(|m| site.url(&format!("/{n}-{m}"))).collect();
        desk.say(lobby, &links.join("\n")).await;
    }
    cards_of(&mut screen, &first.id).await;
    // Each link is asked for or dropped; on a slow machine a second minute may have begun.
    let metrics = || async {
        let reply = office.call(Call::new("GET", "/metrics")).await;
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        let dropped = "hearth_link_cards_dropped_total{why=\"pace\"} ";
        let count = text.lines().find_map(|line| line.strip_prefix(dropped)?.trim().parse().ok());
        count.unwrap_or(0_usize)
    };
    crate::support::soon("all links looked at", async {
        while site.asked("/") + metrics().await < 1 + 25 * 3 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!((30..=60).contains(&site.asked("/")), "{}", site.asked("/"));
}

#[tokio::test]
async fn nothing_leads_into_the_network() {
    let inside = site().await;
    let secret = inside.bare_url("/secret");
    let outside = Site::open(move |path| match path {
        "/away" => redirect(&secret),
        "/round" => redirect("/round"),
        path => html(page_of(path).as_bytes()),
    })
    .await;
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let mut screen = olga.socket().await;
    let links = [inside.bare_url("/direct"), outside.url("/away"), outside.url("/round")];
    let refused = olga.say(lobby, &links.join(" ")).await;
    let hidden = format!("`{0}` ```{0}``` file://localhost/x", outside.url("/code"));
    olga.say(lobby, &hidden).await;
    // Each of the three is at its end when the message that waits for all of them gets its card.
    let all = format!("{} {} {}", links[0], links[1], outside.url("/good"));
    olga.patch(&format!("/messages/{}", refused.id), &json!({ "text": all })).await.ok();
    let frame = cards_of(&mut screen, &refused.id).await;
    assert_eq!(frame["event"]["cards"].as_array().unwrap().len(), 1);
    assert_eq!(outside.asked("/away"), 1);
    assert_eq!(inside.asked("/"), 0);
    assert_eq!(outside.asked("/code"), 0);
}

#[tokio::test]
async fn an_edit_changes_the_cards_with_the_links() {
    let (office, site) = (office().await, site().await);
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let mut screen = olga.socket().await;
    let said = olga.say(lobby, &format!("{} {}", site.url("/a"), site.url("/b"))).await;
    cards_of(&mut screen, &said.id).await;
    let path = format!("/messages/{}", said.id);
    let edit = async |text: String| olga.patch(&path, &json!({ "text": text })).await.events();
    // A link that goes takes its card along at once.
    let events = edit(format!("only {}", site.url("/b"))).await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["event"]["cards"][0]["title"], "/b");
    assert_eq!(titles(olga, &said.id).await, ["/b"]);
    // A page without a card changes nothing, and is no refusal of later ones.
    edit(format!("{} {}", site.url("/b"), site.url("/untitled"))).await;
    assert_eq!(titles(olga, &said.id).await, ["/b"]);
    edit(format!("{} and {}", site.url("/c"), site.url("/b"))).await;
    let of_it = |frame: &Value| frame["event"]["cards"].as_array().is_some_and(|c| c.len() == 2);
    screen.find("both cards", of_it).await;
    assert_eq!(titles(olga, &said.id).await, ["/c", "/b"]);
    edit("no link".to_owned()).await;
    assert!(titles(olga, &said.id).await.is_empty());
}

#[tokio::test]
async fn cards_are_taken_away_for_good() {
    let (office, site) = (office().await, site().await);
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let (lin, bo) = (office.person("lin", "member").await, office.person("bo", "member").await);
    let mut screen = bo.socket().await;
    let said = lin.say(lobby, &site.url("/a")).await;
    cards_of(&mut screen, &said.id).await;
    let path = format!("/messages/{}/cards", said.id);
    bo.delete(&path).await.refused(403, "forbidden");
    let events = lin.delete(&path).await.events();
    assert_eq!(events[0]["event"]["taken"], true);
    assert!(lin.delete(&path).await.events().is_empty());
    assert!(titles(&bo, &said.id).await.is_empty());
    // Another link in the same message does not bring them back; the next message has its own.
    let text = json!({"text": format!("{} {}", site.url("/a"), site.url("/b"))});
    lin.patch(&format!("/messages/{}", said.id), &text).await.ok();
    let next = lin.say(lobby, &site.url("/b")).await;
    cards_of(&mut screen, &next.id).await;
    assert!(titles(&bo, &said.id).await.is_empty());
    // Who runs the office may do the same, and a deleted message has none.
    olga.delete(&format!("/messages/{}/cards", next.id)).await.ok();
    assert!(titles(&bo, &next.id).await.is_empty());
    let third = lin.say(lobby, &site.url("/a")).await;
    cards_of(&mut screen, &third.id).await;
    lin.delete(&format!("/messages/{}", third.id)).await.ok();
    assert_eq!(bo.message(&third.id).await["cards"], Value::Null);
    lin.delete(&format!("/messages/{}/cards", third.id)).await.ok();
}

#[tokio::test]
async fn programs_get_cards_as_people_do() {
    let (office, site) = (office().await, site().await);
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let fresh = olga.post("/hooks/incoming", &json!({"name": "CI", "channel": lobby})).await.ok();
    let (_, token) = fresh["url"].as_str().unwrap().rsplit_once('/').unwrap();
    olga.door.record.private(token);
    let mut screen = olga.socket().await;
    let body = json!({"text": format!("<{}|the build>", site.url("/build"))});
    office.call(Call::new("POST", &format!("/hooks/{token}")).json(&body)).await;
    let frame = screen.event("cards.set").await;
    assert_eq!(frame["event"]["cards"][0]["title"], "/build");
    assert_eq!(frame["actor"], fresh["hook"]["bot"]);
}

#[tokio::test]
async fn the_office_can_do_without() {
    let (office, site) = (office().await, site().await);
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let lin = office.person("lin", "member").await;
    let mut screen = olga.socket().await;
    let switch = |on: bool| json!({"link_cards": on});
    lin.patch("/office", &switch(false)).await.refused(403, "forbidden");
    let events = olga.patch("/office", &switch(false)).await.events();
    let office_now = &events[0]["event"]["office"];
    assert_eq!(
        (&office_now["link_cards"], &office_now["name"]),
        (&json!(false), &json!("Tea House"))
    );
    assert!(olga.patch("/office", &switch(false)).await.events().is_empty());
    let off = olga.say(lobby, &site.url("/off")).await;
    // The message is passed by before the switch is turned again.
    let passed = |line: &str| {
        let upto = line.split_once("link cards are off upto=")?.1.trim().parse::<u64>().ok()?;
        (upto >= off.seq).then_some(())
    };
    office.hearthd.logged(passed).await;
    olga.patch("/office", &switch(true)).await.ok();
    let on = olga.say(lobby, &site.url("/on")).await;
    cards_of(&mut screen, &on.id).await;
    assert_eq!((site.asked("/off"), site.asked("/on")), (0, 1));
    assert!(titles(olga, &off.id).await.is_empty());
    let log = olga.get("/admin/audit?area=office&limit=1").await.ok();
    let entry = &log["entries"][0];
    assert_eq!(entry["act"], "office.changed");
    assert_eq!(
        entry["changes"],
        json!([{"what": "link_cards", "before": "false", "after": "true"}])
    );
}

#[tokio::test]
async fn the_operator_can_forbid_it() {
    let config = "[outbound]\nallow = [\"localhost\"]\nlink_cards = false".to_owned();
    let office = Office::open_with(Settings { config, ..Settings::default() }).await;
    office.owner.patch("/office", &json!({"link_cards": true})).await.ok();
    let page = office.owner.get("/bootstrap").await.ok();
    assert_eq!(page["link_cards_allowed"], false, "the page says so");
    let metrics = office.call(Call::new("GET", "/metrics")).await;
    let text = String::from_utf8_lossy(&metrics.bytes).into_owned();
    assert!(text.contains("hearth_tasks{name=\"push\"} 1"), "{text}");
    assert!(!text.contains("link cards") && !text.contains("linked pages"), "{text}");
}
