//! What webhooks and commands have in common: an admin makes one with a bot of its own, changes it,
//! gives it another secret, deletes it. Each of these is one transaction with its row in the audit
//! log.

use std::fmt::Display;

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::denied::Denied;
use hearth_domain::id::{ChannelId, UserId};
use hearth_domain::permit::Actor;
use hearth_domain::scopes::BotScope;
use hearth_domain::text::Name;
use hearth_store::chat::channels;
use hearth_store::integrations::Made;
use hearth_store::integrations::bots::MadeFor;
use hearth_store::{DbError, ReadTx, WriteTx};
use url::Url;

use super::{ActionError, ActionResult, NewBotAccount, make_bot, manager, rename_bot, retire_bot};
use crate::actions::audit::Doer;
use crate::app::App;

/// What is done with one kind of program, as the audit log calls it.
pub(super) struct Acts {
    pub(super) made: Act,
    pub(super) changed: Act,
    pub(super) renewed: Act,
    pub(super) deleted: Act,
}

/// What is done with webhooks.
pub(super) const OF_HOOKS: Acts = Acts {
    made: Act::HookMade,
    changed: Act::HookChanged,
    renewed: Act::HookRenewed,
    deleted: Act::HookDeleted,
};

/// What an admin chose, by the audit log's names. No secret is among it.
pub(super) type Facts = Vec<(&'static str, String)>;

/// A webhook or a command, as it is kept.
pub(super) trait Program: Clone + Send + 'static {
    /// Its identity.
    type Id: Copy + Display + Send + 'static;
    /// What its bot is for.
    const MADE_FOR: MadeFor;
    /// What its bot may do.
    const SCOPES: &'static [BotScope];
    /// What kind of subject it is in the audit log.
    const KIND: &'static str;
    /// Its acts there.
    const ACTS: Acts;

    fn find(tx: &ReadTx<'_>, id: Self::Id) -> Result<Option<Self>, DbError>;
    fn save(&self, tx: &mut WriteTx<'_>) -> Result<(), DbError>;
    fn remove(tx: &mut WriteTx<'_>, id: Self::Id) -> Result<bool, DbError>;
    fn id(&self) -> Self::Id;
    fn made(&self) -> &Made;
    /// Where it is sent; only the host is noted, because the rest often holds a secret.
    fn url(&self) -> &str {
        ""
    }
    /// What else an admin chose.
    fn facts(&self, tx: &ReadTx<'_>) -> ActionResult<Facts>;
}

/// One that an admin asks for.
pub(super) fn find<P: Program>(tx: &ReadTx<'_>, id: P::Id) -> ActionResult<P> {
    Ok(P::find(tx, id)?.ok_or(Denied::NotFound)?)
}

/// Makes one with its bot; `keep` builds it around them and stores it.
pub(super) async fn make<P, W>(
    app: &App,
    doer: &Doer,
    (name, enabled): (Name, bool),
    keep: W,
) -> ActionResult<P>
where
    P: Program,
    W: FnOnce(&mut WriteTx<'_>, &Actor, Made) -> ActionResult<P> + Send + 'static,
{
    let (bot, now) = (app.ids.make(UserId::new), app.clock.now());
    let Doer { user, by } = doer.clone();
    let done = app.store.write(now, move |tx| {
        let actor = manager(tx, user)?;
        let account = NewBotAccount {
            id: bot,
            handle: None,
            name: name.clone(),
            made_for: P::MADE_FOR,
            scopes: P::SCOPES.iter().copied().collect(),
        };
        make_bot(tx, &actor, account)?;
        let (used_at, problem) = (None, None);
        let made = Made { bot, name, enabled, created_by: user, created_at: now, used_at, problem };
        let program = keep(tx, &actor, made)?;
        let (host, facts) = (host(program.url()), program.facts(tx)?);
        let deed = deed(&program, P::ACTS.made).fact("host", host);
        tx.audit(&by, &facts.iter().fold(deed, |deed, (what, now)| deed.fact(what, now)))?;
        Ok::<_, ActionError>(program)
    });
    Ok(done.await?)
}

/// Changes one, or gives it another secret: whatever `work` does to it.
pub(super) async fn alter<P, W>(
    app: &App,
    doer: &Doer,
    id: P::Id,
    act: Act,
    work: W,
) -> ActionResult<P>
where
    P: Program,
    W: FnOnce(&mut WriteTx<'_>, &Actor, &mut P) -> ActionResult<()> + Send + 'static,
{
    let Doer { user, by } = doer.clone();
    let done = app.store.write(app.clock.now(), move |tx| {
        let actor = manager(tx, user)?;
        let before = find::<P>(tx, id)?;
        let mut after = before.clone();
        work(tx, &actor, &mut after)?;
        if after.made().name != before.made().name {
            rename_bot(tx, &actor, after.made().bot, after.made().name.clone())?;
        }
        after.save(tx)?;
        let deed = difference(tx, act, &before, &after)?;
        // Saving a form as it was is no act; another secret is one, and has nothing to show.
        if act != P::ACTS.changed || !deed.changes.is_empty() {
            tx.audit(&by, &deed)?;
        }
        Ok::<_, ActionError>(after)
    });
    Ok(done.await?)
}

/// Deletes one and switches its bot off.
pub(super) async fn delete<P: Program>(app: &App, doer: &Doer, id: P::Id) -> ActionResult<()> {
    let Doer { user, by } = doer.clone();
    let done = app.store.write(app.clock.now(), move |tx| {
        let actor = manager(tx, user)?;
        let program = find::<P>(tx, id)?;
        P::remove(tx, id)?;
        retire_bot(tx, &actor, program.made().bot)?;
        tx.audit(&by, &deed(&program, P::ACTS.deleted))?;
        Ok::<_, ActionError>(())
    });
    Ok(done.await?)
}

/// What a channel is called, for the audit log.
pub(super) fn channel_name(
    tx: &ReadTx<'_>,
    channel: Option<ChannelId>,
    bot: UserId,
) -> ActionResult<String> {
    let standing = channel.map(|channel| channels::standing(tx, channel, bot)).transpose()?;
    let name = standing.flatten().and_then(|standing| standing.channel.name);
    Ok(name.map(String::from).unwrap_or_default())
}

fn deed<P: Program>(program: &P, act: Act) -> Deed {
    let name = program.made().name.as_str();
    Deed::new(act, Subject::new(P::KIND, &program.id().to_string(), name))
}

fn difference<P: Program>(tx: &ReadTx<'_>, act: Act, before: &P, after: &P) -> ActionResult<Deed> {
    let (was, is) = (before.made(), after.made());
    let deed = deed(before, act)
        .change("name", &was.name, &is.name)
        .change("enabled", was.enabled, is.enabled)
        .change("host", host(before.url()), host(after.url()));
    let only_path = before.url() != after.url() && host(before.url()) == host(after.url());
    let deed = if only_path { deed.fact("url", "changed") } else { deed };
    let facts = before.facts(tx)?.into_iter().zip(after.facts(tx)?);
    Ok(facts.fold(deed, |deed, ((what, was), (_, is))| deed.change(what, was, is)))
}

/// Host and port of a URL: what of it can be shown to everybody who runs the office.
fn host(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port())));
    host.map_or_else(String::new, |(host, port)| match port {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn of_a_url_only_the_host_is_noted() {
        for (url, expected) in [
            ("https://user:pass@ci.example/T0/B0/xoxb-secret?token=1#x", "ci.example"),
            ("http://127.0.0.1:9999/", "127.0.0.1:9999"),
            ("", ""),
        ] {
            assert_eq!(host(url), expected);
        }
    }
}
