//! The MongoDB adapter: a database for each case, on the server that `CODECRAFTER_TEST_MONGODB` names.

#[path = "mongodb/copy.rs"]
mod copy;
#[path = "mongodb/everything.rs"]
mod everything;

use std::sync::Arc;

use codecrafter_domain::account::{Keymap, PreferencesPatch, Theme};
use codecrafter_store::conformance::fixtures::{account, after, at_once, noon, owned_room, queued};
use codecrafter_store::documents::NewUpdate;
use codecrafter_store::{Store, StoreConfig, StoreError};
use mongodb::Client;
use mongodb::bson::{Document, doc};

fn server() -> String {
    std::env::var("CODECRAFTER_TEST_MONGODB").expect("script/test engines sets CODECRAFTER_TEST_MONGODB")
}

fn database() -> StoreConfig {
    let name = format!("case_{}", uuid::Uuid::now_v7().simple());
    format!("{}/{name}", server()).parse().expect("a store")
}

async fn fresh() -> (Arc<dyn Store>, ()) {
    (codecrafter_store::open(&database()).await.expect("open"), ())
}

codecrafter_store::store_conformance!(fresh());

#[tokio::test]
async fn nodes_that_start_together_make_the_same() {
    let config = database();
    let opened = futures::future::join_all((0..6).map(|_| codecrafter_store::open(&config))).await;
    for store in opened {
        store.expect("open").ping().await.expect("ping");
    }
    codecrafter_store::open(&config).await.expect("open again");
    let version = codecrafter_store::schema_version(&config).await.expect("version");
    assert_eq!(version, codecrafter_store::SCHEMA_VERSION);
}

#[tokio::test]
async fn what_a_newer_executable_wrote_is_refused() {
    let config = database();
    assert_eq!(codecrafter_store::schema_version(&config).await.expect("none"), 0);
    drop(codecrafter_store::open(&config).await.expect("open"));
    let StoreConfig::Mongo { url } = &config else {
        panic!("a MongoDB store");
    };
    let database = Client::with_uri_str(url).await.expect("connect").default_database();
    let versions = database.expect("named").collection::<Document>("schema_version");
    let newer = versions.update_one(doc! { "_id": "schema" }, doc! { "$set": { "schema": 9999_i64 } });
    assert_eq!(newer.await.expect("newer").matched_count, 1);
    let refused = codecrafter_store::open(&config).await.err().expect("refused");
    assert!(
        matches!(&refused, StoreError::Unreadable(why) if why.contains("9999")),
        "{refused}"
    );
}

/// Each with its own connections and its own turns, as in processes of their own.
#[tokio::test]
#[ignore = "needs a server that loses no change of several processes: MongoDB does not, FerretDB 1 does"]
async fn several_nodes_lose_nothing() {
    let config = database();
    let opened = futures::future::join_all((0..6).map(|_| codecrafter_store::open(&config))).await;
    let nodes: Vec<Arc<dyn Store>> = opened.into_iter().map(|node| node.expect("open")).collect();
    let (room, owner) = owned_room(&nodes[0]).await;

    at_once(nodes.len(), |index| {
        let node = Arc::clone(&nodes[index]);
        async move {
            for number in 0..20 {
                let update = NewUpdate {
                    author: None,
                    at: noon(),
                    bytes: format!("{index}.{number}").into_bytes(),
                };
                node.append_updates(room, &[update]).await.expect("stored");
            }
        }
    })
    .await;
    let log = nodes[0].load_document(room).await.expect("loaded");
    let mut all: Vec<_> = log.updates.into_iter().map(|(_, bytes)| bytes).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), nodes.len() * 20);

    for _ in 0..20 {
        let run = queued(&nodes[0], owner).await;
        let claims = at_once(nodes.len(), |index| {
            let node = Arc::clone(&nodes[index]);
            async move {
                node.claim(run, &format!("w{index}"), noon(), after(30))
                    .await
                    .expect("answered")
            }
        });
        assert_eq!(claims.await.iter().flatten().count(), 1, "one works");
    }

    let user = account(&nodes[0], "bob").await;
    let patches = at_once(nodes.len(), |index| {
        let node = Arc::clone(&nodes[index]);
        let patch = PreferencesPatch {
            font_size: (index == 0).then_some(20),
            tab_size: (index == 1).then_some(2),
            theme: (index == 2).then_some(Theme::Dark),
            keymap: (index == 3).then_some(Keymap::Vim),
            ..PreferencesPatch::default()
        };
        async move { node.patch_preferences(user, &patch).await.expect("changed") }
    });
    patches.await;
    let stored = nodes[0].preferences(user).await.expect("found");
    assert_eq!(
        (stored.font_size, stored.tab_size, stored.theme, stored.keymap),
        (20, 2, Theme::Dark, Keymap::Vim)
    );
}
