//! Every route with every kind of caller. A route that this does not know is an error: whoever adds
//! one decides here who may use it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::programs;
use super::stage::{Ask, BOTS, Caller, KINDS, Stage, text};
use super::table::Table;
use crate::support::{Call, Office, Person, nonce};

/// Routes that the description can't describe: a WebSocket and the description itself.
const UNDESCRIBED: [&str; 2] = ["GET /openapi.json", "GET /socket"];

/// Requests besides the plain ones, where what is asked for makes the difference.
const FURTHER: [&str; 6] = [
    "POST /invites (for an owner)",
    "PATCH /users/{user} (an owner)",
    "POST /channels/{channel}/join (elsewhere)",
    "PUT /channels/{channel}/members/{user} (manager)",
    "POST /channels/{channel}/messages (reply)",
    "PATCH /channels/{channel} (archive)",
];

fn repository(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// `METHOD /path` of everything in the description, without its prefix.
fn described() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&repository("docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, methods)| {
        let path = path.strip_prefix("/api/v1").expect("a path of the interface");
        let methods = methods.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    routes.collect()
}

/// `METHOD /path` of everything in the router's source.
fn routed() -> BTreeSet<String> {
    let source = repository("daemon/src/http/router.rs");
    let api = source.split_once("fn api(").expect("the interface's own router").1;
    let mut routes = BTreeSet::new();
    for route in api.split(".route(").skip(1) {
        let path = route.split('"').nth(1).expect("a path");
        let methods = route.split('"').nth(2).expect("methods").split(".merge(").next().unwrap();
        for method in ["get", "post", "put", "patch", "delete"] {
            if methods.split(|c: char| !c.is_alphanumeric() && c != ':').any(|word| word == method)
            {
                routes.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    routes
}

#[test]
fn the_description_and_the_router_have_the_same_routes() {
    let mut described = described();
    assert!(described.len() > 40, "{described:?}");
    described.extend(UNDESCRIBED.map(str::to_owned));
    assert_eq!(described, routed());
}

#[tokio::test]
async fn every_described_route_answers_and_no_other() {
    let office = Office::open().await;
    for route in described() {
        let (method, path) = route.split_once(' ').unwrap();
        // Nothing behind these names exists; a route still has something better to say.
        let path = path.replace(['{', '}'], "");
        let call = Call::new(method, &format!("/api/v1{path}")).same_origin().json(&json!({}));
        let outcome = office.call(call).await.outcome();
        assert!(outcome != "not_found" && outcome != "method_not_allowed", "{route}: {outcome}");
    }
    let olga = &office.owner;
    olga.get("/nothing").await.refused(404, "not_found");
    olga.delete("/office").await.refused(405, "method_not_allowed");
    olga.ask("GET", "/../../etc/passwd", None).await.refused(404, "not_found");
    office.call(Call::new("GET", "/api/v2/office")).await.refused(404, "not_found");
}

#[tokio::test]
async fn every_route_with_every_caller() {
    table(&Stage::set().await, Table::new(KINDS)).await.is_golden("routes.golden.txt");
}

#[tokio::test]
async fn every_route_with_every_scope_of_a_bot() {
    table(&Stage::with_bots().await, Table::new(BOTS)).await.is_golden("scopes.golden.txt");
}

/// A link from elsewhere asks with nothing but GET, and must not do anything by that.
#[tokio::test]
async fn safe_methods_change_nothing() {
    let stage = Stage::set().await;
    let owner = stage.callers.last().expect("the owner");
    let state = async || {
        let health = stage.office.owner.get("/health").await.ok();
        let noted = stage.office.owner.get("/admin/audit?limit=1").await.ok();
        let sessions = stage.office.owner.get("/sessions").await.ok();
        let sessions = sessions.as_array().expect("sessions").len();
        (health["log_head"].clone(), noted["entries"][0]["id"].clone(), sessions)
    };
    for route in described().into_iter().filter(|route| route.starts_with("GET ")) {
        let ask = ask(&stage, owner, &route).await;
        let before = state().await;
        owner.send(&stage.office, "GET", ask).await;
        assert_eq!(state().await, before, "{route}");
    }
}

async fn table(stage: &Stage, mut table: Table) -> Table {
    let plain = described().into_iter().chain(UNDESCRIBED.map(str::to_owned));
    for route in plain.chain(FURTHER.map(str::to_owned)) {
        let (method, _) = route.split_once(' ').unwrap();
        // Side by side: some of them hash passwords, which takes a while.
        let cells = stage.callers.iter().map(async |caller| {
            let ask = ask(stage, caller, &route).await;
            caller.send(&stage.office, method, ask).await.outcome()
        });
        let outcomes = futures_util::future::join_all(cells).await;
        table.row(&route, outcomes);
    }
    table
}

/// The request of a row.
async fn ask(stage: &Stage, caller: &Caller, route: &str) -> Ask {
    let (path, body) = match route.split_once(' ').unwrap().1 {
        path if path.starts_with("/messages/") => of_message(stage, caller, path).await,
        path if programs::is_about(path) => programs::ask(stage, caller, route).await,
        path if path.starts_with("/channels/") => of_channel(stage, caller, route).await,
        path if path.starts_with("/invites") => of_invite(stage, route).await,
        path if path.starts_with("/files/") => of_file(stage, caller, path).await,
        "/admin/channels/{channel}/manager" => of_orphan(stage).await,
        path if path.starts_with("/uploads") => of_upload(stage, path).await,
        "/admin/audit" | "/admin/audit.csv" => (format!("{}?limit=1", path_of(route)), None),
        "/sessions/current" => return sign_out(stage, caller).await,
        path => (path.to_owned(), of_office(stage, caller, route).await),
    };
    let path = match path.as_str() {
        path if path.starts_with("/users/{user}") => {
            let (path, of) = path.split_once(" (").unwrap_or((path, ""));
            // Whoever is signed out by one caller would be missing to the next.
            let user = match (of, path) {
                ("an owner)", _) => stage.office.owner.id.clone(),
                (_, "/users/{user}") => stage.author.id.clone(),
                _ => stage.office.person(&stage.unused("u"), "member").await.id,
            };
            path.replace("{user}", &user)
        }
        "/search" => "/search?q=something".to_owned(),
        "/resets/{token}" => format!("/resets/{}", "A".repeat(43)),
        "/admin/backups/{name}" => "/admin/backups/hearth-20200101-000000.db".to_owned(),
        path if path.starts_with("/groups/") => format!("/groups/{}", stage.group().await),
        // Somebody else's device.
        "/sessions/{session}" => format!("/sessions/{}", stage.author.session),
        path => path.to_owned(),
    };
    assert!(!path.contains('{'), "who may {route}? Say it here");
    Ask { path, body, by: None }
}

fn path_of(route: &str) -> &str {
    route.split_once(' ').map_or(route, |(_, path)| path)
}

/// Signing out ends the session, so that another device does it.
async fn sign_out(stage: &Stage, caller: &Caller) -> Ask {
    let by = match &caller.person {
        Some(bot) if BOTS.contains(&caller.kind) => {
            Some(Person::with_token(&stage.office.owner, &bot.id, &bot.handle).await)
        }
        Some(person) if caller.kind != "disabled" => Some(person.sign_in_again().await),
        _ => None,
    };
    Ask { path: "/sessions/current".to_owned(), body: None, by }
}

async fn of_office(stage: &Stage, caller: &Caller, route: &str) -> Option<Value> {
    let author = &stage.author;
    let body = match route {
        "PATCH /office" => json!({"name": stage.unused("Office ")}),
        "POST /setup" => json!({
            "code": "0", "office": "Mine", "name": "Mallory", "handle": "mallory",
            "password": "mallory was here",
        }),
        "POST /sessions" => json!({
            "handle": author.handle, "password": author.password(), "token": "bearer",
        }),
        "PUT /me/avatar" => json!({"file": null}),
        "PATCH /me" => json!({"theme": "dark"}),
        "PUT /push" => json!({
            "endpoint": format!("https://push.example/{}", stage.unused("p")),
            "p256dh": "A".repeat(87), "auth": "A".repeat(22),
        }),
        "PUT /me/password" => {
            let password = caller.person.as_ref().map(|person| person.password());
            json!({"current": password.clone().unwrap_or_default(), "new": password})
        }
        "POST /resets/{token}" => json!({"password": "long enough"}),
        "PATCH /users/{user}" => json!({"role": "member"}),
        "PATCH /users/{user} (an owner)" => json!({"state": "active"}),
        "POST /groups" | "PUT /groups/{group}" => {
            json!({"handle": stage.unused("g"), "name": "Group", "members": [author.id]})
        }
        "POST /channels" => json!({"kind": "private", "name": stage.unused("ch")}),
        "POST /direct" => json!({"users": [author.id]}),
        "POST /admin/update" => json!({"act": "check"}),
        "PUT /admin/hardware" => json!({"profile": "quiet"}),
        "PUT /admin/vault" => json!({
            "every": "off", "at": 0, "kept": {"hours": 0, "days": 1, "weeks": 0},
            "destinations": [{"id": "box", "name": "", "place": {"kind": "box"}}],
        }),
        "PUT /admin/vault/key" => json!({"ending": "NOTEND"}),
        "POST /admin/hardware/actions" => json!({"action": "drill"}),
        _ => return None,
    };
    Some(body)
}

async fn of_invite(stage: &Stage, route: &str) -> (String, Option<Value>) {
    let wanted = |role: &str| Some(json!({"role": role, "uses_max": 1, "expires_in_s": 60}));
    let (invite, token) = stage.invite().await;
    match route {
        "GET /invites" => ("/invites".to_owned(), None),
        "POST /invites" => ("/invites".to_owned(), wanted("guest")),
        "POST /invites (for an owner)" => ("/invites".to_owned(), wanted("owner")),
        "DELETE /invites/{invite}" => (format!("/invites/{invite}"), None),
        "GET /invites/{token}/preview" => (format!("/invites/{token}/preview"), None),
        "POST /invites/{token}/accept" => {
            let handle = stage.unused("new");
            let body = json!({"name": "New", "handle": handle, "password": "long enough"});
            (format!("/invites/{token}/accept"), Some(body))
        }
        other => panic!("who may {other}? Say it here"),
    }
}

async fn of_channel(stage: &Stage, caller: &Caller, route: &str) -> (String, Option<Value>) {
    let author = &stage.author;
    let mut channel = caller.channel.clone();
    let post = json!({"nonce": nonce(), "text": "a few words of mine"});
    let body = match route.split_once("/channels/{channel}").expect("of a channel").1 {
        "" if route.starts_with("PATCH") => Some(json!({"topic": "roses and tulips"})),
        " (archive)" => {
            channel = stage.channel_like(caller, &[]).await;
            Some(json!({"archived": true}))
        }
        "/draft" => Some(json!({"text": "not quite finished"})),
        "/notify" => Some(json!({"level": "all"})),
        "/read" => Some(json!({"upto": 3})),
        "/unread" => Some(json!({"from": 1})),
        "/messages" if route.starts_with("POST") => Some(post),
        "/messages (reply)" => {
            let root = stage.message(caller).await;
            Some(json!({"nonce": nonce(), "root": root, "text": "an answer of mine"}))
        }
        "/join (elsewhere)" => {
            channel = stage.garden.clone();
            None
        }
        "/commands" => Some(json!({"word": programs::word(stage).await, "text": "some words"})),
        "/leave" => {
            channel = stage.channel_like(caller, &[]).await;
            None
        }
        "/members/{user}" if route.starts_with("PUT") => {
            channel = stage.channel_like(caller, &[]).await;
            Some(json!({"role": "member"}))
        }
        "/members/{user} (manager)" => {
            channel = stage.channel_like(caller, &[author]).await;
            Some(json!({"role": "manager"}))
        }
        "/members/{user}" => {
            channel = stage.channel_like(caller, &[author]).await;
            None
        }
        "" | "/join" | "/members" | "/messages" | "/pins" => None,
        other => panic!("who may {other}? Say it here"),
    };
    let path = route.split_once(' ').unwrap().1;
    let path = path.split(" (").next().unwrap_or(path).replace("{channel}", &channel);
    (path.replace("{user}", &author.id), body)
}

/// A picture on a message of the author's in the caller's channel.
async fn of_file(stage: &Stage, caller: &Caller, path: &str) -> (String, Option<Value>) {
    let picture = crate::files::picture(40, 20);
    let file = stage.author.upload("plan.png", "image/png", &picture).await;
    stage.author.share(&caller.channel, "", &[&file]).await;
    (path.replace("{file}", file["id"].as_str().unwrap()), None)
}

/// A private channel whose only manager was disabled, with the author in it.
async fn of_orphan(stage: &Stage) -> (String, Option<Value>) {
    let (owner, author) = (&stage.office.owner, &stage.author);
    let founder = stage.office.person(&stage.unused("f"), "member").await;
    let room = json!({"kind": "private", "name": stage.unused("ch"), "members": [author.id]});
    let events = founder.post("/channels", &room).await.events();
    let channel = text(&events[0]["event"]["channel"]["id"]);
    let change = json!({"state": "disabled"});
    owner.patch(&format!("/users/{}", founder.id), &change).await.ok();
    (format!("/admin/channels/{channel}/manager"), Some(json!({"user": author.id})))
}

/// Somebody else's upload, or one's own.
async fn of_upload(stage: &Stage, path: &str) -> (String, Option<Value>) {
    if path == "/uploads" {
        return (path.to_owned(), Some(json!({"name": "plan.pdf", "size_bytes": 10})));
    }
    let upload = stage.author.announce("plan.pdf", 10, "").await.ok();
    let upload = upload["id"].as_str().unwrap().to_owned();
    let path = path.replace("{upload}", &upload);
    (path, None)
}

async fn of_message(stage: &Stage, caller: &Caller, path: &str) -> (String, Option<Value>) {
    let message = stage.message(caller).await;
    let path = path.replace("{message}", &message).replace("{emoji}", "%F0%9F%8D%B5");
    (path, Some(json!({"text": "words put into a mouth"})))
}
