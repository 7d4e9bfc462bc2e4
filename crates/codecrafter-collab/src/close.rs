//! Codes with which connections are closed. Stock clients take 44xx as final and try again after the others.

/// A frame that cannot be decoded or whose changes cannot be applied. Final.
pub const MALFORMED: u16 = 4400;
/// The session is gone. Final.
pub const GONE: u16 = 4404;
/// Nobody has signed in in time, or nothing is open any more. Final for y-websocket clients.
pub const TIMEOUT: u16 = 4408;
/// A frame or an awareness state is larger than its bound. Final: sending it again would not help.
pub const TOO_LARGE: u16 = 4413;
/// Too many connections of a user or an address, or documents on one connection. Final: some must end first.
pub const TOO_MANY: u16 = 4429;
/// More messages or bytes than a connection may send for long. Try again: what was not taken is synced.
pub const TOO_FAST: u16 = 4529;
/// The document is closing or being reloaded (RFC 6455's registry: service restart). Try again.
pub const RESTART: u16 = 1012;
/// Too slow a reader, or edits cannot be stored just now (RFC 6455's registry: try again later).
pub const TRY_LATER: u16 = 1013;
