//! What becomes of sessions and accounts: handing over, deleting, restoring, forgetting, deactivating.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use codecrafter_domain::id::{LoginId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::Session;

use super::fixtures::{
    Adapter, account, assert_conflict, assert_invalid, assert_not_found, at_once, first, guest, invite, new_login,
    noon, owned_room, room, run, session,
};
use crate::documents::NewUpdate;
use crate::types::{NewBan, SessionFilter, SessionScope};

async fn participant(store: &Adapter, room: SessionId, name: &str) -> UserId {
    let user = account(store, name).await;
    store
        .set_role(room, user, Role::Viewer, noon())
        .await
        .expect("participant");
    user
}

async fn deleted(store: &Adapter, owner: UserId) -> Vec<SessionId> {
    let (scope, all) = (SessionScope::Deleted(owner), SessionFilter::default());
    let page = store.sessions(scope, &all, &first(10)).await.expect("list");
    page.items.into_iter().map(|session| session.id).collect()
}

/// The new owner owns, the old one stays as an admin.
pub async fn ownership_is_handed_over(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let heir = participant(&store, room, "heir").await;
    let session = store.hand_over(room, owner, heir).await.expect("handed over");
    assert_eq!(session.owner_id, heir);
    assert_eq!(store.session(room).await.expect("session"), session);
    assert_eq!(store.role(room, heir).await.expect("answer"), Some(Role::Owner));
    assert_eq!(store.role(room, owner).await.expect("answer"), Some(Role::Admin));
    assert_conflict(store.hand_over(room, owner, heir).await, "owner");
    assert!(store.remove_participant(room, owner).await.expect("may leave now"));
}

/// Neither strangers, guests nor the deactivated can own.
pub async fn ownership_goes_to_participants_who_can_sign_in(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let stranger = account(&store, "stranger").await;
    assert_not_found(store.hand_over(room, owner, stranger).await);
    assert_not_found(store.hand_over(room, owner, UserId::new()).await);
    let link = invite(room, "t");
    store.create_invite(&link).await.expect("invite");
    let gina = guest("Gina", room);
    store
        .join_as_guest(&gina, Role::Editor, link.id, noon())
        .await
        .expect("in");
    assert_invalid(store.hand_over(room, owner, gina.id).await, "user_id");
    let gone = participant(&store, room, "gone").await;
    store.deactivate(gone, noon()).await.expect("deactivated");
    assert_invalid(store.hand_over(room, owner, gone).await, "user_id");
    assert_eq!(store.session(room).await.expect("session").owner_id, owner);
}

/// An owner who hands over twice at once has handed over once.
pub async fn of_concurrent_handovers_one_wins(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let heirs = [
        participant(&store, room, "ada").await,
        participant(&store, room, "bob").await,
    ];
    let answers = at_once(8, |index| {
        let store = Arc::clone(&store);
        async move { store.hand_over(room, owner, heirs[index % 2]).await.is_ok() }
    })
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1);
    let participants = store.participants(room).await.expect("list");
    let owners = participants.iter().filter(|one| one.role == Role::Owner);
    assert_eq!(owners.count(), 1);
}

/// What comes back is as it was, participants included; nobody but the owner brings it back.
pub async fn a_deleted_session_is_restored_by_its_owner(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let ada = participant(&store, room, "ada").await;
    let before = store.session(room).await.expect("session");
    store.delete_session(room).await.expect("deleted");
    let since = Utc::now() - TimeDelta::days(1);
    assert_not_found(store.restore_session(room, ada, since).await);
    let restored = store.restore_session(room, owner, since).await.expect("restored");
    assert_eq!(restored, before);
    assert_eq!(store.session(room).await.expect("session"), before);
    assert_eq!(store.role(room, ada).await.expect("answer"), Some(Role::Viewer));
    assert_not_found(store.restore_session(room, owner, since).await);
    assert_not_found(store.restore_session(SessionId::new(), owner, since).await);
}

/// After its time a deletion is for good, even before anything is forgotten.
pub async fn a_deletion_is_not_restored_too_late(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    store.delete_session(room).await.expect("deleted");
    assert_not_found(store.restore_session(room, owner, Utc::now()).await);
}

/// Only what one owned, and what was deleted last first.
pub async fn deleted_sessions_are_listed_for_their_owner(store: Adapter) {
    let (one, owner) = owned_room(&store).await;
    let two = room(&store, owner).await;
    room(&store, owner).await;
    let ada = participant(&store, one, "ada").await;
    for id in [two, one] {
        store.delete_session(id).await.expect("deleted");
    }
    assert_eq!(deleted(&store, owner).await, [one, two]);
    assert_eq!(deleted(&store, ada).await, []);
    let (scope, all) = (SessionScope::Deleted(owner), SessionFilter::default());
    let page = store.sessions(scope, &all, &first(1)).await.expect("list");
    assert!(page.items[0].deleted_at.is_some() && page.next_cursor.is_some());
}

/// A session with everything that can belong to one, deleted.
async fn full_and_deleted(store: &Adapter) -> (SessionId, UserId, UserId) {
    let (id, owner) = owned_room(store).await;
    let link = invite(id, "t");
    store.create_invite(&link).await.expect("invite");
    let gina = guest("Gina", id);
    store
        .join_as_guest(&gina, Role::Editor, link.id, noon())
        .await
        .expect("in");
    store.create_execution(&run(gina.id, Some(id))).await.expect("queued");
    let update = NewUpdate {
        author: Some(gina.id),
        at: noon(),
        bytes: vec![1],
    };
    store.append_updates(id, &[update]).await.expect("appended");
    store.compact(id, b"base", 0, &[1]).await.expect("compacted");
    let banned = account(store, "banned").await;
    let ban = NewBan {
        user: banned,
        by: owner,
        at: noon(),
        with_invite: false,
    };
    store.ban(id, &ban).await.expect("banned");
    store.delete_session(id).await.expect("deleted");
    (id, owner, gina.id)
}

/// Rows of every table go, its guests go, and its forks stay without an origin.
pub async fn a_purge_leaves_nothing(store: Adapter) {
    let (id, owner, gina) = full_and_deleted(&store).await;
    let fork = Session {
        forked_from: Some(id),
        ..session(owner, "fork")
    };
    store.create_session(&fork).await.expect("session");
    let later = Utc::now() + TimeDelta::days(1);
    assert_eq!(store.purge_sessions(later, 10).await.expect("purged"), 1);
    assert_eq!(store.purge_sessions(later, 10).await.expect("purged"), 0);
    assert_eq!(deleted(&store, owner).await, []);
    assert_not_found(store.user(gina).await);
    assert_not_found(store.restore_session(id, owner, noon()).await);
    assert_eq!(store.session(fork.id).await.expect("fork").forked_from, None);
    let again = Session {
        id,
        ..session(owner, "the id is free")
    };
    store.create_session(&again).await.expect("nothing stands against it");
    assert_eq!(store.session_executions(id, &first(10)).await.expect("list").items, []);
    assert!(store.load_document(id).await.expect("document").base.is_empty());
    assert_eq!(store.bans(id).await.expect("list"), []);
}

/// What is not deleted, or not for long enough, stays; a bound is kept.
pub async fn a_purge_spares_the_rest(store: Adapter) {
    let (one, owner) = owned_room(&store).await;
    let (two, kept) = (room(&store, owner).await, room(&store, owner).await);
    for id in [one, two] {
        store.delete_session(id).await.expect("deleted");
    }
    let later = Utc::now() + TimeDelta::days(1);
    assert_eq!(store.purge_sessions(noon(), 10).await.expect("purged"), 0);
    assert_eq!(store.purge_sessions(later, 1).await.expect("purged"), 1);
    assert_eq!(deleted(&store, owner).await, [two], "the one deleted first goes first");
    assert_eq!(store.session(kept).await.expect("kept").id, kept);
}

/// Logins end, and none begins.
pub async fn a_deactivated_account_has_no_login(store: Adapter) {
    let ada = account(&store, "ada").await;
    let (login, now) = (LoginId::new(), Utc::now());
    let expires = now + TimeDelta::days(1);
    store
        .create_login(&new_login(login, ada, 1, expires))
        .await
        .expect("login");
    assert!(store.deactivate(ada, now).await.expect("answer"));
    assert!(!store.deactivate(ada, now).await.expect("answer"), "was so already");
    assert!(!store.login_is_live(login, now).await.expect("answer"));
    let another = store.create_login(&new_login(LoginId::new(), ada, 2, expires)).await;
    assert_conflict(another, "deactivated");
    assert_not_found(store.deactivate(UserId::new(), now).await);
}

/// Old logins stay ended.
pub async fn an_activated_account_signs_in_again(store: Adapter) {
    let ada = account(&store, "ada").await;
    let (login, now) = (LoginId::new(), Utc::now());
    let expires = now + TimeDelta::days(1);
    store
        .create_login(&new_login(login, ada, 1, expires))
        .await
        .expect("login");
    assert!(!store.activate(ada).await.expect("answer"));
    store.deactivate(ada, now).await.expect("deactivated");
    assert!(store.activate(ada).await.expect("answer"));
    assert!(!store.login_is_live(login, now).await.expect("answer"));
    let another = store.create_login(&new_login(LoginId::new(), ada, 2, expires)).await;
    another.expect("signs in again");
    assert_not_found(store.activate(UserId::new()).await);
}
