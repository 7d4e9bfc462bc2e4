//! Tickets: what opens one socket, for clients that can send neither header nor cookie.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::auth::tokens::TICKET_LIFE;
use crate::error::ApiError;
use crate::state::App;

/// What opens one socket.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ticket {
    /// For `?ticket=` of a socket's address, or as the token of a Hocuspocus document.
    ticket: String,
    /// Until then, in seconds.
    expires_in: i64,
}

/// Get a ticket, which opens one socket, within 30 seconds. The socket has the rights of the token that the ticket was
/// got with, and closes when that expires or its login ends.
#[utoipa::path(post, path = "/auth/tickets", tag = "auth", security(("token" = [])),
    responses((status = 201, body = Ticket)))]
pub(crate) async fn create(State(app): State<App>, caller: Caller) -> Result<(StatusCode, Json<Ticket>), ApiError> {
    let ticket = app
        .tokens
        .issue_ticket(caller.user.id, caller.name().into(), caller.expires(), Utc::now())?;
    let expires_in = TICKET_LIFE.num_seconds();
    Ok((StatusCode::CREATED, Json(Ticket { ticket, expires_in })))
}
