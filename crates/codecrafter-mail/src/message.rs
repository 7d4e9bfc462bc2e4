//! A mail as it is sent (RFC 5322).

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, Message};

use crate::{Mail, MailError};

/// Bytes of text in one encoded word.
const ENCODED_BYTES: usize = 45;

/// Who sends: `CodeCrafter <noreply@example.org>`, or an address alone.
#[derive(Debug, Clone)]
pub struct Sender(pub(crate) Mailbox);

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.parse().map(Self);
        parsed.map_err(|_| format!("{text:?} is neither an address nor a name with <an address>"))
    }
}

/// Keeps replies of machines away (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// A subject that arrives as it is. ASCII that looks like an encoded word (RFC 2047) would be decoded by whoever reads it.
#[derive(Clone)]
struct Subject(String);

impl Header for Subject {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Subject")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        if self.0.contains("=?") {
            let encoded = encoded_words(&self.0);
            HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), encoded)
        } else {
            HeaderValue::new(Self::name(), self.0.clone())
        }
    }
}

/// Text in RFC 2047's encoded words, each within its 75 characters and of whole characters.
fn encoded_words(text: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    for c in text.chars() {
        match pieces.last_mut() {
            Some(piece) if piece.len() + c.len_utf8() <= ENCODED_BYTES => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    let words = pieces
        .iter()
        .map(|piece| format!("=?utf-8?b?{}?=", STANDARD.encode(piece)));
    words.collect::<Vec<_>>().join("\r\n ")
}

/// The mail with its headers. The recipient is one address and nothing else, and a subject of several lines is refused.
pub(crate) fn message(sender: &Sender, mail: &Mail) -> Result<Message, MailError> {
    let refused = |what: &str| MailError::Refused(what.to_owned());
    let to: Address = mail
        .to
        .parse()
        .map_err(|_| refused("the recipient is not an address"))?;
    if mail.subject.chars().any(char::is_control) {
        return Err(refused("the subject has several lines"));
    }
    let builder: MessageBuilder = Message::builder()
        .from(sender.0.clone())
        .to(Mailbox::new(None, to))
        .header(Subject(mail.subject.clone()))
        .message_id(None)
        .date_now()
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN);
    builder
        .body(mail.text.clone())
        .map_err(|error| MailError::Refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(to: &str, subject: &str, text: &str) -> Result<String, MailError> {
        let sender = "CodeCrafter <noreply@example.org>".parse().expect("a sender");
        let mail = Mail {
            to: to.into(),
            subject: subject.into(),
            text: text.into(),
        };
        message(&sender, &mail).map(|message| String::from_utf8_lossy(&message.formatted()).into_owned())
    }

    #[test]
    fn it_has_the_headers_of_a_mail() {
        let text = formatted("ada@example.org", "Grüße", "Hello\n").expect("written");
        for line in [
            "From: CodeCrafter <noreply@example.org>\r\n",
            "To: ada@example.org\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n",
        ] {
            assert!(text.contains(line), "{line:?} in {text}");
        }
        assert!(text.contains("Message-ID: <") && text.contains("Date: "), "{text}");
    }

    #[test]
    fn nothing_becomes_a_header() {
        for to in [
            "ada@example.org\r\nBcc: eve@example.org",
            "ada@example.org, eve@example.org",
            "Ada <a@b.c>",
            "",
        ] {
            assert!(formatted(to, "s", "t").is_err(), "{to:?}");
        }
        assert!(formatted("ada@example.org", "s\r\nBcc: eve@example.org", "t").is_err());
        let text = formatted("ada@example.org", "s", "a\r\nBcc: eve@example.org\r\n\r\n.\r\nb").expect("written");
        let (head, _) = text.split_once("\r\n\r\n").expect("a head");
        assert!(!head.contains("eve"), "{text}");
    }

    #[test]
    fn senders_are_checked() {
        assert!("ada@example.org".parse::<Sender>().is_ok());
        for wrong in ["", "ada", "Ada <ada>", "a@b.c\nBcc: x@y.z"] {
            assert!(wrong.parse::<Sender>().is_err(), "{wrong:?}");
        }
    }
}
