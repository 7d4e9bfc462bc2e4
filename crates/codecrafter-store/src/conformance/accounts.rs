//! Passwords, links in mails, addresses and preferences.

use std::sync::Arc;

use codecrafter_domain::account::{Keymap, Preferences, PreferencesPatch, Theme};
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_domain::user::User;

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_not_found, at_once, new_login, noon, owner_and_guest, user,
};
use crate::types::{LinkPurpose, NewLink, TokenHash};

fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

/// A link that is valid for a minute, of three at most.
fn link(user: UserId, n: u8, purpose: LinkPurpose, email: &str) -> NewLink {
    NewLink {
        token: token(n),
        user,
        purpose,
        email: email.to_owned(),
        now: after(i64::from(n) % 30),
        expires_at: after(60),
        most: 3,
    }
}

async fn send(store: &Adapter, user: UserId, n: u8, purpose: LinkPurpose) {
    let email = store.user(user).await.expect("account").email;
    store.add_link(&link(user, n, purpose, &email)).await.expect("kept");
}

async fn login(store: &Adapter, user: UserId, n: u8) -> LoginId {
    let id = LoginId::new();
    store
        .create_login(&new_login(id, user, n, after(60)))
        .await
        .expect("login");
    id
}

/// The one who changes it stays.
pub async fn a_new_password_ends_the_other_logins(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let (mine, other, bobs) = (
        login(&store, ada, 1).await,
        login(&store, ada, 2).await,
        login(&store, bob, 3).await,
    );
    assert_eq!(store.password_hash(ada).await.expect("hash"), "hash");
    assert_eq!(store.set_password(ada, "new", Some(mine)).await.expect("changed"), 1);
    assert_eq!(store.password_hash(ada).await.expect("hash"), "new");
    assert_eq!(store.password_hash(bob).await.expect("hash"), "hash");
    let is_live = async |id| store.login_is_live(id, noon()).await.expect("answer");
    assert!(is_live(mine).await && is_live(bobs).await);
    assert!(!is_live(other).await);
    assert_eq!(store.set_password(ada, "newer", None).await.expect("changed"), 1);
    assert!(!is_live(mine).await);
}

/// They have neither password nor address nor preferences.
pub async fn guests_have_no_account(store: Adapter) {
    let (owner, gina) = owner_and_guest(&store).await;
    for id in [gina.id, UserId::new()] {
        assert_not_found(store.password_hash(id).await);
        assert_not_found(store.set_password(id, "x", None).await);
        assert_not_found(store.preferences(id).await);
        assert_not_found(store.patch_preferences(id, &PreferencesPatch::default()).await);
        assert_not_found(store.set_pending_email(id, Some("a@b.c")).await);
        assert_not_found(store.add_link(&link(id, 1, LinkPurpose::Reset, "a@b.c")).await);
        assert_not_found(store.delete_account(id, noon()).await);
    }
    assert!(store.user(owner).await.is_ok());
}

/// It sets the password, ends every login, and confirms the address that it was sent to.
pub async fn a_reset_link_is_used_once(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = login(&store, ada, 1).await;
    send(&store, ada, 9, LinkPurpose::Reset).await;
    let owner = store.link_user(&token(9), LinkPurpose::Reset, after(10)).await;
    assert_eq!(owner.expect("answer").map(|user| user.id), Some(ada));
    let used = store.reset_password(&token(9), "new", after(10)).await;
    assert_eq!(used.expect("answer"), Some(ada));
    assert_eq!(store.password_hash(ada).await.expect("hash"), "new");
    assert!(!store.login_is_live(id, noon()).await.expect("answer"));
    assert!(store.user(ada).await.expect("account").email_verified);
    assert_eq!(
        store
            .reset_password(&token(9), "newer", after(10))
            .await
            .expect("answer"),
        None
    );
    assert_eq!(
        store
            .link_user(&token(9), LinkPurpose::Reset, after(10))
            .await
            .expect("answer"),
        None
    );
    assert_eq!(store.password_hash(ada).await.expect("hash"), "new");
}

/// However many come at once.
pub async fn of_concurrent_resets_one_wins(store: Adapter) {
    let ada = account(&store, "ada").await;
    send(&store, ada, 9, LinkPurpose::Reset).await;
    let answers = at_once(8, |index| {
        let store = Arc::clone(&store);
        async move {
            let hash = format!("new {index}");
            store.reset_password(&token(9), &hash, after(10)).await.expect("answer")
        }
    })
    .await;
    let won: Vec<_> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.is_some())
        .collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert_eq!(
        store.password_hash(ada).await.expect("hash"),
        format!("new {}", won[0].0)
    );
}

/// At its very moment.
pub async fn an_expired_link_is_no_link(store: Adapter) {
    let ada = account(&store, "ada").await;
    send(&store, ada, 8, LinkPurpose::Reset).await;
    send(&store, ada, 9, LinkPurpose::Verify).await;
    assert_eq!(
        store
            .link_user(&token(8), LinkPurpose::Reset, after(60))
            .await
            .expect("answer"),
        None
    );
    assert_eq!(
        store.reset_password(&token(8), "new", after(60)).await.expect("answer"),
        None
    );
    assert_eq!(store.confirm_email(&token(9), after(60)).await.expect("answer"), None);
    assert_eq!(store.password_hash(ada).await.expect("hash"), "hash");
}

/// A link that confirms sets no password, and the other way round.
pub async fn links_are_for_one_purpose(store: Adapter) {
    let ada = account(&store, "ada").await;
    send(&store, ada, 8, LinkPurpose::Reset).await;
    send(&store, ada, 9, LinkPurpose::Verify).await;
    assert_eq!(
        store.reset_password(&token(9), "new", after(10)).await.expect("answer"),
        None
    );
    assert_eq!(store.confirm_email(&token(8), after(10)).await.expect("answer"), None);
    assert!(
        store
            .reset_password(&token(8), "new", after(10))
            .await
            .expect("answer")
            .is_some()
    );
    assert!(
        store
            .confirm_email(&token(9), after(10))
            .await
            .expect("answer")
            .is_some()
    );
}

/// Somebody who remembers it after all does not leave an open link behind.
pub async fn a_new_password_forgets_reset_links(store: Adapter) {
    let ada = account(&store, "ada").await;
    send(&store, ada, 8, LinkPurpose::Reset).await;
    send(&store, ada, 9, LinkPurpose::Verify).await;
    store.set_password(ada, "new", None).await.expect("changed");
    assert_eq!(
        store
            .reset_password(&token(8), "newer", after(10))
            .await
            .expect("answer"),
        None
    );
    assert!(
        store
            .confirm_email(&token(9), after(10))
            .await
            .expect("answer")
            .is_some()
    );
}

/// Asking again and again keeps a few only.
pub async fn only_the_latest_links_are_kept(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    send(&store, bob, 20, LinkPurpose::Reset).await;
    for n in 1..=5 {
        send(&store, ada, n, LinkPurpose::Reset).await;
    }
    let is_there = async |n| {
        let found = store.link_user(&token(n), LinkPurpose::Reset, after(30)).await;
        found.expect("answer").is_some()
    };
    for n in [1, 2] {
        assert!(!is_there(n).await, "{n}");
    }
    for n in [3, 4, 5, 20] {
        assert!(is_there(n).await, "{n}");
    }
}

/// By the link that was sent there.
pub async fn an_address_is_confirmed(store: Adapter) {
    let ada = account(&store, "ada").await;
    assert!(!store.user(ada).await.expect("account").email_verified);
    send(&store, ada, 9, LinkPurpose::Verify).await;
    let confirmed = store
        .confirm_email(&token(9), after(10))
        .await
        .expect("answer")
        .expect("confirmed");
    assert_eq!((confirmed.user.id, confirmed.replaced), (ada, None));
    assert!(store.user(ada).await.expect("account").email_verified);
    assert_eq!(store.confirm_email(&token(9), after(10)).await.expect("answer"), None);
}

/// The one before stays in force until then; afterwards links that went there are worth nothing.
pub async fn another_address_replaces_the_one_before(store: Adapter) {
    let ada = account(&store, "ada").await;
    send(&store, ada, 7, LinkPurpose::Reset).await;
    send(&store, ada, 8, LinkPurpose::Verify).await;
    let pending = store
        .set_pending_email(ada, Some("new@example.org"))
        .await
        .expect("pending");
    assert_eq!(pending.email, "ada@example.org");
    assert_eq!(pending.pending_email.as_deref(), Some("new@example.org"));
    assert_not_found(store.user_by_login("new@example.org").await);
    let stale = store.confirm_email(&token(8), after(10)).await.expect("answer");
    assert_eq!(stale, None, "links for others are forgotten");
    let sent = link(ada, 9, LinkPurpose::Verify, "new@example.org");
    store.add_link(&sent).await.expect("kept");
    let confirmed = store
        .confirm_email(&token(9), after(10))
        .await
        .expect("answer")
        .expect("confirmed");
    assert_eq!(confirmed.replaced.as_deref(), Some("ada@example.org"));
    let (found, _) = store.user_by_login("new@example.org").await.expect("found");
    assert_eq!(
        (found.id, found.email_verified, &found.pending_email),
        (ada, true, &None)
    );
    assert_eq!(found, confirmed.user);
    assert_not_found(store.user_by_login("ada@example.org").await);
    assert_eq!(
        store.reset_password(&token(7), "x", after(10)).await.expect("answer"),
        None
    );
}

/// At both moments: when it is asked for, and when it is confirmed.
pub async fn a_pending_address_that_is_taken_is_a_conflict(store: Adapter) {
    let ada = account(&store, "ada").await;
    account(&store, "bob").await;
    assert_conflict(store.set_pending_email(ada, Some("bob@example.org")).await, "email");
    store
        .set_pending_email(ada, Some("carl@example.org"))
        .await
        .expect("pending");
    store
        .add_link(&link(ada, 9, LinkPurpose::Verify, "carl@example.org"))
        .await
        .expect("kept");
    account(&store, "carl").await;
    assert_conflict(store.confirm_email(&token(9), after(10)).await, "email");
    assert_eq!(store.user(ada).await.expect("account").email, "ada@example.org");
}

/// The change of address was taken back.
pub async fn a_link_for_another_address_confirms_nothing(store: Adapter) {
    let ada = account(&store, "ada").await;
    store
        .set_pending_email(ada, Some("new@example.org"))
        .await
        .expect("pending");
    store.set_pending_email(ada, None).await.expect("taken back");
    store
        .add_link(&link(ada, 9, LinkPurpose::Verify, "new@example.org"))
        .await
        .expect("kept");
    assert_eq!(store.confirm_email(&token(9), after(10)).await.expect("answer"), None);
    let ada = store.user(ada).await.expect("account");
    assert_eq!(
        (ada.email.as_str(), ada.email_verified, ada.pending_email),
        ("ada@example.org", false, None)
    );
}

/// The defaults at first; then what was changed, and nothing else.
pub async fn preferences_come_back(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    assert_eq!(store.preferences(ada).await.expect("found"), Preferences::default());
    let dark = PreferencesPatch {
        theme: Some(Theme::Dark),
        language: Some(Some("rust".into())),
        ..PreferencesPatch::default()
    };
    let changed = store.patch_preferences(ada, &dark).await.expect("changed");
    assert_eq!(changed, Preferences::default().with(dark));
    let vim = PreferencesPatch {
        keymap: Some(Keymap::Vim),
        language: Some(None),
        ..PreferencesPatch::default()
    };
    let changed = store.patch_preferences(ada, &vim).await.expect("changed");
    assert_eq!(
        (changed.theme, changed.keymap, &changed.language),
        (Theme::Dark, Keymap::Vim, &None)
    );
    assert_eq!(store.preferences(ada).await.expect("found"), changed);
    assert_eq!(store.preferences(bob).await.expect("found"), Preferences::default());
}

/// Two devices, two changes: both hold.
pub async fn concurrent_preferences_do_not_undo_each_other(store: Adapter) {
    let ada = account(&store, "ada").await;
    at_once(2, |index| {
        let store = Arc::clone(&store);
        let patch = PreferencesPatch {
            font_size: (index == 0).then_some(20),
            tab_size: (index == 1).then_some(2),
            ..PreferencesPatch::default()
        };
        async move { store.patch_preferences(ada, &patch).await.expect("changed") }
    })
    .await;
    let stored = store.preferences(ada).await.expect("found");
    assert_eq!((stored.font_size, stored.tab_size), (20, 2));
}

/// In whatever order they come.
pub async fn names_that_look_alike_are_a_conflict(store: Adapter) {
    let named = |name: &str, email: &str| User {
        username: name.into(),
        email: email.into(),
        ..user("x")
    };
    store
        .create_user(&named("coco", "a@example.org"), "h")
        .await
        .expect("latin");
    assert_conflict(
        store.create_user(&named("сосо", "b@example.org"), "h").await,
        "username",
    );
    store
        .create_user(&named("роса", "c@example.org"), "h")
        .await
        .expect("cyrillic");
    assert_conflict(
        store.create_user(&named("poca", "d@example.org"), "h").await,
        "username",
    );
    assert_eq!(
        store.user_by_login("роса").await.expect("found").0.email,
        "c@example.org"
    );
}
