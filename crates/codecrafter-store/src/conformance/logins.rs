//! Logins and their refresh tokens.

use std::sync::Arc;

use codecrafter_domain::account::Device;
use codecrafter_domain::id::{LoginId, UserId};

use super::fixtures::{Adapter, account, after, assert_conflict, assert_not_found, at_once, desk, new_login, noon};
use crate::types::{NewLogin, Rotation, TokenHash};

fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

fn new(id: LoginId, user: UserId, n: u8) -> NewLogin {
    new_login(id, user, n, after(60))
}

/// A login whose first token is `token(n)`, valid for a minute.
async fn login(store: &Adapter, user: UserId, n: u8) -> LoginId {
    let id = LoginId::new();
    store.create_login(&new(id, user, n)).await.expect("login");
    id
}

async fn rotate(store: &Adapter, old: u8, new: u8) -> Rotation {
    store
        .rotate(&token(old), &token(new), &desk(), noon(), after(60))
        .await
        .expect("answer")
}

/// Live from the first moment, and not at the moment of its expiry.
pub async fn a_login_is_live_until_it_expires(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = login(&store, user, 1).await;
    assert!(store.login_is_live(id, noon()).await.expect("answer"));
    assert!(store.login_is_live(id, after(59)).await.expect("answer"));
    assert!(!store.login_is_live(id, after(60)).await.expect("answer"));
}

/// An id out of the blue.
pub async fn an_unknown_login_is_not_live(store: Adapter) {
    assert!(!store.login_is_live(LoginId::new(), noon()).await.expect("answer"));
}

/// Whose login it is is said as long as it is live.
pub async fn a_live_login_tells_its_user(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let ids = [login(&store, ada, 1).await, login(&store, bob, 2).await];
    for (id, user) in ids.into_iter().zip([ada, bob]) {
        let found = store.login_user(id, after(59)).await.expect("answer");
        assert_eq!(found, Some(store.user(user).await.expect("found")));
        assert_eq!(store.login_user(id, after(60)).await.expect("answer"), None);
    }
    store.end_login(&token(1)).await.expect("ended");
    assert_eq!(store.login_user(ids[0], noon()).await.expect("answer"), None);
    assert!(store.login_user(ids[1], noon()).await.expect("answer").is_some());
    assert_eq!(store.login_user(LoginId::new(), noon()).await.expect("answer"), None);
}

/// Only accounts log in.
pub async fn a_login_of_an_unknown_account_is_not_found(store: Adapter) {
    let id = LoginId::new();
    assert_not_found(store.create_login(&new(id, UserId::new(), 1)).await);
    assert!(!store.login_is_live(id, noon()).await.expect("answer"));
}

/// Tokens are unique across logins, and a failed login leaves nothing behind.
pub async fn a_token_is_stored_once(store: Adapter) {
    let user = account(&store, "ada").await;
    login(&store, user, 1).await;
    let second = LoginId::new();
    assert_conflict(store.create_login(&new(second, user, 1)).await, "token");
    assert!(!store.login_is_live(second, noon()).await.expect("answer"));
}

/// Each token is replaced by the next.
pub async fn tokens_rotate_one_after_the_other(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = login(&store, user, 1).await;
    for n in 1..10 {
        assert_eq!(rotate(&store, n, n + 1).await, Rotation::Rotated { user, login: id });
    }
    assert!(store.login_is_live(id, noon()).await.expect("answer"));
}

/// A used token is a stolen one: the whole family ends, its newest token included.
pub async fn a_reused_token_ends_the_login(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = login(&store, user, 1).await;
    rotate(&store, 1, 2).await;
    rotate(&store, 2, 3).await;
    assert_eq!(rotate(&store, 1, 4).await, Rotation::Reused { user, login: id });
    assert!(!store.login_is_live(id, noon()).await.expect("answer"));
    assert_eq!(rotate(&store, 3, 5).await, Rotation::Unknown);
    assert_eq!(rotate(&store, 4, 5).await, Rotation::Unknown);
}

/// Two calls with one token at once: one is rotated, the other ends the login.
pub async fn of_two_concurrent_rotations_one_is_a_reuse(store: Adapter) {
    let user = account(&store, "ada").await;
    for round in 0..20 {
        let first = 3 * round;
        let id = login(&store, user, first).await;
        let answers = at_once(2, |index| {
            let store = Arc::clone(&store);
            let new = first + 1 + u8::try_from(index).expect("0 or 1");
            async move { rotate(&store, first, new).await }
        })
        .await;
        assert!(answers.contains(&Rotation::Rotated { user, login: id }), "{answers:?}");
        assert!(answers.contains(&Rotation::Reused { user, login: id }), "{answers:?}");
        assert!(!store.login_is_live(id, noon()).await.expect("answer"));
        for new in [first + 1, first + 2] {
            assert_eq!(rotate(&store, new, 255).await, Rotation::Unknown);
        }
    }
}

/// A token out of the blue.
pub async fn an_unknown_token_does_not_rotate(store: Adapter) {
    assert_eq!(rotate(&store, 1, 2).await, Rotation::Unknown);
}

/// Expired at its very moment.
pub async fn an_expired_token_does_not_rotate(store: Adapter) {
    let user = account(&store, "ada").await;
    login(&store, user, 1).await;
    let late = store.rotate(&token(1), &token(2), &desk(), after(60), after(120)).await;
    assert_eq!(late.expect("answer"), Rotation::Unknown);
    assert!(
        matches!(rotate(&store, 1, 2).await, Rotation::Rotated { .. }),
        "unchanged"
    );
}

/// The login lives as long as its newest token.
pub async fn rotating_extends_the_login(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = login(&store, user, 1).await;
    store
        .rotate(&token(1), &token(2), &desk(), after(59), after(119))
        .await
        .expect("rotated");
    assert!(store.login_is_live(id, after(118)).await.expect("answer"));
    assert!(!store.login_is_live(id, after(119)).await.expect("answer"));
}

/// Old tokens may be forgotten once they have expired, but never those that have not.
pub async fn a_long_chain_still_detects_reuse(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = login(&store, user, 0).await;
    for n in 0..100u8 {
        let now = after(i64::from(n) * 30);
        let expiry = after(i64::from(n) * 30 + 60);
        let rotated = store.rotate(&token(n), &token(n + 1), &desk(), now, expiry).await;
        assert_eq!(rotated.expect("answer"), Rotation::Rotated { user, login: id });
    }
    let now = after(99 * 30);
    let gone = store.rotate(&token(5), &token(200), &desk(), now, after(9999)).await;
    assert_eq!(gone.expect("answer"), Rotation::Unknown);
    let stolen = store.rotate(&token(99), &token(200), &desk(), now, after(9999)).await;
    assert_eq!(stolen.expect("answer"), Rotation::Reused { user, login: id });
}

/// Logging out with any token of the family, used or not.
pub async fn a_login_ends_by_any_of_its_tokens(store: Adapter) {
    let user = account(&store, "ada").await;
    for first in [1, 3] {
        let id = login(&store, user, first).await;
        rotate(&store, first, first + 1).await;
        let by = if first == 1 { first } else { first + 1 };
        assert_eq!(store.end_login(&token(by)).await.expect("answer"), Some((user, id)));
        assert!(!store.login_is_live(id, noon()).await.expect("answer"));
        assert_eq!(rotate(&store, first + 1, 99).await, Rotation::Unknown);
    }
}

/// Nothing to end.
pub async fn ending_an_unknown_token_ends_nothing(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = login(&store, user, 1).await;
    assert_eq!(store.end_login(&token(2)).await.expect("answer"), None);
    assert!(store.login_is_live(id, noon()).await.expect("answer"));
}

/// One device logs out, the other stays.
pub async fn logins_end_apart(store: Adapter) {
    let user = account(&store, "ada").await;
    let (phone, desk) = (login(&store, user, 1).await, login(&store, user, 2).await);
    store.end_login(&token(1)).await.expect("ended");
    assert!(!store.login_is_live(phone, noon()).await.expect("answer"));
    assert!(store.login_is_live(desk, noon()).await.expect("answer"));
}

/// All of one's own, none of anybody else's.
pub async fn all_logins_of_one_account_end(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let mine = [login(&store, ada, 1).await, login(&store, ada, 2).await];
    let other = login(&store, bob, 3).await;
    assert_eq!(store.end_logins(ada, None).await.expect("answer"), 2);
    for id in mine {
        assert!(!store.login_is_live(id, noon()).await.expect("answer"));
    }
    assert!(store.login_is_live(other, noon()).await.expect("answer"));
    assert_eq!(store.end_logins(ada, None).await.expect("answer"), 0);
}

/// With what and when each was used last; ended and expired ones are not told.
pub async fn logins_are_listed_by_their_last_use(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let (first, second) = (login(&store, ada, 1).await, login(&store, ada, 2).await);
    login(&store, bob, 3).await;
    let phone = Device::new("Safari", &"2001:db8::1");
    let rotated = store.rotate(&token(1), &token(4), &phone, after(30), after(90)).await;
    rotated.expect("rotated");
    let listed = store.logins(ada, after(31)).await.expect("listed");
    assert_eq!(listed.iter().map(|login| login.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!((&listed[0].device, listed[0].used_at), (&phone, after(30)));
    assert_eq!((listed[0].created_at, listed[0].expires_at), (noon(), after(90)));
    assert_eq!((&listed[1].device, listed[1].used_at), (&desk(), noon()));
    assert_eq!(
        store.logins(ada, after(60)).await.expect("listed").len(),
        1,
        "one has expired"
    );
    assert!(store.end_login_of(ada, first).await.expect("answer"));
    assert_eq!(store.logins(ada, after(31)).await.expect("listed").len(), 1);
}

/// A login is ended by its owner only, once.
pub async fn a_login_ends_for_its_owner_only(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let id = login(&store, ada, 1).await;
    assert!(!store.end_login_of(bob, id).await.expect("answer"));
    assert!(store.login_is_live(id, noon()).await.expect("answer"));
    assert!(store.end_login_of(ada, id).await.expect("answer"));
    assert!(!store.end_login_of(ada, id).await.expect("answer"));
    assert!(!store.login_is_live(id, noon()).await.expect("answer"));
}

/// All but the one that asks.
pub async fn other_logins_end(store: Adapter) {
    let user = account(&store, "ada").await;
    let (mine, other) = (login(&store, user, 1).await, login(&store, user, 2).await);
    assert_eq!(store.end_logins(user, Some(mine)).await.expect("answer"), 1);
    assert!(store.login_is_live(mine, noon()).await.expect("answer"));
    assert!(!store.login_is_live(other, noon()).await.expect("answer"));
}

/// A crowd with one token: exactly one gets a successor, and the family has ended after all.
pub async fn of_a_crowd_with_one_token_one_wins(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = login(&store, user, 1).await;
    let answers = at_once(16, |index| {
        let store = Arc::clone(&store);
        let new = 2 + u8::try_from(index).expect("few");
        async move { rotate(&store, 1, new).await }
    })
    .await;
    let won = answers
        .iter()
        .filter(|answer| matches!(answer, Rotation::Rotated { .. }));
    assert_eq!(won.count(), 1, "{answers:?}");
    assert!(answers.contains(&Rotation::Reused { user, login: id }), "{answers:?}");
    assert!(!store.login_is_live(id, noon()).await.expect("answer"));
    for new in 2..18 {
        assert_eq!(rotate(&store, new, 255).await, Rotation::Unknown);
    }
}
