//! Users and what of them others may see.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{SessionId, UserId};

/// An account as its owner sees it. Never holds a password or its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// Unique name, 3 to 32 letters, digits, `_` and `-`, lower case.
    pub username: String,
    /// Unique address, lower case.
    pub email: String,
    /// Name shown to others, 1 to 64 characters.
    pub display_name: String,
    /// Colour of cursor and avatar, `#rrggbb`.
    pub color: String,
    /// What they say of themselves, at most 500 characters.
    pub bio: String,
    /// Where else to find them: at most 5 addresses, http or https.
    pub links: Vec<String>,
    /// Whether somebody with access to the address has confirmed it.
    pub email_verified: bool,
    /// The address that replaces `email` once it is confirmed.
    pub pending_email: Option<String>,
    /// The one session that a guest may enter; null for accounts.
    #[serde(default)]
    pub guest_of: Option<SessionId>,
    /// Whether they administer the platform. Given on the command line or by another administrator.
    #[serde(default)]
    pub platform_admin: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

/// Longest name that a guest gives, in characters: with the mark it is as long as an account's.
pub const GUEST_NAME_CHARS: usize = crate::text::DISPLAY_NAME_CHARS - GUEST_MARK.len();

/// What guests' names end with, wherever they are shown: nobody passes for somebody with an account.
const GUEST_MARK: &str = " (guest)";

impl User {
    /// A new account; names and address are checked by [`crate::text`]. Its address is not confirmed yet.
    pub fn account(username: String, email: String, display_name: String, now: DateTime<Utc>) -> Self {
        let id = UserId::new();
        Self {
            id,
            username,
            email,
            display_name,
            color: color_for(id).to_owned(),
            bio: String::new(),
            links: Vec::new(),
            email_verified: false,
            pending_email: None,
            guest_of: None,
            platform_admin: false,
            created_at: now,
        }
    }

    /// A guest of one session, who has given a name (checked by [`crate::text`]) and has neither password nor address.
    ///
    /// User name and address have characters that those of accounts cannot have.
    pub fn guest(name: &str, session: SessionId, now: DateTime<Utc>) -> Self {
        let id = UserId::new();
        let own = id.0.simple();
        Self {
            id,
            username: format!("guest:{own}"),
            email: format!("guest:{own}@guest.invalid"),
            display_name: format!("{name}{GUEST_MARK}"),
            color: color_for(id).to_owned(),
            bio: String::new(),
            links: Vec::new(),
            email_verified: false,
            pending_email: None,
            guest_of: Some(session),
            platform_admin: false,
            created_at: now,
        }
    }

    /// Whether this is a guest.
    pub fn is_guest(&self) -> bool {
        self.guest_of.is_some()
    }

    /// Whether this is a guest of another session than this one, who must not even learn that it exists.
    pub fn is_guest_elsewhere(&self, session: SessionId) -> bool {
        self.guest_of.is_some_and(|own| own != session)
    }
}

/// What other people see of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Identifier.
    pub id: UserId,
    /// Unique name.
    pub username: String,
    /// Name shown to others.
    pub display_name: String,
    /// Colour of cursor and avatar, `#rrggbb`.
    pub color: String,
    /// Whether they are in this session only, without an account.
    #[serde(default)]
    pub guest: bool,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            color: user.color.clone(),
            guest: user.is_guest(),
        }
    }
}

/// Colours that carry white text in both themes (contrast of at least 4.5 to 1).
const COLORS: [&str; 10] = [
    "#1f6feb", "#b4421f", "#0f766e", "#7c3aed", "#be185d", "#4d7c0f", "#0369a1", "#a16207", "#9333ea", "#be123c",
];

/// A colour for a new user, spread evenly over the palette by the id's random bits.
pub fn color_for(id: UserId) -> &'static str {
    COLORS[usize::from(id.0.as_bytes()[15]) % COLORS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn guests_cannot_be_taken_for_accounts() {
        let session = SessionId::new();
        let guest = User::guest("Ada", session, crate::time::now());
        assert!(text::username(&guest.username).is_err());
        assert!(text::email(&guest.email).is_err());
        assert_eq!(guest.display_name, "Ada (guest)");
        assert!(Person::from(&guest).guest);
        assert!(guest.is_guest_elsewhere(SessionId::new()) && !guest.is_guest_elsewhere(session));
    }
}
