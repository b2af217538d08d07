//! The whole URL table on one page.

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, patch, post, put};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use super::health::{self, Health};
use super::integrations::{commands, incoming, outgoing};
use super::{
    assets, audit, channels, files, hardware, hooks, inbox, integrations, invites, messages,
    office, openapi, people, premises, problem, push, search, sessions, socket, trust, update,
    uploads, vault,
};
use crate::app::App;

/// Smallest answer worth compressing, in bytes.
const COMPRESS_BYTES_MIN: u64 = 1_024;

/// Every route of the front door, before the guard is put around it.
pub fn router(app: Arc<App>, health: Health) -> Router {
    let worth_it =
        SizeAbove::new(COMPRESS_BYTES_MIN).and(NotForContentType::new("text/event-stream"));
    let hooks = hooks::routes(Arc::clone(&app));
    let trust = trust::routes(Arc::clone(&app));
    // What files hold is compressed already, or not worth it, and parts of it are asked for.
    let files = contents(Arc::clone(&app));
    let api = api(app).layer(CompressionLayer::new().compress_when(worth_it)).merge(files);
    health::routes(health).merge(trust).merge(hooks).nest("/api/v1", api).fallback(assets::serve)
}

fn api(app: Arc<App>) -> Router {
    Router::new()
        .route("/openapi.json", get(openapi::document))
        .route("/office", get(office::info).patch(office::change))
        .route("/setup", post(office::found))
        .route("/trust", get(trust::info))
        .route("/bootstrap", get(office::bootstrap))
        .route("/socket", get(socket::open))
        .route("/sessions", get(sessions::list).post(sessions::create))
        .route("/sessions/current", delete(sessions::sign_out))
        .route("/sessions/{session}", delete(sessions::revoke))
        .route("/invites", get(invites::list).post(invites::create))
        .route("/invites/{invite}", delete(invites::revoke))
        .route("/invites/{token}/preview", get(invites::preview))
        .route("/invites/{token}/accept", post(invites::accept))
        .route("/search", get(search::search))
        .route("/me", patch(people::change_me))
        .route("/me/password", put(people::change_password))
        .route("/push", get(push::state).put(push::subscribe).delete(push::unsubscribe))
        .route("/users", get(people::list))
        .route("/users/{user}", patch(people::change))
        .route("/users/{user}/reset", post(people::reset))
        .route("/users/{user}/sessions", delete(people::sign_out))
        .route("/resets/{token}", get(people::preview_reset).post(people::choose_password))
        .route("/groups", post(people::create_group))
        .route("/groups/{group}", put(people::change_group).delete(people::delete_group))
        .route("/me/avatar", put(files::wear))
        .route("/storage", get(files::storage))
        .route("/uploads", post(uploads::create))
        .route(
            "/uploads/{upload}",
            get(uploads::show).patch(uploads::append).delete(uploads::cancel),
        )
        .route("/uploads/{upload}/complete", post(uploads::complete))
        .route("/hardware", get(hardware::show))
        .route("/hardware/history", get(hardware::history))
        .merge(running_the_office())
        .merge(conversations())
        .merge(programs())
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(app)
}

fn contents(app: Arc<App>) -> Router {
    Router::new()
        .route("/files/{file}", get(files::show))
        .route("/files/{file}/download", get(files::download))
        .route("/files/{file}/thumbnail", get(files::thumbnail))
        .route("/files/{file}/preview", get(files::preview))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(app)
}

fn running_the_office() -> Router<Arc<App>> {
    Router::new()
        .route("/admin/audit", get(audit::page))
        .route("/admin/audit.csv", get(audit::file))
        .route("/admin/people", get(people::seen))
        .route("/admin/channels", get(premises::channels))
        .route("/admin/channels/{channel}/manager", put(premises::rescue))
        .route("/health", get(premises::health))
        .route("/health/safe-mode", delete(premises::leave_safe_mode))
        .route("/admin/hardware", put(hardware::configure))
        .route("/admin/hardware/actions", post(hardware::act))
        .route("/admin/update", get(update::show).post(update::order))
        .route("/admin/storage", get(premises::storage))
        .route("/admin/backups", get(premises::backups).post(premises::back_up))
        .route("/admin/backups/{name}", get(premises::download).delete(premises::delete_backup))
        .route("/admin/vault", get(vault::show).put(vault::configure))
        .route("/admin/vault/run", post(vault::start).delete(vault::cancel))
        .route("/admin/vault/key", post(vault::show_key).put(vault::key_saved))
}

fn conversations() -> Router<Arc<App>> {
    Router::new()
        .route("/channels", get(channels::list).post(channels::create))
        .route("/channels/{channel}", get(channels::show).patch(channels::change))
        .route("/channels/{channel}/join", post(channels::join))
        .route("/channels/{channel}/leave", post(channels::leave))
        .route("/channels/{channel}/members", get(channels::members))
        .route(
            "/channels/{channel}/members/{user}",
            put(channels::set_member).delete(channels::remove_member),
        )
        .route("/direct", post(channels::open_direct))
        .route("/channels/{channel}/messages", get(channels::history).post(channels::post))
        .route("/channels/{channel}/pins", get(channels::pins))
        .route("/channels/{channel}/read", put(channels::mark_read))
        .route("/channels/{channel}/unread", put(channels::mark_unread))
        .route("/channels/{channel}/notify", put(channels::notify))
        .route("/channels/{channel}/draft", put(channels::draft))
        .route(
            "/messages/{message}",
            get(messages::show).patch(messages::edit).delete(messages::delete),
        )
        .route("/messages/{message}/cards", delete(messages::take_cards))
        .route("/messages/{message}/revisions", get(messages::revisions))
        .route("/messages/{message}/thread", get(messages::thread))
        .route(
            "/messages/{message}/reactions/{emoji}",
            put(messages::react).delete(messages::unreact),
        )
        .route("/messages/{message}/pin", put(messages::pin).delete(messages::unpin))
        .route("/messages/{message}/follow", put(messages::follow).delete(messages::unfollow))
        .route("/messages/{message}/saved", put(messages::save).delete(messages::unsave))
        .route("/threads", get(inbox::threads))
        .route("/saved", get(inbox::saved))
}

fn programs() -> Router<Arc<App>> {
    Router::new()
        .route("/integrations", get(integrations::list))
        .route("/bots", post(integrations::create_bot))
        .route("/bots/{user}", patch(integrations::change_bot))
        .route("/bots/{user}/tokens", post(integrations::create_token))
        .route("/bots/{user}/tokens/{token}", delete(integrations::revoke_token))
        .route("/hooks/incoming", post(incoming::create))
        .route("/hooks/incoming/{hook}", patch(incoming::change).delete(incoming::delete))
        .route("/hooks/incoming/{hook}/url", post(incoming::renew))
        .route("/hooks/incoming/{hook}/test", post(incoming::test))
        .route("/hooks/outgoing", post(outgoing::create))
        .route("/hooks/outgoing/{hook}", put(outgoing::change).delete(outgoing::delete))
        .route("/hooks/outgoing/{hook}/secret", post(outgoing::renew))
        .route("/hooks/outgoing/{hook}/test", post(outgoing::test))
        .route("/commands", get(commands::list).post(commands::create))
        .route("/commands/{command}", put(commands::change).delete(commands::delete))
        .route("/commands/{command}/secret", post(commands::renew))
        .route("/channels/{channel}/commands", post(commands::run))
}
