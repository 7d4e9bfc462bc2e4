//! What belongs to an account besides what others see of it: its logins, and how its owner likes the page.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::LoginId;

/// Font sizes that can be chosen, in px.
pub const FONT_SIZES: std::ops::RangeInclusive<u8> = 10..=24;
/// Blanks per indentation that can be chosen.
pub const TAB_SIZES: std::ops::RangeInclusive<u8> = 1..=8;
/// Longest description of what somebody signs in with that is kept, in characters.
const AGENT_CHARS: usize = 300;

/// With what, and from where, somebody signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// The program's name for itself: a User-Agent header.
    pub agent: String,
    /// An IP address.
    pub address: String,
}

impl Device {
    /// Takes what a client says of itself, shortened and without control characters.
    pub fn new(agent: &str, address: &impl ToString) -> Self {
        Self {
            agent: agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect(),
            address: address.to_string(),
        }
    }
}

/// A login that has neither ended nor expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Identifier.
    pub id: LoginId,
    /// With what it was used last.
    pub device: Device,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
}

/// Colours of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What the editor's keys do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keymap {
    /// As in most editors.
    #[default]
    Standard,
    /// As in Vim.
    Vim,
    /// As in Emacs.
    Emacs,
}

/// How somebody likes the page, on every device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Preferences {
    /// Colours of the page.
    pub theme: Theme,
    /// What the editor's keys do.
    pub keymap: Keymap,
    /// Of the editor and the output, 10 to 24 px.
    pub font_size: u8,
    /// Blanks per indentation, 1 to 8.
    pub tab_size: u8,
    /// The language of new sessions; the server's first one where null.
    pub language: Option<String>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            keymap: Keymap::default(),
            font_size: 14,
            tab_size: 4,
            language: None,
        }
    }
}

/// Changes to preferences; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesPatch {
    /// Colours of the page.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// What the editor's keys do.
    #[serde(default)]
    pub keymap: Option<Keymap>,
    /// Of the editor and the output, 10 to 24 px.
    #[serde(default)]
    pub font_size: Option<u8>,
    /// Blanks per indentation, 1 to 8.
    #[serde(default)]
    pub tab_size: Option<u8>,
    /// The language of new sessions; null for the server's first one.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<String>)]
    pub language: Option<Option<String>>,
}

/// Tells null from what is left out.
#[expect(clippy::option_option, reason = "left out, null, and a value are three things")]
fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Preferences {
    /// These, with what the patch changes.
    #[must_use]
    pub fn with(self, patch: PreferencesPatch) -> Self {
        Self {
            theme: patch.theme.unwrap_or(self.theme),
            keymap: patch.keymap.unwrap_or(self.keymap),
            font_size: patch.font_size.unwrap_or(self.font_size),
            tab_size: patch.tab_size.unwrap_or(self.tab_size),
            language: patch.language.unwrap_or(self.language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_what_it_names() {
        let patch: PreferencesPatch = serde_json::from_str(r#"{"theme":"dark","language":"c"}"#).expect("a patch");
        let changed = Preferences::default().with(patch);
        assert_eq!((changed.theme, changed.language.as_deref()), (Theme::Dark, Some("c")));
        assert_eq!(changed.font_size, 14);
        let none: PreferencesPatch = serde_json::from_str(r#"{"language":null}"#).expect("a patch");
        assert_eq!(changed.with(none).language, None);
    }

    #[test]
    fn a_device_is_bounded() {
        let device = Device::new(&format!("a\u{7}{}", "b".repeat(9_000)), &"::1");
        assert_eq!(device.agent.chars().count(), AGENT_CHARS);
        assert!(!device.agent.contains('\u{7}'));
    }
}
