//! Who is asking: passwords, tokens, keys, cookies.

pub(crate) mod agent;
pub(crate) mod api_keys;
pub(crate) mod caller;
pub(crate) mod cookie;
mod guest;
pub(crate) mod known;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod platform_admin;
pub(crate) mod presented;
pub(crate) mod recovery;
pub(crate) mod scopes;
pub(crate) mod second_factor;
pub(crate) mod tokens;
pub(crate) mod totp;
pub(crate) mod uses;
pub(crate) mod vault;
pub(crate) mod visitor;
