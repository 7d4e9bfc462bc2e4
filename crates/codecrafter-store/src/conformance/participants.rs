//! Participants: joining, roles, capacity.

use std::sync::Arc;

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::Session;

use super::fixtures::{Adapter, account, after, assert_not_found, at_once, noon, owned_room, session};
use crate::StoreError;
use crate::types::{Join, SessionPatch, UserPatch};

/// A session that takes `capacity` participants, the owner included.
async fn small_room(store: &Adapter, capacity: u32) -> SessionId {
    let session = Session {
        max_participants: capacity,
        ..session(account(store, "owner").await, "small")
    };
    store.create_session(&session).await.expect("session");
    session.id
}

async fn join(store: &Adapter, room: SessionId, user: UserId) -> Join {
    store
        .join(room, user, Role::Editor, None, noon())
        .await
        .expect("answer")
}

/// Somebody who is not in has no role.
pub async fn a_stranger_has_no_role(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let stranger = account(&store, "stranger").await;
    assert_eq!(store.role(room, stranger).await.expect("answer"), None);
    assert_eq!(store.role(room, UserId::new()).await.expect("answer"), None);
}

/// Whoever joins has the role given.
pub async fn joining_gives_the_role(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    for (name, role) in [("v", Role::Viewer), ("e", Role::Editor), ("a", Role::Admin)] {
        let user = account(&store, name).await;
        let joined = store.join(room, user, role, None, noon()).await;
        assert_eq!(joined.expect("answer"), Join::Joined);
        assert_eq!(store.role(room, user).await.expect("answer"), Some(role));
    }
}

/// Joining again tells the role and changes nothing.
pub async fn joining_twice_changes_nothing(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let again = store.join(room, owner, Role::Viewer, None, after(9)).await;
    assert_eq!(again.expect("answer"), Join::Already(Role::Owner));
    let participants = store.participants(room).await.expect("list");
    assert_eq!((participants.len(), participants[0].joined_at), (1, noon()));
}

/// Only accounts join.
pub async fn an_unknown_account_does_not_join(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    assert_not_found(store.join(room, UserId::new(), Role::Editor, None, noon()).await);
    assert_not_found(store.set_role(room, UserId::new(), Role::Editor, noon()).await);
    assert_eq!(store.participants(room).await.expect("list").len(), 1);
}

/// A full session turns people away until somebody leaves or it is made larger.
pub async fn a_full_session_turns_people_away(store: Adapter) {
    let room = small_room(&store, 2).await;
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    assert_eq!(join(&store, room, ada).await, Join::Joined);
    assert_eq!(join(&store, room, bob).await, Join::Full);
    assert_eq!(join(&store, room, ada).await, Join::Already(Role::Editor));
    assert!(store.remove_participant(room, ada).await.expect("answer"));
    assert_eq!(join(&store, room, bob).await, Join::Joined);
    let patch = SessionPatch {
        max_participants: Some(3),
        ..SessionPatch::default()
    };
    store.update_session(room, &patch).await.expect("patched");
    assert_eq!(join(&store, room, ada).await, Join::Joined);
}

/// A crowd at the door: exactly as many as there is room for.
pub async fn a_crowd_never_exceeds_the_capacity(store: Adapter) {
    let room = small_room(&store, 5).await;
    let mut users = Vec::new();
    for index in 0..16 {
        users.push(account(&store, &format!("u{index}")).await);
    }
    let answers = at_once(16, |index| {
        let (store, user) = (Arc::clone(&store), users[index]);
        async move { join(&store, room, user).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Join::Joined).count(), 4);
    assert_eq!(answers.iter().filter(|answer| **answer == Join::Full).count(), 12);
    assert_eq!(store.participants(room).await.expect("list").len(), 5);
}

/// One person in many tabs is in once.
pub async fn one_person_joins_once(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let ada = account(&store, "ada").await;
    let answers = at_once(12, |_| {
        let store = Arc::clone(&store);
        async move { join(&store, room, ada).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Join::Joined).count(), 1);
    let already = Join::Already(Role::Editor);
    assert_eq!(answers.iter().filter(|answer| **answer == already).count(), 11);
}

/// A new role answers with the old one and keeps the time of joining.
pub async fn a_role_changes(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let ada = account(&store, "ada").await;
    join(&store, room, ada).await;
    let before = store.set_role(room, ada, Role::Admin, after(5)).await;
    assert_eq!(before.expect("answer"), Some(Role::Editor));
    assert_eq!(store.role(room, ada).await.expect("answer"), Some(Role::Admin));
    let participants = store.participants(room).await.expect("list");
    assert!(participants.iter().all(|participant| participant.joined_at == noon()));
}

/// A role for somebody who is not in lets them in, while there is room.
pub async fn a_role_adds_a_participant_within_the_capacity(store: Adapter) {
    let room = small_room(&store, 2).await;
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let before = store.set_role(room, ada, Role::Viewer, noon()).await;
    assert_eq!(before.expect("answer"), None);
    assert_eq!(store.role(room, ada).await.expect("answer"), Some(Role::Viewer));
    let full = store.set_role(room, bob, Role::Viewer, noon()).await;
    assert!(matches!(full, Err(StoreError::Full("participants"))), "{full:?}");
    let change = store.set_role(room, ada, Role::Editor, noon()).await;
    assert_eq!(change.expect("a change needs no room"), Some(Role::Viewer));
}

/// Roles given and people joining at once share one capacity.
pub async fn roles_and_joins_share_the_capacity(store: Adapter) {
    let room = small_room(&store, 4).await;
    let mut users = Vec::new();
    for index in 0..12 {
        users.push(account(&store, &format!("u{index}")).await);
    }
    at_once(12, |index| {
        let (store, user) = (Arc::clone(&store), users[index]);
        async move {
            if index % 2 == 0 {
                join(&store, room, user).await;
            } else {
                store.set_role(room, user, Role::Viewer, noon()).await.ok();
            }
        }
    })
    .await;
    assert_eq!(store.participants(room).await.expect("list").len(), 4);
}

/// Participants are listed in order of joining, as they are called now.
pub async fn participants_are_listed_in_order_of_joining(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let mut expected = vec![owner];
    let (late, early) = (account(&store, "late").await, account(&store, "early").await);
    for (user, seconds) in [(late, 20), (early, 10)] {
        store
            .join(room, user, Role::Editor, None, after(seconds))
            .await
            .expect("joined");
    }
    expected.extend([early, late]);
    let patch = UserPatch {
        display_name: Some("Early Bird".into()),
        ..UserPatch::default()
    };
    store.update_user(early, &patch).await.expect("patched");
    let listed = store.participants(room).await.expect("list");
    let ids: Vec<_> = listed.iter().map(|participant| participant.user.id).collect();
    assert_eq!(ids, expected);
    assert_eq!(listed[1].user.display_name, "Early Bird");
    assert_eq!(listed[1].user.username, "early");
}

/// Leaving is for good, and leaving twice is no leaving.
pub async fn a_participant_leaves(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let ada = account(&store, "ada").await;
    assert!(!store.remove_participant(room, ada).await.expect("answer"));
    join(&store, room, ada).await;
    assert!(store.remove_participant(room, ada).await.expect("answer"));
    assert_eq!(store.role(room, ada).await.expect("answer"), None);
    assert!(!store.remove_participant(room, ada).await.expect("answer"));
    assert_eq!(join(&store, room, ada).await, Join::Joined);
}
