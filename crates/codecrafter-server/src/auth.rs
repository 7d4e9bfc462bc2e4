//! Who is asking: passwords, tokens, cookies.

pub(crate) mod caller;
pub(crate) mod cookie;
mod guest;
pub(crate) mod passwords;
pub(crate) mod tokens;
