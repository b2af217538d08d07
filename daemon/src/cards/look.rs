//! Looking at pages: what is remembered, what is asked for, and how long it is remembered.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt, Shared, join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use hearth_domain::card::Page;
use hearth_domain::link::LinkUrl;
use hearth_store::pages::{self, PageKey};
use tokio::sync::mpsc;

use super::hosts::Hosts;
use super::{Job, MESSAGES_AT_ONCE_MAX, dropped, page};
use crate::actions::{ActionError, card};
use crate::app::App;
use crate::outbound::{Answer, Call, OutboundError, Purpose, Target};

/// How long a page's words are good, in milliseconds: a day.
const GOOD_MS: u64 = 24 * 3_600 * 1_000;
/// How long a page is not looked at again that has no card, in milliseconds: an hour.
const WITHOUT_MS: u64 = 3_600 * 1_000;
/// The same after nobody answered, which a broken line does as well: two minutes.
const SILENT_MS: u64 = 2 * 60 * 1_000;

/// What a look at a page gives. Whoever wants the same page meanwhile waits for the same look.
type Look = Shared<BoxFuture<'static, Option<Page>>>;

/// Looks at what is in the queue until the tasks stop.
pub(super) async fn run(app: Arc<App>, mut jobs: mpsc::Receiver<Job>) {
    let stop = app.tasks.stop_signal();
    let mut desk = Desk { app, hosts: Arc::default(), looks: HashMap::new() };
    let mut under_way = FuturesUnordered::new();
    loop {
        let free = under_way.len() < MESSAGES_AT_ONCE_MAX;
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Some(()) = under_way.next(), if !under_way.is_empty() => desk.tidy(),
            job = jobs.recv(), if free => match job {
                Some(job) => under_way.push(desk.take(job)),
                None => return,
            },
        }
    }
}

/// Who looks at what at this moment.
struct Desk {
    app: Arc<App>,
    hosts: Arc<Hosts>,
    looks: HashMap<PageKey, Look>,
}

impl Desk {
    /// Looks at the pages of a message and lets it show them.
    fn take(&mut self, job: Job) -> BoxFuture<'static, ()> {
        let Job { message, links } = job;
        let looks: Vec<_> = links.into_iter().filter_map(|url| self.look(url)).collect();
        let app = Arc::clone(&self.app);
        let done = async move {
            let seen = join_all(looks.into_iter().map(async |(url, look)| (url, look.await)));
            let found = seen.await.into_iter().filter_map(|(url, page)| Some((url, page?)));
            if let Err(error) = card::show(&app, message, found.collect()).await {
                tracing::warn!(%error, "a message stays without its cards");
            }
        };
        done.boxed()
    }

    fn look(&mut self, url: LinkUrl) -> Option<(LinkUrl, Look)> {
        let target: Target = url.as_str().parse().ok()?;
        // What this office says of itself is no news to its people.
        let host = target.host();
        if self.app.premises.config.server.hosts.contains(&host) {
            return None;
        }
        let key = *blake3::hash(target.url()[..url::Position::AfterQuery].as_bytes()).as_bytes();
        let look = self.looks.entry(key).or_insert_with(|| {
            let (app, hosts) = (Arc::clone(&self.app), Arc::clone(&self.hosts));
            look_at(app, hosts, key, target).boxed().shared()
        });
        Some((url, look.clone()))
    }

    /// Forgets looks that have ended; what they found is in the database.
    fn tidy(&mut self) {
        self.looks.retain(|_, look| look.peek().is_none());
    }
}

/// What is known of a page, or what it says now.
async fn look_at(app: Arc<App>, hosts: Arc<Hosts>, key: PageKey, target: Target) -> Option<Page> {
    let now = app.clock.now();
    let known = app.store.read(move |tx| Ok::<_, ActionError>(pages::find(tx, &key, now)?));
    match known.await {
        Ok(Some(page)) => return page,
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "it is not known which pages were looked at"),
    }
    let Some(places) = hosts.ask(&target.host(), app.clock.monotonic()) else {
        dropped("pace", 1);
        return None;
    };
    let _place = places.acquire().await.ok()?;
    let (page, keep_ms) = ask(&app, target).await?;
    let (kept, until) = (page.clone(), now.plus_ms(keep_ms));
    let remembered = app.store.write(now, move |tx| {
        Ok::<_, ActionError>(pages::remember(tx, &key, kept.as_ref(), until)?)
    });
    if let Err(error) = remembered.await {
        tracing::warn!(%error, "a page will be looked at again");
    }
    page
}

/// Asks for a page: what it says, and for how long to believe that, in milliseconds. Nothing where
/// the box itself was too busy to ask.
async fn ask(app: &App, target: Target) -> Option<(Option<Page>, u64)> {
    let accept = ("accept", "text/html, application/xhtml+xml".to_owned());
    let call = Call { headers: vec![accept], ..Call::get(target) };
    match app.outbound.send(Purpose::Card, call).await {
        Ok(answer) => {
            let page = read(app, answer).await;
            let keep_ms = if page.is_some() { GOOD_MS } else { WITHOUT_MS };
            Some((page, keep_ms))
        }
        Err(OutboundError::Busy) => {
            dropped("busy", 1);
            None
        }
        // With the internet away this is every page, so nobody is told.
        Err(error) => {
            tracing::debug!(%error, "a linked page could not be looked at");
            let keep_ms = match error {
                OutboundError::Unresolved { .. }
                | OutboundError::Connect(_)
                | OutboundError::Tls(_)
                | OutboundError::TimedOut => SILENT_MS,
                _ => WITHOUT_MS,
            };
            Some((None, keep_ms))
        }
    }
}

/// What a page says, if it came: on a thread of its own, because it may be half a megabyte.
async fn read(app: &App, answer: Answer) -> Option<Page> {
    if !answer.is_success() {
        return None;
    }
    let read = app.tasks.spawn_blocking(move || {
        let words = page::words(answer.header("content-type"), &answer.body)?;
        Page::new(&answer.target.host(), &words)
    });
    match read.await {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(%error, "reading a linked page failed");
            None
        }
    }
}
