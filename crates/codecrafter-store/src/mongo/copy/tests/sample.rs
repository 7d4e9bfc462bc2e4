//! Rows of every table.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::sql::copy::Rows;
use crate::sql::entities::{
    api_key, audit_entry, ban, callback, ceremony, challenge, document, document_base, document_update, execution,
    execution_request, execution_result, history_start, idempotency_key, identity, invite, link, login, message,
    message_read, node, note, participant, passkey, preferences, quota, recovery_code, refresh_token, session,
    snapshot, snapshot_file, snapshot_text, totp, user, waiting,
};

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

const ADA: Uuid = Uuid::from_u128(1);
const GINA: Uuid = Uuid::from_u128(2);
pub(super) const ROOM: Uuid = Uuid::from_u128(10);
const FORK: Uuid = Uuid::from_u128(11);
const LOGIN: Uuid = Uuid::from_u128(20);
const RUN: Uuid = Uuid::from_u128(30);
const SHOT: Uuid = Uuid::from_u128(40);

fn user(id: Uuid, name: &str, guest_of: Option<Uuid>) -> user::Model {
    user::Model {
        id,
        username: name.into(),
        email: format!("{name}@example.org"),
        display_name: "é🦀".into(),
        color: "#123456".into(),
        password_hash: "hash".into(),
        created_at: 1,
        guest_of,
        deactivated_at: guest_of.map(|_| 2),
        search: name.into(),
        bio: "bio".into(),
        links: r#"["https://example.org"]"#.into(),
        email_verified: true,
        pending_email: Some("new@example.org".into()),
        deleted_at: None,
        username_key: name.into(),
        platform_admin: true,
    }
}

fn accounts() -> Rows {
    Rows {
        user: vec![user(ADA, "ada", None), user(GINA, "gina", Some(ROOM))],
        login: vec![login::Model {
            id: LOGIN,
            user_id: ADA,
            ended: true,
            expires_at: 3,
            created_at: 4,
            used_at: 5,
            agent: "Firefox".into(),
            address: "192.0.2.1".into(),
        }],
        refresh_token: [(1, true), (2, false)]
            .map(|(n, used)| refresh_token::Model {
                hash: vec![n; 32],
                login_id: LOGIN,
                used,
                expires_at: 6,
            })
            .into(),
        api_key: vec![api_key::Model {
            id: uuid(21),
            user_id: ADA,
            name: "ci".into(),
            hash: vec![3; 32],
            scopes: r#"["run"]"#.into(),
            created_at: 7,
            expires_at: Some(8),
            last_used_at: Some(9),
        }],
        link: vec![link::Model {
            hash: vec![4; 32],
            user_id: ADA,
            purpose: "reset".into(),
            email: "ada@example.org".into(),
            created_at: 10,
            expires_at: 11,
        }],
        identity: vec![identity::Model {
            issuer: "https://id.example.org".into(),
            subject: "\"1\"".into(),
            user_id: GINA,
            name: "Gina".into(),
            created_at: 12,
            used_at: 13,
        }],
        preferences: vec![preferences::Model {
            user_id: ADA,
            preferences: "{}".into(),
        }],
        quota: vec![quota::Model {
            user_id: GINA,
            executions: Some(0),
            sessions: None,
            storage_bytes: Some(i64::MAX),
        }],
        ..Rows::default()
    }
}

fn second_factors() -> Rows {
    let ceremony = |n, user_id| ceremony::Model {
        hash: vec![n; 32],
        user_id,
        state: vec![0, 255],
        created_at: 14,
        expires_at: 15,
    };
    Rows {
        totp: vec![totp::Model {
            user_id: ADA,
            secret: vec![0, 1, 2],
            created_at: 16,
            confirmed_at: Some(17),
            spent_step: 18,
        }],
        recovery_code: [5, 6]
            .map(|n| recovery_code::Model {
                user_id: ADA,
                hash: vec![n; 32],
            })
            .into(),
        challenge: vec![challenge::Model {
            hash: vec![7; 32],
            user_id: GINA,
            created_at: 19,
            expires_at: 20,
            tries: 21,
        }],
        passkey: vec![passkey::Model {
            id: uuid(22),
            user_id: ADA,
            name: "key".into(),
            credential_id: vec![0, 16, 255],
            credential: "{}".into(),
            counter: 22,
            backed_up: true,
            created_at: 23,
            used_at: Some(24),
        }],
        ceremony: vec![ceremony(8, Some(GINA)), ceremony(9, None)],
        ..accounts()
    }
}

fn rooms() -> Rows {
    let session = |id, forked_from| session::Model {
        id,
        title: "title".into(),
        description: "description".into(),
        search: "title\ndescription".into(),
        language: "python".into(),
        visibility: "private".into(),
        owner_id: ADA,
        max_participants: 10,
        forked_from,
        created_at: 25,
        updated_at: 26,
        deleted_at: forked_from.map(|_| 27),
        waiting_room: forked_from.is_some(),
    };
    Rows {
        session: vec![session(ROOM, None), session(FORK, Some(ROOM))],
        participant: vec![participant::Model {
            session_id: ROOM,
            user_id: ADA,
            role: "owner".into(),
            joined_at: 28,
            invite_id: Some(uuid(23)),
        }],
        invite: vec![invite::Model {
            id: uuid(23),
            session_id: FORK,
            token: "token".into(),
            role: "editor".into(),
            expires_at: Some(29),
            max_uses: Some(30),
            uses: 31,
            created_at: 32,
        }],
        waiting: vec![waiting::Model {
            session_id: ROOM,
            user_id: GINA,
            role: "viewer".into(),
            invite_id: None,
            asked_at: 33,
        }],
        ban: vec![ban::Model {
            session_id: FORK,
            user_id: GINA,
            by_id: ADA,
            at: 34,
        }],
        ..second_factors()
    }
}

fn runs() -> Rows {
    Rows {
        execution: vec![execution::Model {
            id: RUN,
            session_id: Some(ROOM),
            user_id: ADA,
            language: "python".into(),
            status: "finished".into(),
            outcome: Some("ok".into()),
            message: Some("message".into()),
            exit_code: Some(-1),
            limits: "{}".into(),
            created_at: 35,
            started_at: Some(36),
            finished_at: Some(37),
            worker: Some("worker".into()),
            lease_until: Some(38),
            attempts: 39,
            priority: "batch".into(),
            dead_at: Some(40),
        }],
        execution_request: vec![execution_request::Model {
            execution_id: RUN,
            request: r#"{"language":"python","code":"\u0000"}"#.into(),
        }],
        execution_result: vec![execution_result::Model {
            execution_id: RUN,
            result: "{}".into(),
        }],
        callback: vec![callback::Model {
            execution_id: RUN,
            url: "https://example.org".into(),
            attempts: 41,
            due_at: Some(42),
        }],
        idempotency_key: vec![idempotency_key::Model {
            user_id: ADA,
            key: "a/b".into(),
            request: vec![10; 32],
            execution_id: RUN,
            created_at: 43,
        }],
        ..rooms()
    }
}

/// A log of which the first and the fourth update were purged, and the sixth is in a base.
fn logs() -> Rows {
    Rows {
        document: vec![document::Model {
            session_id: ROOM,
            last_seq: 7,
            base_version: 1,
        }],
        document_base: vec![document_base::Model {
            session_id: ROOM,
            base: vec![0, 255],
        }],
        document_update: [2, 3, 5, 6]
            .map(|seq| document_update::Model {
                session_id: ROOM,
                seq,
                author: (seq == 2).then_some(ADA),
                at: 44 + seq,
                folded_in: (seq == 6).then_some(1),
                bytes: vec![0; 3],
            })
            .into(),
        history_start: vec![history_start::Model {
            session_id: ROOM,
            seq: 4,
            at: 45,
            base: vec![1],
        }],
        ..runs()
    }
}

fn talk() -> Rows {
    let message = |n, nonce: Option<&str>, line: Option<&str>| message::Model {
        id: uuid(n),
        session_id: ROOM,
        author_id: ADA,
        text: "hello".into(),
        mentions: format!("[\"{GINA}\"]"),
        line: line.map(str::to_owned),
        nonce: nonce.map(str::to_owned),
        created_at: 46,
        edited_at: Some(47),
        deleted_at: Some(48),
    };
    let line = format!(r#"{{"type":"run","execution_id":"{RUN}","language":"python","outcome":null}}"#);
    Rows {
        message: vec![message(24, Some("\"n"), None), message(25, None, Some(&line))],
        message_read: vec![message_read::Model {
            session_id: ROOM,
            user_id: ADA,
            at: 49,
            message_id: uuid(24),
        }],
        note: vec![note::Model {
            session_id: ROOM,
            text: "note".into(),
            version: 50,
            updated_by: ADA,
            updated_at: 51,
        }],
        ..logs()
    }
}

/// Rows of all tables.
pub(super) fn all() -> Rows {
    let hash = Sha256::digest("text").to_vec();
    Rows {
        snapshot: vec![snapshot::Model {
            id: SHOT,
            session_id: ROOM,
            kind: "manual".into(),
            automatic: false,
            name: Some("name".into()),
            user_id: Some(ADA),
            execution_id: Some(RUN),
            digest: vec![11; 32],
            files: 2,
            bytes: 8,
            created_at: 52,
        }],
        snapshot_file: ["a", "b"]
            .map(|path| snapshot_file::Model {
                snapshot_id: SHOT,
                path: path.into(),
                hash: hash.clone(),
            })
            .into(),
        snapshot_text: vec![snapshot_text::Model {
            session_id: ROOM,
            hash,
            content: "text".into(),
        }],
        audit_entry: vec![audit_entry::Model {
            id: uuid(26),
            at: 53,
            act: "user.create".into(),
            actor_id: Some(ADA),
            actor: Some("ada".into()),
            user_id: Some(GINA),
            session_id: Some(ROOM),
            object_id: Some(RUN),
            detail: Some("detail".into()),
            channel: "web".into(),
            address: Some("192.0.2.1".into()),
            request_id: Some("request".into()),
        }],
        node: vec![node::Model {
            id: "node".into(),
            host: "host".into(),
            roles: "api,worker".into(),
            slots: 54,
            busy: 55,
            version: "1".into(),
            started_at: 56,
            seen_at: 57,
        }],
        ..talk()
    }
}
