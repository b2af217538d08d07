//! Bots and their tokens. A token is a session of the bot that has no end of its own: it is looked up,
//! noted, revoked and cut off as a person's device is.

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::decide::office;
use hearth_domain::denied::{Code, Denied};
use hearth_domain::event::Happened;
use hearth_domain::id::{SessionId, UserId};
use hearth_domain::limits::TOKENS_PER_BOT_MAX;
use hearth_domain::model::{AccountState, User};
use hearth_domain::scopes::BotScopes;
use hearth_domain::text::{Handle, Name};
use hearth_domain::time::Timestamp;
use hearth_store::account::sessions::{self, Session as Row, SessionKind};
use hearth_store::chat::people;
use hearth_store::integrations::bots::{self, Bot as Kept, MadeFor};
use hearth_store::{ReadTx, WriteTx};
use hearth_wire::frame::ClosingReason;
use hearth_wire::integrations::{Bot, BotChange, BotToken, FreshBotToken, NewBot};

use super::{ActionError, ActionResult, NewBotAccount, commit, is_bot_token, make_bot, manager};
use crate::actions::audit::{Doer, word};
use crate::app::App;
use crate::ids::Token;

/// How long a bot's token works if nobody revokes it, in milliseconds: 100 years.
const TOKEN_MS_MAX: u64 = 100 * 365 * 24 * 3_600 * 1_000;

pub(super) fn shown(tx: &ReadTx<'_>, bot: Kept, now: Timestamp) -> ActionResult<Bot> {
    let rows = sessions::list(tx, bot.user, now)?.into_iter();
    let tokens = rows.filter(|row| is_bot_token(row.kind)).map(shown_token).collect();
    Ok(Bot { user: bot.user, scopes: bot.scopes, created_by: bot.created_by, tokens })
}

fn shown_token(row: Row) -> BotToken {
    BotToken { id: row.id, name: row.device, created_at: row.created_at, used_at: row.used_at }
}

/// Makes a bot.
///
/// # Errors
/// By permission, when a text is refused, or the handle is taken.
pub async fn create(app: &App, doer: &Doer, new: NewBot) -> ActionResult<Bot> {
    let account = NewBotAccount {
        id: app.ids.make(UserId::new),
        handle: Some(Handle::parse(&new.handle)?),
        name: Name::parse(&new.name)?,
        made_for: MadeFor::Itself,
        scopes: new.scopes,
    };
    let deed = Deed::new(Act::BotMade, subject(account.id, &account.name))
        .fact("handle", &new.handle)
        .fact("scopes", scopes(new.scopes));
    let (now, Doer { user, by }) = (app.clock.now(), doer.clone());
    let done = app.store.write(now, move |tx| {
        let id = account.id;
        let actor = manager(tx, user)?;
        make_bot(tx, &actor, account)?;
        tx.audit(&by, &deed)?;
        shown(tx, find(tx, id)?, now)
    });
    Ok(done.await?)
}

fn subject(bot: UserId, name: &Name) -> Subject {
    Subject::new("bot", &bot.to_string(), name.as_str())
}

fn scopes(scopes: BotScopes) -> String {
    let words: Vec<String> = Vec::from(scopes).iter().map(word).collect();
    words.join(" ")
}

/// Changes a bot's name or scopes, or switches it off or on. Its open sockets read their rights anew.
///
/// # Errors
/// By permission, when the name is refused, or there is no such bot.
pub async fn change(
    app: &App,
    doer: &Doer,
    bot: UserId,
    wanted: BotChange,
) -> ActionResult<Vec<Happened>> {
    let name = wanted.name.as_deref().map(Name::parse).transpose()?;
    let (now, Doer { user, by }) = (app.clock.now(), doer.clone());
    let done = app.store.write(now, move |tx| {
        let actor = manager(tx, user)?;
        let had = find(tx, bot)?.scopes;
        let present = account_of(tx, bot)?;
        let state = wanted.enabled.map(|on| match on {
            true => AccountState::Active,
            false => AccountState::Disabled,
        });
        let is = |state| state == AccountState::Active;
        let deed = Deed::new(Act::BotChanged, subject(bot, &present.name))
            .change("name", &present.name, name.as_ref().unwrap_or(&present.name))
            .change("enabled", is(present.state), is(state.unwrap_or(present.state)))
            .change("scopes", scopes(had), scopes(wanted.scopes.unwrap_or(had)));
        let happened = commit(tx, office::change_bot(&actor, &present, name, state)?)?;
        if !deed.changes.is_empty() {
            tx.audit(&by, &deed)?;
        }
        let open = sessions::list(tx, bot, now)?.into_iter().map(|row| row.id).collect();
        if state == Some(AccountState::Disabled) {
            sessions::revoke_all_of(tx, bot, None)?;
        }
        if let Some(scopes) = wanted.scopes {
            bots::set_scopes(tx, bot, scopes)?;
        }
        Ok::<_, ActionError>((happened, open))
    });
    let (happened, open): (_, Vec<SessionId>) = done.await?;
    if wanted.scopes.is_some() {
        app.hub.close_sessions(open, ClosingReason::AccessChanged).await;
    }
    Ok(happened)
}

/// A bot that is one by itself.
fn find(tx: &ReadTx<'_>, bot: UserId) -> ActionResult<Kept> {
    let found = bots::find(tx, bot)?.filter(|bot| bot.made_for == MadeFor::Itself);
    Ok(found.ok_or(Denied::NotFound)?)
}

/// The account of a bot that is one by itself.
fn account_of(tx: &ReadTx<'_>, bot: UserId) -> ActionResult<User> {
    find(tx, bot)?;
    Ok(people::user(tx, bot)?.ok_or(Denied::NotFound)?)
}

/// Makes a token. Its characters are shown this once.
///
/// # Errors
/// By permission, when the name is refused, there is no such bot, it is switched off, or it has ten.
pub async fn create_token(
    app: &App,
    doer: &Doer,
    bot: UserId,
    name: &str,
) -> ActionResult<FreshBotToken> {
    let name = Name::parse(name)?;
    let token = Token::generate();
    let hash = token.hash();
    let now = app.clock.now();
    let row = Row {
        id: app.ids.make(SessionId::new),
        user: bot,
        kind: SessionKind::Bot,
        device: name.into(),
        address: String::new(),
        created_at: now,
        used_at: now,
        expires_at: now.plus_ms(TOKEN_MS_MAX),
    };
    let Doer { user, by } = doer.clone();
    let done = app.store.write(now, move |tx: &mut WriteTx<'_>| {
        manager(tx, user)?;
        let present = account_of(tx, bot)?;
        if present.state != AccountState::Active {
            return Err(Denied::AccountDisabled.into());
        }
        if sessions::list(tx, bot, now)?.len() >= TOKENS_PER_BOT_MAX {
            return Err(Denied::LimitReached { max: TOKENS_PER_BOT_MAX }.into());
        }
        sessions::create(tx, &row, hash.into())?;
        let deed = Deed::new(Act::BotTokenMade, subject(bot, &present.name));
        tx.audit(&by, &deed.fact("token", &row.device))?;
        Ok::<_, ActionError>(shown_token(row))
    });
    Ok(FreshBotToken { info: done.await?, token: token.reveal() })
}

/// Revokes a token and closes its sockets.
///
/// # Errors
/// By permission, or when there is no such token.
pub async fn revoke_token(
    app: &App,
    doer: &Doer,
    bot: UserId,
    token: SessionId,
) -> ActionResult<()> {
    let (now, Doer { user, by }) = (app.clock.now(), doer.clone());
    let done = app.store.write(now, move |tx| {
        manager(tx, user)?;
        let present = account_of(tx, bot)?;
        let row = sessions::list(tx, bot, now)?.into_iter().find(|row| row.id == token);
        let row = row.ok_or(ActionError::Refused(Code::NotFound))?;
        sessions::revoke(tx, bot, token)?;
        let deed = Deed::new(Act::BotTokenRevoked, subject(bot, &present.name));
        Ok::<_, ActionError>(tx.audit(&by, &deed.fact("token", row.device))?)
    });
    done.await?;
    app.hub.close_sessions(vec![token], ClosingReason::SignedOut).await;
    Ok(())
}
