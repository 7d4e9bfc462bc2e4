//! Things to store, and shorthands that every case needs.
#![expect(clippy::needless_pass_by_value, reason = "an answer is looked at where it is made")]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use codecrafter_domain::account::Device;
use codecrafter_domain::execution::{ExecutionRequest, ExecutionResult, Outcome, Priority, StageReport};
use codecrafter_domain::id::{ExecutionId, InviteId, LoginId, SessionId, UserId};
use codecrafter_domain::limits::Limits;
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Invite, Session, Visibility};
use codecrafter_domain::user::User;

use crate::executions::NewExecution;
use crate::types::{NewLogin, PageRequest, TokenHash};
use crate::{Result, Store, StoreError};

/// The adapter under test.
pub type Adapter = Arc<dyn Store>;

/// A fixed moment, with microseconds.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_225_600_123_456).expect("in range")
}

/// Some seconds after [`noon`].
pub fn after(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

/// The first part of a list.
pub fn first(limit: u64) -> PageRequest {
    PageRequest { cursor: None, limit }
}

/// An account that is not stored yet.
pub fn user(name: &str) -> User {
    User {
        id: UserId::new(),
        username: name.to_owned(),
        email: format!("{name}@example.org"),
        display_name: name.to_uppercase(),
        color: "#1f6feb".into(),
        bio: String::new(),
        links: Vec::new(),
        email_verified: false,
        pending_email: None,
        guest_of: None,
        platform_admin: false,
        created_at: noon(),
    }
}

/// A stored account.
pub async fn account(store: &Adapter, name: &str) -> UserId {
    let user = user(name);
    store.create_user(&user, "hash").await.expect("account");
    user.id
}

/// Something to sign in with.
pub fn desk() -> Device {
    Device::new("Firefox", &"192.0.2.1")
}

/// A login that is not stored yet; its first token's hash is `n` all over.
pub fn new_login(id: LoginId, user: UserId, n: u8, expires_at: DateTime<Utc>) -> NewLogin {
    NewLogin {
        id,
        user,
        token: TokenHash([n; 32]),
        device: desk(),
        now: noon(),
        expires_at,
    }
}

/// A guest that is not stored yet.
pub fn guest(name: &str, session: SessionId) -> User {
    User::guest(name, session, noon())
}

/// A session that is not stored yet.
pub fn session(owner: UserId, title: &str) -> Session {
    Session {
        id: SessionId::new(),
        title: title.to_owned(),
        description: String::new(),
        language: "python".into(),
        visibility: Visibility::Private,
        owner_id: owner,
        max_participants: 10,
        waiting_room: false,
        forked_from: None,
        created_at: noon(),
        updated_at: noon(),
        deleted_at: None,
    }
}

/// A stored session.
pub async fn room(store: &Adapter, owner: UserId) -> SessionId {
    let session = session(owner, "room");
    store.create_session(&session).await.expect("session");
    session.id
}

/// A stored session with its owner.
pub async fn owned_room(store: &Adapter) -> (SessionId, UserId) {
    let owner = account(store, "owner").await;
    (room(store, owner).await, owner)
}

/// The owner of a stored session, and a guest in it.
pub async fn owner_and_guest(store: &Adapter) -> (UserId, User) {
    let (room, owner) = owned_room(store).await;
    let invite = invite(room, "in");
    store.create_invite(&invite).await.expect("invite");
    let gina = guest("Gina", room);
    let joined = store.join_as_guest(&gina, invite.role, invite.id, noon()).await;
    joined.expect("joined");
    (owner, gina)
}

/// An invite that is not stored yet, without expiry or bound.
pub fn invite(session: SessionId, token: &str) -> Invite {
    Invite {
        id: InviteId::new(),
        session_id: session,
        token: token.to_owned(),
        role: Role::Editor,
        expires_at: None,
        max_uses: None,
        uses: 0,
        created_at: noon(),
    }
}

/// A run that is not stored yet.
pub fn run(user: UserId, session: Option<SessionId>) -> NewExecution {
    NewExecution {
        id: ExecutionId::new(),
        user,
        request: ExecutionRequest {
            language: "python".into(),
            code: Some("print(1)".into()),
            session_id: session,
            ..ExecutionRequest::default()
        },
        limits: Limits::default(),
        created_at: noon(),
        most_unfinished: 1_000,
        priority: Priority::Batch,
        idempotency: None,
        taken: None,
    }
}

/// A stored run.
pub async fn queued(store: &Adapter, user: UserId) -> ExecutionId {
    let new = run(user, None);
    store.create_execution(&new).await.expect("queued");
    new.id
}

/// The result of a run that wrote `stdout` and exited with `code`.
pub fn exited(code: i32, stdout: &str) -> ExecutionResult {
    ExecutionResult {
        outcome: if code == 0 { Outcome::Ok } else { Outcome::RuntimeError },
        run: Some(StageReport {
            stdout: stdout.to_owned(),
            exit_code: Some(code),
            ..StageReport::default()
        }),
        ..ExecutionResult::new(Outcome::Ok, None)
    }
}

/// Fails unless the answer is `NotFound`.
pub fn assert_not_found<T: std::fmt::Debug>(answer: Result<T>) {
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
}

/// Fails unless the answer is `Conflict` over this.
pub fn assert_conflict<T: std::fmt::Debug>(answer: Result<T>, over: &str) {
    assert!(
        matches!(answer, Err(StoreError::Conflict(what)) if what == over),
        "{answer:?}"
    );
}

/// Fails unless the answer is `Invalid` for this field.
pub fn assert_invalid<T: std::fmt::Debug>(answer: Result<T>, field: &str) {
    assert!(
        matches!(answer, Err(StoreError::Invalid(what)) if what == field),
        "{answer:?}"
    );
}

/// Runs `count` tasks at once, each on its own, and returns their answers.
pub async fn at_once<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|index| tokio::spawn(task(index))).collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    answers
}
