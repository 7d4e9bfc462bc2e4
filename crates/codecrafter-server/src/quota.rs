//! What one user may use, and refusing more.

use codecrafter_domain::admin::Allowance;
use codecrafter_domain::id::UserId;

use crate::error::ApiError;
use crate::state::App;

/// What a user may use.
pub(crate) async fn allowance(app: &App, user: UserId) -> Result<Allowance, ApiError> {
    Ok(app.config.allowance.with(app.store.quota(user).await?))
}

/// What a user may use, as the store said a moment ago: for what comes often.
pub(crate) async fn recent_allowance(app: &App, user: UserId) -> Result<Allowance, ApiError> {
    if let Some(quota) = app.known.quota(user) {
        return Ok(app.config.allowance.with(quota));
    }
    let asked = app.known.moment();
    let quota = app.store.quota(user).await?;
    app.known.put_quota(user, quota, asked);
    Ok(app.config.allowance.with(quota))
}

/// Refuses one session more where that is too much, or where the user's sessions hold as much as they may.
pub(crate) async fn require_session(app: &App, user: UserId) -> Result<(), ApiError> {
    let allowance = allowance(app, user).await?;
    let usage = app.store.usage(user).await?;
    if usage.sessions >= u64::from(allowance.sessions) {
        return Err(ApiError::over_quota(format!(
            "You own {} sessions and may own {}: delete some first.",
            usage.sessions, allowance.sessions
        )));
    }
    refuse_full(usage.storage_bytes, allowance.storage_bytes)
}

/// Refuses to keep more where a session's owner has as much as they may.
pub(crate) async fn require_storage(app: &App, owner: UserId) -> Result<(), ApiError> {
    let allowance = allowance(app, owner).await?;
    let usage = app.store.usage(owner).await?;
    refuse_full(usage.storage_bytes, allowance.storage_bytes)
}

fn refuse_full(used: u64, allowed: u64) -> Result<(), ApiError> {
    if used < allowed {
        return Ok(());
    }
    Err(ApiError::over_quota(format!(
        "The sessions hold {used} bytes, and their owner may have {allowed}: delete snapshots, history or sessions first."
    )))
}
