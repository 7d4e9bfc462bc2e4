//! Second factors, and logins that wait for them.

use std::sync::Arc;

use codecrafter_domain::id::UserId;

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_not_found, at_once, new_login, noon, owner_and_guest,
};
use crate::second_factors::NewChallenge;
use crate::types::TokenHash;

const SECRET: &[u8] = b"encrypted \0 \xff";

fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

fn codes() -> Vec<TokenHash> {
    (1..=3).map(token).collect()
}

/// One-time codes, in force since [`noon`], with step 10 spent and three recovery codes.
async fn set_up(store: &Adapter, user: UserId) {
    store.begin_totp(user, SECRET, noon()).await.expect("begun");
    let confirmed = store.confirm_totp(user, SECRET, 10, &codes(), noon()).await;
    assert!(confirmed.expect("answer"));
}

/// A challenge for a minute, of three at most.
async fn challenge(store: &Adapter, user: UserId, n: u8) {
    let new = NewChallenge {
        token: token(n),
        user,
        now: after(i64::from(n)),
        expires_at: after(60),
        most: 3,
    };
    store.create_challenge(&new).await.expect("kept");
}

async fn tried(store: &Adapter, n: u8, seconds: i64) -> Option<UserId> {
    store.try_challenge(&token(n), 5, after(seconds)).await.expect("answer")
}

/// Neither is there a code to spend.
pub async fn nothing_is_asked_for_before_it_is_confirmed(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    assert!(store.totp(ada).await.expect("answer").is_none());
    store.begin_totp(ada, b"first", noon()).await.expect("begun");
    store.begin_totp(ada, SECRET, noon()).await.expect("begun again");
    let stored = store.totp(ada).await.expect("answer").expect("there");
    assert_eq!((stored.secret.as_slice(), stored.confirmed_at), (SECRET, None));
    assert_eq!(store.second_factors(ada).await.expect("found").totp, None);
    assert!(!store.spend_totp(ada, 11).await.expect("answer"));
    assert!(
        store
            .confirm_totp(ada, SECRET, 10, &codes(), after(1))
            .await
            .expect("answer")
    );
    let factors = store.second_factors(ada).await.expect("found");
    assert_eq!(factors.totp.map(|totp| totp.enabled_at), Some(after(1)));
    assert_eq!(factors.recovery_codes, 3);
    assert_eq!(
        store.second_factors(bob).await.expect("found"),
        codecrafter_domain::second_factor::SecondFactors::default()
    );
}

/// Whoever wants another one turns it off first.
pub async fn a_secret_in_force_is_not_replaced(store: Adapter) {
    let ada = account(&store, "ada").await;
    set_up(&store, ada).await;
    assert_conflict(store.begin_totp(ada, b"another", noon()).await, "totp");
    assert_eq!(store.totp(ada).await.expect("answer").expect("there").secret, SECRET);
}

/// Not one that took its place meanwhile, and not twice.
pub async fn only_the_secret_that_was_checked_is_confirmed(store: Adapter) {
    let ada = account(&store, "ada").await;
    let confirm = async |secret: &[u8]| store.confirm_totp(ada, secret, 1, &[], noon()).await.expect("answer");
    assert!(!confirm(SECRET).await);
    store.begin_totp(ada, SECRET, noon()).await.expect("begun");
    assert!(!confirm(b"another").await);
    assert!(confirm(SECRET).await);
    assert!(!confirm(SECRET).await);
}

/// Whose recovery codes are the ones that work.
pub async fn of_concurrent_confirmations_one_wins(store: Adapter) {
    let ada = account(&store, "ada").await;
    store.begin_totp(ada, SECRET, noon()).await.expect("begun");
    let answers = at_once(6, |index| {
        let store = Arc::clone(&store);
        async move {
            let code = token(u8::try_from(index).expect("small"));
            let confirmed = store.confirm_totp(ada, SECRET, 1, &[code], noon()).await;
            confirmed.expect("answer")
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
    let won = answers.iter().position(|won| *won).expect("one");
    let code = token(u8::try_from(won).expect("small"));
    assert_eq!(store.second_factors(ada).await.expect("found").recovery_codes, 1);
    assert!(store.spend_recovery_code(ada, &code).await.expect("answer"));
}

/// The step of the confirmation is spent, and those before one that was spent are, too.
pub async fn a_step_is_spent_once(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    set_up(&store, ada).await;
    set_up(&store, bob).await;
    let spend = async |user, step| store.spend_totp(user, step).await.expect("answer");
    assert!(!spend(ada, 9).await && !spend(ada, 10).await);
    assert!(spend(ada, 12).await);
    assert!(!spend(ada, 12).await && !spend(ada, 11).await);
    assert!(spend(ada, 13).await);
    assert!(spend(bob, 11).await, "another account");
    assert!(!spend(UserId::new(), 11).await);
}

/// However many come at once.
pub async fn of_a_crowd_with_one_step_one_wins(store: Adapter) {
    let ada = account(&store, "ada").await;
    set_up(&store, ada).await;
    let answers = at_once(12, |_| {
        let store = Arc::clone(&store);
        async move { store.spend_totp(ada, 11).await.expect("answer") }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
}

/// By its owner.
pub async fn a_recovery_code_is_used_once(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    set_up(&store, ada).await;
    let spend = async |user, n| store.spend_recovery_code(user, &token(n)).await.expect("answer");
    assert!(!spend(bob, 1).await && !spend(ada, 9).await);
    assert!(spend(ada, 1).await);
    assert!(!spend(ada, 1).await);
    assert_eq!(store.second_factors(ada).await.expect("found").recovery_codes, 2);
}

/// However many come at once.
pub async fn of_a_crowd_with_one_recovery_code_one_wins(store: Adapter) {
    let ada = account(&store, "ada").await;
    set_up(&store, ada).await;
    let answers = at_once(12, |_| {
        let store = Arc::clone(&store);
        async move { store.spend_recovery_code(ada, &token(2)).await.expect("answer") }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
}

/// All at once, where there is something to recover from.
pub async fn recovery_codes_are_replaced(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    set_up(&store, ada).await;
    set_up(&store, bob).await;
    let fresh = [token(8), token(9)];
    store.replace_recovery_codes(ada, &fresh).await.expect("replaced");
    assert_eq!(store.second_factors(ada).await.expect("found").recovery_codes, 2);
    assert_eq!(store.second_factors(bob).await.expect("found").recovery_codes, 3);
    assert!(!store.spend_recovery_code(ada, &token(1)).await.expect("answer"));
    assert!(store.spend_recovery_code(ada, &token(9)).await.expect("answer"));
    let carl = account(&store, "carl").await;
    assert_conflict(store.replace_recovery_codes(carl, &fresh).await, "second_factor");
    store.begin_totp(carl, SECRET, noon()).await.expect("begun");
    assert_conflict(store.replace_recovery_codes(carl, &fresh).await, "second_factor");
}

/// Of this account.
pub async fn removing_and_resetting_leave_nothing(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    set_up(&store, bob).await;
    assert!(!store.remove_totp(ada).await.expect("answer"));
    assert!(!store.reset_second_factors(ada).await.expect("answer"));
    for round in 0..2 {
        set_up(&store, ada).await;
        challenge(&store, ada, 20).await;
        let removed = match round {
            0 => store.remove_totp(ada).await,
            _ => store.reset_second_factors(ada).await,
        };
        assert!(removed.expect("answer"));
        let factors = store.second_factors(ada).await.expect("found");
        assert_eq!((factors.totp, factors.recovery_codes), (None, 0));
        assert!(!store.spend_totp(ada, 99).await.expect("answer"));
        store.end_challenge(&token(20)).await.expect("answer");
    }
    set_up(&store, ada).await;
    challenge(&store, ada, 21).await;
    store.reset_second_factors(ada).await.expect("answer");
    assert_eq!(tried(&store, 21, 30).await, None);
    assert!(store.second_factors(bob).await.expect("found").totp.is_some());
}

/// Counted, whatever comes of them.
pub async fn a_challenge_has_few_tries(store: Adapter) {
    let ada = account(&store, "ada").await;
    challenge(&store, ada, 1).await;
    let asked = async |n, seconds| {
        store
            .challenge_user(&token(n), 5, after(seconds))
            .await
            .expect("answer")
    };
    for _ in 0..5 {
        assert_eq!(asked(1, 30).await, Some(ada), "asking is no try");
        assert_eq!(tried(&store, 1, 30).await, Some(ada));
    }
    assert_eq!(tried(&store, 1, 30).await, None);
    assert_eq!((asked(1, 30).await, asked(2, 30).await), (None, None));
    challenge(&store, ada, 3).await;
    assert_eq!((asked(3, 59).await, asked(3, 60).await), (Some(ada), None));
    assert_eq!(tried(&store, 2, 30).await, None);
}

/// Side by side as one after the other.
pub async fn a_crowd_never_exceeds_the_tries(store: Adapter) {
    let ada = account(&store, "ada").await;
    challenge(&store, ada, 1).await;
    let answers = at_once(16, |_| {
        let store = Arc::clone(&store);
        async move { tried(&store, 1, 30).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|user| user.is_some()).count(), 5, "{answers:?}");
}

/// At its very moment.
pub async fn a_challenge_expires(store: Adapter) {
    let ada = account(&store, "ada").await;
    challenge(&store, ada, 1).await;
    assert_eq!(tried(&store, 1, 59).await, Some(ada));
    assert_eq!(tried(&store, 1, 60).await, None);
}

/// And there is nothing to try any more.
pub async fn of_concurrent_ends_one_wins(store: Adapter) {
    let ada = account(&store, "ada").await;
    challenge(&store, ada, 1).await;
    let answers = at_once(8, |_| {
        let store = Arc::clone(&store);
        async move { store.end_challenge(&token(1)).await.expect("answer") }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
    assert_eq!(tried(&store, 1, 30).await, None);
}

/// Of each account.
pub async fn only_the_latest_challenges_are_kept(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    challenge(&store, bob, 20).await;
    for n in 1..=5 {
        challenge(&store, ada, n).await;
    }
    for n in [1, 2] {
        assert_eq!(tried(&store, n, 30).await, None, "{n}");
    }
    for n in [3, 4, 5] {
        assert_eq!(tried(&store, n, 30).await, Some(ada), "{n}");
    }
    assert_eq!(tried(&store, 20, 30).await, Some(bob));
}

/// Another password, or signing out everywhere, ends what the one before began.
pub async fn a_challenge_ends_with_all_logins(store: Adapter) {
    let ada = account(&store, "ada").await;
    challenge(&store, ada, 1).await;
    store.set_password(ada, "new", None).await.expect("changed");
    assert_eq!(tried(&store, 1, 30).await, None);
    let id = codecrafter_domain::id::LoginId::new();
    let login = new_login(id, ada, 1, after(60));
    store.create_login(&login).await.expect("login");
    challenge(&store, ada, 2).await;
    store.end_logins(ada, Some(id)).await.expect("ended");
    assert_eq!(tried(&store, 2, 30).await, None);
}

/// Guests, the deleted, the unknown; and who was deactivated begins no login.
pub async fn who_cannot_sign_in_has_no_second_factor(store: Adapter) {
    let (owner, gina) = owner_and_guest(&store).await;
    let gone = account(&store, "gone").await;
    set_up(&store, gone).await;
    challenge(&store, gone, 7).await;
    store.delete_account(gone, noon()).await.expect("deleted");
    assert_eq!(tried(&store, 7, 30).await, None);
    assert!(!store.second_factors(gone).await.expect("found").is_asked_for());
    for id in [gina.id, gone, UserId::new()] {
        assert_not_found(store.begin_totp(id, SECRET, noon()).await);
        assert_not_found(store.replace_recovery_codes(id, &codes()).await);
        assert_not_found(store.reset_second_factors(id).await);
    }
    set_up(&store, owner).await;
    store.deactivate(owner, noon()).await.expect("deactivated");
    let new = NewChallenge {
        token: token(9),
        user: owner,
        now: noon(),
        expires_at: after(60),
        most: 3,
    };
    assert_conflict(store.create_challenge(&new).await, "deactivated");
}
