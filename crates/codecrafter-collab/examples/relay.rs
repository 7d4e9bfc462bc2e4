//! How many updates one document delivers: 50 writers in this process, each receiving what the others write.
//!
//! `cargo run --release -p codecrafter-collab --example relay [writers] [updates of each]`
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use chrono::Utc;
use codecrafter_bus::in_process::InProcessBus;
use codecrafter_collab::{Access, CollabConfig, Connection, Documents, Outgoing, OutgoingReceiver, Peer};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::user::{Person, User};
use codecrafter_store::{Store, StoreConfig};
use yrs::{Doc, Text, Transact};

/// What each update writes: seldom found in the encoding around it.
const MARK: &str = "\u{2603}\u{2603}";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<usize>());
    let writers = args.next().transpose()?.unwrap_or(50);
    let updates = args.next().transpose()?.unwrap_or(400);

    let folder = tempfile::tempdir()?;
    let config = StoreConfig::Sqlite {
        path: folder.path().join("relay.db"),
    };
    let store = codecrafter_store::open(&config).await?;
    let (session, user) = begin(store.as_ref()).await?;
    let documents = Documents::new(
        store.clone(),
        store,
        Arc::new(InProcessBus::new()),
        CollabConfig::default(),
    );

    let mut connections = Vec::new();
    for _ in 0..writers {
        let peer = Peer {
            user: Some(user.clone()),
            access: Access::Write,
        };
        connections.push((documents.connect(session, peer).await?, frames(updates)));
    }
    let expected = writers * (writers - 1) * updates;
    let started = Instant::now();
    let (delivered, frames) = relay(connections, (writers - 1) * updates).await?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{delivered} of {expected} deliveries in {frames} frames and {seconds:.3} s");
    println!("{:.0} deliveries/s", f64::from(u32::try_from(delivered)?) / seconds);
    documents.shutdown().await;
    Ok(())
}

/// Sends everything and receives `expected` updates on each connection; updates and frames of all together.
async fn relay(
    connections: Vec<(Connection, Vec<Bytes>)>,
    expected: usize,
) -> Result<(usize, usize), tokio::task::JoinError> {
    let mut tasks = Vec::new();
    for (Connection { sender, mut outgoing }, frames) in connections {
        let reading = tokio::spawn(async move {
            let received = receive(&mut outgoing, expected).await;
            // Kept until the own updates are sent too: dropping it ends the connection.
            (received, outgoing)
        });
        tasks.push(tokio::spawn(async move {
            for frame in frames {
                sender.send(frame).await.expect("the document is open");
            }
            reading.await.expect("reading does not panic").0
        }));
    }
    let mut all = (0, 0);
    for task in tasks {
        let (updates, frames) = task.await?;
        all = (all.0 + updates, all.1 + frames);
    }
    Ok(all)
}

/// Receives until everything is there; how many updates and in how many frames.
async fn receive(outgoing: &mut OutgoingReceiver, expected: usize) -> (usize, usize) {
    let (mut marks, mut frames) = (0, 0);
    while marks < expected {
        match outgoing.recv().await {
            Some(Outgoing::Frame(frame)) => {
                frames += 1;
                marks += frame
                    .windows(MARK.len())
                    .filter(|window| *window == MARK.as_bytes())
                    .count();
            }
            // Only of Hocuspocus clients.
            Some(Outgoing::Status { .. }) => {}
            Some(Outgoing::Close { code, reason }) => {
                println!("closed: {code} {reason}");
                break;
            }
            None => break,
        }
    }
    (marks, frames)
}

/// One writer's updates, made before the clock starts.
fn frames(count: usize) -> Vec<Bytes> {
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    let updates = (0..count).map(|_| {
        let mut txn = doc.transact_mut();
        text.push(&mut txn, MARK);
        let update = txn.encode_update_v1();
        let len = u8::try_from(update.len()).expect("a small update");
        assert!(len < 0x80, "its length takes one byte");
        [&[0, 2, len][..], &update].concat().into()
    });
    updates.collect()
}

async fn begin(store: &dyn Store) -> Result<(SessionId, Person), Box<dyn std::error::Error>> {
    let user = User {
        id: UserId::new(),
        username: "ada".into(),
        email: "ada@example.org".into(),
        display_name: "Ada".into(),
        color: "#1f6feb".into(),
        bio: String::new(),
        links: Vec::new(),
        email_verified: false,
        pending_email: None,
        guest_of: None,
        platform_admin: false,
        created_at: Utc::now(),
    };
    store.create_user(&user, "hash").await?;
    let session = Session {
        id: SessionId::new(),
        title: "Relay".into(),
        description: String::new(),
        language: "python".into(),
        visibility: Visibility::Private,
        owner_id: user.id,
        max_participants: 50,
        waiting_room: false,
        forked_from: None,
        created_at: Utc::now(),
        updated_at: Utc::now(),
        deleted_at: None,
    };
    store.create_session(&session).await?;
    Ok((session.id, Person::from(&user)))
}
