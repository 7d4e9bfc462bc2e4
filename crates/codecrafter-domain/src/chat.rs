//! Chat: messages that participants write, lines that the session writes itself, and private notes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::execution::Outcome;
use crate::id::{ExecutionId, MessageId, UserId};
use crate::permission::Role;
use crate::user::Person;

/// Longest text of a message, in bytes.
pub const TEXT_BYTES: usize = 4 * 1024;
/// Longest text of a session's notes, in bytes.
pub const NOTES_BYTES: usize = 32 * 1024;
/// Longest nonce, in bytes.
pub const NONCE_BYTES: usize = 64;
/// Unread messages are counted up to this many.
pub const UNREAD_MOST: u64 = 1_000;

/// A line of a session's chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChatMessage {
    /// Identifier; later ones sort after earlier ones. The line of a run has the run's.
    pub id: MessageId,
    /// Who wrote it, or whose doing it tells of.
    pub author: Person,
    /// What it says.
    #[serde(flatten)]
    pub content: ChatContent,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When its text last changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// When it was deleted; its text is gone then.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What a line of a chat says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChatContent {
    /// A person wrote it.
    Text {
        /// As it was written, 1 to 4,096 bytes; empty once deleted. Show it as text, not as markup.
        text: String,
        /// The participants whom it names with `@username`.
        mentions: Vec<UserId>,
    },
    /// The session tells what happened in it.
    System {
        /// What happened.
        line: SystemLine,
    },
}

/// What a session tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SystemLine {
    /// Somebody joined.
    Joined {
        /// Who.
        user: Person,
        /// As what.
        role: Role,
    },
    /// Somebody left.
    Left {
        /// Who.
        user: Person,
    },
    /// Somebody was removed by the line's author.
    Removed {
        /// Who.
        user: Person,
    },
    /// The line's author gave somebody another role.
    RoleChanged {
        /// Whom.
        user: Person,
        /// Which.
        role: Role,
    },
    /// The line's author ran the program.
    Run {
        /// The run.
        execution_id: ExecutionId,
        /// Id of its language.
        language: String,
        /// How it ended, once it has; the event `execution.finished` tells of it.
        outcome: Option<Outcome>,
    },
}

/// What somebody has not read of a session's chat: messages of others since the last one read or, before that, since
/// joining. The session's own lines do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unread {
    /// How many; 1,000 stands for that and more.
    pub messages: u64,
    /// How many of these name the reader.
    pub mentions: u64,
    /// The last message that was read.
    pub last_read: Option<MessageId>,
}

/// A session's private notes: one text that its owner and admins share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notes {
    /// At most 32,768 bytes.
    pub text: String,
    /// Rises with each change; 0 while nothing was ever written.
    pub version: u64,
    /// Who changed it last.
    pub updated_by: Option<Person>,
    /// When.
    pub updated_at: Option<DateTime<Utc>>,
}

/// Checks a message's text. It is not changed: what is stored is what was written.
pub fn text(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be empty".into());
    }
    bounded(text, TEXT_BYTES)
}

/// Checks the text of notes, which may be empty.
pub fn notes(text: &str) -> Result<(), String> {
    bounded(text, NOTES_BYTES)
}

/// Checks a nonce.
pub fn nonce(nonce: &str) -> Result<(), String> {
    if (1..=NONCE_BYTES).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(format!("must have 1 to {NONCE_BYTES} visible ASCII characters"))
    }
}

fn bounded(text: &str, most: usize) -> Result<(), String> {
    if text.len() > most {
        return Err(format!("must have at most {most} bytes, not {}", text.len()));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("must not contain control characters".into());
    }
    Ok(())
}

/// What follows each `@` that begins a word, folded to lower case: perhaps user names, each once. An `@` within a word
/// is that of an address.
pub fn names(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = ' ';
    for (index, c) in text.char_indices() {
        if c == '@' && !before.is_alphanumeric() && before != '@' {
            let rest = &text[index + 1..];
            let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
            let name = rest[..end].to_ascii_lowercase();
            if !name.is_empty() && !found.contains(&name) {
                found.push(name);
            }
        }
        before = c;
    }
    found
}

/// The participants whom a text names, in their order. A dash or underscore after a name may belong to the sentence.
pub fn mentions<'a>(text: &str, people: impl IntoIterator<Item = &'a Person>) -> Vec<UserId> {
    let names = names(text);
    let is_named = |username: &str| {
        names.iter().any(|name| {
            let rest = name.strip_prefix(username);
            rest.is_some_and(|rest| rest.chars().all(|c| matches!(c, '-' | '_')))
        })
    };
    let found = people.into_iter().filter(|person| is_named(&person.username));
    found.map(|person| person.id).collect()
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(username: &str) -> Person {
        Person {
            id: UserId::new(),
            username: username.into(),
            display_name: username.to_uppercase(),
            color: "#1f6feb".into(),
            guest: false,
        }
    }

    #[test]
    fn texts_are_bounded_in_bytes() {
        assert_eq!(text(&"é".repeat(TEXT_BYTES / 2)), Ok(()));
        let error = text(&"é".repeat(TEXT_BYTES / 2 + 1)).expect_err("too long");
        assert!(error.contains("4096") && error.contains("4098"), "{error}");
        for wrong in ["", " \n\t", "a\0b", "a\u{7}b"] {
            assert!(text(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(text("<b>\r\n\t&amp; 💥"), Ok(()));
        assert_eq!(notes(""), Ok(()));
        assert!(notes(&"x".repeat(NOTES_BYTES + 1)).is_err());
    }

    #[test]
    fn nonces_are_visible_characters() {
        assert_eq!(nonce("a-1"), Ok(()));
        for wrong in ["", "a b", "é", &"x".repeat(65)] {
            assert!(nonce(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_begin_words() {
        assert_eq!(names("@Ada, ask @bob-2 (@cy_), not @@dan"), ["ada", "bob-2", "cy_"]);
        assert_eq!(names("ada@example.org é@x @ada @ada @"), ["ada"]);
    }

    #[test]
    fn mentions_are_of_participants() {
        let people = [person("ada"), person("ada-2"), person("bob")];
        let [ada, ada2, bob] = [people[0].id, people[1].id, people[2].id];
        for (text, expected) in [
            ("@ada", vec![ada]),
            ("@ada-2!", vec![ada2]),
            ("@ada- and @BOB.", vec![ada, bob]),
            ("@adam, bob", vec![]),
        ] {
            assert_eq!(mentions(text, &people), expected, "{text}");
        }
    }
}
