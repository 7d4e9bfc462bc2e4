//! Codes with which connections are closed. Stock clients take 44xx as final and try again after the others.

/// A frame that cannot be decoded or whose changes cannot be applied. Final.
pub const MALFORMED: u16 = 4400;
/// The session is gone. Final.
pub const GONE: u16 = 4404;
/// A frame or an awareness state is larger than its bound. Final: sending it again would not help.
pub const TOO_LARGE: u16 = 4413;
/// The document is closing or being reloaded (RFC 6455's registry: service restart). Try again.
pub const RESTART: u16 = 1012;
/// Too slow a reader, or edits cannot be stored just now (RFC 6455's registry: try again later).
pub const TRY_LATER: u16 = 1013;
