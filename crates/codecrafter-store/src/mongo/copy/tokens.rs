//! Refresh tokens, and what browsers were asked of nobody known.

use std::collections::HashMap;

use async_trait::async_trait;
use mongodb::bson::doc;

use super::Rowed;
use crate::Result;
use crate::mongo::engine::{Engine, hex, id, key, unhex};
use crate::mongo::logins::TokenDocument;
use crate::mongo::passkeys::CeremonyDocument;
use crate::mongo::people::{UserDocument, binary};
use crate::sql::copy::Rows;
use crate::sql::entities::{ceremony, login, refresh_token};

/// The token that is not used, by login.
pub(super) type Unused = HashMap<String, String>;

#[async_trait]
impl Rowed for TokenDocument {
    async fn rows(engine: &Engine, batch: Vec<Self>) -> Result<Rows> {
        let mut users: Vec<&String> = batch.iter().map(|token| &token.user).collect();
        users.sort_unstable();
        users.dedup();
        let users: Vec<UserDocument> = engine.list(doc! { "_id": { "$in": users } }, doc! {}).await?;
        let logins = users.into_iter().flat_map(|user| user.logins);
        token_rows(batch, &logins.map(|login| (login.id, login.token)).collect())
    }
}

/// The rows that tokens of these logins stand for. Each login has one that is not used.
pub(super) fn token_rows(batch: Vec<TokenDocument>, logins: &Unused) -> Result<Rows> {
    let mut rows = Rows::default();
    for token in batch {
        if let Some(unused) = logins.get(&token.login) {
            rows.refresh_token.push(refresh_token::Model {
                hash: unhex(&token.hash)?,
                login_id: id(&token.login)?,
                used: token.hash != *unused,
                expires_at: token.expires_at,
            });
        }
    }
    Ok(rows)
}

/// Tokens of these logins.
pub(super) fn tokens(rows: Vec<refresh_token::Model>, logins: &[login::Model]) -> Vec<TokenDocument> {
    let users: HashMap<_, _> = logins.iter().map(|login| (login.id, login.user_id)).collect();
    let token = |row: refresh_token::Model| {
        Some(TokenDocument {
            hash: hex(&row.hash),
            version: 0,
            user: key(*users.get(&row.login_id)?),
            login: key(row.login_id),
            expires_at: row.expires_at,
        })
    };
    rows.into_iter().filter_map(token).collect()
}

#[async_trait]
impl Rowed for CeremonyDocument {
    async fn rows(_: &Engine, batch: Vec<Self>) -> Result<Rows> {
        ceremony_rows(batch)
    }
}

/// The rows that ceremonies of nobody known stand for.
pub(super) fn ceremony_rows(batch: Vec<CeremonyDocument>) -> Result<Rows> {
    let row = |document: CeremonyDocument| {
        Ok(ceremony::Model {
            hash: unhex(&document.hash)?,
            user_id: None,
            state: document.state.bytes,
            created_at: document.created_at,
            expires_at: document.expires_at,
        })
    };
    Ok(Rows {
        ceremony: batch.into_iter().map(row).collect::<Result<_>>()?,
        ..Rows::default()
    })
}

/// Ceremonies of nobody known.
pub(super) fn ceremonies(rows: Vec<ceremony::Model>) -> Vec<CeremonyDocument> {
    let ceremony = |row: ceremony::Model| CeremonyDocument {
        hash: hex(&row.hash),
        version: 0,
        state: binary(row.state),
        created_at: row.created_at,
        expires_at: row.expires_at,
    };
    rows.into_iter().map(ceremony).collect()
}
