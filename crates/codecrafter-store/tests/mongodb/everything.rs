//! A store of which no table is empty.

use codecrafter_domain::account::{Device, PreferencesPatch, Theme};
use codecrafter_domain::admin::{Node, Quota};
use codecrafter_domain::api_key::{ApiKey, Scope};
use codecrafter_domain::audit::{Act, Audit, Origin};
use codecrafter_domain::chat::ChatContent;
use codecrafter_domain::id::{ApiKeyId, ExecutionId, LoginId, MessageId, PasskeyId, SessionId, SnapshotId, UserId};
use codecrafter_domain::identity::Identity;
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::Session;
use codecrafter_domain::snapshot::{FileText, SnapshotKind};
use codecrafter_store::conformance::fixtures::{
    Adapter, account, after, exited, guest, invite, new_login, noon, queued, room, run, session,
};
use codecrafter_store::documents::NewUpdate;
use codecrafter_store::executions::{Idempotency, NewExecution};
use codecrafter_store::passkeys::{NewCeremony, NewPasskey, PasskeyState};
use codecrafter_store::second_factors::NewChallenge;
use codecrafter_store::types::{LinkPurpose, NewApiKey, NewBan, NewLink, NewMessage, NewSnapshot, TokenHash};

pub(crate) const ISSUER: &str = "https://id.example.org";
pub(crate) const SUBJECT: &str = "a\"1";
pub(crate) const CREDENTIAL: &[u8] = &[0, 1, 255];
pub(crate) const TOKEN: &str = "in";
/// The tokens of one login, the first of them used.
pub(crate) const TOKENS: [TokenHash; 2] = [TokenHash([1; 32]), TokenHash([2; 32])];
/// Updates of the room's document: the first ones purged, others in its base, the last ones in none.
pub(crate) const UPDATES: u8 = 130;

/// Who and what is in it.
pub(crate) struct Everything {
    pub(crate) owner: UserId,
    pub(crate) room: SessionId,
    pub(crate) run: ExecutionId,
    pub(crate) api_key: ApiKeyId,
    pub(crate) snapshot: SnapshotId,
}

pub(crate) fn snapshot(session: SessionId, kind: SnapshotKind, content: &str, seconds: i64) -> NewSnapshot {
    let text = |path: &str, content: &str| FileText {
        path: path.to_owned(),
        content: content.to_owned(),
    };
    NewSnapshot {
        id: SnapshotId::new(),
        session,
        kind,
        name: (kind == SnapshotKind::Named).then(|| "é".into()),
        by: None,
        execution: None,
        files: vec![text("b.py", content), text("a.txt", "\0 🦀"), text("c.txt", "\0 🦀")],
        created_at: after(seconds),
        most_named: 100,
        most_automatic: 100,
    }
}

pub(crate) fn update(author: UserId, number: u8) -> NewUpdate {
    NewUpdate {
        author: number.is_multiple_of(2).then_some(author),
        at: after(number.into()),
        bytes: vec![number; usize::from(number)],
    }
}

/// Fills an empty store.
pub(crate) async fn fill(store: &Adapter) -> Everything {
    let owner = account(store, "owner").await;
    let room = room(store, owner).await;
    let api_key = sign_in(store, owner).await;
    second_factors(store, owner).await;
    platform(store, owner).await;
    people(store, owner, room).await;
    let run = runs(store, owner, room).await;
    document(store, owner, room).await;
    talk(store, owner, room).await;
    for (kind, seconds) in [(SnapshotKind::Timed, 2), (SnapshotKind::Named, 1)] {
        let new = snapshot(room, kind, "print(1)", seconds);
        store.create_snapshot(&new).await.expect("answer").expect("added");
    }
    let new = NewSnapshot {
        by: Some(owner),
        execution: Some(run),
        ..snapshot(room, SnapshotKind::Named, "print(2)", 0)
    };
    store.create_snapshot(&new).await.expect("answer").expect("added");
    Everything {
        owner,
        room,
        run,
        api_key,
        snapshot: new.id,
    }
}

async fn sign_in(store: &Adapter, owner: UserId) -> ApiKeyId {
    let login = new_login(LoginId::new(), owner, 1, after(600));
    store.create_login(&login).await.expect("login");
    let device = Device::new("Safari", &"192.0.2.2");
    let [old, new] = &TOKENS;
    let rotated = store.rotate(old, new, &device, after(1), after(700)).await;
    rotated.expect("rotated");
    let link = NewLink {
        token: TokenHash([3; 32]),
        user: owner,
        purpose: LinkPurpose::Verify,
        email: "owner@example.org".into(),
        now: noon(),
        expires_at: after(60),
        most: 3,
    };
    store.add_link(&link).await.expect("kept");
    let identity = Identity {
        issuer: ISSUER.into(),
        subject: SUBJECT.into(),
        name: "owner".into(),
        created_at: noon(),
        used_at: noon(),
    };
    store.connect(owner, &identity).await.expect("connected");
    let dark = PreferencesPatch {
        theme: Some(Theme::Dark),
        ..PreferencesPatch::default()
    };
    store.patch_preferences(owner, &dark).await.expect("patched");
    let key = NewApiKey {
        user: owner,
        key: ApiKey {
            id: ApiKeyId::new(),
            name: "CI".into(),
            scopes: vec![Scope::Read],
            created_at: noon(),
            expires_at: None,
            last_used_at: None,
        },
        hash: TokenHash([4; 32]),
    };
    store.create_api_key(&key, 10).await.expect("key");
    key.key.id
}

async fn second_factors(store: &Adapter, owner: UserId) {
    let codes = [TokenHash([5; 32]), TokenHash([6; 32])];
    store.begin_totp(owner, b"\0\xff", noon()).await.expect("begun");
    let confirmed = store.confirm_totp(owner, b"\0\xff", 10, &codes, noon()).await;
    assert!(confirmed.expect("answer"));
    let challenge = NewChallenge {
        token: TokenHash([7; 32]),
        user: owner,
        now: noon(),
        expires_at: after(60),
        most: 3,
    };
    store.create_challenge(&challenge).await.expect("kept");
    let passkey = NewPasskey {
        id: PasskeyId::new(),
        user: owner,
        name: "key".into(),
        credential_id: CREDENTIAL.to_vec(),
        state: PasskeyState {
            credential: "{}".into(),
            counter: 3,
            backed_up: true,
        },
        now: noon(),
    };
    store.add_passkey(&passkey, 3, &codes).await.expect("added");
    for (n, user) in [(8, Some(owner)), (9, None)] {
        let ceremony = NewCeremony {
            token: TokenHash([n; 32]),
            user,
            state: vec![0, n],
            now: noon(),
            expires_at: after(60),
            most: 3,
        };
        store.keep_ceremony(&ceremony).await.expect("kept");
    }
}

async fn platform(store: &Adapter, owner: UserId) {
    let quota = Quota {
        executions: Some(3),
        sessions: None,
        storage_bytes: Some(1 << 40),
    };
    store.set_quota(owner, &quota).await.expect("set");
    let user = store.user(owner).await.expect("there");
    let entry = Audit::new(Act::LoginFailed).by(&user).user(owner);
    store
        .record(&[entry.recorded(Origin::command_line())])
        .await
        .expect("recorded");
    let node = Node {
        id: "node".into(),
        host: "host".into(),
        roles: vec!["api".into(), "worker".into()],
        slots: 4,
        busy: 1,
        version: "1.0.0".into(),
        started_at: noon(),
        seen_at: after(1),
    };
    store.beat(&node, noon()).await.expect("noted");
    // More than fit one batch.
    for number in 0..120 {
        account(store, &format!("user{number}")).await;
    }
}

/// Guests who are in, who wait, and who are kept out; and a fork.
async fn people(store: &Adapter, owner: UserId, room: SessionId) {
    let open = invite(room, TOKEN);
    store.create_invite(&open).await.expect("invite");
    for name in ["Gina", "Gus"] {
        let guest = guest(name, room);
        let joined = store.join_as_guest(&guest, Role::Editor, open.id, noon()).await;
        joined.expect("joined");
        if name == "Gus" {
            let ban = NewBan {
                user: guest.id,
                by: owner,
                at: noon(),
                with_invite: false,
            };
            store.ban(room, &ban).await.expect("banned");
        }
    }
    let guarded = Session {
        waiting_room: true,
        forked_from: Some(room),
        ..session(owner, "guarded")
    };
    store.create_session(&guarded).await.expect("session");
    let ada = account(store, "ada").await;
    let asked = store.join(guarded.id, ada, Role::Viewer, None, noon()).await;
    asked.expect("waits");
}

async fn runs(store: &Adapter, owner: UserId, room: SessionId) -> ExecutionId {
    let mut new = NewExecution {
        idempotency: Some(Idempotency {
            key: "a/b".into(),
            request: [10; 32],
            since: noon(),
        }),
        ..run(owner, Some(room))
    };
    new.request.callback_url = Some("https://example.org/done".into());
    new.request.stdin = Some("\0".into());
    store.create_execution(&new).await.expect("queued");
    store
        .finish(new.id, &exited(3, "é\0🦀"), noon())
        .await
        .expect("finished");
    queued(store, owner).await;
    new.id
}

/// A log with all kinds of gaps.
async fn document(store: &Adapter, owner: UserId, room: SessionId) {
    let updates: Vec<_> = (1..=UPDATES).map(|number| update(owner, number)).collect();
    store.append_updates(room, &updates).await.expect("stored");
    store.compact(room, b"base", 0, &[1, 2, 4]).await.expect("compacted");
    assert_eq!(store.purge_history(room).await.expect("purged"), 3);
    store.compact(room, b"\0base", 1, &[3, 6, 7]).await.expect("compacted");
}

async fn talk(store: &Adapter, owner: UserId, room: SessionId) {
    let message = NewMessage {
        id: MessageId::new(),
        session: room,
        author: owner,
        content: ChatContent::Text {
            text: "hello".into(),
            mentions: vec![owner],
        },
        nonce: Some("\"n".into()),
        created_at: noon(),
    };
    store.add_message(&message).await.expect("added");
    store.mark_read(room, owner, message.id).await.expect("read");
    store
        .write_notes(room, "note", 0, owner, noon())
        .await
        .expect("written");
}
