//! Slash commands: made by admins, given by people, answered by a program.

use hearth_domain::audit::Act;
use hearth_domain::decide::integration::HookProblem;
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::{ChannelId, CommandId, UserId};
use hearth_domain::permit::{Ask, ChannelAct, OfficeAct, permit};
use hearth_domain::scopes::{BotScope, Grant};
use hearth_domain::text::{Name, Topic};
use hearth_store::chat::{channels, people};
use hearth_store::integrations::bots::MadeFor;
use hearth_store::integrations::commands::{self, Command as Kept, ReplyPlace};
use hearth_store::integrations::{KeptSecret, Made};
use hearth_store::{DbError, ReadTx, WriteTx};
use hearth_wire::integrations::{
    Command, CommandContent, CommandListing, FreshCommand, RunCommand,
};
use url::form_urlencoded;

use super::program::{self, Acts, Facts, Program};
use super::replies::{self, Answerer};
use super::{ActionError, ActionResult, look, target};
use crate::actions::audit::Doer;
use crate::app::App;
use crate::ids::Token;
use crate::outbound::Purpose;
use crate::slack::{self, Answer, Secret};
use crate::webhooks::{self, Signed};

/// Longest word of a command, in characters.
const WORD_CHARS_MAX: usize = 32;
/// Longest text after the word, in bytes.
const TEXT_BYTES_MAX: usize = 8_000;
/// How often a command may answer later.
const REPLIES_MAX: u32 = 5;
/// How long it may, in milliseconds: 30 minutes.
const REPLY_MS_MAX: u64 = 30 * 60 * 1_000;
/// Words of commands that the page carries out by itself.
const BUILT_IN: [&str; 5] = ["me", "shrug", "topic", "invite", "leave"];

pub(super) fn shown(command: Kept) -> Command {
    let Kept { id, made, word, url, hint, description, .. } = command;
    Command { id, made: super::shown(made), word, url, hint, description }
}

/// What a command shall be, read and checked.
struct Wanted {
    word: String,
    name: Name,
    url: String,
    hint: String,
    description: String,
    enabled: bool,
}

fn wanted(content: CommandContent) -> ActionResult<Wanted> {
    let word = content.word.trim().trim_start_matches('/').to_lowercase();
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let fits = (1..=WORD_CHARS_MAX).contains(&word.chars().count()) && word.chars().all(is_letter);
    if !fits || BUILT_IN.contains(&word.as_str()) {
        return Err(ActionError::Refused(Code::BadRequest));
    }
    Ok(Wanted {
        word,
        name: Name::parse(&content.name)?,
        url: target(&content.url)?.url().to_string(),
        hint: Topic::parse(&content.hint)?.into(),
        description: Topic::parse(&content.description)?.into(),
        enabled: content.enabled,
    })
}

impl Program for Kept {
    type Id = CommandId;
    const MADE_FOR: MadeFor = MadeFor::Command;
    const SCOPES: &'static [BotScope] = &[BotScope::Post];
    const KIND: &'static str = "command";
    const ACTS: Acts = Acts {
        made: Act::CommandMade,
        changed: Act::CommandChanged,
        renewed: Act::CommandRenewed,
        deleted: Act::CommandDeleted,
    };

    fn find(tx: &ReadTx<'_>, id: CommandId) -> Result<Option<Self>, DbError> {
        commands::find(tx, id)
    }

    fn save(&self, tx: &mut WriteTx<'_>) -> Result<(), DbError> {
        commands::change(tx, self)
    }

    fn remove(tx: &mut WriteTx<'_>, id: CommandId) -> Result<bool, DbError> {
        commands::delete(tx, id)
    }

    fn id(&self) -> CommandId {
        self.id
    }

    fn made(&self) -> &Made {
        &self.made
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn facts(&self, _: &ReadTx<'_>) -> ActionResult<Facts> {
        let Self { word, hint, description, .. } = self;
        let word = format!("/{word}");
        Ok(vec![("word", word), ("hint", hint.clone()), ("description", description.clone())])
    }
}

/// Makes a command. Its secret is shown this once.
///
/// # Errors
/// By permission, when the content is refused, or the word is taken.
pub async fn create(app: &App, doer: &Doer, content: CommandContent) -> ActionResult<FreshCommand> {
    let Wanted { word, name, url, hint, description, enabled } = wanted(content)?;
    let (secret, id) = (Secret::generate(), app.ids.make(CommandId::new));
    let kept = KeptSecret(secret.to_bytes());
    let command = program::make(app, doer, (name, enabled), move |tx, _, made| {
        free_word(tx, &word, None)?;
        let command = Kept { id, made, word, url, secret: kept, hint, description };
        commands::create(tx, &command)?;
        Ok(command)
    });
    Ok(FreshCommand { command: shown(command.await?), secret: secret.reveal() })
}

fn free_word(tx: &ReadTx<'_>, word: &str, except: Option<CommandId>) -> ActionResult<()> {
    let holder = commands::find_by_word(tx, word)?.map(|command| command.id);
    if holder.is_some() && holder != except { Err(Denied::NameTaken.into()) } else { Ok(()) }
}

/// Changes a command.
///
/// # Errors
/// By permission, when the content is refused, the word is taken, or there is none.
pub async fn change(
    app: &App,
    doer: &Doer,
    id: CommandId,
    content: CommandContent,
) -> ActionResult<Command> {
    let Wanted { word, name, url, hint, description, enabled } = wanted(content)?;
    let act = Kept::ACTS.changed;
    let command = program::alter(app, doer, id, act, move |tx, _, command: &mut Kept| {
        free_word(tx, &word, Some(id))?;
        command.made.name = name;
        command.made.enabled = enabled;
        *command = Kept { word, url, hint, description, ..command.clone() };
        Ok(())
    });
    Ok(shown(command.await?))
}

/// Gives a command another secret; what is sent from now on is signed with it.
///
/// # Errors
/// By permission, or when there is none.
pub async fn renew(app: &App, doer: &Doer, id: CommandId) -> ActionResult<FreshCommand> {
    let secret = Secret::generate();
    let kept = KeptSecret(secret.to_bytes());
    let act = Kept::ACTS.renewed;
    let command = program::alter(app, doer, id, act, move |_, _, command: &mut Kept| {
        command.secret = kept;
        Ok(())
    });
    Ok(FreshCommand { command: shown(command.await?), secret: secret.reveal() })
}

/// Deletes a command. What it wrote stays.
///
/// # Errors
/// By permission, or when there is none.
pub async fn delete(app: &App, doer: &Doer, id: CommandId) -> ActionResult<()> {
    program::delete::<Kept>(app, doer, id).await
}

/// The commands that people can give.
///
/// # Errors
/// By permission.
pub async fn listing(app: &App, user: UserId) -> ActionResult<Vec<CommandListing>> {
    look(app, user, |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::TakePart))?;
        let working = commands::list(tx)?.into_iter().filter(|command| command.made.enabled);
        let listed = working.map(|Kept { word, hint, description, .. }| CommandListing {
            word,
            hint,
            description,
        });
        Ok(listed.collect())
    })
    .await
}

/// A command that was given, ready to be sent.
struct Given {
    command: Kept,
    form: Vec<(&'static str, String)>,
}

/// Sends a command to its program and passes the answer on: to the conversation, or to whoever gave
/// it alone.
///
/// # Errors
/// By permission, when there is no such command, or its program did not answer well.
pub async fn run(
    app: &App,
    user: UserId,
    channel: ChannelId,
    (asked, base_url): (RunCommand, &str),
) -> ActionResult<()> {
    if asked.text.len() > TEXT_BYTES_MAX {
        return Err(ActionError::Refused(Code::TooLarge));
    }
    let token = Token::generate();
    let reply_url = format!("{base_url}/hooks/reply/{}", token.reveal());
    let (now, hash, root) = (app.clock.now(), token.hash(), asked.root);
    let done = app.store.write(now, move |tx| {
        let given = given(tx, (user, channel), &asked, reply_url)?;
        let place = ReplyPlace { command: given.command.id, user, channel, root };
        let until = now.plus_ms(REPLY_MS_MAX);
        commands::open_reply(tx, hash.into(), &place, (REPLIES_MAX, until))?;
        Ok::<_, ActionError>(given)
    });
    let Given { command, form } = done.await?;
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let signed = Signed {
        purpose: Purpose::Command,
        url: &command.url,
        secret: command.secret,
        content_type: "application/x-www-form-urlencoded",
        body: body.into_bytes(),
        headers: Vec::new(),
    };
    let answered = webhooks::send(app, signed).await.and_then(|answer| {
        let kind = answer.header("content-type").unwrap_or_default();
        slack::answer(kind, &answer.body).map_err(|_| webhooks::Failed::of(HookProblem::BadAnswer))
    });
    let problem = answered.as_ref().err().map(|failed| failed.problem);
    let id = command.id;
    app.store
        .write(app.clock.now(), move |tx| {
            commands::note(tx, id, problem).map_err(ActionError::from)
        })
        .await?;
    let answer = answered.map_err(|_| ActionError::Refused(Code::NoAnswer))?;
    let place = ReplyPlace { command: id, user, channel, root };
    let program = Answerer { bot: command.made.bot, name: command.made.name };
    replies::pass_on(app, &place, program, answer).await
}

/// What a program is told of a command, in the form in which Slack tells it.
fn given(
    tx: &ReadTx<'_>,
    (user, channel): (UserId, ChannelId),
    asked: &RunCommand,
    reply_url: String,
) -> ActionResult<Given> {
    let actor = super::actor(tx, user)?;
    // A program that gives commands to programs could go on for ever.
    if actor.grant != Grant::Whole {
        return Err(Denied::Forbidden.into());
    }
    let standing = channels::standing(tx, channel, user)?.ok_or(Denied::NotFound)?;
    let act = if asked.root.is_some() { ChannelAct::Reply } else { ChannelAct::Post };
    permit(&actor, Ask::Channel(act, &standing))?;
    let word = asked.word.trim_start_matches('/').to_lowercase();
    let command = commands::find_by_word(tx, &word)?.filter(|command| command.made.enabled);
    let command = command.ok_or(Denied::NotFound)?;
    let asker = people::user(tx, user)?.ok_or(Denied::NotFound)?;
    let office = people::office(tx)?.map(|office| String::from(office.name)).unwrap_or_default();
    let channel_name = standing.channel.name.map_or_else(|| "directmessage".to_owned(), Into::into);
    let mut form = vec![
        ("command", format!("/{word}")),
        ("text", asked.text.trim().to_owned()),
        ("user_id", user.to_string()),
        ("user_name", asker.handle.into()),
        ("channel_id", channel.to_string()),
        ("channel_name", channel_name),
        ("team_domain", office),
        ("response_url", reply_url),
    ];
    form.extend(asked.root.map(|root| ("thread_ts", root.to_string())));
    Ok(Given { command, form })
}

/// Passes a later answer of a command's program on.
///
/// # Errors
/// `not_found` for a URL that is unknown, used up or past its end; else as [`run`].
pub async fn reply(app: &App, token: &str, answer: Answer) -> ActionResult<()> {
    let hash = Token::parse(token).map_err(|_| ActionError::Refused(Code::NotFound))?.hash();
    let used = app.store.write(app.clock.now(), move |tx| {
        let place = commands::use_reply(tx, hash.into())?.ok_or(Denied::NotFound)?;
        let command = program::find::<Kept>(tx, place.command)?;
        if !command.made.enabled {
            return Err(ActionError::Refused(Code::NotFound));
        }
        Ok((place, Answerer { bot: command.made.bot, name: command.made.name }))
    });
    let (place, program) = used.await?;
    replies::pass_on(app, &place, program, answer).await
}
