//! Who accounts are at single sign-on providers.

use std::sync::Arc;

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::identity::Identity;
use codecrafter_domain::user::User;

use super::fixtures::{Adapter, account, after, assert_conflict, assert_not_found, at_once, guest, noon, user};
use crate::StoreError;
use crate::types::{Connected, LinkPurpose, NewLink, TokenHash};

const ONE: &str = "https://one.example.org";
const TWO: &str = "https://two.example.org";

fn identity(issuer: &str, subject: &str) -> Identity {
    Identity {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        name: format!("{subject}@example.org"),
        created_at: noon(),
        used_at: noon(),
    }
}

fn confirmed(name: &str) -> User {
    User {
        email_verified: true,
        ..user(name)
    }
}

async fn give_password(store: &Adapter, user: UserId) {
    store.set_password(user, "hash", None).await.expect("set");
}

/// And notes that it did.
pub async fn an_identity_signs_its_account_in(store: Adapter) {
    let ada = user("ada");
    store.create_user_of(&ada, &identity(ONE, "1")).await.expect("made");
    let found = store.identity_user(ONE, "1", after(9)).await.expect("answer");
    assert_eq!(found, Some(ada.clone()));
    for (issuer, subject) in [(ONE, "2"), (TWO, "1"), (ONE, "1 "), (ONE, "")] {
        let found = store.identity_user(issuer, subject, noon()).await.expect("answer");
        assert_eq!(found, None, "{issuer} {subject:?}");
    }
    let stored = store.identities(ada.id).await.expect("list");
    assert_eq!(
        stored,
        [Identity {
            used_at: after(9),
            ..identity(ONE, "1")
        }]
    );
    assert_eq!(store.password_hash(ada.id).await.expect("account"), "", "no password");
    assert_eq!(store.user_by_login("ada").await.expect("found").1, "");
}

/// Never of two; subjects of two issuers have nothing to do with each other.
pub async fn an_identity_is_one_accounts(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    store.connect(ada, &identity(ONE, "1")).await.expect("connected");
    assert_conflict(store.connect(bob, &identity(ONE, "1")).await, "identities");
    let eve = user("eve");
    assert_conflict(store.create_user_of(&eve, &identity(ONE, "1")).await, "identities");
    assert_not_found(store.user(eve.id).await);
    store.connect(bob, &identity(TWO, "1")).await.expect("another's");
    let found = store.identity_user(TWO, "1", noon()).await.expect("answer");
    assert_eq!(found.map(|user| user.id), Some(bob));
    let nobody = store.connect(UserId::new(), &identity(ONE, "9")).await;
    assert_not_found(nobody);
    let gina = guest("Gina", SessionId::new());
    assert_not_found(store.connect(gina.id, &identity(ONE, "9")).await);
}

/// And may have several issuers.
pub async fn an_account_has_one_identity_of_each_issuer(store: Adapter) {
    let ada = account(&store, "ada").await;
    store.connect(ada, &identity(ONE, "1")).await.expect("connected");
    assert_conflict(store.connect(ada, &identity(ONE, "2")).await, "connected");
    assert_conflict(store.connect(ada, &identity(ONE, "1")).await, "connected");
    store.connect(ada, &identity(TWO, "2")).await.expect("connected");
    let issuers: Vec<_> = store.identities(ada).await.expect("list");
    let issuers: Vec<_> = issuers.iter().map(|identity| identity.issuer.as_str()).collect();
    assert_eq!(issuers, [ONE, TWO]);
}

/// Of several accounts that want one identity, and of several identities that want one account.
pub async fn of_concurrent_connections_one_wins(store: Adapter) {
    let mut people = Vec::new();
    for name in ["one", "two", "three", "four"] {
        people.push(account(&store, name).await);
    }
    let (shared, wanted) = (Arc::clone(&store), people.clone());
    let answers = at_once(4, move |index| {
        let (store, user) = (Arc::clone(&shared), wanted[index]);
        async move { store.connect(user, &identity(ONE, "1")).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let (shared, user) = (Arc::clone(&store), people[0]);
    let answers = at_once(4, move |index| {
        let store = Arc::clone(&shared);
        async move { store.connect(user, &identity(TWO, &format!("{index}"))).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
}

/// The others find that it is taken, and nothing is left of theirs.
pub async fn of_concurrent_first_logins_one_makes_the_account(store: Adapter) {
    let shared = Arc::clone(&store);
    let answers = at_once(4, move |index| {
        let store = Arc::clone(&shared);
        async move {
            let user = user(&format!("ada{index}"));
            let made = store.create_user_of(&user, &identity(ONE, "1")).await;
            (user.id, made)
        }
    })
    .await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, made)| made.is_ok());
    assert_eq!(made.len(), 1);
    for (id, answer) in refused {
        assert_conflict(answer, "identities");
        assert_not_found(store.user(id).await);
    }
    let found = store.identity_user(ONE, "1", noon()).await.expect("answer");
    assert_eq!(found.map(|user| user.id), Some(made[0].0));
}

/// Not one that somebody has only claimed.
pub async fn only_a_confirmed_address_connects(store: Adapter) {
    let by = |email: &'static str, subject: &'static str| {
        let store = Arc::clone(&store);
        async move { store.connect_by_email(email, &identity(ONE, subject)).await }
    };
    let ada = account(&store, "ada").await;
    assert_eq!(
        by("ada@example.org", "1").await.expect("answer"),
        Connected::Unconfirmed
    );
    assert_eq!(by("nobody@example.org", "1").await.expect("answer"), Connected::Nobody);
    assert!(store.identities(ada).await.expect("list").is_empty());
    let link = NewLink {
        token: TokenHash([1; 32]),
        user: ada,
        purpose: LinkPurpose::Verify,
        email: "ada@example.org".into(),
        now: noon(),
        expires_at: after(60),
        most: 3,
    };
    store.add_link(&link).await.expect("sent");
    store.confirm_email(&link.token, after(1)).await.expect("confirmed");
    let Connected::Yes(user) = by("ada@example.org", "1").await.expect("answer") else {
        panic!("connected")
    };
    assert_eq!(user.id, ada);
    assert_conflict(by("ada@example.org", "2").await, "connected");
    store
        .set_pending_email(ada, Some("new@example.org"))
        .await
        .expect("pending");
    assert_eq!(by("new@example.org", "3").await.expect("answer"), Connected::Nobody);
}

/// By no way.
pub async fn nobody_deactivated_is_connected(store: Adapter) {
    let ada = confirmed("ada");
    store.create_user(&ada, "hash").await.expect("made");
    store.deactivate(ada.id, noon()).await.expect("deactivated");
    assert_conflict(store.connect(ada.id, &identity(ONE, "1")).await, "deactivated");
    let by_email = store.connect_by_email("ada@example.org", &identity(ONE, "1")).await;
    assert_conflict(by_email, "deactivated");
}

/// A password, or an identity of an issuer that is still asked.
pub async fn the_last_way_in_stays(store: Adapter) {
    let both = [ONE.to_owned(), TWO.to_owned()];
    let ada = user("ada");
    store.create_user_of(&ada, &identity(ONE, "1")).await.expect("made");
    assert_conflict(store.disconnect(ada.id, ONE, &both).await, "last");
    assert_eq!(store.identities(ada.id).await.expect("list").len(), 1);
    assert!(!store.disconnect(ada.id, TWO, &both).await.expect("answer"));
    store.connect(ada.id, &identity(TWO, "1")).await.expect("connected");
    let gone = [ONE.to_owned()];
    assert_conflict(store.disconnect(ada.id, ONE, &gone).await, "last");
    let answers = at_once(2, |index| {
        let (store, both, id) = (Arc::clone(&store), both.clone(), ada.id);
        async move { store.disconnect(id, [ONE, TWO][index], &both).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let left = store.identities(ada.id).await.expect("list");
    assert_eq!(left.len(), 1);
    give_password(&store, ada.id).await;
    assert!(store.disconnect(ada.id, &left[0].issuer, &both).await.expect("answer"));
    assert!(store.identities(ada.id).await.expect("list").is_empty());
}

/// Whoever can read the mails is its owner; whoever registered it may have been somebody else.
pub async fn a_reset_of_an_unconfirmed_account_leaves_no_other_way_in(store: Adapter) {
    let claimed = user("claimed");
    store.create_user(&claimed, "theirs").await.expect("made");
    let own = confirmed("own");
    store.create_user(&own, "hash").await.expect("made");
    for (id, subject, n) in [(claimed.id, "1", 1), (own.id, "2", 2)] {
        store.connect(id, &identity(ONE, subject)).await.expect("connected");
        let link = NewLink {
            token: TokenHash([n; 32]),
            user: id,
            purpose: LinkPurpose::Reset,
            email: store.user(id).await.expect("account").email,
            now: noon(),
            expires_at: after(60),
            most: 3,
        };
        store.add_link(&link).await.expect("sent");
        let reset = store
            .reset_password(&link.token, "new", after(1))
            .await
            .expect("answer");
        assert_eq!(reset, Some(id));
    }
    assert!(store.identities(claimed.id).await.expect("list").is_empty());
    assert_eq!(store.identity_user(ONE, "1", noon()).await.expect("answer"), None);
    assert_eq!(store.identities(own.id).await.expect("list").len(), 1);
}

/// Free for another account.
pub async fn identities_are_nobodys_after_a_farewell(store: Adapter) {
    let ada = user("ada");
    store.create_user_of(&ada, &identity(ONE, "1")).await.expect("made");
    store.delete_account(ada.id, noon()).await.expect("deleted");
    assert_eq!(store.identity_user(ONE, "1", noon()).await.expect("answer"), None);
    let again = store.connect(ada.id, &identity(ONE, "1")).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    store
        .create_user_of(&user("ada"), &identity(ONE, "1"))
        .await
        .expect("free");
}
