//! Statements that run often find their rows by an index: none walks over a table that grows.

use crate::account::{push, sessions};
use crate::chat::{
    cards, channels, history, listeners, members, messages, nonces, people, saved, threads, unread,
};
use crate::file::{rows, uploads};
use crate::migrate::{self, MIGRATIONS};
use crate::{log, machine, open, pages, search};

/// Tables that grow with use; the others hold a row per person or channel.
const GROWING: [&str; 24] = [
    "cards",
    "pages",
    "files",
    "blobs",
    "renditions",
    "uploads",
    "messages",
    "log",
    "members",
    "mentions",
    "reactions",
    "revisions",
    "pins",
    "follows",
    "reads",
    "nonces",
    "sessions",
    "channels",
    "users",
    "early",
    "saved",
    "machine_seconds",
    "machine_minutes",
    "machine_hours",
];

fn plan(conn: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3));
    steps.unwrap().map(Result::unwrap).collect()
}

fn database() -> (tempfile::TempDir, rusqlite::Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hearth.db");
    let mut conn = rusqlite::Connection::open(&path).unwrap();
    migrate::migrate(&mut conn, &path, MIGRATIONS).unwrap();
    (folder, open::reading_connection(&path).unwrap())
}

/// What a table is called in a statement: its alias there, or its name.
fn names<'a>(sql: &'a str, table: &'a str) -> impl Iterator<Item = &'a str> {
    let words: Vec<&str> = sql.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let follow = words.windows(2).filter(move |pair| pair[0] == table).map(|pair| pair[1]);
    follow.chain([table]).collect::<Vec<_>>().into_iter()
}

#[test]
fn nothing_walks_over_a_table_that_grows() {
    let (_folder, conn) = database();
    let all = [
        history::HOT,
        unread::HOT,
        threads::HOT,
        messages::HOT,
        cards::HOT,
        pages::HOT,
        channels::HOT,
        members::HOT,
        nonces::HOT,
        saved::HOT,
        people::HOT,
        sessions::HOT,
        push::HOT,
        listeners::HOT,
        log::HOT,
        search::HOT_ASK,
        search::HOT_INDEX,
        rows::HOT,
        uploads::HOT,
        machine::HOT,
    ];
    for sql in all.concat() {
        for step in plan(&conn, sql) {
            for name in GROWING.iter().flat_map(|table| names(sql, table)) {
                assert!(step != format!("SCAN {name}"), "{step}\n{sql}");
                assert!(!step.starts_with(&format!("SCAN {name} ")), "{step}\n{sql}");
            }
        }
    }
}

#[test]
fn counting_what_is_unread_reads_no_message() {
    let (_folder, conn) = database();
    for (sql, alias, index) in [
        (unread::HOT[0], "u", "messages_in_channel"),
        (unread::HOT[0], "h", "messages_in_channel"),
        (threads::HOT[0], "messages", "messages_in_thread"),
        (threads::HOT[2], "a", "messages_in_thread"),
        (threads::HOT[3], "a", "messages_in_thread"),
        (threads::HOT[3], "z", "messages_in_thread"),
    ] {
        let steps = plan(&conn, sql);
        let start = format!("SEARCH {alias} USING COVERING INDEX {index}");
        assert!(steps.iter().any(|step| step.starts_with(&start)), "{steps:#?}");
    }
}

#[test]
fn an_inbox_page_is_in_order_without_sorting() {
    let (_folder, conn) = database();
    for sql in history::HOT[..4].iter().chain(&saved::HOT[..1]) {
        assert!(!plan(&conn, sql).iter().any(|step| step.contains("TEMP B-TREE")), "{sql}");
    }
}
