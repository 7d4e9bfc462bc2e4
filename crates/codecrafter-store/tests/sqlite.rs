//! The SQL adapter on SQLite.

use std::sync::Arc;

use codecrafter_store::{Store, StoreConfig};
use tempfile::TempDir;

fn config(folder: &TempDir) -> StoreConfig {
    StoreConfig::Sqlite {
        path: folder.path().join("codecrafter.db"),
    }
}

async fn fresh() -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().expect("folder");
    let store = codecrafter_store::open(&config(&folder)).await.expect("open");
    (store, folder)
}

codecrafter_store::store_conformance!(fresh());
