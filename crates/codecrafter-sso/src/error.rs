//! Why nobody is known to be who they say.

use thiserror::Error;

/// Why nobody is known to be who they say. The reasons are for the log.
#[derive(Debug, Error)]
pub enum SsoError {
    /// The provider does not answer, or not as a provider does: later, perhaps.
    #[error("the provider does not answer: {0}")]
    Unavailable(String),
    /// The provider has answered, and what it says is not believed.
    #[error("the provider is not believed: {0}")]
    Untrusted(String),
    /// The provider does not take what the browser has brought.
    #[error("the provider refuses: {0}")]
    Refused(String),
}

impl SsoError {
    pub(crate) fn untrusted(why: impl Into<String>) -> Self {
        Self::Untrusted(why.into())
    }

    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(why.into())
    }
}
