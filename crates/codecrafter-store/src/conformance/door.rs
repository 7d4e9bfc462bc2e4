//! Waiting rooms, bans and guests.

use std::sync::Arc;

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Invite, Session};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, first, guest, invite, noon,
    owned_room, room, session,
};
use crate::types::{Admission, Join, NewBan, SessionFilter, SessionPatch, SessionScope};

/// A session with a waiting room, its owner and an invite for editors.
async fn guarded(store: &Adapter, capacity: u32) -> (SessionId, UserId, Invite) {
    let owner = account(store, "owner").await;
    let session = Session {
        waiting_room: true,
        max_participants: capacity,
        ..session(owner, "guarded")
    };
    store.create_session(&session).await.expect("session");
    let link = invite(session.id, "t");
    store.create_invite(&link).await.expect("invite");
    (session.id, owner, link)
}

async fn join(store: &Adapter, user: UserId, link: &Invite) -> Join {
    let joined = store.join(link.session_id, user, link.role, Some(link.id), noon());
    joined.await.expect("answer")
}

async fn admit(store: &Adapter, room: SessionId, user: UserId) -> Admission {
    store.admit(room, user, after(60)).await.expect("answer")
}

async fn uses(store: &Adapter) -> u32 {
    store.invite_by_token("t").await.expect("invite").uses
}

fn ban(user: UserId, by: UserId) -> NewBan {
    NewBan {
        user,
        by,
        at: noon(),
        with_invite: false,
    }
}

/// Nobody is in before they are let in, and the session lists who waits, in order.
pub async fn who_joins_a_waiting_room_waits(store: Adapter) {
    let (room, _, link) = guarded(&store, 10).await;
    let (late, early) = (account(&store, "late").await, account(&store, "early").await);
    for (user, seconds) in [(late, 20), (early, 10)] {
        let joined = store.join(room, user, link.role, Some(link.id), after(seconds)).await;
        assert_eq!(joined.expect("answer"), Join::Waiting);
        assert_eq!(store.role(room, user).await.expect("answer"), None);
        assert!(store.is_waiting(room, user).await.expect("answer"));
    }
    let waiting = store.waiting(room).await.expect("list");
    let ids: Vec<_> = waiting.iter().map(|one| one.user.id).collect();
    assert_eq!(ids, [early, late]);
    assert_eq!((waiting[0].role, waiting[0].asked_at), (Role::Editor, after(10)));
}

/// However often somebody asks, the invite's use is counted once, and admitting counts none.
pub async fn asking_again_counts_once(store: Adapter) {
    let (room, _, link) = guarded(&store, 10).await;
    let ada = account(&store, "ada").await;
    for _ in 0..3 {
        assert_eq!(join(&store, ada, &link).await, Join::Waiting);
    }
    assert_eq!(admit(&store, room, ada).await, Admission::Admitted(Role::Editor));
    assert_eq!(join(&store, ada, &link).await, Join::Already(Role::Editor));
    assert_eq!(uses(&store).await, 1);
}

/// Admitting gives the role, once, and no more than fit in.
pub async fn who_waits_is_admitted_within_the_capacity(store: Adapter) {
    let (room, _, link) = guarded(&store, 2).await;
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    assert_eq!(admit(&store, room, ada).await, Admission::NotWaiting);
    assert_eq!(join(&store, ada, &link).await, Join::Waiting);
    assert_eq!(join(&store, bob, &link).await, Join::Waiting);
    assert_eq!(admit(&store, room, ada).await, Admission::Admitted(Role::Editor));
    assert_eq!(store.role(room, ada).await.expect("answer"), Some(Role::Editor));
    assert_eq!(admit(&store, room, ada).await, Admission::NotWaiting);
    assert_eq!(admit(&store, room, bob).await, Admission::Full);
    assert!(store.is_waiting(room, bob).await.expect("answer"), "goes on waiting");
    assert!(store.remove_participant(room, ada).await.expect("answer"));
    assert_eq!(admit(&store, room, bob).await, Admission::Admitted(Role::Editor));
    assert_eq!(store.waiting(room).await.expect("list"), []);
}

/// Being turned away is not being banned.
pub async fn who_is_turned_away_may_ask_again(store: Adapter) {
    let (room, _, link) = guarded(&store, 10).await;
    let ada = account(&store, "ada").await;
    assert!(!store.turn_away(room, ada).await.expect("answer"));
    join(&store, ada, &link).await;
    assert!(store.turn_away(room, ada).await.expect("answer"));
    assert!(!store.is_waiting(room, ada).await.expect("answer"));
    assert_eq!(join(&store, ada, &link).await, Join::Waiting);
    assert_eq!(uses(&store).await, 2);
}

/// Who waited when the waiting room was closed gets in by asking again, and is not counted twice.
pub async fn a_closed_waiting_room_lets_in_whom_it_counted(store: Adapter) {
    let (room, _, link) = guarded(&store, 10).await;
    let ada = account(&store, "ada").await;
    join(&store, ada, &link).await;
    let patch = SessionPatch {
        waiting_room: Some(false),
        ..SessionPatch::default()
    };
    assert!(!store.update_session(room, &patch).await.expect("patched").waiting_room);
    assert_eq!(join(&store, ada, &link).await, Join::Joined);
    assert_eq!(store.waiting(room).await.expect("list"), []);
    assert_eq!(uses(&store).await, 1);
}

/// A role given to somebody who waits lets them in.
pub async fn a_role_ends_the_waiting(store: Adapter) {
    let (room, _, link) = guarded(&store, 10).await;
    let ada = account(&store, "ada").await;
    join(&store, ada, &link).await;
    store.set_role(room, ada, Role::Viewer, noon()).await.expect("role");
    assert!(!store.is_waiting(room, ada).await.expect("answer"));
    assert_eq!(store.role(room, ada).await.expect("answer"), Some(Role::Viewer));
}

/// A ban removes, from the waiting too, and holds against every way in.
pub async fn the_banned_stay_out(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let link = invite(room, "t");
    store.create_invite(&link).await.expect("invite");
    let ada = account(&store, "ada").await;
    join(&store, ada, &link).await;
    let was = store.ban(room, &ban(ada, owner)).await.expect("banned");
    assert_eq!(was, Some(Role::Editor));
    assert!(store.is_banned(room, ada).await.expect("answer"));
    assert_eq!(store.role(room, ada).await.expect("answer"), None);
    assert_eq!(join(&store, ada, &link).await, Join::Banned);
    assert_conflict(store.set_role(room, ada, Role::Viewer, noon()).await, "banned");
    assert_eq!(store.ban(room, &ban(ada, owner)).await.expect("again"), None);
    let bans = store.bans(room).await.expect("list");
    assert_eq!(
        (bans.len(), bans[0].user.id, bans[0].by.id, bans[0].at),
        (1, ada, owner, noon())
    );
    assert_eq!(uses(&store).await, 1, "who is kept out uses nothing up");

    let patch = SessionPatch {
        waiting_room: Some(true),
        ..SessionPatch::default()
    };
    store.update_session(room, &patch).await.expect("patched");
    let bob = account(&store, "bob").await;
    assert_eq!(join(&store, bob, &link).await, Join::Waiting);
    store.ban(room, &ban(bob, owner)).await.expect("banned");
    assert_eq!(store.waiting(room).await.expect("list"), []);
    assert_eq!(join(&store, bob, &link).await, Join::Banned);
}

/// Once lifted, a ban is as if it had not been.
pub async fn a_ban_is_lifted(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let ada = account(&store, "ada").await;
    assert!(!store.lift_ban(room, ada).await.expect("answer"));
    store.ban(room, &ban(ada, owner)).await.expect("banned");
    assert!(store.lift_ban(room, ada).await.expect("answer"));
    assert!(!store.is_banned(room, ada).await.expect("answer"));
    let joined = store.join(room, ada, Role::Viewer, None, noon()).await;
    assert_eq!(joined.expect("answer"), Join::Joined);
    assert_eq!(store.bans(room).await.expect("list"), []);
}

/// Where it is asked for, the invite that somebody came by goes with them, and no other.
pub async fn a_ban_takes_the_invite_back(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let (link, other) = (invite(room, "t"), invite(room, "other"));
    for link in [&link, &other] {
        store.create_invite(link).await.expect("invite");
    }
    let guest = guest("Eve", room);
    let joined = store.join_as_guest(&guest, Role::Editor, link.id, noon()).await;
    assert_eq!(joined.expect("answer"), Join::Joined);
    let with_invite = NewBan {
        with_invite: true,
        ..ban(guest.id, owner)
    };
    store.ban(room, &with_invite).await.expect("banned");
    assert_eq!(store.invites(room).await.expect("list"), [other]);
}

/// A session keeps its owner.
pub async fn the_owner_is_not_banned(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let admin = account(&store, "admin").await;
    assert_conflict(store.ban(room, &ban(owner, admin)).await, "owner");
    assert_conflict(store.remove_participant(room, owner).await, "owner");
    assert_conflict(store.set_role(room, owner, Role::Viewer, noon()).await, "owner");
    assert_eq!(store.role(room, owner).await.expect("answer"), Some(Role::Owner));
    assert_not_found(store.ban(room, &ban(UserId::new(), owner)).await);
}

/// A guest is in the session that the link leads to, and no way leads into another.
pub async fn a_guest_joins_one_session_only(store: Adapter) {
    let (own, owner) = owned_room(&store).await;
    let other = room(&store, owner).await;
    let (link, foreign) = (invite(own, "t"), invite(other, "u"));
    for link in [&link, &foreign] {
        store.create_invite(link).await.expect("invite");
    }
    let gina = guest("Gina", own);
    let joined = store.join_as_guest(&gina, Role::Editor, link.id, noon()).await;
    assert_eq!(joined.expect("answer"), Join::Joined);
    assert_eq!(store.user(gina.id).await.expect("stored"), gina);
    let participants = store.participants(own).await.expect("list");
    assert!(participants.iter().any(|one| one.user.id == gina.id && one.user.guest));
    assert_eq!(uses(&store).await, 1);
    assert_not_found(store.join(other, gina.id, Role::Editor, Some(foreign.id), noon()).await);
    assert_not_found(store.set_role(other, gina.id, Role::Viewer, noon()).await);
    assert_not_found(store.ban(other, &ban(gina.id, owner)).await);
    assert_invalid(store.set_role(own, gina.id, Role::Admin, noon()).await, "role");
}

/// Who is turned away leaves no trace.
pub async fn a_guest_who_does_not_get_in_is_not_kept(store: Adapter) {
    let owner = account(&store, "owner").await;
    let tiny = Session {
        max_participants: 1,
        ..session(owner, "tiny")
    };
    store.create_session(&tiny).await.expect("session");
    let (link, spent) = (invite(tiny.id, "t"), invite(tiny.id, "u"));
    store.create_invite(&link).await.expect("invite");
    for (link, expected) in [(&link, Join::Full), (&spent, Join::InviteSpent)] {
        let gina = guest("Gina", tiny.id);
        let joined = store.join_as_guest(&gina, Role::Viewer, link.id, noon()).await;
        assert_eq!(joined.expect("answer"), expected);
        assert_not_found(store.user(gina.id).await);
    }
    let nowhere = guest("Gina", SessionId::new());
    assert_not_found(store.join_as_guest(&nowhere, Role::Viewer, link.id, noon()).await);
    assert_not_found(store.user(nowhere.id).await);
}

/// A guest has no password to sign in with.
pub async fn a_guest_is_no_account(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let link = invite(room, "t");
    store.create_invite(&link).await.expect("invite");
    let gina = guest("Gina", room);
    store
        .join_as_guest(&gina, Role::Viewer, link.id, noon())
        .await
        .expect("in");
    for login in [&gina.username, &gina.email] {
        assert_not_found(store.user_by_login(login).await);
    }
}

/// Two hosts admit two people into the last place.
pub async fn of_concurrent_admissions_one_fits(store: Adapter) {
    let (room, _, link) = guarded(&store, 2).await;
    let users = [account(&store, "ada").await, account(&store, "bob").await];
    for user in users {
        join(&store, user, &link).await;
    }
    let answers = at_once(8, |index| {
        let store = Arc::clone(&store);
        async move { admit(&store, room, users[index % 2]).await }
    })
    .await;
    let admitted = |answer: &&Admission| matches!(answer, Admission::Admitted(_));
    assert_eq!(answers.iter().filter(admitted).count(), 1);
    assert_eq!(store.participants(room).await.expect("list").len(), 2);
}

/// Nobody gets into, or is kept out of, what is deleted.
pub async fn a_deleted_session_has_no_door(store: Adapter) {
    let (room, owner, link) = guarded(&store, 10).await;
    let ada = account(&store, "ada").await;
    join(&store, ada, &link).await;
    store.delete_session(room).await.expect("deleted");
    assert_not_found(store.waiting(room).await);
    assert_not_found(store.is_waiting(room, ada).await);
    assert_not_found(store.admit(room, ada, noon()).await);
    assert_not_found(store.turn_away(room, ada).await);
    assert_not_found(store.bans(room).await);
    assert_not_found(store.ban(room, &ban(ada, owner)).await);
    assert_not_found(store.lift_ban(room, ada).await);
    let gina = guest("Gina", room);
    assert_not_found(store.join_as_guest(&gina, Role::Viewer, link.id, noon()).await);
    let mine = SessionScope::Mine(ada);
    let list = store.sessions(mine, &SessionFilter::default(), &first(10)).await;
    assert_eq!(list.expect("list").items, []);
}
