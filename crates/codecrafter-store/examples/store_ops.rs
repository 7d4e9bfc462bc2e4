//! Operations a second of a store, each by one task and by sixteen at once: one JSON object on standard output.
//!
//! `cargo run --release -p codecrafter-store --example store_ops -- URL`

use std::sync::Arc;
use std::time::{Duration, Instant};

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_store::conformance::fixtures::{Adapter, account, after, exited, noon, queued, room};
use codecrafter_store::documents::NewUpdate;
use codecrafter_store::{StoreConfig, open};

/// How long each operation is repeated.
const TIME: Duration = Duration::from_secs(2);
/// Tasks at once, each with a user and a session of its own.
const CROWD: usize = 16;
/// What one keystroke comes to, in bytes.
const KEYSTROKE: usize = 24;

/// What is measured.
#[derive(Clone, Copy)]
enum Operation {
    /// A batch of one edit becomes durable.
    Append,
    /// A document of a hundred edits is read.
    Load,
    /// A run is accepted, taken, and finished.
    Run,
    /// Whether somebody may what they ask for.
    Role,
}

impl Operation {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Append, "append"),
        (Self::Load, "load"),
        (Self::Run, "run"),
        (Self::Role, "role"),
    ];

    async fn once(self, store: &Adapter, user: UserId, session: SessionId) {
        match self {
            Self::Append => append(store, session, 1).await,
            Self::Load => drop(store.load_document(session).await.expect("loaded")),
            Self::Run => {
                let id = queued(store, user).await;
                store.claim(id, "bench", noon(), after(60)).await.expect("taken");
                store
                    .finish(id, &exited(0, "hello\n"), after(1))
                    .await
                    .expect("finished");
            }
            Self::Role => drop(store.role(session, user).await.expect("answered")),
        }
    }
}

async fn append(store: &Adapter, session: SessionId, count: usize) {
    let update = NewUpdate {
        author: None,
        at: noon(),
        bytes: vec![7; KEYSTROKE],
    };
    let updates = vec![update; count];
    store.append_updates(session, &updates).await.expect("stored");
}

/// How often it was done, by so many tasks, in a second.
async fn rate(store: &Adapter, operation: Operation, people: &[(UserId, SessionId)]) -> f64 {
    let begin = Instant::now();
    let tasks = people.iter().map(|&(user, session)| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let mut done = 0_u32;
            while begin.elapsed() < TIME {
                operation.once(&store, user, session).await;
                done += 1;
            }
            done
        })
    });
    let done = futures::future::join_all(tasks).await;
    let done: u32 = done.into_iter().map(|done| done.expect("no panic")).sum();
    f64::from(done) / begin.elapsed().as_secs_f64()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: store_ops URL")?;
    let config: StoreConfig = url.parse()?;
    let store = open(&config).await?;
    let name = uuid::Uuid::new_v4().simple().to_string();
    let mut rates = serde_json::Map::new();
    for (operation, what) in Operation::ALL {
        // New ones for each, so that none finds what another has left.
        let mut people = Vec::new();
        for number in 0..CROWD {
            let user = account(&store, &format!("{what}-{number}-{name}")).await;
            let session = room(&store, user).await;
            append(&store, session, 100).await;
            people.push((user, session));
        }
        let alone = rate(&store, operation, &people[..1]).await;
        let together = rate(&store, operation, &people).await;
        rates.insert(what.to_owned(), serde_json::json!([alone, together]));
    }
    #[expect(clippy::print_stdout, reason = "what it is run for")]
    {
        println!("{}", serde_json::Value::Object(rates));
    }
    Ok(())
}
