//! Identifiers: `UUIDv7` (RFC 9562), one type per thing so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier; later ones sort after earlier ones.
            #[expect(clippy::new_without_default, reason = "a default that differs every time misleads")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// A person's account.
    UserId
);
id!(
    /// A shared workspace (not a login).
    SessionId
);
id!(
    /// A line of a session's chat.
    MessageId
);
id!(
    /// One request to run code.
    ExecutionId
);
id!(
    /// One login of one user: a family of refresh tokens that replace each other.
    LoginId
);
id!(
    /// What a program signs in with.
    ApiKeyId
);
id!(
    /// What a person signs in with instead of a password, or beside it.
    PasskeyId
);
id!(
    /// A line of the audit log.
    AuditId
);
id!(
    /// An invitation link into a session.
    InviteId
);
id!(
    /// A copy of a session's files.
    SnapshotId
);
