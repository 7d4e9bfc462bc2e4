//! Whether what somebody presents beside the password is theirs. What is right is spent by that.

use chrono::Utc;
use codecrafter_domain::id::UserId;
use codecrafter_store::second_factors::StoredTotp;

use super::{recovery, totp};
use crate::error::ApiError;
use crate::state::App;

/// Whether this is a one-time code of the account that was not used before.
pub(crate) async fn spend_totp(app: &App, user: UserId, code: &str) -> Result<bool, ApiError> {
    let stored = app
        .store
        .totp(user)
        .await?
        .filter(|stored| stored.confirmed_at.is_some());
    let Some(stored) = stored else { return Ok(false) };
    match totp::step_of(&secret(app, user, &stored)?, code, Utc::now()) {
        Some(step) => Ok(app.store.spend_totp(user, step).await?),
        None => Ok(false),
    }
}

/// Whether this is a recovery code of the account that was not used before.
pub(crate) async fn spend_recovery_code(app: &App, user: UserId, code: &str) -> Result<bool, ApiError> {
    match recovery::hash(user, code) {
        Some(hash) => Ok(app.store.spend_recovery_code(user, &hash).await?),
        None => Ok(false),
    }
}

/// The secret in the clear. It is lost with the key that it was sealed by.
pub(crate) fn secret(app: &App, user: UserId, stored: &StoredTotp) -> Result<Vec<u8>, ApiError> {
    app.vault.open(user, &stored.secret).ok_or_else(|| {
        tracing::error!(%user, "a secret of one-time codes was sealed by another key");
        ApiError::conflict(
            "One-time codes of this account cannot be checked any more: use a recovery code, or ask an administrator.",
        )
    })
}
