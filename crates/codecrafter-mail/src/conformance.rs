//! What every mailer must do. The suite knows how to read what was sent from what the caller gives it.

use std::sync::Arc;

use crate::{Mail, MailError, Mailer};

/// A mail whose every part is awkward somewhere.
pub fn awkward() -> Mail {
    Mail {
        to: "ada+test@example.org".into(),
        subject: "Grüße, \"Ada\" =?utf-8?q?x?=".into(),
        text: format!(
            "Zwölf\r\n.\r\n..\r\nBcc: eve@example.org\r\n{}\r\nhttps://code.example/r#t\r\n",
            "x".repeat(2_000)
        ),
    }
}

/// What was sent comes out once, decoded as it went in; mails that cannot be are refused, and the next one still goes.
pub async fn mails_arrive_whole(mailer: Arc<dyn Mailer>, sent: impl AsyncFn() -> Vec<Mail>) {
    mailer.check().await.expect("ready");
    let mail = awkward();
    mailer.send(&mail).await.expect("sent");
    for wrong in ["", "nobody", "a@b.c, d@e.f", "a@b.c\r\nBcc: d@e.f"] {
        let mail = Mail {
            to: wrong.to_owned(),
            ..awkward()
        };
        let refused = mailer.send(&mail).await;
        assert!(matches!(refused, Err(MailError::Refused(_))), "{wrong:?}: {refused:?}");
    }
    assert_eq!(sent().await, [mail]);
}
