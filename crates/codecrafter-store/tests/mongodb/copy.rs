//! All data go from one engine to another and back.

use codecrafter_domain::id::MessageId;
use codecrafter_domain::snapshot::SnapshotKind;
use codecrafter_store::conformance::fixtures::{
    Adapter, account, after, assert_conflict, desk, first, invite, noon, owned_room, session as new_session, user,
};
use codecrafter_store::types::{Added, NewMessage, Rotation, TokenHash};
use codecrafter_store::{Progress, StoreConfig, copy, open};
use mongodb::Client;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use uuid::Uuid;

use crate::database;
use crate::everything::{CREDENTIAL, Everything, ISSUER, SUBJECT, TOKEN, TOKENS, UPDATES, fill, snapshot, update};

fn file(folder: &TempDir, name: &str) -> StoreConfig {
    StoreConfig::Sqlite {
        path: folder.path().join(name),
    }
}

async fn inside(config: &StoreConfig) -> mongodb::Database {
    let StoreConfig::Mongo { url } = config else {
        panic!("a MongoDB store");
    };
    let client = Client::with_uri_str(url).await.expect("connect");
    client.default_database().expect("named")
}

async fn forget(config: &StoreConfig) {
    inside(config).await.drop().await.expect("dropped");
}

async fn numbers(connection: &DatabaseConnection, question: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Sqlite, question);
    let row = connection
        .query_one_raw(statement)
        .await
        .expect(question)
        .expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Two SQLite files of which every table has the same rows, at least one.
async fn assert_same_tables(folder: &TempDir, here: &str, there: &str) {
    let mut options = ConnectOptions::new(format!("sqlite:{}", folder.path().join(here).display()));
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.expect("connect");
    let there = folder.path().join(there);
    let attach = format!("ATTACH '{}' AS there", there.display());
    connection.execute_unprepared(&attach).await.expect("attached");
    let tables = Statement::from_string(
        DbBackend::Sqlite,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    let tables = connection.query_all_raw(tables).await.expect("tables");
    assert!(tables.len() > 30, "{}", tables.len());
    for table in tables {
        let table: String = table.try_get_by_index(0).expect("a name");
        let rows = numbers(&connection, &format!("SELECT count(*) FROM main.{table}")).await;
        assert!(rows > 0, "{table} is empty");
        for (one, other) in [("main", "there"), ("there", "main")] {
            let lost =
                format!("SELECT count(*) FROM (SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table})");
            assert_eq!(numbers(&connection, &lost).await, 0, "{table} of {one}");
        }
    }
}

/// What is asked of both is answered alike.
async fn assert_alike(here: &Adapter, there: &Adapter, all: &Everything) {
    macro_rules! alike {
        ($store:ident, $question:expr) => {{
            let mut answers = Vec::new();
            for $store in [here, there] {
                answers.push($question.await.expect("answer"));
            }
            assert_eq!(answers[0], answers[1]);
        }};
    }
    alike!(store, store.execution(all.run));
    alike!(store, store.execution_request(all.run));
    alike!(store, store.load_document(all.room));
    alike!(store, store.updates_after(all.room, 0, 1_000));
    alike!(store, store.history_start(all.room));
    alike!(store, store.identity_user(ISSUER, SUBJECT, noon()));
    alike!(store, store.passkey_by_credential(CREDENTIAL));
    alike!(store, store.second_factors(all.owner));
    alike!(store, store.preferences(all.owner));
    alike!(store, store.quota(all.owner));
    alike!(store, store.usage(all.owner));
    alike!(store, store.logins(all.owner, noon()));
    alike!(store, store.participants(all.room));
    alike!(store, store.bans(all.room));
    alike!(store, store.invite_by_token(TOKEN));
    alike!(store, store.snapshot(all.room, all.snapshot));
    alike!(store, store.nodes());
    alike!(store, store.notes(all.room));
    for store in [here, there] {
        let holder = store.api_key_holder(all.api_key, noon()).await.expect("answer");
        assert_eq!(holder.expect("held").user.id, all.owner);
    }
    let [here, there] = [
        here.messages(all.room, &first(10)).await.expect("list").items,
        there.messages(all.room, &first(10)).await.expect("list").items,
    ];
    assert_eq!(here, there);
}

/// A store that was copied is worked with as if it had been the only one.
async fn assert_works(store: &Adapter, all: &Everything) {
    let next = u64::from(UPDATES) + 1;
    let last = update(all.owner, UPDATES + 1);
    store.append_updates(all.room, &[last]).await.expect("stored");
    let later = store.updates_after(all.room, next - 1, 10).await.expect("read");
    assert_eq!(later.iter().map(|update| update.seq).collect::<Vec<_>>(), [next]);
    let rows = store.load_document(all.room).await.expect("loaded");
    let folded: Vec<u64> = rows.updates.iter().map(|(seq, _)| *seq).collect();
    let compacted = store.compact(all.room, b"more", rows.base_version, &folded).await;
    compacted.expect("compacted");
    store.purge_history(all.room).await.expect("purged");
    let last = update(all.owner, UPDATES + 2);
    store.append_updates(all.room, &[last]).await.expect("stored");
    let later = store.updates_after(all.room, 0, 10).await.expect("read");
    assert_eq!(later.iter().map(|update| update.seq).collect::<Vec<_>>(), [next + 1]);

    assert_conflict(store.create_invite(&invite(all.room, TOKEN)).await, "token");
    let identity = store.identities(all.owner).await.expect("list").remove(0);
    let twin = user("twin");
    assert_conflict(store.create_user_of(&twin, &identity).await, "identities");
    let unchanged = snapshot(all.room, SnapshotKind::Timed, "print(1)", 9);
    assert_eq!(store.create_snapshot(&unchanged).await.expect("answer"), None);
    let message = store.messages(all.room, &first(10)).await.expect("list").items;
    let message = message
        .into_iter()
        .find(|message| message.created_at == noon())
        .expect("there");
    let again = NewMessage {
        id: MessageId::new(),
        session: all.room,
        author: all.owner,
        content: message.content,
        nonce: Some("\"n".into()),
        created_at: noon(),
    };
    let again = store.add_message(&again).await.expect("answer");
    assert!(matches!(again, Added::Already(_)), "{again:?}");
    let [used, unused] = &TOKENS;
    for (old, next, is_reused) in [(unused, 98, false), (used, 99, true)] {
        let next = TokenHash([next; 32]);
        let rotated = store.rotate(old, &next, &desk(), after(2), after(800)).await;
        let rotated = rotated.expect("answer");
        assert_eq!(matches!(rotated, Rotation::Reused { .. }), is_reused, "{rotated:?}");
        assert_ne!(rotated, Rotation::Unknown);
    }
}

#[tokio::test]
async fn everything_goes_from_sqlite_to_mongodb_and_back() {
    let folder = tempfile::tempdir().expect("folder");
    let (first, second) = (file(&folder, "first.db"), file(&folder, "second.db"));
    let source = open(&first).await.expect("open");
    let all = fill(&source).await;
    let (middle, other) = (database(), database());

    let mut told = Vec::new();
    let rows = copy(&first, &middle, |progress: Progress| told.push(progress))
        .await
        .expect("copied");
    assert!(rows > 300, "{rows}");
    let users: Vec<_> = told
        .iter()
        .filter(|one| one.table == "users" && !one.is_check)
        .collect();
    assert_eq!(
        users.iter().map(|one| (one.done, one.total)).collect::<Vec<_>>(),
        [(100, 124), (124, 124)]
    );
    assert_eq!(copy(&first, &middle, |_| {}).await.expect("again"), rows);

    assert_eq!(copy(&middle, &second, |_| {}).await.expect("back"), rows);
    assert_same_tables(&folder, "first.db", "second.db").await;
    assert_eq!(copy(&middle, &second, |_| {}).await.expect("again"), rows);

    assert_eq!(copy(&middle, &other, |_| {}).await.expect("copied"), rows);
    assert_eq!(copy(&middle, &other, |_| {}).await.expect("again"), rows);

    let copied = open(&middle).await.expect("open");
    assert_alike(&source, &copied, &all).await;
    for config in [&second, &middle, &other] {
        assert_works(&open(config).await.expect("open"), &all).await;
    }
    forget(&middle).await;
    forget(&other).await;
}

#[tokio::test]
async fn what_is_interrupted_is_gone_on_with_and_other_data_are_named() {
    let folder = tempfile::tempdir().expect("folder");
    let (first, back) = (file(&folder, "first.db"), file(&folder, "back.db"));
    let (middle, other) = (database(), database());
    let source = open(&first).await.expect("open");
    let owner = account(&source, "owner").await;
    let session = new_session(owner, "room");
    source.create_session(&session).await.expect("session");
    source
        .append_updates(session.id, &[update(owner, 1)])
        .await
        .expect("stored");
    let rows = copy(&first, &middle, |_| {}).await.expect("copied");

    source
        .append_updates(session.id, &[update(owner, 1)])
        .await
        .expect("stored");
    account(&source, "late").await;
    assert_eq!(copy(&first, &middle, |_| {}).await.expect("gone on with"), rows + 2);
    assert_eq!(copy(&middle, &other, |_| {}).await.expect("copied"), rows + 2);
    assert_eq!(copy(&middle, &back, |_| {}).await.expect("copied"), rows + 2);

    for target in [&other, &back] {
        account(&open(target).await.expect("open"), "stranger").await;
        let differs = copy(&middle, target, |_| {}).await.expect_err("other data");
        assert!(differs.to_string().contains("users"), "{differs}");
    }
    account(&open(&middle).await.expect("open"), "stranger").await;
    let differs = copy(&first, &middle, |_| {}).await.expect_err("other data");
    assert!(differs.to_string().contains("users"), "{differs}");
    forget(&middle).await;
    forget(&other).await;
}

#[tokio::test]
async fn a_source_without_a_schema_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let source = database();
    let refused = copy(&source, &file(&folder, "to.db"), |_| {}).await;
    let refused = refused.expect_err("empty").to_string();
    assert!(refused.contains("codecrafter migrate"), "{refused}");
    forget(&source).await;
}

/// What nobody sees goes nowhere, and a purge that was begun is ended.
#[tokio::test]
async fn what_a_crash_has_left_is_not_copied() {
    let folder = tempfile::tempdir().expect("folder");
    let (source, target) = (database(), file(&folder, "to.db"));
    let store = open(&source).await.expect("open");
    let (room, owner) = owned_room(&store).await;
    let purged = new_session(owner, "purged");
    store.create_session(&purged).await.expect("session");
    store.delete_session(purged.id).await.expect("deleted");

    let database = inside(&source).await;
    let (gone, owner, id) = (Uuid::now_v7().to_string(), owner.0.to_string(), "00".repeat(32));
    let bytes = Binary {
        subtype: BinarySubtype::Generic,
        bytes: vec![1],
    };
    let left = [
        (
            "refresh_tokens",
            doc! { "_id": &id, "version": 0_i64, "user": &owner, "login": &gone, "expires_at": 0_i64 },
        ),
        (
            "idempotency_keys",
            doc! { "_id": format!("{owner}/k"), "version": 0_i64, "user": &owner, "request": &id, "execution": &gone,
            "created_at": 0_i64, "added_at": 0_i64 },
        ),
        (
            "snapshot_texts",
            doc! { "_id": &gone, "version": 0_i64, "session": room.0.to_string(), "bytes": 1_i64, "content": &bytes },
        ),
        (
            "document_updates",
            doc! { "_id": format!("{gone}/1"), "version": 0_i64, "session": &gone, "first": 1_i64, "last": 1_i64,
            "bytes": 1_i64, "updates": [{ "author": null, "at": 0_i64, "bytes": &bytes }] },
        ),
        (
            "message_reads",
            doc! { "_id": format!("{gone}/{owner}"), "version": 0_i64, "session": &gone, "user": &owner, "at": 0_i64,
            "message": &gone },
        ),
    ];
    for (collection, document) in left {
        let collection = database.collection::<Document>(collection);
        collection.insert_one(document).await.expect("left");
    }
    let sessions = database.collection::<Document>("sessions");
    let this = doc! { "_id": purged.id.0.to_string() };
    let purging = sessions.update_one(this, doc! { "$set": { "purging": true } });
    assert_eq!(purging.await.expect("marked").matched_count, 1);

    // The owner, the room, the owner's part in it, and its document.
    assert_eq!(copy(&source, &target, |_| {}).await.expect("copied"), 4);
    forget(&source).await;
}
