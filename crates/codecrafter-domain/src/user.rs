//! Users and what of them others may see.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::UserId;

/// An account as its owner sees it. Never holds a password or its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// Unique name, 3 to 32 characters of `a-z 0-9 _ -`, lower case.
    pub username: String,
    /// Unique address, lower case.
    pub email: String,
    /// Name shown to others, 1 to 64 characters.
    pub display_name: String,
    /// Colour of cursor and avatar, `#rrggbb`.
    pub color: String,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
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
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            color: user.color.clone(),
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
