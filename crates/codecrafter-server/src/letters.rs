//! Mails to people, on their way in the background: nobody's answer waits for a mail server, and how long an answer takes
//! tells nothing of whether there is somebody to write to.

mod text;

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use codecrafter_domain::user::User;
use codecrafter_mail::{Mail, MailError, Mailer};
use codecrafter_store::StoreError;
use codecrafter_store::types::{LinkPurpose, NewLink};
use tokio::sync::Semaphore;

use crate::auth::tokens::{random_text, refresh_hash};
use crate::budget::Budget;
use crate::error::ApiError;
use crate::state::App;

/// Mails that may wait; more are not sent, and the log says so.
const WAITING: usize = 1_000;
/// Mails that are written and handed over at the same time.
const TOGETHER: usize = 4;
/// How long to wait before each further attempt.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(5), Duration::from_mins(1)];
/// How long a link to a new password works.
const RESET_LIFE: TimeDelta = TimeDelta::hours(1);
/// How long a link that confirms an address works.
const VERIFY_LIFE: TimeDelta = TimeDelta::hours(24);
/// Links of one kind that an account has at once, so that nobody makes another's link worthless by asking for more.
const LINKS: u64 = 5;

/// Something to be written.
#[derive(Debug, Clone)]
pub(crate) enum Letter {
    /// A link to a new password, if there is an account with this address.
    Forgotten(String),
    /// A link that confirms the address, the pending one where there is one.
    Verify(User),
    /// The password is another one now.
    PasswordChanged(User),
    /// The address was another one before, which hears of it.
    AddressChanged {
        /// As it is now.
        user: User,
        /// Where this goes.
        before: String,
    },
    /// There is another way to sign in.
    Connected {
        /// To whose account.
        user: User,
        /// The provider's name for people.
        label: String,
    },
    /// What logins ask for besides the password is another thing now.
    SecondFactor(User, SecondFactorNews),
    /// The account is gone.
    Deleted(User),
}

/// What became of a second factor.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SecondFactorNews {
    /// Logins ask for it.
    On,
    /// They do no more.
    Off,
    /// They ask for passkeys only.
    CodesOff,
    /// There is another passkey.
    PasskeyAdded,
    /// There is one passkey less.
    PasskeyRemoved,
    /// An administrator took it away.
    Reset,
    /// There are other recovery codes.
    NewCodes,
    /// Somebody signed in by a recovery code.
    CodeUsed {
        /// How many are left.
        left: u64,
    },
}

/// Mails on their way.
pub(crate) struct Letters {
    mailer: Arc<dyn Mailer>,
    waiting: Arc<Semaphore>,
    together: Arc<Semaphore>,
}

impl Letters {
    pub(crate) fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self {
            mailer,
            waiting: Arc::new(Semaphore::new(WAITING)),
            together: Arc::new(Semaphore::new(TOGETHER)),
        }
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), MailError> {
        for pause in AGAIN_AFTER {
            match self.mailer.send(mail).await {
                Err(error @ MailError::Unavailable(_)) => tracing::warn!(%error, "mail will be tried again"),
                end => return end,
            }
            tokio::time::sleep(pause).await;
        }
        self.mailer.send(mail).await
    }
}

impl App {
    /// Has a letter written and sent, soon.
    pub(crate) fn post(&self, letter: Letter) {
        let Ok(waiting) = Arc::clone(&self.letters.waiting).try_acquire_owned() else {
            return tracing::error!("too many mails wait: one is not sent");
        };
        let app = self.clone();
        self.sockets.spawn(async move {
            let sending = async {
                // Never closed.
                let _turn = app.letters.together.acquire().await;
                send(&app, letter).await;
            };
            tokio::select! {
                () = sending => {}
                () = app.closing.cancelled() => tracing::warn!("a mail was not sent before the end"),
            }
            drop(waiting);
        });
    }
}

async fn send(app: &App, letter: Letter) {
    match write(app, letter).await {
        Ok(Some(mail)) => {
            if let Err(error) = app.letters.hand_over(&mail).await {
                tracing::error!(%error, "mail not sent");
            }
        }
        Ok(None) => {}
        Err(error) => tracing::error!(?error, "mail not written"),
    }
}

async fn write(app: &App, letter: Letter) -> Result<Option<Mail>, ApiError> {
    let url = &app.config.public_url;
    let mail = match letter {
        Letter::Forgotten(email) => return forgotten(app, &email).await,
        Letter::Verify(user) => {
            let email = user.pending_email.as_ref().unwrap_or(&user.email).clone();
            let token = link(app, &user, LinkPurpose::Verify, &email, VERIFY_LIFE).await?;
            text::verify(&user, &email, url, &token)
        }
        Letter::PasswordChanged(user) => text::password_changed(&user, url),
        Letter::AddressChanged { user, before } => text::address_changed(&user, &before, url),
        Letter::Connected { user, label } => text::connected(&user, &label, url),
        Letter::SecondFactor(user, news) => text::second_factor(&user, news, url),
        Letter::Deleted(user) => text::deleted(&user, url),
    };
    Ok(Some(mail))
}

async fn forgotten(app: &App, email: &str) -> Result<Option<Mail>, ApiError> {
    let user = match app.store.user_by_login(email).await {
        Ok((user, _)) => user,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if app.budgets.take(Budget::Mail(email)).await.is_err() {
        return Ok(None);
    }
    let token = link(app, &user, LinkPurpose::Reset, &user.email, RESET_LIFE).await?;
    Ok(Some(text::forgotten(&user, &app.config.public_url, &token)))
}

/// A token that is stored by its hash only.
async fn link(app: &App, user: &User, purpose: LinkPurpose, email: &str, life: TimeDelta) -> Result<String, ApiError> {
    let token = random_text::<32>()?;
    let now = Utc::now();
    let link = NewLink {
        token: refresh_hash(&token),
        user: user.id,
        purpose,
        email: email.to_owned(),
        now,
        expires_at: now + life,
        most: LINKS,
    };
    app.store.add_link(&link).await?;
    Ok(token)
}
