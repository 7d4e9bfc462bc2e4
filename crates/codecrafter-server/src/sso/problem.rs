//! What a person is told when signing in by a provider does not work: one word of a list, for a page of the web app.

use axum::response::{IntoResponse as _, Response};
use codecrafter_sso::SsoError;
use codecrafter_store::StoreError;
use http::{HeaderValue, StatusCode, header};
use url::form_urlencoded;

use crate::error::ApiError;

/// What is wrong. The web app has words for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// There is no such provider here.
    UnknownProvider,
    /// The provider does not answer.
    ProviderUnavailable,
    /// What the provider says is not believed, or it does not take what the browser brought.
    ProviderRefused,
    /// The person, or the provider for them, said no.
    Denied,
    /// This browser did not begin it, or too long ago, or it is over already.
    Expired,
    /// The provider tells no address, and an account needs one.
    NoEmail,
    /// There is an account with the address, and the provider does not say that it is theirs.
    EmailUnverified,
    /// There is an account with the address, which has never confirmed it.
    AccountUnconfirmed,
    /// New accounts are not made.
    RegistrationClosed,
    /// The account has been deactivated.
    Deactivated,
    /// The identity belongs to another account.
    ConnectedElsewhere,
    /// The account is connected to another identity of this provider.
    AlreadyConnected,
    /// Whoever wanted to connect an account is not signed in any more.
    SignedOut,
    /// Too often.
    TooMany,
    /// Something of ours does not work.
    Unavailable,
}

impl Problem {
    /// Its word in addresses.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::UnknownProvider => "unknown_provider",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::ProviderRefused => "provider_refused",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::NoEmail => "no_email",
            Self::EmailUnverified => "email_unverified",
            Self::AccountUnconfirmed => "account_unconfirmed",
            Self::RegistrationClosed => "registration_closed",
            Self::Deactivated => "deactivated",
            Self::ConnectedElsewhere => "connected_elsewhere",
            Self::AlreadyConnected => "already_connected",
            Self::SignedOut => "signed_out",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
        }
    }

    /// Leads to the page that tells it, from where it can be tried again.
    pub(crate) fn at(self, page: Page<'_>) -> Response {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("problem", self.word());
        let path = match page {
            Page::Account => "/account/security",
            Page::Login(next) => {
                if next != "/" {
                    query.append_pair("next", next);
                }
                "/login"
            }
        };
        redirect(&format!("{path}?{}", query.finish()))
    }
}

/// Where somebody comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Page<'a> {
    /// Signing in, to go on there.
    Login(&'a str),
    /// Their account.
    Account,
}

/// Leads a browser elsewhere.
pub(crate) fn redirect(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

impl From<SsoError> for Problem {
    fn from(error: SsoError) -> Self {
        tracing::warn!(%error, "single sign-on");
        match error {
            SsoError::Unavailable(_) => Self::ProviderUnavailable,
            SsoError::Untrusted(_) | SsoError::Refused(_) => Self::ProviderRefused,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict("identities") => Self::ConnectedElsewhere,
            StoreError::Conflict("connected") => Self::AlreadyConnected,
            StoreError::Conflict("deactivated") => Self::Deactivated,
            error => ApiError::from(error).into(),
        }
    }
}

impl From<ApiError> for Problem {
    // What is our fault is in the log already.
    fn from(error: ApiError) -> Self {
        if error.status() == StatusCode::TOO_MANY_REQUESTS {
            Self::TooMany
        } else {
            Self::Unavailable
        }
    }
}
