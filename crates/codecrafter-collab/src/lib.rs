//! Documents edited together: the y-sync protocol, presence, durability. Bytes in, bytes out.
//!
//! [`Documents`] opens one actor per document. A connection hands frames of the plain y-websocket
//! protocol to its [`ConnectionSender`] and writes what its [`Connection::outgoing`] yields; this
//! crate knows no socket and no HTTP. [`hocuspocus`] reads and writes the frames of connections that
//! hold several documents.
//!
//! What is not here yet, and where it will go: several nodes. Each node would hold a replica and
//! exchange updates and state vectors over `topic::document`; the actor's mailbox is the place where
//! they arrive. Until then a document must be open on one node only.

mod actor;
mod awareness;
pub mod close;
mod config;
mod connection;
mod diff;
mod documents;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod hocuspocus;
mod lib0;
mod message;
mod replica;
mod snapshot;
mod update;

pub use actor::OutgoingReceiver;
pub use codecrafter_domain::snapshot::FileText;
pub use config::{CollabConfig, DocumentLimits};
pub use connection::{Access, Closed, Connection, ConnectionSender, Ending, Outgoing, Peer};
pub use diff::{FileChange, FileDiff, diff};
pub use documents::Documents;
pub use error::CollabError;
pub use snapshot::SnapshotRequest;

/// Largest inbound frame, in bytes. Checked before anything is decoded; longer ones close the connection
/// with [`close::TOO_LARGE`].
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
