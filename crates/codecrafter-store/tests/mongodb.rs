//! The MongoDB adapter: a database for each case, on the server that `CODECRAFTER_TEST_MONGODB` names.

#[path = "mongodb/copy.rs"]
mod copy;
#[path = "mongodb/everything.rs"]
mod everything;

use std::sync::Arc;

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
