//! An office under load, through real sockets: everything that has a metric happens in it.

use serde_json::json;

use crate::hardware::Hwctl;
use crate::support::{Call, Office, Person, Receiver, Settings, Socket, hearth};

/// An office with a machine under it and programs around it.
pub(super) struct Busy {
    pub(super) office: Office,
    screen: Socket,
    receiver: Receiver,
    /// The path of an incoming webhook.
    hook: String,
    round: usize,
    _machine: Hwctl,
}

impl Busy {
    /// With further lines of its configuration.
    pub(super) async fn open(config: &str) -> Self {
        let config = format!("[outbound]\nallow = [\"127.0.0.1\"]\n{config}");
        let office = Office::open_with(Settings { config, ..Settings::default() }).await;
        let machine = Hwctl::start(&office);
        let olga = &office.owner;
        let receiver = Receiver::start().await;
        let wanted = json!({"name": "Tracker", "url": receiver.url(), "channel": office.lobby});
        let outgoing = olga.post("/hooks/outgoing", &wanted).await.ok();
        olga.door.record.private(outgoing["secret"].as_str().expect("a secret"));
        let wanted = json!({"name": "Build server", "channel": office.lobby});
        let incoming = olga.post("/hooks/incoming", &wanted).await.ok();
        let url = incoming["url"].as_str().expect("a URL");
        let token = url.rsplit_once('/').expect("a token").1;
        olga.door.record.private(token);
        let hook = format!("/hooks/{token}");
        let copy = office.scratch().join("backup.db");
        hearth(office.data(), &["backup", copy.to_str().expect("UTF-8")]).ok();
        let screen = olga.socket().await;
        Self { office, screen, receiver, hook, round: 0, _machine: machine }
    }

    /// A few messages by socket and by request, a search, a file, webhooks both ways, a wrong password.
    pub(super) async fn round(&mut self) {
        self.round += 1;
        let (olga, lobby) = (self.office.owner.clone(), self.office.lobby.clone());
        for number in 0..5 {
            self.screen.say(&lobby, &format!("note {number} of round {}", self.round)).await;
        }
        olga.say(&lobby, "written by request").await;
        olga.get("/search?q=round").await.ok();
        let name = format!("round-{}.txt", self.round);
        olga.upload(&name, "text/plain", name.as_bytes()).await;
        let posted = Call::new("POST", &self.hook).json(&json!({"text": "built"}));
        // On a fast machine the rounds come faster than a webhook may.
        let reply = self.office.call(posted).await;
        assert!([200, 429].contains(&reply.status), "{reply:?}");
        // The first few are wrong, later ones are slowed down.
        let reply = Person::sign_in(&olga.door, "nobody", "not the password").await;
        assert!([401, 429].contains(&reply.status), "{reply:?}");
        self.receiver.told().await;
        self.receiver.told_already();
    }

    /// What `/metrics` says to this machine.
    pub(super) async fn metrics(&self) -> String {
        let reply = self.office.call(Call::new("GET", "/metrics")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
    }
}
