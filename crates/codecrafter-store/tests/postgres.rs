//! The SQL adapter on PostgreSQL: a database for each case, on the server that `CODECRAFTER_TEST_POSTGRES` names.

use std::sync::Arc;

use codecrafter_store::conformance::fixtures::{account, after, at_once, exited, noon, owned_room, queued, room};
use codecrafter_store::documents::NewUpdate;
use codecrafter_store::{Store, StoreConfig, StoreError};
use sea_orm::{ConnectionTrait as _, Database};
use url::Url;

fn server() -> Url {
    let url = std::env::var("CODECRAFTER_TEST_POSTGRES").expect("script/test engines sets CODECRAFTER_TEST_POSTGRES");
    url.parse().expect("a URL")
}

async fn run(statement: &str) {
    let connection = Database::connect(server().as_str()).await.expect("connect");
    connection.execute_unprepared(statement).await.expect(statement);
    connection.close().await.expect("close");
}

async fn database() -> Url {
    let name = format!("case_{}", uuid::Uuid::now_v7().simple());
    run(&format!("CREATE DATABASE {name}")).await;
    let mut url = server();
    url.set_path(&name);
    url
}

async fn fresh() -> (Arc<dyn Store>, ()) {
    let store = codecrafter_store::open(&StoreConfig::Postgres { url: database().await }).await;
    (store.expect("open"), ())
}

codecrafter_store::store_conformance!(fresh());

#[tokio::test]
async fn nodes_that_start_together_make_one_schema() {
    let url = database().await;
    let config = StoreConfig::Postgres { url };
    let opened = futures::future::join_all((0..6).map(|_| codecrafter_store::open(&config))).await;
    for store in opened {
        store.expect("open").ping().await.expect("ping");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let url = database().await;
    let config = StoreConfig::Postgres { url: url.clone() };
    drop(codecrafter_store::open(&config).await.expect("open"));
    let connection = Database::connect(url.as_str()).await.expect("connect");
    connection
        .execute_unprepared("INSERT INTO schema_version (version) VALUES (9999)")
        .await
        .expect("newer");
    let refused = codecrafter_store::open(&config).await.err().expect("refused");
    assert!(
        matches!(&refused, StoreError::Unreadable(why) if why.contains("9999")),
        "{refused}"
    );
}

async fn refusal(url: Url) -> String {
    let refused = codecrafter_store::open(&StoreConfig::Postgres { url }).await.err();
    refused.expect("refused").to_string()
}

/// With what to do about it, and without the password.
#[tokio::test]
async fn what_cannot_be_used_is_refused() {
    let replica = database().await;
    let name = replica.path().trim_start_matches('/');
    run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    let error = refusal(replica.clone()).await;
    assert!(error.contains("name the server that is written to"), "{error}");

    let user = format!("stranger_{}", uuid::Uuid::now_v7().simple());
    run(&format!("CREATE ROLE {user} LOGIN PASSWORD 'hunter2'")).await;
    let mut foreign = database().await;
    let name = foreign.path().trim_start_matches('/').to_owned();
    // Before version 15 everybody may.
    let mut inside = server();
    inside.set_path(&name);
    let owner = Database::connect(inside.as_str()).await.expect("connect");
    let revoke = "REVOKE CREATE ON SCHEMA public FROM PUBLIC";
    owner.execute_unprepared(revoke).await.expect(revoke);
    foreign.set_username(&user).expect("a user");
    foreign.set_password(Some("hunter2")).expect("a password");
    let error = refusal(foreign).await;
    assert!(
        error.contains("must own the database") && !error.contains("hunter2"),
        "{error}"
    );

    let mut missing = server();
    missing.set_path("no_such_database");
    let error = refusal(missing).await;
    assert!(error.contains("CREATE DATABASE"), "{error}");
}

#[tokio::test]
async fn connections_cut_by_the_server_are_replaced() {
    let url = database().await;
    let store = codecrafter_store::open(&StoreConfig::Postgres { url: url.clone() })
        .await
        .expect("open");
    let name = url.path().trim_start_matches('/').to_owned();
    run(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    ))
    .await;
    // What was cut may be told once to each connection; then all is well.
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(store.ping().await.is_ok());
    }
    assert!(answers.ends_with(&[true; 6]), "{answers:?}");
}

/// There and back again: the engines hold the same.
#[tokio::test]
async fn everything_is_copied_to_sqlite_and_back() {
    let folder = tempfile::tempdir().expect("folder");
    let sqlite = StoreConfig::Sqlite {
        path: folder.path().join("codecrafter.db"),
    };
    let here = StoreConfig::Postgres { url: database().await };
    let store = codecrafter_store::open(&here).await.expect("open");
    let (session, owner) = owned_room(&store).await;
    for number in 0..120u8 {
        account(&store, &format!("user{number}")).await;
        let update = NewUpdate {
            author: Some(owner),
            at: after(number.into()),
            bytes: vec![number; 300],
        };
        store.append_updates(session, &[update]).await.expect("stored");
    }
    let run = queued(&store, owner).await;
    store.finish(run, &exited(1, "out"), noon()).await.expect("finished");

    let rows = codecrafter_store::copy(&here, &sqlite, |_| {}).await.expect("copied");
    assert!(rows > 240, "{rows}");
    let back = StoreConfig::Postgres { url: database().await };
    assert_eq!(
        codecrafter_store::copy(&sqlite, &back, |_| {}).await.expect("copied"),
        rows
    );
    let returned = codecrafter_store::open(&back).await.expect("open");
    assert_eq!(
        returned.execution(run).await.expect("there"),
        store.execution(run).await.expect("there")
    );
}

/// Each node writes the edits of many documents together, in whatever order they come.
#[tokio::test]
async fn nodes_that_append_to_the_same_documents_do_not_deadlock() {
    let config = StoreConfig::Postgres { url: database().await };
    let opened = futures::future::join_all((0..2).map(|_| codecrafter_store::open(&config))).await;
    let nodes: Vec<Arc<dyn Store>> = opened.into_iter().map(|node| node.expect("open")).collect();
    let owner = account(&nodes[0], "ada").await;
    let mut rooms = Vec::new();
    for _ in 0..30 {
        rooms.push(room(&nodes[0], owner).await);
    }
    let update = NewUpdate {
        author: None,
        at: noon(),
        bytes: vec![7],
    };
    at_once(2, |index| {
        let (node, mut rooms, update) = (Arc::clone(&nodes[index]), rooms.clone(), update.clone());
        if index == 1 {
            rooms.reverse();
        }
        async move {
            for _ in 0..40 {
                let all = rooms
                    .iter()
                    .map(|room| node.append_updates(*room, std::slice::from_ref(&update)));
                for stored in futures::future::join_all(all).await {
                    stored.expect("stored");
                }
            }
        }
    })
    .await;
}
