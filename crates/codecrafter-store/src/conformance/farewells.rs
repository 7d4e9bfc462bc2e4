//! The end of an account.

use std::sync::Arc;

use codecrafter_domain::chat::ChatContent;
use codecrafter_domain::execution::ExecutionResult;
use codecrafter_domain::id::{LoginId, MessageId, SessionId, UserId};
use codecrafter_domain::permission::Role;

use super::fixtures::{
    Adapter, account, after, assert_not_found, at_once, exited, first, guest, invite, new_login, noon, owned_room,
    queued, room, run,
};
use crate::StoreError;
use crate::types::{AccountFilter, Farewell, NewMessage};

async fn with(store: &Adapter, session: SessionId, name: &str, role: Role, seconds: i64) -> UserId {
    let user = account(store, name).await;
    store
        .join(session, user, role, None, after(seconds))
        .await
        .expect("joined");
    user
}

fn finished() -> ExecutionResult {
    exited(0, "1\n")
}

/// Neither found nor let in, and nothing tells who it was.
pub async fn a_deleted_account_is_nobody(store: Adapter) {
    let ada = account(&store, "ada").await;
    let login = LoginId::new();
    store
        .create_login(&new_login(login, ada, 1, after(60)))
        .await
        .expect("login");
    assert_eq!(
        store.delete_account(ada, after(5)).await.expect("deleted"),
        Farewell::default()
    );
    for name in ["ada", "ada@example.org"] {
        assert_not_found(store.user_by_login(name).await);
    }
    let left = store.user(ada).await.expect("the row stays");
    assert_not_found(store.user_by_login(&left.username).await);
    assert_not_found(store.user_by_login(&left.email).await);
    let told = format!("{left:?}").to_lowercase();
    assert!(!told.contains("ada@") && !told.contains("\"ada\""), "{told}");
    assert!(!store.login_is_live(login, noon()).await.expect("answer"));
    assert_eq!(store.login_user(login, noon()).await.expect("answer"), None);
    let again = store.create_login(&new_login(LoginId::new(), ada, 2, after(60))).await;
    assert!(matches!(again, Err(StoreError::Conflict("deactivated"))), "{again:?}");
    assert_not_found(store.password_hash(ada).await);
    assert_not_found(store.preferences(ada).await);
    assert_not_found(store.account(ada).await);
    let listed = store.accounts(&AccountFilter::default(), &first(10)).await;
    assert!(listed.expect("list").items.is_empty());
}

/// For anybody.
pub async fn a_deleted_accounts_name_is_free(store: Adapter) {
    let ada = account(&store, "ada").await;
    store.delete_account(ada, noon()).await.expect("deleted");
    let again = account(&store, "ada").await;
    assert_eq!(store.user_by_login("ada@example.org").await.expect("found").0.id, again);
}

/// To the admin who has been there longest and can sign in; those with nobody to go on are deleted.
pub async fn its_sessions_go_to_an_admin_or_are_deleted(store: Adapter) {
    let (shared, ada) = owned_room(&store).await;
    with(&store, shared, "editor", Role::Editor, 1).await;
    let gone = with(&store, shared, "gone", Role::Admin, 2).await;
    let heir = with(&store, shared, "heir", Role::Admin, 3).await;
    with(&store, shared, "late", Role::Admin, 4).await;
    store.deactivate(gone, noon()).await.expect("deactivated");
    let alone = room(&store, ada).await;
    with(&store, alone, "reader", Role::Editor, 1).await;
    let theirs = room(&store, heir).await;
    store
        .join(theirs, ada, Role::Editor, None, noon())
        .await
        .expect("joined");
    let farewell = store.delete_account(ada, after(9)).await.expect("deleted");
    assert_eq!(farewell.handed_over, [(shared, heir)]);
    assert_eq!(farewell.deleted, [alone]);
    let mut left = farewell.left;
    left.sort();
    let mut expected = [shared, theirs];
    expected.sort();
    assert_eq!(left, expected);
    assert_eq!(store.session(shared).await.expect("there").owner_id, heir);
    assert_not_found(store.session(alone).await);
    for session in [shared, theirs] {
        assert_eq!(store.role(session, ada).await.expect("there"), None);
    }
    assert_eq!(
        store.purge_sessions(after(10), 10).await.expect("purged"),
        1,
        "the deleted one"
    );
}

/// Under the name of nobody.
pub async fn what_it_said_stays(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let ada = with(&store, room, "ada", Role::Editor, 1).await;
    let new = NewMessage {
        id: MessageId::new(),
        session: room,
        author: ada,
        content: ChatContent::Text {
            text: "hello".into(),
            mentions: Vec::new(),
        },
        nonce: None,
        created_at: noon(),
    };
    store.add_message(&new).await.expect("said");
    store.delete_account(ada, noon()).await.expect("deleted");
    let page = store.messages(room, &first(10)).await.expect("messages");
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].content, new.content);
    assert_eq!(page.items[0].author.id, ada);
    assert_eq!(page.items[0].author.display_name, "Deleted user");
    assert!(page.items[0].author.username.starts_with("deleted:"));
}

/// Runs in sessions are the session's.
pub async fn its_own_runs_are_forgotten(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let ada = with(&store, room, "ada", Role::Editor, 1).await;
    let own = queued(&store, ada).await;
    let shared = run(ada, Some(room));
    store.create_execution(&shared).await.expect("queued");
    for id in [own, shared.id] {
        assert!(store.finish(id, &finished(), after(1)).await.expect("finished"));
    }
    store.delete_account(ada, after(2)).await.expect("deleted");
    assert_not_found(store.execution(own).await);
    assert_not_found(store.execution_request(own).await);
    let kept = store.execution(shared.id).await.expect("there");
    assert_eq!(kept.head.user.display_name, "Deleted user");
}

/// The others find nobody; a guest is no account.
pub async fn of_concurrent_deletions_one_wins(store: Adapter) {
    let (room, ada) = owned_room(&store).await;
    let invite = invite(room, "in");
    store.create_invite(&invite).await.expect("invite");
    let gina = guest("Gina", room);
    store
        .join_as_guest(&gina, invite.role, invite.id, noon())
        .await
        .expect("joined");
    assert_not_found(store.delete_account(gina.id, noon()).await);
    let answers = at_once(4, |_| {
        let store = Arc::clone(&store);
        async move { store.delete_account(ada, noon()).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let lost = answers
        .iter()
        .filter(|answer| matches!(answer, Err(StoreError::NotFound)));
    assert_eq!(lost.count(), 3, "{answers:?}");
}
