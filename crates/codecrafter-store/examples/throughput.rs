//! How fast the store takes document batches and runs: `cargo run --release --example throughput [folder]`.
//! Prints figures, asserts nothing.
#![expect(clippy::print_stdout, reason = "it is what it is for")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use codecrafter_domain::execution::Status;
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_store::conformance::fixtures::{account, exited, room, run};
use codecrafter_store::documents::NewUpdate;
use codecrafter_store::{Store, StoreConfig};

/// How long each figure is measured.
const MEASURE: Duration = Duration::from_secs(2);
/// Bytes of one update: a few keystrokes.
const UPDATE_BYTES: usize = 40;

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("folder");
    let path = folder.path().join("throughput.db");
    let store = codecrafter_store::open(&StoreConfig::Sqlite { path })
        .await
        .expect("open");
    let user = account(&store, "bench").await;
    println!("documents  updates/batch  batches/s  updates/s  mean ms");
    for (documents, batch) in [(1, 1), (1, 10), (1, 1000), (10, 1), (100, 1), (100, 10), (500, 2)] {
        appends(&store, user, documents, batch).await;
    }
    runs(&store, user).await;
    loading(&store, user).await;
}

async fn appends(store: &Arc<dyn Store>, user: UserId, documents: usize, batch: usize) {
    let mut sessions = Vec::new();
    for _ in 0..documents {
        sessions.push(room(store, user).await);
    }
    let started = Instant::now();
    let write = |session| write(Arc::clone(store), session, user, batch, started + MEASURE);
    let writers: Vec<_> = sessions
        .into_iter()
        .map(|session| tokio::spawn(write(session)))
        .collect();
    let mut batches = 0;
    for writer in writers {
        batches += writer.await.expect("no panic");
    }
    let seconds = started.elapsed().as_secs_f64();
    let rate = f64::from(batches) / seconds;
    println!(
        "{documents:9}  {batch:13}  {rate:9.0}  {:9.0}  {:7.2}",
        rate * f64::from(u32::try_from(batch).expect("small")),
        seconds * 1000.0 * f64::from(u32::try_from(documents).expect("small")) / f64::from(batches)
    );
}

async fn write(store: Arc<dyn Store>, session: SessionId, user: UserId, batch: usize, until: Instant) -> u32 {
    let mut batches = 0;
    while Instant::now() < until {
        let update = NewUpdate {
            author: Some(user),
            at: Utc::now(),
            bytes: vec![7; UPDATE_BYTES],
        };
        store
            .append_updates(session, &vec![update; batch])
            .await
            .expect("appended");
        batches += 1;
    }
    batches
}

/// A run's whole way through the store.
async fn runs(store: &Arc<dyn Store>, user: UserId) {
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < MEASURE {
        let new = run(user, None);
        store.create_execution(&new).await.expect("created");
        let lease = Utc::now() + TimeDelta::seconds(30);
        store.claim(new.id, "bench", Utc::now(), lease).await.expect("claimed");
        store.set_status(new.id, Status::Running).await.expect("moved");
        store
            .finish(new.id, &exited(0, "hello\n"), Utc::now())
            .await
            .expect("finished");
        store.execution(new.id).await.expect("found");
        count += 1;
    }
    let each = started.elapsed().as_secs_f64() * 1000.0 / f64::from(count);
    println!("create, claim, set status, finish, read a run: {each:.2} ms");
}

/// Opening a document of many small edits that no base holds yet.
async fn loading(store: &Arc<dyn Store>, user: UserId) {
    let session = room(store, user).await;
    let update = NewUpdate {
        author: Some(user),
        at: Utc::now(),
        bytes: vec![7; UPDATE_BYTES],
    };
    store
        .append_updates(session, &vec![update; 100_000])
        .await
        .expect("appended");
    let started = Instant::now();
    let rows = store.load_document(session).await.expect("loaded");
    println!(
        "load {} unfolded updates: {:.1} ms",
        rows.updates.len(),
        started.elapsed().as_secs_f64() * 1000.0
    );
    let folded: Vec<u64> = rows.updates.iter().map(|(seq, _)| *seq).collect();
    let base = vec![7; 5_000_000];
    let started = Instant::now();
    store.compact(session, &base, 0, &folded).await.expect("compacted");
    println!(
        "fold them into 5 MB: {:.1} ms",
        started.elapsed().as_secs_f64() * 1000.0
    );
    let started = Instant::now();
    store.load_document(session).await.expect("loaded");
    println!("load the base: {:.1} ms", started.elapsed().as_secs_f64() * 1000.0);
}
