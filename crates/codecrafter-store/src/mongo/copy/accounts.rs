//! Users, and what they sign in with.

use async_trait::async_trait;
use uuid::Uuid;

use super::Rowed;
use super::keys::{Groups, maybe_id, maybe_key};
use crate::mongo::claims::Claim;
use crate::mongo::engine::{Engine, hex, id, key, unhex};
use crate::mongo::identities::{self, IDENTITIES};
use crate::mongo::passkeys::CREDENTIAL;
use crate::mongo::people::{
    CeremonyPart, ChallengePart, IdentityPart, KeyPart, LoginPart, MailPart, PasskeyPart, QuotaPart, TotpPart,
    UserDocument, binary,
};
use crate::sql::copy::Rows;
use crate::sql::entities::{
    api_key, ceremony, challenge, identity, link, login, passkey, preferences, quota, recovery_code, refresh_token,
    totp, user,
};
use crate::{Result, convert};

#[async_trait]
impl Rowed for UserDocument {
    async fn rows(_: &Engine, batch: Vec<Self>) -> Result<Rows> {
        user_rows(batch)
    }
}

/// The rows that users stand for.
pub(super) fn user_rows(batch: Vec<UserDocument>) -> Result<Rows> {
    let mut rows = Rows::default();
    for document in batch {
        let user = id(&document.id)?;
        add_ways_in(&mut rows, user, &document)?;
        add_second_factors(&mut rows, user, &document)?;
        rows.preferences
            .extend(document.preferences.map(|preferences| preferences::Model {
                user_id: user,
                preferences,
            }));
        rows.quota.extend(document.quota.map(|part| quota::Model {
            user_id: user,
            executions: part.executions,
            sessions: part.sessions,
            storage_bytes: part.storage_bytes,
        }));
        rows.user.push(user::Model {
            id: user,
            username: document.username,
            email: document.email,
            display_name: document.display_name,
            color: document.color,
            password_hash: document.password_hash,
            created_at: document.created_at,
            guest_of: maybe_id(document.guest_of.as_deref())?,
            deactivated_at: document.deactivated_at,
            search: document.search,
            bio: document.bio,
            links: convert::json(&document.links)?,
            email_verified: document.email_verified,
            pending_email: document.pending_email,
            deleted_at: document.deleted_at,
            username_key: document.username_key,
            platform_admin: document.platform_admin,
        });
    }
    Ok(rows)
}

fn add_ways_in(rows: &mut Rows, user_id: Uuid, document: &UserDocument) -> Result<()> {
    for part in document.logins.iter().cloned() {
        rows.login.push(login::Model {
            id: id(&part.id)?,
            user_id,
            ended: part.ended,
            expires_at: part.expires_at,
            created_at: part.created_at,
            used_at: part.used_at,
            agent: part.agent,
            address: part.address,
        });
    }
    for part in document.api_keys.iter().cloned() {
        rows.api_key.push(api_key::Model {
            id: id(&part.id)?,
            user_id,
            name: part.name,
            hash: part.hash.bytes,
            scopes: part.scopes,
            created_at: part.created_at,
            expires_at: part.expires_at,
            last_used_at: part.last_used_at,
        });
    }
    for part in document.mails.iter().cloned() {
        rows.link.push(link::Model {
            hash: unhex(&part.hash)?,
            user_id,
            purpose: part.purpose,
            email: part.email,
            created_at: part.created_at,
            expires_at: part.expires_at,
        });
    }
    for part in document.identities.iter().cloned() {
        rows.identity.push(identity::Model {
            issuer: part.issuer,
            subject: part.subject,
            user_id,
            name: part.name,
            created_at: part.created_at,
            used_at: part.used_at,
        });
    }
    Ok(())
}

fn add_second_factors(rows: &mut Rows, user_id: Uuid, document: &UserDocument) -> Result<()> {
    rows.totp.extend(document.totp.clone().map(|part| totp::Model {
        user_id,
        secret: part.secret.bytes,
        created_at: part.created_at,
        confirmed_at: part.confirmed_at,
        spent_step: part.spent_step,
    }));
    for hash in &document.recovery_codes {
        let hash = unhex(hash)?;
        rows.recovery_code.push(recovery_code::Model { user_id, hash });
    }
    for part in document.passkeys.iter().cloned() {
        rows.passkey.push(passkey::Model {
            id: id(&part.id)?,
            user_id,
            name: part.name,
            credential_id: unhex(&part.credential_id)?,
            credential: part.credential,
            counter: part.counter,
            backed_up: part.backed_up,
            created_at: part.created_at,
            used_at: part.used_at,
        });
    }
    for part in &document.challenges {
        rows.challenge.push(challenge::Model {
            hash: unhex(&part.hash)?,
            user_id,
            created_at: part.created_at,
            expires_at: part.expires_at,
            tries: part.tries,
        });
    }
    for part in document.ceremonies.iter().cloned() {
        rows.ceremony.push(ceremony::Model {
            hash: unhex(&part.hash)?,
            user_id: Some(user_id),
            state: part.state.bytes,
            created_at: part.created_at,
            expires_at: part.expires_at,
        });
    }
    Ok(())
}

/// Users of rows that hold all that is theirs, and of the tokens of their logins those that are not used.
pub(super) fn users(rows: Rows) -> Result<Vec<UserDocument>> {
    let mut tokens = Groups::new(rows.refresh_token, |row| row.login_id);
    let mut logins = Groups::new(rows.login, |row| row.user_id);
    let mut api_keys = Groups::new(rows.api_key, |row| row.user_id);
    let mut links = Groups::new(rows.link, |row| row.user_id);
    let mut identities = Groups::new(rows.identity, |row| row.user_id);
    let mut preferences = Groups::new(rows.preferences, |row| row.user_id);
    let mut quotas = Groups::new(rows.quota, |row| row.user_id);
    let mut totps = Groups::new(rows.totp, |row| row.user_id);
    let mut recovery_codes = Groups::new(rows.recovery_code, |row| row.user_id);
    let mut passkeys = Groups::new(rows.passkey, |row| row.user_id);
    let mut challenges = Groups::new(rows.challenge, |row| row.user_id);
    let mut ceremonies = Groups::new(rows.ceremony, |row| row.user_id.unwrap_or_default());
    let user = |row: user::Model| {
        Ok(UserDocument {
            id: key(row.id),
            preferences: preferences.take_one(row.id).map(|row| row.preferences),
            quota: quotas.take_one(row.id).map(|row| quota_part(&row)),
            mails: links.take_as(row.id, mail_part),
            identities: identities
                .take(row.id)
                .into_iter()
                .map(identity_part)
                .collect::<Result<_>>()?,
            logins: logins
                .take(row.id)
                .into_iter()
                .map(|row| login_part(tokens.take_one(row.id), row))
                .collect(),
            api_keys: api_keys.take_as(row.id, key_part),
            totp: totps.take_one(row.id).map(totp_part),
            recovery_codes: recovery_codes.take_as(row.id, |row| hex(&row.hash)),
            passkeys: passkeys.take_as(row.id, passkey_part),
            challenges: challenges.take_as(row.id, |row| challenge_part(&row)),
            ceremonies: ceremonies.take_as(row.id, ceremony_part),
            ..alone(row)?
        })
    };
    rows.user.into_iter().map(user).collect()
}

/// A user without anything set up.
fn alone(row: user::Model) -> Result<UserDocument> {
    Ok(UserDocument {
        username: row.username,
        username_key: row.username_key,
        email: row.email,
        display_name: row.display_name,
        color: row.color,
        password_hash: row.password_hash,
        created_at: row.created_at,
        guest_of: maybe_key(row.guest_of),
        deactivated_at: row.deactivated_at,
        search: row.search,
        bio: row.bio,
        links: convert::from_json(&row.links)?,
        email_verified: row.email_verified,
        pending_email: row.pending_email,
        deleted_at: row.deleted_at,
        platform_admin: row.platform_admin,
        ..UserDocument::default()
    })
}

fn quota_part(row: &quota::Model) -> QuotaPart {
    QuotaPart {
        executions: row.executions,
        sessions: row.sessions,
        storage_bytes: row.storage_bytes,
    }
}

fn mail_part(row: link::Model) -> MailPart {
    MailPart {
        hash: hex(&row.hash),
        purpose: row.purpose,
        email: row.email,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}

fn identity_part(row: identity::Model) -> Result<IdentityPart> {
    Ok(IdentityPart {
        key: identities::name(&row.issuer, &row.subject)?,
        issuer: row.issuer,
        subject: row.subject,
        name: row.name,
        created_at: row.created_at,
        used_at: row.used_at,
    })
}

/// A login whose only token that is not used has expired, and is gone, goes on with none.
fn login_part(token: Option<refresh_token::Model>, row: login::Model) -> LoginPart {
    LoginPart {
        id: key(row.id),
        token: token.map(|token| hex(&token.hash)).unwrap_or_default(),
        ended: row.ended,
        expires_at: row.expires_at,
        created_at: row.created_at,
        used_at: row.used_at,
        agent: row.agent,
        address: row.address,
    }
}

fn key_part(row: api_key::Model) -> KeyPart {
    KeyPart {
        id: key(row.id),
        name: row.name,
        hash: binary(row.hash),
        scopes: row.scopes,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}

fn totp_part(row: totp::Model) -> TotpPart {
    TotpPart {
        secret: binary(row.secret),
        created_at: row.created_at,
        confirmed_at: row.confirmed_at,
        spent_step: row.spent_step,
    }
}

fn passkey_part(row: passkey::Model) -> PasskeyPart {
    PasskeyPart {
        id: key(row.id),
        name: row.name,
        credential_id: hex(&row.credential_id),
        credential: row.credential,
        counter: row.counter,
        backed_up: row.backed_up,
        created_at: row.created_at,
        used_at: row.used_at,
    }
}

fn challenge_part(row: &challenge::Model) -> ChallengePart {
    ChallengePart {
        hash: hex(&row.hash),
        created_at: row.created_at,
        expires_at: row.expires_at,
        tries: row.tries,
    }
}

fn ceremony_part(row: ceremony::Model) -> CeremonyPart {
    CeremonyPart {
        hash: hex(&row.hash),
        state: binary(row.state),
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}

/// What users have that no others may have.
pub(super) fn claims(users: &[UserDocument]) -> Vec<Claim> {
    let identities = users.iter().flat_map(|user| &user.identities);
    let passkeys = users.iter().flat_map(|user| &user.passkeys);
    let identities = identities.map(|part| Claim::of(IDENTITIES, &part.key));
    identities
        .chain(passkeys.map(|part| Claim::of(CREDENTIAL, &part.credential_id)))
        .collect()
}
