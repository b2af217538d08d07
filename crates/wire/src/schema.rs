//! The schemas of all bodies and frames, to be joined with the paths of the REST interface.

use hearth_domain::{denied, event, model};
use utoipa::OpenApi;

use crate::{frame, problem, rest};

/// Schemas that no path refers to: the frames of the socket, and what only they contain.
#[derive(OpenApi)]
#[openapi(components(schemas(
    frame::ClientFrame,
    frame::ServerFrame,
    frame::PresenceState,
    event::Event,
    event::Happened,
    denied::Code,
    problem::Problem,
    model::Channel,
    model::Message,
    model::User,
    rest::Bootstrap,
    rest::Changed,
)))]
pub struct Schemas;
