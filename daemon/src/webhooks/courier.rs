//! The task that tells the receivers. Every webhook that is switched on has one courier; a courier
//! does one thing at a time, so its receiver is told in order and never twice at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hearth_domain::decide::integration::{Verdict, after_failure};
use hearth_domain::event::{Event, EventKind};
use hearth_domain::id::{HookId, Seq};
use hearth_domain::model::AccountState;
use hearth_domain::permit::{Ask, OfficeAct, permit};
use hearth_domain::time::Timestamp;
use hearth_store::chat::people;
use hearth_store::integrations::outgoing::{self, OutgoingHook};
use hearth_store::log::{self, Entry};
use hearth_store::{ReadTx, WriteTx};
use tokio::sync::watch;

use super::delivery::{self, Delivery};
use super::request::Failed;
use super::{deliver_once, notice};
use crate::actions::{ActionError, ActionResult};
use crate::app::App;
use crate::ids::random;
use crate::journal;

/// Entries of the log that are looked at in one go.
const PAGE: usize = 200;
/// How far a cursor may move over what is not for it until that is written down.
const UNSAVED_MAX: u64 = 2_000;
/// How long a courier waits for more to happen, so that a busy office does not wake it for each event.
const GATHER: Duration = Duration::from_millis(50);
/// How long it waits after the store failed it.
const STORE_WAIT: Duration = Duration::from_secs(5);
/// What may set a webhook off: messages written, edited, deleted, and reactions. Others are not even
/// parsed.
const KINDS: [EventKind; 4] = [EventKind(50), EventKind(51), EventKind(52), EventKind(60)];

/// Runs the couriers until the tasks stop.
pub async fn run(app: Arc<App>) {
    let mut changed = app.webhooks.changed.subscribe();
    let mut couriers = FuturesUnordered::new();
    let mut at_work = HashSet::new();
    loop {
        match enabled(&app).await {
            Ok(hooks) => {
                let idle = hooks.into_iter().filter(|hook| at_work.insert(*hook));
                couriers.extend(idle.map(|hook| Box::pin(Courier::new(&app, hook).work())));
            }
            Err(error) => tracing::warn!(%error, "the outgoing webhooks can't be read"),
        }
        tokio::select! {
            () = app.tasks.stopping() => return,
            _ = changed.changed() => {}
            Some(ended) = couriers.next() => {
                at_work.remove(&ended);
            }
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("hearth_webhook_deliveries_total", "outcome" => outcome).increment(1);
}

async fn enabled(app: &App) -> ActionResult<Vec<HookId>> {
    let hooks = app.store.read(|tx| outgoing::list(tx).map_err(ActionError::from)).await?;
    Ok(hooks.into_iter().filter(|hook| hook.made.enabled).map(|hook| hook.id).collect())
}

struct Courier {
    app: Arc<App>,
    hook: HookId,
    changed: watch::Receiver<()>,
    head: watch::Receiver<Seq>,
    /// How far the log was looked at; the database may be a little behind.
    seen: Seq,
    saved: Seq,
    /// Attempts that the present event has behind it.
    attempts: u32,
}

/// What the log holds next for a webhook.
enum Next {
    /// It is switched off or gone.
    Nobody,
    /// Nothing up to this place, which is the end of the log or not.
    Nothing { upto: Seq, complete: bool },
    /// This, at this place.
    Deliver(Box<(OutgoingHook, Delivery, Seq)>),
}

impl Courier {
    fn new(app: &Arc<App>, hook: HookId) -> Self {
        Self {
            hook,
            changed: app.webhooks.changed.subscribe(),
            head: app.store.watch_head(),
            app: Arc::clone(app),
            seen: Seq(0),
            saved: Seq(0),
            attempts: 0,
        }
    }

    /// Works until the webhook is switched off.
    async fn work(mut self) -> HookId {
        loop {
            self.head.borrow_and_update();
            match self.step().await {
                Ok(true) => {}
                Ok(false) => return self.hook,
                Err(error) => {
                    tracing::warn!(hook = %self.hook, %error, "an outgoing webhook waits");
                    tokio::time::sleep(STORE_WAIT).await;
                }
            }
        }
    }

    /// Does what is next; false when there is nobody to do it for.
    async fn step(&mut self) -> ActionResult<bool> {
        let (hook, seen) = (self.hook, self.seen);
        match self.app.store.read(move |tx| next(tx, hook, seen)).await? {
            Next::Nobody => return Ok(false),
            Next::Nothing { upto, complete } => {
                self.seen = upto;
                if self.seen.0.saturating_sub(self.saved.0) >= UNSAVED_MAX {
                    self.save().await?;
                }
                if complete {
                    self.rest().await;
                }
            }
            Next::Deliver(next) => {
                let (hook, delivery, seq) = *next;
                let begun = Instant::now();
                let outcome = deliver_once(&self.app, &hook, &delivery).await;
                metrics::histogram!("hearth_webhook_delivery_seconds").record(begun.elapsed());
                count(if outcome.is_ok() { "delivered" } else { "failed" });
                match outcome {
                    Ok(()) => self.delivered(seq).await?,
                    Err(failed) => return self.failed(&hook, failed, seq).await,
                }
            }
        }
        Ok(true)
    }

    /// Waits until something happens, or the webhook changes.
    async fn rest(&mut self) {
        tokio::select! {
            // Either ends with the store or the app, whose end also ends this task.
            _ = self.head.changed() => tokio::time::sleep(GATHER).await,
            _ = self.changed.changed() => {}
        }
    }

    async fn save(&mut self) -> ActionResult<()> {
        let seen = self.seen;
        let hook = self.hook;
        self.write(move |tx| Ok(outgoing::advance(tx, hook, seen)?)).await?;
        self.saved = seen;
        Ok(())
    }

    async fn delivered(&mut self, seq: Seq) -> ActionResult<()> {
        let hook = self.hook;
        self.write(move |tx| {
            outgoing::delivered(tx, hook)?;
            Ok(outgoing::advance(tx, hook, seq)?)
        })
        .await?;
        (self.seen, self.saved, self.attempts) = (seq, seq, 0);
        Ok(())
    }

    async fn failed(
        &mut self,
        hook: &OutgoingHook,
        failed: Failed,
        seq: Seq,
    ) -> ActionResult<bool> {
        let id = self.hook;
        let since = self.write(move |tx| Ok(outgoing::failed(tx, id, &failed.problem)?)).await?;
        self.attempts += 1;
        let [chance] = random();
        let now = self.app.clock.now();
        match after_failure(failed.failure, self.attempts, since, now, chance) {
            Verdict::Again(wait) => {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    // Perhaps it was mended: try at once, and from the beginning.
                    _ = self.changed.changed() => self.attempts = 0,
                }
            }
            Verdict::GiveUp => {
                tracing::info!(hook = %id, %seq, "an outgoing webhook missed an event");
                metrics::counter!("hearth_webhook_missed_events_total").increment(1);
                self.write(move |tx| Ok(outgoing::advance(tx, id, seq)?)).await?;
                (self.seen, self.saved, self.attempts) = (seq, seq, 0);
            }
            Verdict::SwitchOff => {
                let message_id = journal::WEBHOOK_SWITCHED_OFF;
                tracing::warn!(message_id, hook = %id, "an outgoing webhook is switched off");
                metrics::counter!("hearth_webhooks_switched_off_total").increment(1);
                self.write(move |tx| Ok(outgoing::switch_off(tx, id)?)).await?;
                if let Err(error) = notice::switched_off(&self.app, hook).await {
                    tracing::warn!(hook = %id, %error, "its maker was not told");
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> ActionResult<T> + Send + 'static,
    ) -> ActionResult<T> {
        Ok(self.app.store.write(self.app.clock.now(), work).await?)
    }
}

/// What is next for a webhook, as its bot may see it now.
fn next(tx: &ReadTx<'_>, id: HookId, seen: Seq) -> ActionResult<Next> {
    let Some(hook) = outgoing::find(tx, id)?.filter(|hook| hook.made.enabled) else {
        return Ok(Next::Nobody);
    };
    let bot = people::actor(tx, hook.made.bot)?;
    let bot = bot.filter(|bot| bot.state == AccountState::Active);
    let Some(bot) = bot.filter(|bot| permit(bot, Ask::Office(OfficeAct::TakePart)).is_ok()) else {
        return Ok(Next::Nobody);
    };
    let page = log::visible_after(tx, bot.id, seen.max(hook.seq), PAGE)?;
    for entry in page.entries.into_iter().filter(|entry| KINDS.contains(&entry.kind)) {
        let place = (entry.seq, entry.at, entry.actor);
        if let Some(delivery) = delivery_of(tx, &hook, entry, place)? {
            return Ok(Next::Deliver(Box::new((hook, delivery, place.0))));
        }
    }
    Ok(Next::Nothing { upto: page.upto, complete: page.complete })
}

fn delivery_of(
    tx: &ReadTx<'_>,
    hook: &OutgoingHook,
    entry: Entry,
    place: (Seq, Timestamp, hearth_domain::id::UserId),
) -> ActionResult<Option<Delivery>> {
    // An erased event is told to nobody.
    let Some(payload) = entry.payload else { return Ok(None) };
    let event: Event = serde_json::from_str(&payload)
        .map_err(|_| ActionError::Defect("an event of ours that can't be read"))?;
    let actor = people::kind(tx, entry.actor)?.unwrap_or_default();
    match hook.filter.trigger(actor, &event) {
        Some(trigger) => delivery::of(tx, hook, place, trigger).map(Some),
        None => Ok(None),
    }
}
