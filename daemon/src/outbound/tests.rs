//! Against real sockets: what a hostile server, page or name could try.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that answers each connection with the next of `answers`, then with the last again. Gives
/// its port and what it was asked.
async fn server(tasks: &Tasks, answers: Vec<String>) -> (u16, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, requests) = tokio::sync::mpsc::channel(16);
    tasks.spawn("server", async move {
        for turn in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4_096];
            let read = stream.read(&mut head).await.unwrap();
            asked.send(String::from_utf8_lossy(&head[..read]).into_owned()).await.unwrap();
            let answer = &answers[turn.min(answers.len() - 1)];
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (port, requests)
}

fn client(tasks: &Tasks, allowed: &[&str]) -> Outbound {
    let allowed = allowed.iter().map(|text| text.parse().unwrap()).collect();
    Outbound::new(AddressPolicy::new(allowed), tasks.clone())
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

async fn get(outbound: &Outbound, url: &str) -> Result<Answer, OutboundError> {
    outbound.get(Purpose::Card, &url.parse()?).await
}

#[tokio::test]
async fn an_allowed_server_answers() {
    let tasks = Tasks::new();
    let (port, mut asked) = server(&tasks, vec![answer("404 No\r\nx-a: b", "gone")]).await;
    let outbound = client(&tasks, &["127.0.0.1"]);
    let call = Call::post(
        format!("http://127.0.0.1:{port}/a?b=c#d").parse().unwrap(),
        vec![("x-signature", "s".to_owned())],
        "body",
    );
    let answer = outbound.send(Purpose::Hook, call).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (404, &b"gone"[..]));
    assert_eq!(answer.header("X-A"), Some("b"));
    let request = asked.recv().await.unwrap();
    assert!(request.starts_with("POST /a?b=c HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("host: 127.0.0.1:{port}\r\n")), "{request}");
    assert!(request.contains("x-signature: s\r\n") && request.contains("content-length: 4\r\n"));
}

#[tokio::test]
async fn this_machine_is_out_of_reach_under_every_name() {
    let tasks = Tasks::new();
    let (port, mut asked) = server(&tasks, vec![answer("200 OK", "secret")]).await;
    let outbound = client(&tasks, &[]);
    let decimal = u32::from(std::net::Ipv4Addr::LOCALHOST);
    for host in [
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        "localhost.".to_owned(),
        "[::1]".to_owned(),
        "[::ffff:127.0.0.1]".to_owned(),
        "[64:ff9b::7f00:1]".to_owned(),
        "0.0.0.0".to_owned(),
        "0".to_owned(),
        decimal.to_string(),
        "0x7f000001".to_owned(),
        "0177.0.0.1".to_owned(),
    ] {
        let refused = get(&outbound, &format!("http://{host}:{port}/")).await;
        assert!(matches!(refused, Err(OutboundError::Address { .. })), "{host}: {refused:?}");
    }
    assert!(asked.try_recv().is_err());
}

#[tokio::test]
async fn a_redirect_does_not_lead_into_the_network() {
    let tasks = Tasks::new();
    let (inside, mut asked) = server(&tasks, vec![answer("200 OK", "secret")]).await;
    let to_inside = format!("302 Found\r\nlocation: http://127.0.0.1:{inside}/");
    let (port, _asked) = server(&tasks, vec![answer(&to_inside, "")]).await;
    // Only the name is allowed: the same machine by its address is not.
    let outbound = client(&tasks, &["localhost"]);
    let refused = get(&outbound, &format!("http://localhost:{port}/")).await;
    assert!(matches!(refused, Err(OutboundError::Address { .. })), "{refused:?}");
    assert!(asked.try_recv().is_err());
    for location in ["file:///etc/passwd", "http://a:b@localhost/", "http://localhost:22/"] {
        let bad = answer(&format!("302 Found\r\nlocation: {location}"), "");
        let (port, _asked) = server(&tasks, vec![bad]).await;
        let refused = get(&outbound, &format!("http://localhost:{port}/")).await;
        assert!(matches!(refused, Err(OutboundError::Url(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn redirects_are_followed_a_few_times_and_for_get_only() {
    let tasks = Tasks::new();
    let again = answer("301 Moved\r\nlocation: /next", "");
    let (port, mut asked) = server(&tasks, vec![again.clone(), answer("200 OK", "here")]).await;
    let outbound = client(&tasks, &["127.0.0.1"]);
    let url = format!("http://127.0.0.1:{port}/first");
    let found = get(&outbound, &url).await.unwrap();
    assert_eq!((found.target.url().path(), &found.body[..]), ("/next", &b"here"[..]));
    assert!(asked.recv().await.unwrap().starts_with("GET /first "));
    assert!(asked.recv().await.unwrap().starts_with("GET /next "));

    let (port, mut asked) = server(&tasks, vec![again]).await;
    let url = format!("http://127.0.0.1:{port}/");
    let refused = get(&outbound, &url).await;
    assert!(matches!(refused, Err(OutboundError::Redirect)), "{refused:?}");
    let asked_times = std::iter::from_fn(|| asked.try_recv().ok()).count();
    assert_eq!(asked_times, 1 + usize::from(Purpose::Card.limits().redirects_max));
    let call = Call::post(url.parse().unwrap(), Vec::new(), "x");
    assert_eq!(outbound.send(Purpose::Hook, call).await.unwrap().status, 301);
}

#[tokio::test]
async fn headers_stay_with_their_origin() {
    let tasks = Tasks::new();
    let (other, mut asked) = server(&tasks, vec![answer("200 OK", "")]).await;
    let to_other = format!("307 Go\r\nlocation: http://localhost:{other}/");
    let (port, mut first) = server(&tasks, vec![answer(&to_other, "")]).await;
    let outbound = client(&tasks, &["localhost", "127.0.0.1"]);
    let mut call = Call::get(format!("http://127.0.0.1:{port}/").parse().unwrap());
    call.headers.push(("authorization", "secret".to_owned()));
    outbound.send(Purpose::Card, call).await.unwrap();
    assert!(first.recv().await.unwrap().contains("authorization"));
    assert!(!asked.recv().await.unwrap().contains("authorization"));
}

#[tokio::test]
async fn a_body_without_end_is_cut_or_refused() {
    let tasks = Tasks::new();
    let endless = |tasks: &Tasks| {
        let tasks = tasks.clone();
        async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            tasks.spawn("endless", async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let head = b"HTTP/1.1 200 OK\r\n\r\n";
                    let mut sent = stream.write_all(head).await;
                    while sent.is_ok() {
                        sent = stream.write_all(&[b'x'; 16_384]).await;
                    }
                }
            });
            port
        }
    };
    let outbound = client(&tasks, &["127.0.0.1"]);
    let url = format!("http://127.0.0.1:{}/", endless(&tasks).await);
    let cut = get(&outbound, &url).await.unwrap();
    assert_eq!(cut.body.len(), Purpose::Card.limits().body_bytes_max);
    let refused = outbound.get(Purpose::Hook, &url.parse().unwrap()).await;
    assert!(matches!(refused, Err(OutboundError::TooLong)), "{refused:?}");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let tasks = Tasks::new();
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(HEAD_BYTES_MAX));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(HEADERS_MAX + 1));
    for head in [long, many, "220 mail.example ESMTP\r\n".to_owned()] {
        let (port, _asked) = server(&tasks, vec![head]).await;
        let outbound = client(&tasks, &["127.0.0.1"]);
        let refused = get(&outbound, &format!("http://127.0.0.1:{port}/")).await;
        assert!(matches!(refused, Err(OutboundError::Http(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_server_that_dawdles_is_left() {
    let tasks = Tasks::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tasks.spawn("slow", async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let outbound = client(&tasks, &["127.0.0.1"]);
    let target = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let limits = Limits { time_max: Duration::from_millis(200), ..Purpose::Card.limits() };
    let refused = outbound.within(&limits, Call::get(target)).await;
    assert!(matches!(refused, Err(OutboundError::TimedOut)), "{refused:?}");
}

#[tokio::test]
async fn silence_and_nonsense_have_names() {
    let tasks = Tasks::new();
    let outbound = client(&tasks, &["127.0.0.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = get(&outbound, &format!("http://127.0.0.1:{port}/")).await;
    assert!(matches!(refused, Err(OutboundError::Connect(_))), "{refused:?}");
    let refused = get(&outbound, "http://no-such-name.invalid/").await;
    assert!(matches!(refused, Err(OutboundError::Unresolved { .. })), "{refused:?}");
    let (port, _asked) = server(&tasks, vec!["hello".to_owned()]).await;
    let refused = get(&outbound, &format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(refused, Err(OutboundError::Tls(_))), "{refused:?}");
}
