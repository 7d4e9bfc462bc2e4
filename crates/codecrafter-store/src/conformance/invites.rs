//! Invitation links.

use std::sync::Arc;

use codecrafter_domain::id::{InviteId, SessionId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Invite, Session};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, invite, noon, owned_room,
    room, session,
};
use crate::types::Join;

async fn stored(store: &Adapter, invite: Invite) -> Invite {
    store.create_invite(&invite).await.expect("invite");
    invite
}

async fn join_with(store: &Adapter, invite: &Invite, session: SessionId, name: &str) -> Join {
    let user = account(store, name).await;
    store
        .join(session, user, invite.role, Some(invite.id), noon())
        .await
        .expect("answer")
}

async fn uses(store: &Adapter, token: &str) -> u32 {
    store.invite_by_token(token).await.expect("invite").uses
}

/// What was stored comes back whole, by token and in the list.
pub async fn an_invite_comes_back_whole(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let plain = stored(&store, invite(room, "plain")).await;
    let bounded = Invite {
        expires_at: Some(after(60)),
        max_uses: Some(u32::MAX),
        role: Role::Viewer,
        created_at: after(1),
        ..invite(room, "bounded")
    };
    let bounded = stored(&store, bounded).await;
    assert_eq!(store.invite_by_token("plain").await.expect("found"), plain);
    assert_eq!(store.invite_by_token("bounded").await.expect("found"), bounded);
    assert_eq!(store.invites(room).await.expect("list"), [plain, bounded]);
}

/// Invites are listed oldest first, and only those of the session.
pub async fn invites_are_listed_oldest_first(store: Adapter) {
    let (first, owner) = owned_room(&store).await;
    let second = room(&store, owner).await;
    stored(&store, invite(second, "other")).await;
    for (token, seconds) in [("b", 2), ("a", 1), ("c", 3)] {
        let invite = Invite {
            created_at: after(seconds),
            ..invite(first, token)
        };
        stored(&store, invite).await;
    }
    let listed = store.invites(first).await.expect("list");
    let tokens: Vec<_> = listed.iter().map(|invite| invite.token.as_str()).collect();
    assert_eq!(tokens, ["a", "b", "c"]);
}

/// A guess is not an invite.
pub async fn an_unknown_invite_token_is_not_found(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    stored(&store, invite(room, "Secret")).await;
    for token in ["", "secret", "Secre", "Secret ", "%", "Secret\0", "S_cret"] {
        assert_not_found(store.invite_by_token(token).await);
    }
}

/// Tokens are unique, across sessions.
pub async fn an_invite_token_is_stored_once(store: Adapter) {
    let (first, owner) = owned_room(&store).await;
    let second = room(&store, owner).await;
    stored(&store, invite(first, "same")).await;
    assert_conflict(store.create_invite(&invite(second, "same")).await, "token");
    assert_invalid(store.create_invite(&invite(second, "\0")).await, "token");
    assert_not_found(store.create_invite(&invite(SessionId::new(), "lost")).await);
}

/// Joining counts a use; without a bound, any number.
pub async fn joining_counts_a_use(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let link = stored(&store, invite(room, "t")).await;
    for (count, name) in (1..).zip(["a", "b", "c"]) {
        assert_eq!(join_with(&store, &link, room, name).await, Join::Joined);
        assert_eq!(uses(&store, "t").await, count);
    }
}

/// Whoever is in already uses nothing up.
pub async fn an_invite_is_not_used_by_those_who_are_in(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let link = stored(&store, invite(room, "t")).await;
    let again = store.join(room, owner, Role::Editor, Some(link.id), noon()).await;
    assert_eq!(again.expect("answer"), Join::Already(Role::Owner));
    assert_eq!(uses(&store, "t").await, 0);
}

/// Whoever is turned away from a full session uses nothing up.
pub async fn an_invite_is_not_used_by_those_turned_away(store: Adapter) {
    let owner = account(&store, "owner").await;
    let tiny = Session {
        max_participants: 1,
        ..session(owner, "tiny")
    };
    store.create_session(&tiny).await.expect("session");
    let link = stored(&store, invite(tiny.id, "t")).await;
    assert_eq!(join_with(&store, &link, tiny.id, "ada").await, Join::Full);
    assert_eq!(uses(&store, "t").await, 0);
}

/// An invite is refused from the moment of its expiry.
pub async fn an_expired_invite_is_spent(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    for (name, seconds, expected) in [
        ("a", -1, Join::InviteSpent),
        ("b", 0, Join::InviteSpent),
        ("c", 1, Join::Joined),
    ] {
        let link = Invite {
            expires_at: Some(after(seconds)),
            ..invite(room, name)
        };
        let link = stored(&store, link).await;
        assert_eq!(join_with(&store, &link, room, name).await, expected, "{seconds}");
    }
}

/// After as many joins as it allows, an invite is spent.
pub async fn a_used_up_invite_is_spent(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let link = Invite {
        max_uses: Some(2),
        ..invite(room, "t")
    };
    let link = stored(&store, link).await;
    assert_eq!(join_with(&store, &link, room, "a").await, Join::Joined);
    assert_eq!(join_with(&store, &link, room, "b").await, Join::Joined);
    assert_eq!(join_with(&store, &link, room, "c").await, Join::InviteSpent);
    assert_eq!(uses(&store, "t").await, 2);
}

/// A crowd with one link: exactly as many as it allows.
pub async fn a_crowd_never_overuses_an_invite(store: Adapter) {
    let owner = account(&store, "owner").await;
    let large = Session {
        max_participants: 100,
        ..session(owner, "large")
    };
    store.create_session(&large).await.expect("session");
    let link = Invite {
        max_uses: Some(3),
        ..invite(large.id, "t")
    };
    let link = stored(&store, link).await;
    let answers = at_once(12, |index| {
        let (store, link) = (Arc::clone(&store), link.clone());
        async move { join_with(&store, &link, large.id, &format!("u{index}")).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Join::Joined).count(), 3);
    assert_eq!(answers.iter().filter(|answer| **answer == Join::InviteSpent).count(), 9);
    assert_eq!(uses(&store, "t").await, 3);
    assert_eq!(store.participants(large.id).await.expect("list").len(), 4);
}

/// An invite opens its own session only.
pub async fn an_invite_opens_its_own_session_only(store: Adapter) {
    let (first, owner) = owned_room(&store).await;
    let second = room(&store, owner).await;
    let link = stored(&store, invite(first, "t")).await;
    assert_eq!(join_with(&store, &link, second, "a").await, Join::InviteSpent);
    let unknown = Invite {
        id: InviteId::new(),
        ..link
    };
    assert_eq!(join_with(&store, &unknown, first, "b").await, Join::InviteSpent);
}

/// A deleted invite is gone, and only its own session deletes it.
pub async fn a_deleted_invite_is_spent(store: Adapter) {
    let (first, owner) = owned_room(&store).await;
    let second = room(&store, owner).await;
    let link = stored(&store, invite(first, "t")).await;
    assert!(!store.delete_invite(second, link.id).await.expect("answer"));
    assert!(store.delete_invite(first, link.id).await.expect("answer"));
    assert!(!store.delete_invite(first, link.id).await.expect("answer"));
    assert_not_found(store.invite_by_token("t").await);
    assert_eq!(join_with(&store, &link, first, "a").await, Join::InviteSpent);
    assert_eq!(store.invites(first).await.expect("list"), []);
}
