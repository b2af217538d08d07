//! The audit log, as pages and as a file for spreadsheets.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::try_unfold;
use hearth_domain::audit::Hand;
use hearth_wire::admin::{AuditEntry, AuditPage, AuditQuery};
use hearth_wire::problem::Problem;

use super::auth::Caller;
use super::extract::{Json, Query};
use super::problem::ApiResult;
use crate::actions::{ActionError, audit};
use crate::app::App;
use crate::calendar;

/// What the first line of the file says.
const COLUMNS: &str = "number,time (UTC),who,address,what,about,name,before and after\r\n";

/// What those who run the office did, the latest first.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin", params(AuditQuery),
    responses((status = 200, body = AuditPage), (status = "default", body = Problem)))]
pub async fn page(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Json<AuditPage>> {
    Ok(Json(audit::page(&app, caller.user, query).await?))
}

/// The same as a file of comma-separated values, all of it.
///
/// # Errors
/// By permission; after the first part is sent, a failure ends the file early.
#[utoipa::path(get, path = "/api/v1/admin/audit.csv", tag = "admin", params(AuditQuery),
    responses((status = 200, content_type = "text/csv", body = String),
        (status = "default", body = Problem)))]
pub async fn file(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Response> {
    let first = audit::export(&app, caller.user, query.clone()).await?;
    let stream = try_unfold(Some((first, query)), move |state| {
        let app = Arc::clone(&app);
        async move {
            let Some((page, mut query)) = state else { return Ok(None) };
            // A spreadsheet knows the encoding by the mark at the start.
            let mut text =
                if query.before.is_none() { format!("\u{feff}{COLUMNS}") } else { String::new() };
            page.entries.iter().for_each(|entry| line(&mut text, entry));
            query.before = page.entries.last().map(|entry| entry.id);
            let next = if page.more {
                Some((audit::export(&app, caller.user, query.clone()).await?, query))
            } else {
                None
            };
            Ok::<_, ActionError>(Some((Bytes::from(text), next)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hearth-audit.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

fn line(text: &mut String, entry: &AuditEntry) {
    let who = match entry.by {
        Hand::Person { id } => id.to_string(),
        Hand::Operator => "operator".to_owned(),
        Hand::Nobody => String::new(),
    };
    let changes = entry
        .changes
        .iter()
        .map(|change| format!("{}: {} → {}", change.what, change.before, change.after));
    let changes = changes.collect::<Vec<_>>().join("; ");
    let about = format!("{} {}", entry.subject.kind, entry.subject.id);
    let fields = [
        entry.id.to_string(),
        calendar::utc(entry.at),
        who,
        entry.address.clone(),
        entry.act.clone(),
        about.trim().to_owned(),
        entry.subject.name.clone(),
        changes,
    ];
    let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    text.push_str(&fields.join(","));
    text.push_str("\r\n");
}

/// A field (RFC 4180). Spreadsheets run what begins like a formula, so an apostrophe stands before it.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    if field.contains([',', '"', '\n', '\r']) || is_formula {
        format!("\"{guard}{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_are_disarmed() {
        assert_eq!(quoted("plain 中文"), "plain 中文");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(quoted("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
        for start in ["+1", "-1", "@x", "\tx"] {
            assert!(quoted(start).starts_with("\"'"), "{start}");
        }
    }
}
