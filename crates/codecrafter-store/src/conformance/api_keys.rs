//! API keys.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use codecrafter_domain::api_key::{ApiKey, Scope};
use codecrafter_domain::id::{ApiKeyId, UserId};

use super::fixtures::{Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, noon};
use crate::StoreError;
use crate::types::{NewApiKey, TokenHash};

/// A key that is not stored yet.
fn new(user: UserId, name: &str, created_at: DateTime<Utc>) -> NewApiKey {
    NewApiKey {
        user,
        key: ApiKey {
            id: ApiKeyId::new(),
            name: name.to_owned(),
            scopes: vec![Scope::Read, Scope::Execute],
            created_at,
            expires_at: None,
            last_used_at: None,
        },
        hash: TokenHash([7; 32]),
    }
}

async fn stored(store: &Adapter, user: UserId, name: &str) -> ApiKeyId {
    let new = new(user, name, noon());
    store.create_api_key(&new, 10).await.expect("stored");
    new.key.id
}

/// With its hash, and with whose it is.
pub async fn a_key_comes_back_whole(store: Adapter) {
    let user = account(&store, "ada").await;
    let mut new = new(user, "CI ' 漢字", noon());
    new.key.expires_at = Some(after(60));
    new.hash = TokenHash([0xfe; 32]);
    store.create_api_key(&new, 10).await.expect("stored");
    let holder = store.api_key_holder(new.key.id, noon()).await.expect("answer");
    let holder = holder.expect("held");
    assert_eq!((&holder.key, &holder.hash), (&new.key, &new.hash));
    assert_eq!(holder.user, store.user(user).await.expect("found"));
    assert_eq!(store.api_keys(user).await.expect("list"), [new.key]);
}

/// Of one user, and only of them.
pub async fn keys_are_listed_newest_first_and_apart(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    for (name, at) in [("second", 2), ("third", 3), ("first", 1)] {
        store
            .create_api_key(&new(ada, name, after(at)), 10)
            .await
            .expect("stored");
    }
    stored(&store, bob, "other").await;
    let keys = store.api_keys(ada).await.expect("list");
    let names: Vec<_> = keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["third", "second", "first"]);
    assert_eq!(store.api_keys(UserId::new()).await.expect("list"), []);
}

/// Held until the moment of its expiry, and listed after it.
pub async fn a_key_is_held_until_it_expires(store: Adapter) {
    let user = account(&store, "ada").await;
    let mut new = new(user, "CI", noon());
    new.key.expires_at = Some(after(60));
    store.create_api_key(&new, 10).await.expect("stored");
    let id = new.key.id;
    assert!(store.api_key_holder(id, after(59)).await.expect("answer").is_some());
    assert!(store.api_key_holder(id, after(60)).await.expect("answer").is_none());
    assert_eq!(store.api_keys(user).await.expect("list").len(), 1);
}

/// Only its own user deletes it, once.
pub async fn a_deleted_key_is_held_by_nobody(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let (gone, kept) = (stored(&store, ada, "gone").await, stored(&store, ada, "kept").await);
    assert!(!store.delete_api_key(bob, gone).await.expect("answer"));
    assert!(store.api_key_holder(gone, noon()).await.expect("answer").is_some());
    assert!(store.delete_api_key(ada, gone).await.expect("answer"));
    assert!(!store.delete_api_key(ada, gone).await.expect("answer"));
    assert!(store.api_key_holder(gone, noon()).await.expect("answer").is_none());
    assert!(store.api_key_holder(kept, noon()).await.expect("answer").is_some());
    assert!(
        store
            .api_key_holder(ApiKeyId::new(), noon())
            .await
            .expect("answer")
            .is_none()
    );
}

/// Who may not sign in may not by a key, and makes none.
pub async fn a_key_of_somebody_deactivated_is_held_by_nobody(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = stored(&store, user, "CI").await;
    store.deactivate(user, noon()).await.expect("deactivated");
    assert!(store.api_key_holder(id, noon()).await.expect("answer").is_none());
    assert_conflict(
        store.create_api_key(&new(user, "more", noon()), 10).await,
        "deactivated",
    );
    store.activate(user).await.expect("activated");
    assert!(store.api_key_holder(id, noon()).await.expect("answer").is_some());
}

/// Each user has a number of their own.
pub async fn keys_are_bounded(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    store.create_api_key(&new(ada, "a", noon()), 1).await.expect("stored");
    let full = store.create_api_key(&new(ada, "b", noon()), 1).await;
    assert!(matches!(full, Err(StoreError::Full("api_keys"))), "{full:?}");
    store.create_api_key(&new(bob, "a", noon()), 1).await.expect("stored");
}

/// Side by side as one after the other.
pub async fn a_crowd_never_exceeds_the_bound_of_keys(store: Adapter) {
    let user = account(&store, "ada").await;
    let answers = at_once(8, |index| {
        let store = Arc::clone(&store);
        async move { store.create_api_key(&new(user, &index.to_string(), noon()), 3).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert_eq!(store.api_keys(user).await.expect("list").len(), 3);
}

/// Notes may come late, twice, and about keys that are gone.
pub async fn the_last_use_never_goes_back(store: Adapter) {
    let user = account(&store, "ada").await;
    let (busy, idle) = (stored(&store, user, "a").await, stored(&store, user, "b").await);
    for at in [after(5), after(9), after(7)] {
        store
            .note_api_keys_used(&[(ApiKeyId::new(), at), (busy, at)])
            .await
            .expect("noted");
    }
    store.note_api_keys_used(&[]).await.expect("noted");
    for key in store.api_keys(user).await.expect("list") {
        let expected = (key.id == busy).then(|| after(9));
        assert_eq!(key.last_used_at, expected, "{}", key.name);
        assert!(key.id == busy || key.id == idle);
    }
}

/// Of nobody, with an id that is taken, with a name that no engine holds.
pub async fn unusable_keys_are_refused(store: Adapter) {
    let user = account(&store, "ada").await;
    assert_not_found(store.create_api_key(&new(UserId::new(), "a", noon()), 10).await);
    assert_invalid(store.create_api_key(&new(user, "a\0b", noon()), 10).await, "name");
    let twice = new(user, "a", noon());
    store.create_api_key(&twice, 10).await.expect("stored");
    assert_conflict(store.create_api_key(&twice, 10).await, "id");
}
