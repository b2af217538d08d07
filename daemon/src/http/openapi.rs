//! The description of the REST interface (OpenAPI 3.1), also of the socket's frames. A golden file,
//! docs/openapi.json; the browser's types are made from it.

use std::io::Read as _;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use hearth_wire::schema::Schemas;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::integrations::{self, commands, incoming, outgoing};
use super::problem::ApiError;
use super::{
    audit, channels, files, hardware, inbox, invites, messages, office, people, premises, push,
    search, sessions, trust, update, uploads, vault,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hearth",
        description = "The interface of one office's box. Live events come over the WebSocket \
                       /api/v1/socket, whose frames are ClientFrame and ServerFrame.",
    ),
    paths(
        office::info, office::change, office::found, office::bootstrap,
        trust::info,
        sessions::create, sessions::list, sessions::sign_out, sessions::revoke,
        invites::create, invites::list, invites::revoke, invites::preview, invites::accept,
        people::list, people::change, people::change_me, people::change_password,
        push::state, push::subscribe, push::unsubscribe,
        people::seen, people::reset, people::sign_out, people::preview_reset,
        people::choose_password, premises::channels,
        people::create_group, people::change_group, people::delete_group,
        channels::list, channels::create, channels::show, channels::change, channels::join,
        channels::leave, channels::members, channels::set_member, channels::remove_member,
        channels::open_direct, channels::history, channels::post, channels::pins,
        channels::mark_read, channels::mark_unread, channels::notify, channels::draft,
        messages::show, messages::edit, messages::delete, messages::take_cards, messages::revisions, messages::thread,
        messages::react, messages::unreact, messages::pin, messages::unpin,
        messages::follow, messages::unfollow, messages::save, messages::unsave,
        inbox::threads, inbox::saved, search::search,
        uploads::create, uploads::show, uploads::append, uploads::complete, uploads::cancel,
        files::show, files::download, files::thumbnail, files::preview, files::wear,
        files::storage,
        audit::page, audit::file, premises::health, premises::leave_safe_mode, update::show, update::order, premises::storage,
        premises::backups, premises::back_up, premises::download, premises::delete_backup,
        premises::rescue,
        vault::show, vault::configure, vault::start, vault::cancel, vault::show_key,
        vault::key_saved,
        hardware::show, hardware::history, hardware::configure, hardware::act,
        integrations::list, integrations::create_bot, integrations::change_bot,
        integrations::create_token, integrations::revoke_token,
        incoming::create, incoming::change, incoming::delete, incoming::renew, incoming::test,
        outgoing::create, outgoing::change, outgoing::delete, outgoing::renew, outgoing::test,
        commands::list, commands::create, commands::change, commands::delete, commands::renew,
        commands::run,
    ),
    security(("cookie" = []), ("bearer" = []))
)]
struct Paths;

const GOLDEN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));

/// The whole description as JSON, made from the code.
#[must_use]
pub fn text() -> String {
    let mut document = Paths::openapi();
    document.merge(Schemas::openapi());
    let components = document.components.get_or_insert_default();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("hearth_session")));
    components.add_security_scheme("cookie", cookie);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document.to_pretty_json().map(|json| json + "\n").unwrap_or_default()
}

/// `GET /api/v1/openapi.json`: the golden file, as the build compressed it. To make it anew would take the
/// code for it along, two megabytes that nobody needs twice.
pub async fn document() -> Response {
    let mut document = String::new();
    match GzDecoder::new(GOLDEN).read_to_string(&mut document) {
        Ok(_) => ([(header::CONTENT_TYPE, "application/json")], document).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file is what other languages are generated from, so it changes only on purpose.
    #[test]
    fn the_description_is_the_golden_file() {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        if std::env::var_os("HEARTH_BLESS").is_some() {
            std::fs::write(golden, text()).unwrap();
        }
        let expected = std::fs::read_to_string(golden).unwrap();
        assert!(expected == text(), "docs/openapi.json is out of date: run `make bless`");
    }
}
