//! The schemas of all bodies and frames, to be joined with the paths of the REST interface.

use hearth_domain::{denied, event, model};
use utoipa::OpenApi;

use crate::{frame, inbox, problem, rest};

/// All schemas; the paths that use them are beside their handlers.
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
    rest::OfficeInfo,
    rest::Setup,
    rest::SignIn,
    rest::SignedIn,
    rest::Session,
    rest::NewInvite,
    rest::Invite,
    rest::InviteLink,
    rest::InvitePreview,
    rest::AcceptInvite,
    rest::Bootstrap,
    rest::ChannelState,
    rest::ThreadState,
    rest::ProfileChange,
    rest::StatusChange,
    rest::PasswordChange,
    rest::UserChange,
    rest::OfficeChange,
    rest::GroupContent,
    rest::NewChannel,
    rest::ChannelChange,
    rest::ChannelListing,
    rest::MemberContent,
    rest::OpenDirect,
    rest::NewMessage,
    rest::MessageChange,
    rest::MessagePage,
    rest::ThreadPage,
    rest::Revisions,
    rest::ReadContent,
    rest::UnreadContent,
    rest::NotifyContent,
    rest::DraftContent,
    rest::MemberList,
    rest::Changed,
    inbox::FollowedThreads,
    inbox::SavedMessages,
)))]
pub struct Schemas;
