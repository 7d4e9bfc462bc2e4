//! Accounts.

use std::sync::Arc;

use codecrafter_domain::id::UserId;
use codecrafter_domain::user::User;

use super::fixtures::{Adapter, account, assert_conflict, assert_invalid, assert_not_found, at_once, user};
use crate::StoreError;
use crate::types::UserPatch;

/// What was stored comes back whole, by id, name and address; times keep their microseconds.
pub async fn an_account_is_found_by_id_name_and_address(store: Adapter) {
    let ada = user("ada");
    store.create_user(&ada, "$argon2id$x").await.expect("created");
    assert_eq!(store.user(ada.id).await.expect("by id"), ada);
    for login in ["ada", "ada@example.org"] {
        let found = store.user_by_login(login).await.expect("by login");
        assert_eq!(found, (ada.clone(), "$argon2id$x".to_owned()), "{login}");
    }
}

/// Nothing is found that is not there.
pub async fn unknown_accounts_are_not_found(store: Adapter) {
    account(&store, "ada").await;
    assert_not_found(store.user(UserId::new()).await);
    for login in ["", "ad", "adaa", "%", "ada@", "a%@example.org", "ada\0", "' OR 1=1 --"] {
        assert_not_found(store.user_by_login(login).await);
    }
}

/// The field that is taken is named.
pub async fn a_taken_name_is_a_conflict(store: Adapter) {
    account(&store, "ada").await;
    let other = User {
        email: "other@example.org".into(),
        ..user("ada")
    };
    assert_conflict(store.create_user(&other, "hash").await, "username");
    assert_not_found(store.user(other.id).await);
}

/// Likewise for the address, even when the address contains the name of another field.
pub async fn a_taken_address_is_a_conflict(store: Adapter) {
    let first = User {
        email: "username@example.org".into(),
        ..user("ada")
    };
    store.create_user(&first, "hash").await.expect("created");
    let other = User {
        email: first.email,
        ..user("bob")
    };
    assert_conflict(store.create_user(&other, "hash").await, "email");
}

/// An id is given once.
pub async fn a_taken_id_is_a_conflict(store: Adapter) {
    let ada = account(&store, "ada").await;
    let other = User { id: ada, ..user("bob") };
    assert_conflict(store.create_user(&other, "hash").await, "id");
}

/// Many register the same name at once: one gets it.
pub async fn of_concurrent_registrations_one_wins(store: Adapter) {
    let answers = at_once(16, |index| {
        let store = Arc::clone(&store);
        let user = User {
            email: format!("{index}@example.org"),
            ..user("ada")
        };
        async move { store.create_user(&user, "hash").await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for answer in answers {
        assert!(
            matches!(answer, Ok(()) | Err(StoreError::Conflict("username"))),
            "{answer:?}"
        );
    }
}

/// A patch leaves alone what it does not hold, and answers with the whole account.
pub async fn a_patch_changes_only_what_it_holds(store: Adapter) {
    let mut ada = user("ada");
    store.create_user(&ada, "hash").await.expect("created");
    let patch = UserPatch {
        display_name: Some("Ada L.".into()),
        ..UserPatch::default()
    };
    ada.display_name = "Ada L.".into();
    assert_eq!(store.update_user(ada.id, &patch).await.expect("patched"), ada);
    let patch = UserPatch {
        color: Some("#000000".into()),
        ..UserPatch::default()
    };
    ada.color = "#000000".into();
    assert_eq!(store.update_user(ada.id, &patch).await.expect("patched"), ada);
    assert_eq!(store.user(ada.id).await.expect("stored"), ada);
}

/// Nothing asked, nothing changed.
pub async fn an_empty_account_patch_changes_nothing(store: Adapter) {
    let ada = user("ada");
    store.create_user(&ada, "hash").await.expect("created");
    let patched = store.update_user(ada.id, &UserPatch::default()).await;
    assert_eq!(patched.expect("patched"), ada);
}

/// There is nothing to patch.
pub async fn patching_an_unknown_account_is_not_found(store: Adapter) {
    let patch = UserPatch {
        color: Some("#000000".into()),
        ..UserPatch::default()
    };
    assert_not_found(store.update_user(UserId::new(), &patch).await);
}

/// Concurrent patches of different fields both hold.
pub async fn concurrent_patches_do_not_undo_each_other(store: Adapter) {
    let ada = account(&store, "ada").await;
    at_once(2, |index| {
        let store = Arc::clone(&store);
        async move {
            let patch = UserPatch {
                display_name: (index == 0).then(|| "Ada".to_owned()),
                color: (index == 1).then(|| "#000000".to_owned()),
                ..UserPatch::default()
            };
            store.update_user(ada, &patch).await.expect("patched");
        }
    })
    .await;
    let user = store.user(ada).await.expect("stored");
    assert_eq!((user.display_name.as_str(), user.color.as_str()), ("Ada", "#000000"));
}

/// Every script, emoji with joiners, combining marks, right-to-left: byte for byte.
pub async fn any_script_survives(store: Adapter) {
    let name = "Zoë 測試 עברית 👩‍👩‍👧 e\u{301} \u{10ffff} ß İ";
    let ada = User {
        display_name: name.into(),
        email: "zoë@exämple.org".into(),
        ..user("ada")
    };
    store.create_user(&ada, "hash").await.expect("created");
    assert_eq!(store.user(ada.id).await.expect("stored"), ada);
    let (found, _) = store.user_by_login("zoë@exämple.org").await.expect("by address");
    assert_eq!(found.display_name, name);
}

/// What looks like SQL is text.
pub async fn sql_in_text_is_text(store: Adapter) {
    let evil = "x'); DROP TABLE users; --\"`$1 ?1 :a {clustered}";
    let ada = User {
        display_name: evil.into(),
        ..user("ada")
    };
    store.create_user(&ada, "hash").await.expect("created");
    assert_eq!(store.user(ada.id).await.expect("stored").display_name, evil);
}

/// U+0000, which not every engine can hold, is refused by all, and the field is named.
pub async fn nul_in_an_account_is_invalid(store: Adapter) {
    let nul = User {
        display_name: "a\0b".into(),
        ..user("ada")
    };
    assert_invalid(store.create_user(&nul, "hash").await, "display_name");
    let ada = account(&store, "ada").await;
    let patch = UserPatch {
        color: Some("\0".into()),
        ..UserPatch::default()
    };
    assert_invalid(store.update_user(ada, &patch).await, "color");
}
