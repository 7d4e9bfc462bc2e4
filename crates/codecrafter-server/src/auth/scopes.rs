//! What each operation and each socket takes of an API key: a table, so that whatever is not in it takes a login.

use codecrafter_domain::api_key::Scope;
use http::Method;

use crate::error::ApiError;

/// What an operation takes of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: it asks nobody who they are.
    Nothing,
    /// A login, or a key with any one of these scopes.
    AnyOf(&'static [Scope]),
    /// A login: keys manage neither keys nor passwords nor logins.
    Login,
}

const READ: Needs = Needs::AnyOf(&[Scope::Read]);
const READ_SESSION: Needs = Needs::AnyOf(&[Scope::Read, Scope::Sessions]);
const READ_RUN: Needs = Needs::AnyOf(&[Scope::Read, Scope::Execute]);
const EXECUTE: Needs = Needs::AnyOf(&[Scope::Execute]);
/// Of a key whose owner administers the platform.
const ADMIN: Needs = Needs::AnyOf(&[Scope::Admin]);
const SESSIONS: Needs = Needs::AnyOf(&[Scope::Sessions]);

/// Below `/api/v1`, as the `OpenAPI` document names them. Whatever is not listed takes a login.
const TABLE: &[(&str, &str, Needs)] = &[
    ("POST", "/auth/register", Needs::Nothing),
    ("POST", "/auth/login", Needs::Nothing),
    ("POST", "/auth/mfa", Needs::Nothing),
    ("POST", "/auth/mfa/passkey", Needs::Nothing),
    ("POST", "/auth/mfa/passkey/finish", Needs::Nothing),
    ("GET", "/auth/passkey", Needs::Nothing),
    ("POST", "/auth/passkey", Needs::Nothing),
    ("POST", "/auth/passkey/finish", Needs::Nothing),
    ("POST", "/auth/guest", Needs::Nothing),
    ("POST", "/auth/refresh", Needs::Nothing),
    ("POST", "/auth/logout", Needs::Nothing),
    ("POST", "/auth/password/forgot", Needs::Nothing),
    ("POST", "/auth/password/reset", Needs::Nothing),
    ("POST", "/auth/email/verify", Needs::Nothing),
    ("GET", "/auth/providers", Needs::Nothing),
    ("GET", "/auth/providers/{provider}/login", Needs::Nothing),
    ("GET", "/auth/providers/{provider}/callback", Needs::Nothing),
    // What it opens is checked there.
    (
        "POST",
        "/auth/tickets",
        Needs::AnyOf(&[Scope::Read, Scope::Execute, Scope::Sessions]),
    ),
    ("GET", "/languages", Needs::Nothing),
    ("GET", "/me", READ),
    ("PATCH", "/me", Needs::Login),
    ("DELETE", "/me", Needs::Login),
    ("POST", "/me/password", Needs::Login),
    ("POST", "/me/email", Needs::Login),
    ("DELETE", "/me/email", Needs::Login),
    ("POST", "/me/email/verification", Needs::Login),
    ("GET", "/me/logins", Needs::Login),
    ("DELETE", "/me/logins", Needs::Login),
    ("DELETE", "/me/logins/{id}", Needs::Login),
    ("GET", "/me/identities", Needs::Login),
    ("POST", "/me/identities/{provider}", Needs::Login),
    ("DELETE", "/me/identities/{provider}", Needs::Login),
    ("GET", "/me/preferences", Needs::Login),
    ("PATCH", "/me/preferences", Needs::Login),
    ("GET", "/me/second-factors", Needs::Login),
    ("POST", "/me/second-factors/totp", Needs::Login),
    ("DELETE", "/me/second-factors/totp", Needs::Login),
    ("POST", "/me/second-factors/totp/confirm", Needs::Login),
    ("POST", "/me/second-factors/recovery-codes", Needs::Login),
    ("POST", "/me/second-factors/passkeys", Needs::Login),
    ("POST", "/me/second-factors/passkeys/finish", Needs::Login),
    ("PATCH", "/me/second-factors/passkeys/{id}", Needs::Login),
    ("DELETE", "/me/second-factors/passkeys/{id}", Needs::Login),
    ("GET", "/me/export", Needs::Login),
    ("GET", "/me/security-events", Needs::Login),
    ("GET", "/me/api-keys", Needs::Login),
    ("POST", "/me/api-keys", Needs::Login),
    ("DELETE", "/me/api-keys/{id}", Needs::Login),
    ("POST", "/sessions", SESSIONS),
    ("GET", "/sessions", READ_SESSION),
    ("GET", "/sessions/{id}", READ_SESSION),
    ("PATCH", "/sessions/{id}", SESSIONS),
    ("DELETE", "/sessions/{id}", SESSIONS),
    ("POST", "/sessions/{id}/join", SESSIONS),
    ("POST", "/sessions/{id}/leave", SESSIONS),
    ("POST", "/sessions/{id}/fork", SESSIONS),
    ("POST", "/sessions/{id}/owner", SESSIONS),
    ("POST", "/sessions/{id}/restore", SESSIONS),
    ("GET", "/sessions/{id}/waiting", READ_SESSION),
    ("POST", "/sessions/{id}/waiting/{user}", SESSIONS),
    ("DELETE", "/sessions/{id}/waiting/{user}", SESSIONS),
    ("GET", "/sessions/{id}/bans", READ_SESSION),
    ("POST", "/sessions/{id}/bans", SESSIONS),
    ("DELETE", "/sessions/{id}/bans/{user}", SESSIONS),
    // Their tokens are in the list: whoever reads them may let others in.
    ("GET", "/sessions/{id}/invites", SESSIONS),
    ("POST", "/sessions/{id}/invites", SESSIONS),
    ("DELETE", "/sessions/{id}/invites/{invite}", SESSIONS),
    ("GET", "/sessions/{id}/participants", READ_SESSION),
    ("PUT", "/sessions/{id}/participants/{user}", SESSIONS),
    ("DELETE", "/sessions/{id}/participants/{user}", SESSIONS),
    ("GET", "/sessions/{id}/archive", READ_SESSION),
    ("GET", "/sessions/{id}/files", READ_SESSION),
    ("GET", "/sessions/{id}/files/{path}", READ_SESSION),
    ("GET", "/sessions/{id}/snapshots", READ_SESSION),
    ("POST", "/sessions/{id}/snapshots", SESSIONS),
    ("GET", "/sessions/{id}/snapshots/{snapshot}", READ_SESSION),
    ("PATCH", "/sessions/{id}/snapshots/{snapshot}", SESSIONS),
    ("DELETE", "/sessions/{id}/snapshots/{snapshot}", SESSIONS),
    ("GET", "/sessions/{id}/snapshots/{snapshot}/diff", READ_SESSION),
    ("POST", "/sessions/{id}/snapshots/{snapshot}/restore", SESSIONS),
    ("GET", "/sessions/{id}/history", READ_SESSION),
    ("DELETE", "/sessions/{id}/history", SESSIONS),
    ("GET", "/sessions/{id}/history/export", READ_SESSION),
    ("GET", "/sessions/{id}/messages", READ_SESSION),
    ("POST", "/sessions/{id}/messages", SESSIONS),
    ("PUT", "/sessions/{id}/messages/read", SESSIONS),
    ("PATCH", "/sessions/{id}/messages/{message}", SESSIONS),
    ("DELETE", "/sessions/{id}/messages/{message}", SESSIONS),
    ("GET", "/sessions/{id}/notes", READ_SESSION),
    ("PUT", "/sessions/{id}/notes", SESSIONS),
    ("GET", "/sessions/{id}/executions", READ_RUN),
    ("POST", "/executions", EXECUTE),
    ("GET", "/executions/{id}", READ_RUN),
    ("DELETE", "/executions/{id}", EXECUTE),
    ("GET", "/executions/{id}/events", READ_RUN),
    ("GET", "/admin/users", ADMIN),
    ("GET", "/admin/users/{user}", ADMIN),
    ("POST", "/admin/users/{user}/deactivate", ADMIN),
    ("POST", "/admin/users/{user}/activate", ADMIN),
    ("POST", "/admin/users/{user}/sign-out", ADMIN),
    // What guards an account, and who administers the platform, is decided by people who have signed in.
    ("POST", "/admin/users/{user}/second-factor/reset", Needs::Login),
    ("PUT", "/admin/users/{user}/office", Needs::Login),
    ("PUT", "/admin/users/{user}/quota", ADMIN),
    ("GET", "/admin/sessions", ADMIN),
    ("DELETE", "/admin/sessions/{id}", ADMIN),
    ("POST", "/admin/sessions/{id}/restore", ADMIN),
    ("GET", "/admin/executions", ADMIN),
    ("DELETE", "/admin/executions/{id}", ADMIN),
    ("GET", "/admin/dead-letters", ADMIN),
    ("POST", "/admin/dead-letters/{id}/requeue", ADMIN),
    ("DELETE", "/admin/dead-letters/{id}", ADMIN),
    ("GET", "/admin/queue", ADMIN),
    ("GET", "/admin/workers", ADMIN),
    ("GET", "/admin/settings", ADMIN),
    ("GET", "/admin/audit", ADMIN),
    ("GET", "/admin/audit/export", ADMIN),
    // Sockets: what can be sent over them decides.
    ("GET", Socket::Sync.path(), SESSIONS),
    ("GET", Socket::Hocuspocus.path(), SESSIONS),
    ("GET", Socket::Events.path(), SESSIONS),
    ("GET", Socket::Entry.path(), SESSIONS),
    ("GET", Socket::Attach.path(), EXECUTE),
];

/// A `WebSocket` address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Socket {
    /// Documents, as y-websocket speaks.
    Sync,
    /// Documents, as Hocuspocus speaks.
    Hocuspocus,
    /// What happens in a session.
    Events,
    /// Waiting to be let in.
    Entry,
    /// A running program.
    Attach,
}

impl Socket {
    const fn path(self) -> &'static str {
        match self {
            Self::Sync => "/sync/{session}",
            Self::Hocuspocus => "/hocuspocus",
            Self::Events => "/sessions/{id}/events",
            Self::Entry => "/sessions/{id}/entry",
            Self::Attach => "/executions/{id}/attach",
        }
    }

    /// What it takes.
    pub(crate) fn needs(self) -> Needs {
        needs("GET", self.path())
    }
}

/// What an operation takes, by its method and its path below `/api/v1`.
pub(crate) fn needs(method: &str, path: &str) -> Needs {
    // Whoever may read may ask for the head alone.
    let method = if method == Method::HEAD.as_str() { "GET" } else { method };
    let row = TABLE.iter().find(|row| row.0 == method && is_same(row.1, path));
    row.map_or(Needs::Login, |row| row.2)
}

/// The router marks parameters that span several parts of a path, the document does not.
fn is_same(row: &str, path: &str) -> bool {
    match path.split_once("{*") {
        None => row == path,
        Some((head, tail)) => {
            let rest = row.strip_prefix(head).and_then(|rest| rest.strip_prefix('{'));
            rest == Some(tail)
        }
    }
}

impl Needs {
    /// Refuses a key without the scope.
    pub(crate) fn check(self, scopes: &[Scope]) -> Result<(), ApiError> {
        match self {
            Self::Nothing => Ok(()),
            Self::AnyOf(any) if any.iter().any(|scope| scopes.contains(scope)) => Ok(()),
            Self::AnyOf(any) => Err(ApiError::insufficient_scope(any)),
            Self::Login => Err(ApiError::forbidden("API keys cannot do this: sign in.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_is_in_the_table_once() {
        let document = crate::openapi::document();
        let mut described = BTreeSet::new();
        for (path, item) in &document.paths.paths {
            let Some(path) = path.strip_prefix("/api/v1") else {
                continue;
            };
            for (method, operation) in [
                ("GET", &item.get),
                ("PUT", &item.put),
                ("POST", &item.post),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ] {
                if operation.is_some() {
                    described.insert((method, path));
                }
            }
        }
        let listed: Vec<_> = TABLE.iter().map(|row| (row.0, row.1)).collect();
        let once: BTreeSet<_> = listed.iter().copied().collect();
        assert_eq!(once.len(), listed.len(), "an operation is listed twice");
        let missing: Vec<_> = described.difference(&once).collect();
        assert!(missing.is_empty(), "these name no scope: {missing:?}");
        let gone: Vec<_> = once.difference(&described).collect();
        assert!(gone.is_empty(), "these are no operations: {gone:?}");
    }

    #[test]
    fn what_is_not_listed_takes_a_login() {
        assert_eq!(needs("GET", "/nonsense"), Needs::Login);
        assert_eq!(needs("PUT", "/me"), Needs::Login);
        assert_eq!(needs("GET", "/sessions/{id}/files/{*path}"), READ_SESSION);
        assert_eq!(needs("HEAD", "/me"), READ);
        assert_eq!(needs("DELETE", "/sessions/{id}/files/{*path}"), Needs::Login);
        for socket in [
            Socket::Sync,
            Socket::Hocuspocus,
            Socket::Events,
            Socket::Entry,
            Socket::Attach,
        ] {
            assert!(matches!(socket.needs(), Needs::AnyOf(_)), "{socket:?}");
        }
    }

    #[test]
    fn any_one_scope_is_enough_and_none_is_not() {
        assert!(READ_RUN.check(&[Scope::Execute]).is_ok());
        assert!(READ_RUN.check(&[Scope::Sessions, Scope::Admin]).is_err());
        assert!(EXECUTE.check(&[Scope::Read]).is_err());
        assert!(EXECUTE.check(&[]).is_err());
        let all = [Scope::Read, Scope::Execute, Scope::Sessions, Scope::Admin];
        assert!(Needs::Login.check(&all).is_err());
    }
}
