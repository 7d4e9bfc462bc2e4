//! Passkeys, and what browsers were asked.

use std::sync::Arc;

use codecrafter_domain::id::{PasskeyId, UserId};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, noon, owner_and_guest, user,
};
use crate::StoreError;
use crate::passkeys::{NewCeremony, NewPasskey, PasskeyState};
use crate::types::{LinkPurpose, NewLink, TokenHash};

const MOST: u64 = 4;

fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

fn codes() -> [TokenHash; 2] {
    [token(101), token(102)]
}

fn state(counter: u32) -> PasskeyState {
    PasskeyState {
        credential: format!("{{\"counter\":{counter},\"é\":\"'\"}}"),
        counter,
        backed_up: false,
    }
}

fn passkey(user: UserId, n: u8) -> NewPasskey {
    NewPasskey {
        id: PasskeyId::new(),
        user,
        name: format!("Key {n} 🔑"),
        credential_id: vec![0, n, 0xff],
        state: state(0),
        now: after(i64::from(n)),
    }
}

async fn add(store: &Adapter, user: UserId, n: u8) -> PasskeyId {
    let new = passkey(user, n);
    store.add_passkey(&new, MOST, &codes()).await.expect("added");
    new.id
}

/// Asked at second `n`, for a minute; a user is asked three things at once at most.
async fn ask(store: &Adapter, user: Option<UserId>, n: u8) {
    let new = NewCeremony {
        token: token(n),
        user,
        state: vec![0, n],
        now: after(i64::from(n)),
        expires_at: after(60),
        most: 3,
    };
    store.keep_ceremony(&new).await.expect("kept");
}

async fn is_taken(store: &Adapter, n: u8) -> bool {
    let taken = store.take_ceremony(&token(n), after(30)).await.expect("answer");
    taken.is_some()
}

async fn codes_left(store: &Adapter, user: UserId) -> u64 {
    store.second_factors(user).await.expect("found").recovery_codes
}

/// With all that was said of it, to its owner and to whoever presents it.
pub async fn a_passkey_comes_back_whole(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let (second, first) = (passkey(ada, 2), passkey(ada, 1));
    for new in [&second, &first] {
        store.add_passkey(new, MOST, &[]).await.expect("added");
    }
    let factors = store.second_factors(ada).await.expect("found");
    assert!(factors.is_asked_for() && factors.totp.is_none());
    let names: Vec<_> = factors.passkeys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["Key 1 🔑", "Key 2 🔑"], "the oldest first");
    let shown = &factors.passkeys[0];
    assert_eq!((shown.id, shown.created_at, shown.used_at), (first.id, first.now, None));
    assert!(!shown.backed_up);
    let stored = store.passkeys(ada).await.expect("list");
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].credential, first.state.credential);
    let found = store
        .passkey_by_credential(&second.credential_id)
        .await
        .expect("answer");
    let found = found.expect("there");
    assert_eq!((found.id, found.user), (second.id, ada));
    assert!(store.passkey_by_credential(&[0, 2]).await.expect("answer").is_none());
    assert!(store.passkeys(bob).await.expect("list").is_empty());
    assert!(!store.second_factors(bob).await.expect("found").is_asked_for());
}

/// Whoever has it.
pub async fn a_credential_is_one_accounts(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    add(&store, ada, 1).await;
    for user in [ada, bob] {
        assert_conflict(store.add_passkey(&passkey(user, 1), MOST, &[]).await, "credential_id");
    }
    assert!(!store.second_factors(bob).await.expect("found").is_asked_for());
}

/// Also by those who add side by side.
pub async fn a_crowd_never_exceeds_the_bound_of_passkeys(store: Adapter) {
    let ada = account(&store, "ada").await;
    let answers = at_once(8, |index| {
        let store = Arc::clone(&store);
        let new = passkey(ada, u8::try_from(index).expect("small"));
        async move { store.add_passkey(&new, MOST, &codes()).await }
    })
    .await;
    let full = answers
        .iter()
        .filter(|answer| matches!(answer, Err(StoreError::Full("passkeys"))));
    assert_eq!(full.count(), 4, "{answers:?}");
    let with_codes = answers.iter().filter(|answer| matches!(answer, Ok(true)));
    assert_eq!(with_codes.count(), 1, "{answers:?}");
    assert_eq!(store.passkeys(ada).await.expect("list").len(), 4);
    assert_eq!(codes_left(&store, ada).await, 2);
}

/// As long as there is a factor, of whatever kind.
pub async fn recovery_codes_stay_with_the_last_factor(store: Adapter) {
    let ada = account(&store, "ada").await;
    let (one, two) = (add(&store, ada, 1).await, add(&store, ada, 2).await);
    assert_eq!(codes_left(&store, ada).await, 2);
    store.replace_recovery_codes(ada, &[token(9)]).await.expect("replaced");
    assert!(store.remove_passkey(ada, one).await.expect("answer"));
    assert_eq!(codes_left(&store, ada).await, 1);
    store
        .begin_totp(ada, b"secret", noon())
        .await
        .expect("a passkey is no secret");
    assert!(
        store
            .confirm_totp(ada, b"secret", 1, &codes(), noon())
            .await
            .expect("answer")
    );
    assert!(store.remove_passkey(ada, two).await.expect("answer"));
    assert_eq!(codes_left(&store, ada).await, 2);
    assert!(
        !store
            .add_passkey(&passkey(ada, 3), MOST, &[token(9)])
            .await
            .expect("added")
    );
    assert!(store.remove_totp(ada).await.expect("answer"));
    assert_eq!(codes_left(&store, ada).await, 2, "the passkey is left");
    assert!(!store.remove_totp(ada).await.expect("answer"));
    let three = store.passkeys(ada).await.expect("list")[0].id;
    assert!(store.remove_passkey(ada, three).await.expect("answer"));
    assert_eq!(codes_left(&store, ada).await, 0);
}

/// And by nobody else.
pub async fn a_passkey_is_changed_by_its_owner(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let id = add(&store, ada, 1).await;
    assert!(!store.rename_passkey(bob, id, "mine").await.expect("answer"));
    assert!(!store.remove_passkey(bob, id).await.expect("answer"));
    assert!(!store.rename_passkey(ada, PasskeyId::new(), "x").await.expect("answer"));
    assert!(store.rename_passkey(ada, id, "Büro").await.expect("answer"));
    assert_eq!(store.second_factors(ada).await.expect("found").passkeys[0].name, "Büro");
    assert_invalid(store.rename_passkey(ada, id, "a\0").await, "name");
    assert!(store.remove_passkey(ada, id).await.expect("answer"));
    assert!(!store.remove_passkey(ada, id).await.expect("answer"));
    assert!(!store.note_passkey_used(id, &state(1), noon()).await.expect("answer"));
}

/// A copy of it would count, too.
pub async fn a_counter_never_goes_back(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = add(&store, ada, 1).await;
    let note = async |counter, seconds| {
        let noted = store.note_passkey_used(id, &state(counter), after(seconds)).await;
        noted.expect("answer")
    };
    assert!(note(0, 1).await && note(0, 2).await, "it does not count");
    assert!(note(5, 3).await);
    assert!(!note(5, 4).await && !note(4, 5).await && !note(0, 6).await);
    assert_eq!(
        store.second_factors(ada).await.expect("found").passkeys[0].used_at,
        Some(after(3))
    );
    assert_eq!(
        store.passkeys(ada).await.expect("list")[0].credential,
        state(5).credential
    );
    let last = PasskeyState {
        backed_up: true,
        ..state(u32::MAX)
    };
    assert!(store.note_passkey_used(id, &last, after(7)).await.expect("answer"));
    assert!(store.second_factors(ada).await.expect("found").passkeys[0].backed_up);
}

/// However many present the same count.
pub async fn of_a_crowd_with_one_count_one_wins(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = add(&store, ada, 1).await;
    let answers = at_once(12, |_| {
        let store = Arc::clone(&store);
        async move { store.note_passkey_used(id, &state(1), noon()).await.expect("answer") }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
}

/// Of this account.
pub async fn a_reset_takes_passkeys_away(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    add(&store, ada, 1).await;
    add(&store, bob, 2).await;
    ask(&store, Some(ada), 1).await;
    ask(&store, Some(bob), 2).await;
    assert!(store.reset_second_factors(ada).await.expect("answer"));
    assert!(!store.reset_second_factors(ada).await.expect("answer"));
    assert!(store.passkeys(ada).await.expect("list").is_empty());
    assert_eq!(codes_left(&store, ada).await, 0);
    assert!(!is_taken(&store, 1).await && is_taken(&store, 2).await);
    assert_eq!(store.passkeys(bob).await.expect("list").len(), 1);
}

/// Whoever claimed somebody's address must not stay in by a passkey.
pub async fn a_reset_password_of_an_unconfirmed_account_forgets_passkeys(store: Adapter) {
    let (claimed, mut own) = (user("claimed"), user("own"));
    own.email_verified = true;
    for (account, n) in [(&claimed, 1), (&own, 2)] {
        store.create_user(account, "hash").await.expect("made");
        add(&store, account.id, n).await;
        let link = NewLink {
            token: token(n),
            user: account.id,
            purpose: LinkPurpose::Reset,
            email: account.email.clone(),
            now: noon(),
            expires_at: after(60),
            most: 3,
        };
        store.add_link(&link).await.expect("sent");
        let reset = store.reset_password(&link.token, "new", after(1)).await;
        assert_eq!(reset.expect("answer"), Some(account.id));
    }
    assert!(store.passkeys(claimed.id).await.expect("list").is_empty());
    assert_eq!(codes_left(&store, claimed.id).await, 0);
    assert_eq!(store.passkeys(own.id).await.expect("list").len(), 1);
    assert_eq!(codes_left(&store, own.id).await, 2);
}

/// With what was kept, and for whom.
pub async fn a_ceremony_is_taken_once(store: Adapter) {
    let ada = account(&store, "ada").await;
    ask(&store, Some(ada), 1).await;
    ask(&store, None, 2).await;
    for (n, user) in [(1, Some(ada)), (2, None)] {
        let taken = store.take_ceremony(&token(n), after(59)).await.expect("answer");
        let taken = taken.expect("there");
        assert_eq!((taken.user, taken.state), (user, vec![0, n]));
        assert!(!is_taken(&store, n).await);
    }
    assert!(!is_taken(&store, 3).await);
    ask(&store, None, 4).await;
    let answers = at_once(8, |_| {
        let store = Arc::clone(&store);
        async move { is_taken(&store, 4).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
}

/// At its very moment; what has expired is forgotten in time.
pub async fn a_ceremony_expires(store: Adapter) {
    ask(&store, None, 1).await;
    ask(&store, None, 2).await;
    assert_eq!(store.take_ceremony(&token(1), after(60)).await.expect("answer"), None);
    assert_eq!(store.purge_ceremonies(after(59)).await.expect("answer"), 0);
    assert_eq!(store.purge_ceremonies(after(60)).await.expect("answer"), 1);
    assert!(!is_taken(&store, 2).await);
}

/// Of each account; nobody's are not bounded here.
pub async fn only_the_latest_ceremonies_are_kept(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    ask(&store, Some(bob), 20).await;
    for n in 1..=5 {
        ask(&store, Some(ada), n).await;
        ask(&store, None, 10 + n).await;
    }
    let mut taken = Vec::new();
    for n in (1..=5).chain(11..=15).chain([20]) {
        if is_taken(&store, n).await {
            taken.push(n);
        }
    }
    assert_eq!(taken, [3, 4, 5, 11, 12, 13, 14, 15, 20]);
}

/// Another password, or signing out everywhere.
pub async fn ceremonies_end_with_all_logins(store: Adapter) {
    let ada = account(&store, "ada").await;
    ask(&store, Some(ada), 1).await;
    store.set_password(ada, "new", None).await.expect("changed");
    assert!(!is_taken(&store, 1).await);
    ask(&store, Some(ada), 2).await;
    ask(&store, None, 3).await;
    store.end_logins(ada, None).await.expect("ended");
    assert!(!is_taken(&store, 2).await && is_taken(&store, 3).await);
}

/// Guests, the deleted, the unknown; and a credential of somebody who is gone is free.
pub async fn who_has_no_account_has_no_passkey(store: Adapter) {
    let (owner, gina) = owner_and_guest(&store).await;
    let gone = account(&store, "gone").await;
    add(&store, gone, 1).await;
    ask(&store, Some(gone), 1).await;
    store.delete_account(gone, noon()).await.expect("deleted");
    assert!(!is_taken(&store, 1).await);
    assert!(
        store
            .passkey_by_credential(&[0, 1, 0xff])
            .await
            .expect("answer")
            .is_none()
    );
    for id in [gina.id, gone, UserId::new()] {
        assert_not_found(store.add_passkey(&passkey(id, 2), MOST, &[]).await);
        assert_not_found(store.remove_passkey(id, PasskeyId::new()).await);
    }
    add(&store, owner, 1).await;
}
