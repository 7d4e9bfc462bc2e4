//! Which languages there are.

use axum::Json;
use axum::extract::State;
use codecrafter_execution::LanguageInfo;

use super::page::List;
use crate::state::App;

/// The languages whose toolchain is present, with versions, limits and samples.
#[utoipa::path(get, path = "/languages", tag = "executions", responses((status = 200, body = List<LanguageInfo>)))]
pub(crate) async fn list(State(app): State<App>) -> Json<List<LanguageInfo>> {
    Json(List::whole(app.catalogue.list().to_vec()))
}
