//! `smtp:` and `smtps:`: through a server, over TLS.

use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::message::{Sender, message};
use crate::{Encryption, Mail, MailError, Mailer, SmtpConfig};

/// How long a server may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Sends through a server, on connections that are kept for the next mail.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
}

impl Smtp {
    pub(crate) fn new(config: &SmtpConfig, sender: Sender) -> Result<Self, MailError> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match config.encryption {
            Encryption::Tls => Transport::relay(&config.host),
            Encryption::StartTls => Transport::starttls_relay(&config.host),
            Encryption::None => Ok(Transport::builder_dangerous(&config.host)),
        };
        let mut builder = builder.map_err(|error| mail_error(&error))?.timeout(Some(TIMEOUT));
        if let Some(port) = config.port {
            builder = builder.port(port);
        }
        if let Some((user, password)) = config.credentials.clone() {
            builder = builder.credentials(Credentials::new(user, password));
        }
        Ok(Self {
            transport: builder.build(),
            sender,
        })
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(&self.sender, mail)?;
        self.transport
            .send(message)
            .await
            .map(drop)
            .map_err(|error| mail_error(&error))
    }

    async fn check(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Unavailable(
                "the server does not answer as one for mails".into(),
            )),
            Err(error) => Err(mail_error(&error)),
        }
    }
}

fn mail_error(error: &Error) -> MailError {
    // Its source says what the words leave out.
    let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
    let text = format!("{error}{}", source.unwrap_or_default());
    if error.is_permanent() || error.is_client() {
        MailError::Refused(text)
    } else {
        MailError::Unavailable(text)
    }
}
