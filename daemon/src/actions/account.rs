//! Accounts and sessions: the first owner, signing in and out, passwords.
//!
//! A token is shown once, to the device it is for; the store keeps its hash. Passwords are hashed off
//! the reactor, two at a time, and wrong ones are slowed down per account and per address.

use std::net::IpAddr;

use hearth_domain::audit::{Act, By, Deed, Subject};
use hearth_domain::decide::channel::{self, Open};
use hearth_domain::decide::office::{self, NewUser};
use hearth_domain::decide::personal;
use hearth_domain::denied::{Code, Denied};
use hearth_domain::guessable::is_guessable;
use hearth_domain::id::{ChannelId, SessionId, UserId};
use hearth_domain::model::{
    AccountState, ChannelKind, Language, Posting, Preferences, Reach, Role, User,
};
use hearth_domain::permit::Actor;
use hearth_domain::text::{Handle, Name, NewPassword, Topic};
use hearth_domain::time::Timestamp;
use hearth_store::account::credentials::{self, Phc};
use hearth_store::account::password_links;
use hearth_store::account::sessions::{self, Authenticated, Session as Row, SessionKind};
use hearth_store::chat::people;
use hearth_store::{ReadTx, WriteTx};
use hearth_wire::frame::ClosingReason;
use hearth_wire::rest::{PasswordChange, Session, Setup, SignIn, SignedIn, TokenDelivery};

use super::audit::{Doer, by_nobody, by_operator, note, word};
use super::{ActionError, ActionResult, commit, setup};
use crate::app::App;
use crate::ids::{Token, TokenHash};
use crate::journal;
use crate::password::Verdict;
use crate::throttle::{Failed, Key, Wait};

/// How long an unused session stays open, in milliseconds: 180 days.
const SESSION_MS_MAX: u64 = 180 * 24 * 3_600 * 1_000;
/// How exactly the last use of a session is noted, in milliseconds.
const USED_EVERY_MS: u64 = 60_000;

/// Where a request came from, as sessions and throttles remember it.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The address that counts.
    pub address: IpAddr,
    /// Whether it is a program on this machine, which is never made to wait.
    pub on_this_machine: bool,
    /// What the browser says it is.
    pub device: String,
}

/// A session that was opened.
pub struct Opened {
    /// For the body.
    pub signed_in: SignedIn,
    /// For the cookie, unless the token was asked for in the body.
    pub cookie: Option<Token>,
}

/// Who holds a token; nobody if it was revoked, has ended, or the account is disabled. Notes the use.
///
/// # Errors
/// When the store can't be used.
pub async fn authenticate(
    app: &App,
    token: TokenHash,
) -> ActionResult<Option<(UserId, SessionId)>> {
    let now = app.clock.now();
    let found = app.store.read(move |tx| holder(tx, token, now)).await;
    let Some((user, session, used_at)) = found.map_err(ActionError::from)? else {
        return Ok(None);
    };
    if now.ms_since(used_at) >= USED_EVERY_MS {
        let noted = app.store.enqueue(now, move |tx| {
            sessions::touch(tx, session, now.plus_ms(SESSION_MS_MAX)).map_err(ActionError::from)
        });
        // Nobody waits for the disk here, and a full one must not sign anybody out.
        if let Err(error) = noted.await {
            tracing::debug!(%error, "the use of a session is not noted");
        }
    }
    Ok(Some((user, session)))
}

fn holder(
    tx: &ReadTx<'_>,
    token: TokenHash,
    now: Timestamp,
) -> ActionResult<Option<(UserId, SessionId, Timestamp)>> {
    let found = sessions::find_by_token_hash(tx, token.into(), now)?;
    let found = found.filter(|found| found.state == AccountState::Active);
    Ok(found.map(|Authenticated { session, .. }| (session.user, session.id, session.used_at)))
}

/// Founds the office: its name, its first owner, and their first session.
///
/// # Errors
/// When the code does not fit or was tried too often, a text is refused, or there is an owner.
pub async fn found(app: &App, origin: &Origin, wanted: Setup) -> ActionResult<Opened> {
    let keys = [Key::of_address(origin.address)];
    check(app, origin, &keys)?;
    let office = Name::parse(&wanted.office)?;
    let owner = NewUser {
        id: app.ids.make(UserId::new),
        handle: Handle::parse(&wanted.handle)?,
        name: Name::parse(&wanted.name)?,
    };
    let user = owner.id;
    let phc = hashed_new(app, wanted.password).await?;
    let fresh = Fresh::new(app, user, origin, TokenDelivery::Cookie);
    let (row, hash) = (fresh.row.clone(), fresh.token.hash());
    let now = app.clock.now();
    let code = setup::typed(app, &wanted.code);
    let lobby = app.ids.make(ChannelId::new);
    let Doer { by, .. } = Doer::person(user, origin.address);
    let done = app.store.write(now, move |tx| {
        let owners = people::owners(tx)?;
        let decided = office::found(office, owner, owners, now)?;
        if !setup::fits(tx, code)? {
            // No error: the count of wrong tries must stand.
            return Ok(None);
        }
        commit(tx, decided)?;
        tx.audit(&by, &Deed::new(Act::OfficeFounded, Subject::default()))?;
        credentials::set(tx, user, &phc)?;
        choose_language(tx, user, wanted.language)?;
        open_lobby(tx, user, lobby, wanted.language)?;
        sessions::create(tx, &row, hash.into())?;
        created(tx, user).map(Some)
    });
    let Some(user) = done.await.map_err(ActionError::from)? else {
        failed(app, origin, &keys);
        app.premises.console.doubt();
        return Err(ActionError::Refused(Code::SetupCodeInvalid));
    };
    app.premises.console.clear();
    Ok(fresh.opened(user))
}

/// An office starts with one channel that everybody finds, so that the first message has a place.
fn open_lobby(
    tx: &mut WriteTx<'_>,
    user: UserId,
    id: ChannelId,
    language: Language,
) -> ActionResult<()> {
    let name = Name::parse(if language == Language::ZhCn { "大厅" } else { "lobby" })?;
    let lobby = Open {
        id,
        kind: ChannelKind::Public,
        name,
        topic: Topic::empty(),
        posting: Posting::Everyone,
        reach: Reach::Local,
        people: Vec::new(),
    };
    let actor = super::actor(tx, user)?;
    commit(tx, channel::open(&actor, lobby, false, tx.now())?).map(drop)
}

/// A new person starts with the language of the page on which they signed up.
pub(super) fn choose_language(
    tx: &mut WriteTx<'_>,
    user: UserId,
    language: Language,
) -> ActionResult<()> {
    let actor = super::actor(tx, user)?;
    let wanted = Preferences { language, ..Preferences::default() };
    commit(tx, personal::preferences(&actor, &Preferences::default(), wanted)?).map(drop)
}

pub(super) fn created(tx: &ReadTx<'_>, user: UserId) -> ActionResult<User> {
    people::user(tx, user)?.ok_or(ActionError::Defect("an account without its record"))
}

/// Signs in.
///
/// # Errors
/// When handle or password is wrong, was tried too often, or the account is disabled.
pub async fn sign_in(app: &App, origin: &Origin, wanted: SignIn) -> ActionResult<Opened> {
    let keys = Key::of_sign_in(&wanted.handle, origin.address);
    check(app, origin, &keys).inspect_err(|_| count_sign_in("slowed"))?;
    let handle = Handle::parse(&wanted.handle).ok();
    let stored = app.store.read(move |tx| {
        let user = handle.map(|handle| people::user_by_handle(tx, &handle)).transpose()?.flatten();
        let phc = user.as_ref().map(|user| credentials::phc_of(tx, user.id)).transpose()?;
        Ok::<_, ActionError>((user, phc.flatten()))
    });
    let (user, phc) = stored.await.map_err(ActionError::from)?;
    let password = wanted.password.reveal();
    let verdict = app.passwords.verify(password.clone(), phc.map(exposed)).await?;
    let known = user.as_ref().map(|user| Subject::user(user.id, user.name.as_str()));
    let user = user.filter(|_| verdict != Verdict::Wrong);
    let Some(user) = user else {
        if failed(app, origin, &keys) == Failed::First {
            note_blocked(app, origin, known).await;
        }
        count_sign_in("wrong");
        let message_id = journal::SIGN_IN_FAILED;
        tracing::warn!(message_id, address = %origin.address, "a sign-in failed");
        return Err(ActionError::Refused(Code::WrongCredentials));
    };
    succeeded(app, &keys);
    count_sign_in("ok");
    tracing::info!(user = %user.id, address = %origin.address, "signed in");
    let rehashed = match verdict {
        Verdict::RightButOld => Some(hashed(app, password).await?),
        _ => None,
    };
    open(app, origin, (user.id, wanted.token), rehashed).await
}

fn count_sign_in(outcome: &'static str) {
    metrics::counter!("hearth_sign_ins_total", "outcome" => outcome).increment(1);
}

async fn open(
    app: &App,
    origin: &Origin,
    (user, delivery): (UserId, TokenDelivery),
    rehashed: Option<Phc>,
) -> ActionResult<Opened> {
    let fresh = Fresh::new(app, user, origin, delivery);
    let (row, hash) = (fresh.row.clone(), fresh.token.hash());
    let done = app.store.write(app.clock.now(), move |tx| {
        let Actor { state, .. } = super::actor(tx, user)?;
        if state != AccountState::Active {
            return Err(Denied::AccountDisabled.into());
        }
        if let Some(phc) = rehashed {
            credentials::set(tx, user, &phc)?;
        }
        sessions::create(tx, &row, hash.into())?;
        created(tx, user)
    });
    Ok(fresh.opened(done.await.map_err(ActionError::from)?))
}

/// A session about to be opened: what is stored, and the token that is shown once.
pub(super) struct Fresh {
    pub(super) token: Token,
    delivery: TokenDelivery,
    pub(super) row: Row,
}

impl Fresh {
    pub(super) fn new(app: &App, user: UserId, origin: &Origin, delivery: TokenDelivery) -> Self {
        let token = Token::generate();
        let now = app.clock.now();
        let row = Row {
            id: app.ids.make(SessionId::new),
            user,
            kind: match delivery {
                TokenDelivery::Cookie => SessionKind::Cookie,
                TokenDelivery::Bearer => SessionKind::Bearer,
            },
            created_at: now,
            used_at: now,
            device: origin.device.clone(),
            address: origin.address.to_canonical().to_string(),
            expires_at: now.plus_ms(SESSION_MS_MAX),
        };
        Self { token, delivery, row }
    }

    pub(super) fn opened(self, user: User) -> Opened {
        let session = self.row.id;
        let bearer = self.delivery == TokenDelivery::Bearer;
        let token = bearer.then(|| self.token.reveal());
        let signed_in = SignedIn { user, session, token };
        Opened { signed_in, cookie: (!bearer).then_some(self.token) }
    }
}

/// Somebody's signed-in devices, the asking one marked.
///
/// # Errors
/// When the store can't be used.
pub async fn sessions(app: &App, user: UserId, current: SessionId) -> ActionResult<Vec<Session>> {
    let now = app.clock.now();
    let rows = app.store.read(move |tx| sessions::list(tx, user, now).map_err(ActionError::from));
    let rows = rows.await.map_err(ActionError::from)?;
    let shown = rows.into_iter().map(|row| Session {
        current: row.id == current,
        id: row.id,
        device: row.device,
        address: row.address,
        created_at: row.created_at,
        used_at: row.used_at,
    });
    Ok(shown.collect())
}

/// Ends one of somebody's sessions and closes its sockets.
///
/// # Errors
/// When it is not theirs, or does not exist.
pub async fn revoke(app: &App, user: UserId, session: SessionId) -> ActionResult<()> {
    let ended = app.store.write(app.clock.now(), move |tx| {
        let ended = sessions::revoke(tx, user, session)?;
        if ended { Ok(()) } else { Err(ActionError::Denied(Denied::NotFound)) }
    });
    ended.await.map_err(ActionError::from)?;
    app.hub.close_sessions(vec![session], ClosingReason::SignedOut).await;
    Ok(())
}

/// Changes one's own password and signs every other device out.
///
/// # Errors
/// When the present password is wrong or was tried too often.
pub async fn change_password(
    app: &App,
    (user, current): (UserId, SessionId),
    wanted: PasswordChange,
) -> ActionResult<()> {
    let key = [Key::Account(user.to_string())];
    throttle(app).check(&key, app.clock.monotonic())?;
    let phc = app
        .store
        .read(move |tx| credentials::phc_of(tx, user).map_err(ActionError::from))
        .await
        .map_err(ActionError::from)?;
    let verdict = app.passwords.verify(wanted.current.reveal(), phc.map(exposed)).await?;
    if verdict == Verdict::Wrong {
        throttle(app).failed(&key, app.clock.monotonic());
        return Err(ActionError::Refused(Code::WrongCredentials));
    }
    throttle(app).succeeded(&key);
    set_password(app, user, wanted.new, Changing::Own { current }).await
}

/// Who sets a password.
#[derive(Clone, Debug)]
pub enum Changing {
    /// The person, at a device that stays signed in.
    Own {
        /// That device.
        current: SessionId,
    },
    /// Somebody else, who is named in the audit log.
    Reset(By),
}

/// Sets somebody's password and ends their sessions, but the one at which they set it themselves.
///
/// # Errors
/// When there is no such account or the store can't be used.
pub async fn set_password(
    app: &App,
    user: UserId,
    password: NewPassword,
    how: Changing,
) -> ActionResult<()> {
    let phc = hashed_new(app, password).await?;
    let ended = app.store.write(app.clock.now(), move |tx| {
        // A bot has tokens and never a password.
        if !people::kind(tx, user)?.is_some_and(|kind| kind.is_person()) {
            return Err(Denied::NotFound.into());
        }
        credentials::set(tx, user, &phc)?;
        password_links::end(tx, user)?;
        let keep = match how {
            Changing::Own { current } => Some(current),
            Changing::Reset(by) => {
                let name = created(tx, user)?.name;
                tx.audit(&by, &Deed::new(Act::UserReset, Subject::user(user, name.as_str())))?;
                None
            }
        };
        sessions::revoke_all_of(tx, user, keep).map_err(ActionError::from)
    });
    let ended = ended.await.map_err(ActionError::from)?;
    app.hub.close_sessions(ended, ClosingReason::SignedOut).await;
    Ok(())
}

/// Makes an account for somebody whom the operator names.
///
/// # Errors
/// When a text is refused or the handle is taken.
pub async fn add_user(
    app: &App,
    (name, handle): (&str, &str),
    password: NewPassword,
    role: Role,
) -> ActionResult<User> {
    let new = NewUser {
        id: app.ids.make(UserId::new),
        handle: Handle::parse(handle)?,
        name: Name::parse(name)?,
    };
    let phc = hashed_new(app, password).await?;
    let now = app.clock.now();
    let done = app.store.write(now, move |tx| {
        let id = new.id;
        let taken = people::holder(tx, &new.handle)?.is_some();
        let subject = Subject::user(id, new.name.as_str());
        commit(tx, office::create_user(new, role, taken, now)?)?;
        credentials::set(tx, id, &phc)?;
        let deed = Deed::new(Act::UserAdded, subject).fact("role", word(role));
        tx.audit(&by_operator(), &deed)?;
        created(tx, id)
    });
    done.await.map_err(ActionError::from)
}

/// The hash of a password that somebody chose; not one of those that everybody tries first.
pub(super) async fn hashed_new(app: &App, password: NewPassword) -> ActionResult<Phc> {
    let password = password.reveal();
    if is_guessable(&password) {
        return Err(ActionError::Refused(Code::CommonPassword));
    }
    hashed(app, password).await
}

async fn hashed(app: &App, password: String) -> ActionResult<Phc> {
    Ok(Phc::new(app.passwords.hash(password).await?))
}

fn exposed(phc: Phc) -> String {
    phc.expose().to_owned()
}

fn throttle(app: &App) -> std::sync::MutexGuard<'_, crate::throttle::Throttle> {
    app.throttle.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub(super) fn check(app: &App, origin: &Origin, keys: &[Key]) -> Result<(), Wait> {
    if origin.on_this_machine { Ok(()) } else { throttle(app).check(keys, app.clock.monotonic()) }
}

pub(super) fn failed(app: &App, origin: &Origin, keys: &[Key]) -> Failed {
    if origin.on_this_machine {
        return Failed::Again;
    }
    throttle(app).failed(keys, app.clock.monotonic())
}

/// Notes that sign-ins have to wait from now on: once for an account or an address, and never what
/// was typed, which could be a password in the wrong field.
async fn note_blocked(app: &App, origin: &Origin, known: Option<Subject>) {
    let deed = Deed::new(Act::SignInBlocked, known.unwrap_or_default());
    // Whoever guesses is refused all the same.
    if let Err(error) = note(app, by_nobody(origin.address), deed).await {
        tracing::warn!(%error, "failed sign-ins could not be noted");
    }
}

fn succeeded(app: &App, keys: &[Key]) {
    throttle(app).succeeded(keys);
}
