//! What a program answers, on its way to the conversation or to one person.

use hearth_domain::decide::message::{self, Post};
use hearth_domain::denied::Denied;
use hearth_domain::id::{MessageId, Nonce, UserId};
use hearth_domain::mention::addressed;
use hearth_domain::text::Name;
use hearth_store::chat::{channels, messages};
use hearth_store::integrations::commands::ReplyPlace;
use hearth_wire::frame::ServerFrame;

use super::{ActionError, ActionResult, actor, commit};
use crate::actions::post::{online, targets};
use crate::app::App;
use crate::slack::{Answer, Incoming};

/// Who answers.
#[derive(Clone, Debug)]
pub struct Answerer {
    /// Its account.
    pub bot: UserId,
    /// What it is called.
    pub name: Name,
}

/// Posts an answer for everybody; shows one for a single person on their open pages, and keeps it
/// nowhere.
///
/// # Errors
/// When whoever gave the command may not write there any more.
pub async fn pass_on(
    app: &App,
    place: &ReplyPlace,
    program: Answerer,
    answer: Answer,
) -> ActionResult<()> {
    match answer {
        Answer::Nothing => Ok(()),
        Answer::InChannel(incoming) => post(app, *place, program, incoming).await,
        Answer::Ephemeral(incoming) => {
            let frame = ServerFrame::Ephemeral {
                channel: place.channel,
                root: place.root,
                author: program.bot,
                guise: incoming.guise(&program.name),
                text: incoming.text,
                at: app.clock.now(),
            };
            app.hub.whisper(place.user, frame).await;
            Ok(())
        }
    }
}

async fn post(
    app: &App,
    place: ReplyPlace,
    program: Answerer,
    incoming: Incoming,
) -> ActionResult<()> {
    let guise = incoming.guise(&program.name);
    let addressed = addressed(&incoming.text);
    let online = online(app, place.channel, &addressed).await;
    let (id, nonce) = (app.ids.make(MessageId::new), app.ids.make(Nonce::new));
    let done = app.store.write(app.clock.now(), move |tx| {
        let asker = actor(tx, place.user)?;
        let standing =
            channels::standing(tx, place.channel, place.user)?.ok_or(Denied::NotFound)?;
        let mentions = targets(tx, (&asker, &standing), &addressed, &online)?;
        let head = place.root.map(|root| messages::locate(tx, root)).transpose()?.flatten();
        let post =
            Post { id, nonce, text: incoming.text, files: Vec::new(), root: place.root, guise };
        let by = (&asker, program.bot);
        let decided = message::answer(by, &standing, head.as_ref(), mentions, post)?;
        commit(tx, decided).map(drop)
    });
    Ok::<_, ActionError>(done.await?)
}
