//! The front door: who is let in, how long they may take, and what every answer carries.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Call, Office, Reply, Wire};

#[tokio::test]
async fn requests_of_other_sites_change_nothing() {
    let office = Office::open().await;
    let olga = &office.owner;
    let cookie = format!("hearth_session={}", olga.token());
    let rename = Call::new("PATCH", "/api/v1/office").json(&json!({"name": "Evil Inc"}));
    let rename = rename.header("cookie", &cookie);
    let own = format!("http://{}", office.address());
    for call in [
        rename.clone(),
        rename.clone().header("sec-fetch-site", "cross-site"),
        rename.clone().header("sec-fetch-site", "same-site"),
        rename.clone().header("sec-fetch-site", "cross-site").header("origin", &own),
        rename.clone().header("origin", "https://evil.example"),
        rename.clone().header("origin", "null"),
        rename.clone().header("referer", &own),
    ] {
        office.call(call).await.refused(403, "cross_site");
    }
    let sign_out = Call::new("DELETE", "/api/v1/sessions/current").header("cookie", &cookie);
    office.call(sign_out.header("origin", "https://evil.example")).await.refused(403, "cross_site");
    assert_eq!(olga.get("/office").await.ok()["name"], "Tea House");
    office.call(rename.clone().header("origin", &own)).await.ok();
    office.call(rename.header("sec-fetch-site", "same-origin")).await.ok();
    // Nothing is changed by a method that any link can use.
    for path in ["/setup", "/sessions/current", "/channels/x/join"] {
        let reply = olga.get(path).await;
        assert_eq!(reply.outcome(), "method_not_allowed", "{path}");
    }
}

#[tokio::test]
async fn only_our_own_names_are_answered() {
    let office = Office::open().await;
    let port = office.address().port();
    let ask =
        async |host: &str| office.call(Call::new("GET", "/healthz").header("host", host)).await;
    for own in ["localhost", &format!("localhost:{port}"), "127.0.0.1", "[::1]:80", "192.168.0.7"] {
        assert_eq!(ask(own).await.status, 200, "{own}");
    }
    for other in ["evil.example", "localhost.evil.example", "8.8.8.8", "evil.example@localhost"] {
        ask(other).await.refused(421, "unknown_host");
    }
    for request in [
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: \r\n\r\n",
    ] {
        let mut wire = Wire::open(office.address()).await;
        wire.send(request).await;
        let head = wire.head().await;
        let refused = head.starts_with("HTTP/1.1 421") || head.starts_with("HTTP/1.1 400");
        assert!(refused, "{request}\n{head}");
    }
}

fn has_security_headers(reply: &Reply, what: &str) {
    let policy = reply.header("content-security-policy");
    for part in ["default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), value, "{what}: {name}");
    }
    assert_eq!(reply.header("server"), "", "{what}");
    assert_eq!(reply.header("access-control-allow-origin"), "", "{what}");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let office = Office::open().await;
    let olga = &office.owner;
    let calls = [
        Call::new("GET", "/"),
        Call::new("HEAD", "/"),
        Call::new("GET", "/join").header("sec-fetch-mode", "navigate"),
        Call::new("GET", "/assets/missing.js"),
        Call::new("GET", "/healthz"),
        Call::new("GET", "/metrics"),
        Call::new("GET", "/api/v1/office"),
        Call::new("GET", "/api/v1/nothing"),
        Call::new("POST", "/api/v1/sessions").same_origin().bytes(b"{".to_vec()),
        Call::new("POST", "/api/v1/sessions"),
        Call::new("OPTIONS", "/api/v1/sessions").header("origin", "https://evil.example"),
        Call::new("TRACE", "/"),
        Call::new("GET", "/").header("host", "evil.example"),
        Call::new("GET", "/../../../etc/passwd"),
        Call::new("GET", "/assets/..%2f..%2f..%2fetc%2fpasswd"),
        olga.call("GET", "/bootstrap"),
    ];
    for call in calls {
        let what = call.name();
        let reply = office.call(call).await;
        has_security_headers(&reply, &what);
        assert!(!String::from_utf8_lossy(&reply.bytes).contains("root:"), "{what}");
        if what.contains("/api/") {
            let cache = reply.header("cache-control");
            assert!(
                cache == "no-store" || cache == "private, no-cache" || cache.is_empty(),
                "{what}: {cache}"
            );
        }
    }
    let signed_in = json!({"handle": "olga", "password": olga.password()});
    let call = Call::new("POST", "/api/v1/sessions").same_origin().json(&signed_in);
    let cookie = office.call(call).await.header("set-cookie").to_owned();
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn heads_of_requests_have_limits() {
    let office = Office::open().await;
    let long = "x".repeat(20 * 1_024);
    let many: String = (0..70).map(|n| format!("X-{n}: 1\r\n")).collect();
    for request in [
        format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX Y: 1\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\
         Content-Length: 2\r\n\r\n"
            .to_owned(),
    ] {
        let mut wire = Wire::open(office.address()).await;
        wire.send(&request).await;
        let answer = wire.rest().await;
        let status = answer.split(' ').nth(1).unwrap_or("closed");
        assert!(["400", "414", "431", "closed"].contains(&status), "{answer}");
    }
    assert_eq!(office.call(Call::new("GET", "/healthz")).await.status, 200);
}

#[tokio::test]
async fn who_takes_too_long_to_ask_is_closed() {
    let office = Office::open().await;
    let start = Instant::now();
    let mut silent = Wire::open(office.address()).await;
    let mut begun = Wire::open(office.address()).await;
    begun.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n").await;
    let mut dripping = Wire::open(office.address()).await;
    dripping.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n").await;
    let drip = async {
        let mut count = 0;
        while dripping.send(format!("X-{count}: 1\r\n")).await {
            count += 1;
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert!(start.elapsed() < Duration::from_secs(18), "still open");
        }
    };
    // Meanwhile others are served.
    let others = async {
        assert_eq!(office.call(Call::new("GET", "/healthz")).await.status, 200);
    };
    let (silent, begun, (), ()) = tokio::join!(silent.rest(), begun.rest(), drip, others);
    let took = start.elapsed();
    assert!(took > Duration::from_secs(8), "{took:?}: who types by hand has time");
    assert!(!silent.contains("200 OK") && !begun.contains("200 OK"));
}

/// Sends a byte now and then for as long as the server takes it, and gives what it answered.
async fn drip(wire: &mut Wire, byte: &str) -> String {
    let start = Instant::now();
    while wire.send(byte).await {
        if let Some(answer) = wire.heard(Duration::from_millis(400)).await {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "a trickle keeps the connection");
    }
    wire.rest().await
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off() {
    let office = Office::open().await;
    let head = format!(
        "PATCH /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\n",
        office.owner.sign_in_again().await.token()
    );
    let mut announced = Wire::open(office.address()).await;
    announced.send(format!("{head}Content-Length: 1000\r\n\r\n{{")).await;
    let mut chunked = Wire::open(office.address()).await;
    chunked.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n")).await;
    let mut silent = Wire::open(office.address()).await;
    silent.send(format!("{head}Content-Length: 1000\r\n\r\n{{\"theme\":")).await;
    let others = async {
        assert_eq!(office.call(Call::new("GET", "/healthz")).await.status, 200);
    };
    let (announced, chunked, silent, ()) = tokio::join!(
        drip(&mut announced, " "),
        drip(&mut chunked, "1\r\n \r\n"),
        silent.rest(),
        others
    );
    for answer in [announced, chunked, silent] {
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("too_slow"), "{answer}");
    }
    assert_eq!(office.owner.get("/bootstrap").await.ok()["preferences"]["theme"], "system");
}
