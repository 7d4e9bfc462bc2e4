//! Who is asking: passwords, tokens, keys, cookies.

pub(crate) mod agent;
pub(crate) mod api_keys;
pub(crate) mod caller;
pub(crate) mod cookie;
mod guest;
pub(crate) mod known;
pub(crate) mod passwords;
pub(crate) mod platform_admin;
pub(crate) mod presented;
pub(crate) mod scopes;
pub(crate) mod tokens;
pub(crate) mod uses;
pub(crate) mod visitor;
