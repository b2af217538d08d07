//! Chromium on this machine, with a page for each person. `tests/web/guest.mjs` moves it: a line tells it
//! who does what, and a line says that it was done, or why not.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::Person;

/// Longest wait of a page for anything.
const PATIENCE_MS: &str = "120000";

/// A running browser. It is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Browser {
    process: Child,
    /// Nothing once it was told to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Browser {
    /// Starts it, for an office at this address.
    pub(super) fn open(address: SocketAddr) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let installed = folder.join("node_modules/playwright-core");
        assert!(
            installed.is_dir(),
            "no {}: run make tests/web/node_modules/.package-lock.json",
            installed.display()
        );
        let mut process = Command::new("node")
            .arg(folder.join("guest.mjs"))
            .arg(format!("http://{address}"))
            .env("HEARTH_PATIENCE_MS", PATIENCE_MS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start node");
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        Self { process, orders, answers }
    }

    /// A person comes in, with the session of another device.
    pub(super) fn enters(&mut self, who: &Person) {
        self.ask(who, "enter", &json!(who.token()));
    }

    pub(super) fn writes(&mut self, who: &Person, text: &str) {
        self.ask(who, "write", &json!(text));
    }

    /// Waits until a message is in sight.
    pub(super) fn reads(&mut self, who: &Person, text: &str) {
        self.ask(who, "read", &json!(text));
    }

    /// Waits until the page says that it has no connection.
    pub(super) fn is_cut_off(&mut self, who: &Person) {
        self.ask(who, "cutOff", &Value::Null);
    }

    /// A message stands there as one that was not sent yet.
    pub(super) fn waits(&mut self, who: &Person, text: &str) {
        self.ask(who, "waiting", &json!(text));
    }

    /// Waits until the page no longer says that it has no connection.
    pub(super) fn is_back(&mut self, who: &Person) {
        self.ask(who, "back", &Value::Null);
    }

    /// Waits until each of these is in sight once, and nothing waits to be sent.
    pub(super) fn settles(&mut self, who: &Person, texts: &[String]) {
        self.ask(who, "settled", &json!(texts));
    }

    /// Every text in sight, oldest first, of a page that was loaded once.
    pub(super) fn said(&mut self, who: &Person) -> Vec<String> {
        let said = self.ask(who, "said", &Value::Null);
        let texts = said.as_array().expect("texts").iter();
        texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
    }

    /// Ends it; nothing has gone wrong in any page.
    pub(super) fn close(mut self) {
        drop(self.orders.take());
        let status = self.process.wait().expect("wait for the browser");
        assert!(status.success(), "something went wrong in a page");
    }

    fn ask(&mut self, who: &Person, does: &str, what: &Value) -> Value {
        let order = json!({"who": who.handle, "does": does, "what": what});
        let orders = self.orders.as_mut().expect("it was not told to end");
        writeln!(orders, "{order}").expect("tell the browser");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("hear the browser");
        let answer: Value = serde_json::from_str(&line).unwrap_or_default();
        assert!(answer.get("done").is_some(), "@{} does `{does}`: {answer}", who.handle);
        answer["done"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends with its orders, and its browser with it. Waiting fails only where that was done.
        drop(self.orders.take());
        drop(self.process.wait());
    }
}
