//! Guessing is slowed down, per account and per address, and nobody can lie about their address.

use serde_json::json;

use crate::support::{Call, Office, Reply, Settings};

/// Tries to sign in from an address, as a proxy tells it.
async fn guess(office: &Office, from: &str, handle: &str, password: &str) -> Reply {
    let body = json!({"handle": handle, "password": password, "token": "bearer"});
    let call = Call::new("POST", "/api/v1/sessions").same_origin().json(&body);
    office.call(call.header("x-forwarded-for", from)).await
}

async fn behind_a_proxy() -> Office {
    let config = "[server]\ntrusted_proxies = [\"127.0.0.1\"]".to_owned();
    Office::open_with(Settings { config, ..Settings::default() }).await
}

#[tokio::test]
async fn guessing_at_an_account_is_slowed_down_wherever_it_comes_from() {
    let office = behind_a_proxy().await;
    for number in 0..5 {
        let from = format!("203.0.113.{number}");
        guess(&office, &from, "olga", "not the password").await.refused(401, "wrong_credentials");
    }
    let slowed = guess(&office, "203.0.113.99", "OLGA", "not the password").await;
    let problem = slowed.refused(429, "too_many_attempts");
    let wait: u32 = slowed.header("retry-after").parse().unwrap();
    assert!(wait >= 1 && problem["retry_after_s"] == wait, "{slowed:?}");
    // The right password has to wait as well, or waiting would tell which one it is.
    let password = office.owner.password();
    let right = guess(&office, "203.0.113.99", "olga", &password).await;
    right.refused(429, "too_many_attempts");
    // The owner's open devices are not touched, and a console is not locked out.
    office.owner.get("/bootstrap").await.ok();
    office.owner.sign_in_again().await;
}

#[tokio::test]
async fn guessing_at_links_is_slowed_down_per_address() {
    let office = behind_a_proxy().await;
    let guessed = "A".repeat(43);
    let ask = async |from: &str| {
        let call = Call::new("GET", &format!("/api/v1/invites/{guessed}/preview"));
        office.call(call.header("x-forwarded-for", from)).await
    };
    for _ in 0..30 {
        ask("198.51.100.1").await.refused(410, "invite_invalid");
    }
    ask("198.51.100.1").await.refused(429, "too_many_attempts");
    // A client can write what it likes into the header; the proxy's own entry is the last.
    ask("192.0.2.77, 198.51.100.1").await.refused(429, "too_many_attempts");
    ask("198.51.100.2").await.refused(410, "invite_invalid");
    let password = office.owner.password();
    let same = guess(&office, "198.51.100.1", "olga", &password).await;
    same.refused(429, "too_many_attempts");
    guess(&office, "198.51.100.2", "olga", &password).await.ok();
    // Addresses of one IPv6 network are one.
    for host in 0..30 {
        ask(&format!("2001:db8:1:1::{host:x}")).await.refused(410, "invite_invalid");
    }
    ask("2001:db8:1:1:ffff::1").await.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn forwarded_headers_count_only_from_a_declared_proxy() {
    for (office, seen, scheme) in
        [(Office::open().await, "127.0.0.1", ""), (behind_a_proxy().await, "203.0.113.7", "Secure")]
    {
        let body = json!({"handle": "olga", "password": office.owner.password()});
        let call = Call::new("POST", "/api/v1/sessions").same_origin().json(&body);
        let call =
            call.header("x-forwarded-for", "203.0.113.7").header("x-forwarded-proto", "https");
        let reply = office.call(call).await;
        reply.ok();
        let cookie = reply.header("set-cookie").to_owned();
        assert!(cookie.contains(scheme), "{cookie}");
        assert_eq!(cookie.starts_with("__Host-"), !scheme.is_empty(), "{cookie}");
        let sessions = office.owner.get("/sessions").await.ok();
        let addresses: Vec<&str> =
            sessions.as_array().unwrap().iter().filter_map(|s| s["address"].as_str()).collect();
        assert_eq!(addresses.len(), 2);
        assert!(addresses.contains(&seen), "{addresses:?}");
    }
}

#[tokio::test]
async fn whoever_finds_an_open_screen_can_not_guess_the_password() {
    let office = Office::open().await;
    let change = json!({"current": "not the password", "new": "a password of mine"});
    for _ in 0..5 {
        office.owner.put("/me/password", &change).await.refused(401, "wrong_credentials");
    }
    let slowed = office.owner.put("/me/password", &change).await;
    slowed.refused(429, "too_many_attempts");
    assert!(slowed.header("retry-after").parse::<u32>().is_ok());
}
