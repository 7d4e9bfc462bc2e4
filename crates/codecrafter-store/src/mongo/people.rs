//! Accounts and guests as they are stored: with all that signs them in, and all that they have set up. Each list within
//! is bounded, and what a step changes of a user is one document.

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::user::{Person, User};
use mongodb::bson::{Binary, doc, spec::BinarySubtype};
use serde::{Deserialize, Serialize};

use super::engine::{Engine, Stored, id, key};
use crate::Result;
use crate::convert;
use crate::error::StoreError;

/// A user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct UserDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) username: String,
    /// What no other name may look like.
    pub(super) username_key: String,
    pub(super) email: String,
    pub(super) display_name: String,
    pub(super) color: String,
    pub(super) password_hash: String,
    pub(super) created_at: i64,
    pub(super) guest_of: Option<String>,
    pub(super) deactivated_at: Option<i64>,
    pub(super) search: String,
    pub(super) bio: String,
    pub(super) links: Vec<String>,
    pub(super) email_verified: bool,
    pub(super) pending_email: Option<String>,
    pub(super) deleted_at: Option<i64>,
    /// Whether the account is gone and its sessions have not been left yet.
    pub(super) leaving: bool,
    pub(super) platform_admin: bool,
    /// As JSON.
    pub(super) preferences: Option<String>,
    pub(super) quota: Option<QuotaPart>,
    pub(super) mails: Vec<MailPart>,
    pub(super) identities: Vec<IdentityPart>,
    pub(super) logins: Vec<LoginPart>,
    pub(super) api_keys: Vec<KeyPart>,
    pub(super) totp: Option<TotpPart>,
    pub(super) recovery_codes: Vec<String>,
    pub(super) passkeys: Vec<PasskeyPart>,
    pub(super) challenges: Vec<ChallengePart>,
    pub(super) ceremonies: Vec<CeremonyPart>,
}

/// What of the platform's defaults does not hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct QuotaPart {
    pub(super) executions: Option<i64>,
    pub(super) sessions: Option<i64>,
    pub(super) storage_bytes: Option<i64>,
}

/// A link that was sent by mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MailPart {
    pub(super) hash: String,
    pub(super) purpose: String,
    pub(super) email: String,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
}

/// Who it is at a provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct IdentityPart {
    /// Issuer and subject.
    pub(super) key: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) name: String,
    pub(super) created_at: i64,
    pub(super) used_at: i64,
}

/// A login with the one of its tokens that is not used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LoginPart {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) ended: bool,
    pub(super) expires_at: i64,
    pub(super) created_at: i64,
    pub(super) used_at: i64,
    pub(super) agent: String,
    pub(super) address: String,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct KeyPart {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) hash: Binary,
    /// As JSON.
    pub(super) scopes: String,
    pub(super) created_at: i64,
    pub(super) expires_at: Option<i64>,
    pub(super) last_used_at: Option<i64>,
}

/// A secret of one-time codes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TotpPart {
    pub(super) secret: Binary,
    pub(super) created_at: i64,
    pub(super) confirmed_at: Option<i64>,
    pub(super) spent_step: i64,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PasskeyPart {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) credential_id: String,
    pub(super) credential: String,
    pub(super) counter: i64,
    pub(super) backed_up: bool,
    pub(super) created_at: i64,
    pub(super) used_at: Option<i64>,
}

/// A login that waits for the second factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ChallengePart {
    pub(super) hash: String,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
    pub(super) tries: i64,
}

/// What a browser was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CeremonyPart {
    pub(super) hash: String,
    pub(super) state: Binary,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
}

impl Stored for UserDocument {
    const COLLECTION: &'static str = "users";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

impl UserDocument {
    /// One that has nothing set up yet.
    pub(super) fn new(user: &User, password_hash: &str) -> Result<Self> {
        Ok(Self {
            id: key(user.id.0),
            version: 0,
            username: convert::text("username", &user.username)?,
            username_key: codecrafter_domain::text::look(&user.username),
            email: convert::text("email", &user.email)?,
            display_name: convert::text("display_name", &user.display_name)?,
            color: convert::text("color", &user.color)?,
            password_hash: convert::text("password_hash", password_hash)?,
            created_at: convert::micros(user.created_at),
            guest_of: user.guest_of.map(|session| key(session.0)),
            search: search_text(&user.username, &user.display_name),
            bio: convert::text("bio", &user.bio)?,
            links: user.links.clone(),
            email_verified: user.email_verified,
            pending_email: user.pending_email.clone(),
            platform_admin: user.platform_admin,
            ..Self::default()
        })
    }

    /// `NotFound` for guests and for accounts that are gone.
    pub(super) fn require_account(&self) -> Result<()> {
        if self.guest_of.is_none() && self.deleted_at.is_none() {
            Ok(())
        } else {
            Err(StoreError::NotFound)
        }
    }

    /// `Conflict("deactivated")` for whoever may not sign in.
    pub(super) fn require_active(&self) -> Result<()> {
        match self.deactivated_at {
            Some(_) => Err(StoreError::Conflict("deactivated")),
            None => Ok(()),
        }
    }

    /// `NotFound` for guests of other sessions.
    pub(super) fn require_of(&self, session: SessionId) -> Result<()> {
        match &self.guest_of {
            Some(own) if *own != key(session.0) => Err(StoreError::NotFound),
            _ => Ok(()),
        }
    }

    /// Whose it is.
    pub(super) fn user_id(&self) -> Result<UserId> {
        id(&self.id).map(UserId)
    }

    /// The account.
    pub(super) fn to_user(&self) -> Result<User> {
        Ok(User {
            id: self.user_id()?,
            username: self.username.clone(),
            email: self.email.clone(),
            display_name: self.display_name.clone(),
            color: self.color.clone(),
            bio: self.bio.clone(),
            links: self.links.clone(),
            email_verified: self.email_verified,
            pending_email: self.pending_email.clone(),
            guest_of: self.guest_of.as_deref().map(id).transpose()?.map(SessionId),
            platform_admin: self.platform_admin,
            created_at: convert::time(self.created_at)?,
        })
    }

    /// What of the account others see.
    pub(super) fn to_person(&self) -> Result<Person> {
        Ok(Person {
            id: self.user_id()?,
            username: self.username.clone(),
            display_name: self.display_name.clone(),
            color: self.color.clone(),
            guest: self.guest_of.is_some(),
        })
    }
}

/// What searches look in.
pub(super) fn search_text(username: &str, display_name: &str) -> String {
    format!("{username}\n{display_name}").to_lowercase()
}

/// Bytes that are only given back.
pub(super) fn binary(bytes: impl Into<Vec<u8>>) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.into(),
    }
}

/// A user that must be there; `NotFound`.
pub(super) async fn require(engine: &Engine, user: UserId) -> Result<UserDocument> {
    engine.find(&key(user.0)).await?.ok_or(StoreError::NotFound)
}

/// Users of these ids, as others see them, in no order; those who are not there are left out.
pub(super) async fn people(engine: &Engine, ids: impl IntoIterator<Item = &String>) -> Result<People> {
    let mut ids: Vec<&String> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(People(Vec::new()));
    }
    let found: Vec<UserDocument> = engine.list(doc! { "_id": { "$in": ids } }, doc! { "_id": 1 }).await?;
    let found = found.into_iter().map(|user| Ok((user.id.clone(), user.to_person()?)));
    Ok(People(found.collect::<Result<_>>()?))
}

/// People by their ids.
pub(super) struct People(Vec<(String, Person)>);

impl People {
    /// Who that is.
    pub(super) fn get(&self, id: &str) -> Option<Person> {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(id)).ok()?;
        Some(self.0[at].1.clone())
    }

    /// Who that is, where they must be there.
    pub(super) fn require(&self, id: &str) -> Result<Person> {
        self.get(id).ok_or(StoreError::NotFound)
    }
}
