//! Signing in by a provider: what a browser keeps while it is away, whose account it comes back to, and what is wrong.

pub(crate) mod accounts;
pub(crate) mod away;
pub(crate) mod problem;
pub(crate) mod return_to;

use url::Url;

use crate::state::App;

impl App {
    /// Where a provider sends browsers back to.
    pub(crate) fn callback_url(&self, provider: &str) -> Url {
        let mut url = self.config.public_url.clone();
        url.set_path(&format!("/api/v1/auth/providers/{provider}/callback"));
        url
    }
}
