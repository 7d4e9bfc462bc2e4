//! How documents behave, with defaults for production.

use std::time::Duration;

/// Times and bounds of all documents.
#[derive(Debug, Clone)]
pub struct CollabConfig {
    /// Updates are stored in batches this long after the first of them; 20 to 50 ms.
    pub batch_interval: Duration,
    /// First wait after the store failed; doubles up to [`Self::retry_max`].
    pub retry_min: Duration,
    /// Longest wait after the store failed.
    pub retry_max: Duration,
    /// A document without connections is unloaded after this long.
    pub idle_unload: Duration,
    /// Presence of a connection that was lost is kept this long, in case it comes back.
    pub presence_grace: Duration,
    /// Compaction begins when this many stored updates are not folded into the base.
    pub compact_after: usize,
    /// At unloading, compaction already begins with this many.
    pub compact_on_unload_after: usize,
    /// While people edit, the files are copied this often, and once more after the last has left.
    pub snapshot_every: Duration,
    /// Snapshots that people make, of one session.
    pub named_snapshots: u64,
    /// Snapshots that nobody asked for, of one session; the oldest go.
    pub automatic_snapshots: u64,
    /// Other processes may have the same documents open: what happens in them is told over the bus.
    pub several_nodes: bool,
    /// How often the store is read for what the bus may have lost, and others are told again who is here. Who is not
    /// told of again for three times as long is gone with their process.
    pub reconcile_every: Duration,
    /// Bounds of one document.
    pub limits: DocumentLimits,
}

/// Bounds of one document and of what it keeps for others.
#[derive(Debug, Clone)]
pub struct DocumentLimits {
    /// Text of all types together, in UTF-16 code units as editors count (other content counts 1 per element).
    /// Deletions are accepted at the bound.
    pub text_units: u64,
    /// Encoded state in bytes, deleted parts included: bounds content that is not text. Deletions are accepted.
    pub encoded_bytes: usize,
    /// Entries of the `files` map.
    pub files: usize,
    /// One awareness state as JSON, in bytes.
    pub awareness_bytes: usize,
    /// Accepted updates waiting for the store, in bytes; beyond it edits are refused retryably.
    pub unsaved_bytes: usize,
    /// Frames that wait for the document's actor, in bytes; senders wait beyond it.
    pub inbound_bytes: usize,
    /// Updates that wait for one slow reader, in bytes; beyond it that reader is closed retryably.
    pub backlog_bytes: usize,
}

impl Default for CollabConfig {
    fn default() -> Self {
        Self {
            batch_interval: Duration::from_millis(25),
            retry_min: Duration::from_millis(100),
            retry_max: Duration::from_secs(5),
            idle_unload: Duration::from_secs(30),
            presence_grace: Duration::from_secs(3),
            compact_after: 500,
            compact_on_unload_after: 20,
            snapshot_every: Duration::from_mins(10),
            named_snapshots: 200,
            automatic_snapshots: 200,
            several_nodes: false,
            reconcile_every: Duration::from_secs(10),
            limits: DocumentLimits::default(),
        }
    }
}

impl Default for DocumentLimits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            text_units: 4 * 1024 * 1024,
            encoded_bytes: 32 * MIB,
            files: 200,
            awareness_bytes: 16 * 1024,
            unsaved_bytes: 16 * MIB,
            inbound_bytes: 8 * MIB,
            backlog_bytes: 4 * MIB,
        }
    }
}
