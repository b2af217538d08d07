//! What a client's frame does.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hearth_domain::denied::Code;
use hearth_domain::id::Nonce;
use hearth_wire::frame::{ClientFrame, ClosingReason, ServerFrame};
use hearth_wire::problem::Problem;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Connection, End};
use crate::actions::post::{NewPost, Sent};
use crate::actions::{self, ActionError};
use crate::http::extract::parse;
use crate::http::problem::ApiError;

/// A frame's answer, once what it asked for is done. Nothing where a frame is not answered.
pub(super) type Answer = BoxFuture<'static, Option<ServerFrame>>;

impl Connection {
    /// Takes what the socket gave: a frame, a sign of life, or its end.
    pub(super) async fn hear(
        &mut self,
        message: Option<Result<Message, Error>>,
    ) -> Result<(), End> {
        let message = message.ok_or(End::Gone)?.map_err(|_| End::Gone)?;
        let now = Instant::now();
        self.heard_at = now;
        if !self.pace.take(now) {
            return Err(End::Closing(ClosingReason::Misbehaved));
        }
        match message {
            Message::Text(text) => match parse::<ClientFrame>(text.as_bytes()) {
                Ok(frame) => self.obey(frame).await,
                Err(error) => self.refuse(None, error.problem()),
            },
            Message::Binary(_) => self.refuse(None, Problem::new(Code::BadRequest)),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    /// Carries a frame out. Sends are handed to the writer in the order they came in.
    async fn obey(&mut self, frame: ClientFrame) -> Result<(), End> {
        let app = Arc::clone(&self.app);
        let user = self.caller.user;
        match frame {
            ClientFrame::Post { nonce, channel, root, text, files } => {
                let post = NewPost { user, nonce, channel, root, text, files, guise: None };
                let sent = actions::post::send(&app, post).await;
                self.answers.push(answer_post(nonce, sent).boxed());
            }
            ClientFrame::Read { channel, root, upto } => {
                let place = actions::personal::Place { user, channel, root };
                self.answers.push(
                    async move {
                        refusal(None, actions::personal::mark_read(&app, place, upto).await.err())
                    }
                    .boxed(),
                );
            }
            ClientFrame::Typing { channel, root } => {
                let place = actions::personal::Place { user, channel, root };
                if self.may_type_now() {
                    let error = actions::personal::typing(&app, place).await.err();
                    self.answers.push(std::future::ready(refusal(None, error)).boxed());
                }
            }
            ClientFrame::WatchHardware { on: false } => self.machine = None,
            ClientFrame::WatchHardware { on: true } => {
                match actions::hardware::watch(&app, user).await {
                    Ok(frames) => self.machine = Some(frames),
                    Err(error) => {
                        let answer = refusal(None, Some(error));
                        self.answers.push(std::future::ready(answer).boxed());
                    }
                }
            }
            ClientFrame::Presence { state } => app.hub.presence(self.id, state).await,
        }
        Ok(())
    }

    /// One announcement in three seconds; more are ignored, since they would say the same.
    fn may_type_now(&mut self) -> bool {
        let now = Instant::now();
        let pause = std::time::Duration::from_millis(hearth_wire::limits::TYPING_INTERVAL_MS);
        let free = self.typed_at.is_none_or(|at| now.duration_since(at) >= pause);
        if free {
            self.typed_at = Some(now);
        }
        free
    }

    fn refuse(&mut self, nonce: Option<Nonce>, problem: Problem) -> Result<(), End> {
        let frame = ServerFrame::Refused { nonce, problem: Box::new(problem) };
        self.answers.push(std::future::ready(Some(frame)).boxed());
        Ok(())
    }
}

async fn answer_post(nonce: Nonce, sent: Result<Sent, ActionError>) -> Option<ServerFrame> {
    let posted = match sent {
        Ok(sent) => sent.on_disk().await,
        Err(error) => Err(error),
    };
    match posted {
        Ok(posted) => Some(ServerFrame::Posted {
            nonce,
            message: posted.message,
            seq: posted.seq,
            at: posted.at,
        }),
        Err(error) => refusal(Some(nonce), Some(error)),
    }
}

fn refusal(nonce: Option<Nonce>, error: Option<ActionError>) -> Option<ServerFrame> {
    let error = ApiError::from(error?);
    error.log();
    let problem = error.problem();
    Some(ServerFrame::Refused { nonce, problem: Box::new(problem) })
}
