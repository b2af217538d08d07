//! Finding what was written.

use std::sync::Arc;

use axum::extract::State;
use hearth_wire::problem::Problem;
use hearth_wire::search::{SearchPage, SearchQuery};

use super::auth::Caller;
use super::extract::{Json, Query};
use super::problem::ApiResult;
use crate::actions;
use crate::app::App;

/// Messages that fit a query, among those that the caller may read.
///
/// # Errors
/// When the query is too long or has too many parts, or the caller searches too much at once.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(SearchQuery),
    responses((status = 200, body = SearchPage), (status = "default", body = Problem)))]
pub async fn search(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> ApiResult<Json<SearchPage>> {
    Ok(Json(actions::search::search(&app, caller.user, query).await?))
}
