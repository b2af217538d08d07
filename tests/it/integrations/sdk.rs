//! Slack's own SDKs, unmodified, against a real Hearth. `make test` installs them (`tests/sdk`).

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::{Incoming, office, text};
use crate::support::{Receiver, soon};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk")
}

fn installed(path: &str) -> PathBuf {
    let path = folder().join(path);
    assert!(path.exists(), "{} is missing: run `make sdks`", path.display());
    path
}

/// What a script prints.
async fn run(mut command: Command, input: &str) -> Vec<String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    let mut child = command.spawn().expect("the script starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = soon("the script's end", child.wait_with_output()).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn pythons_sdk_posts_waits_and_checks_signatures() {
    let office = office().await;
    let olga = &office.owner;
    let hook = Incoming::make(olga, &office.lobby).await;
    let url = format!("http://{}{}", office.address(), hook.path);
    let mut receiver = Receiver::start().await;
    let wanted = json!({"name": "Signed", "url": receiver.url(), "channel": office.lobby});
    let fresh = olga.post("/hooks/outgoing", &wanted).await.ok();
    let secret = text(&fresh["secret"]);
    olga.door.record.private(&secret);
    olga.say(&office.lobby, "to be signed 请签名").await;
    let told = receiver.told().await;

    let mut command = Command::new(installed(".venv/bin/python"));
    command.arg(folder().join("webhook.py")).args([url.as_str(), &secret]);
    command.arg(told.header("x-slack-request-timestamp"));
    command.arg(told.header("x-slack-signature"));
    let said = run(command, &told.body).await;
    let expected = [
        "200 ok",
        "200 ok",
        "200 ok",
        "400 no_text",
        "404 no_service",
        "404 no_service",
        "flood {200}",
        "signature True",
        "forged False",
    ];
    assert_eq!(said, expected);
    let texts = olga.texts(&office.lobby).await;
    for expected in [
        "from **Python** [a link](https://a.example)",
        "### Release 1\n\n**ready**\n**by**\nann\n**on**\nMonday\n\n---",
        "> 🟢 **Build**\n> ok",
        "flood 13",
    ] {
        assert!(texts.iter().any(|text| text == expected), "{expected}: {texts:#?}");
    }
}

#[tokio::test]
async fn nodes_sdk_posts() {
    let office = office().await;
    let olga = &office.owner;
    let hook = Incoming::make(olga, &office.lobby).await;
    let url = format!("http://{}{}", office.address(), hook.path);
    installed("node_modules/@slack/webhook");
    let mut command = Command::new("node");
    command.arg(folder().join("webhook.mjs")).arg(&url);
    let said = run(command, "").await;
    assert_eq!(said[..2], ["ok", "ok"]);
    assert_eq!(said[2..], ["400 no_text", "404 no_service"]);
    let texts = olga.texts(&office.lobby).await;
    assert_eq!(texts[texts.len() - 2..], ["from Node", "**blocks** from Node"]);
    let message = super::last(olga, &office.lobby).await;
    assert_eq!(message["guise"], json!({"name": "Node", "emoji": "🤖"}));
}
