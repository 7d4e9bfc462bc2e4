//! Whoever administers the platform.

use axum::extract::FromRequestParts;
use codecrafter_domain::user::User;
use http::request::Parts;

use super::caller::Caller;
use crate::error::ApiError;
use crate::state::App;

/// The signed-in platform administrator of a request; everybody else is refused. Asked of the store anew with each
/// request, so that an office that was taken away is gone with the next one.
pub(crate) struct PlatformAdmin {
    pub(crate) user: User,
    pub(crate) caller: Caller,
}

impl FromRequestParts<App> for PlatformAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if !caller.user.platform_admin {
            return Err(ApiError::forbidden("This takes a platform administrator."));
        }
        Ok(Self {
            user: caller.user.clone(),
            caller,
        })
    }
}
