//! What platform administrators see and set.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::user::User;

/// An account as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// The account.
    #[serde(flatten)]
    pub user: User,
    /// When it was shut off; null if it can sign in.
    pub deactivated_at: Option<DateTime<Utc>>,
}

/// What one user may use; null is the platform's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quota {
    /// Runs that may be queued or running at a time.
    #[schema(minimum = 0, maximum = 100_000)]
    pub executions: Option<u32>,
    /// Sessions that may be owned at a time, deleted ones that can be restored not counted.
    #[schema(minimum = 0, maximum = 100_000)]
    pub sessions: Option<u32>,
    /// Bytes that the documents and snapshots of one's sessions may have.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_u64)]
    pub storage_bytes: Option<u64>,
}

/// Largest number of things in a quota.
pub const MOST_COUNTED: u32 = 100_000;
/// Largest storage in a quota, in bytes.
pub const MOST_BYTES: u64 = 1_000_000_000_000;

/// What one user may use, with the defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Allowance {
    /// Runs queued or running.
    pub executions: u32,
    /// Sessions owned.
    pub sessions: u32,
    /// Bytes of documents and snapshots.
    pub storage_bytes: u64,
}

impl Allowance {
    /// This, where the quota says nothing else.
    #[must_use]
    pub fn with(self, quota: Quota) -> Self {
        Self {
            executions: quota.executions.unwrap_or(self.executions),
            sessions: quota.sessions.unwrap_or(self.sessions),
            storage_bytes: quota.storage_bytes.unwrap_or(self.storage_bytes),
        }
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            executions: 20,
            sessions: 1_000,
            storage_bytes: 1 << 30,
        }
    }
}

/// What one user uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountUsage {
    /// Runs queued or running.
    pub executions: u64,
    /// Sessions owned.
    pub sessions: u64,
    /// Bytes of documents and snapshots.
    pub storage_bytes: u64,
}

/// A process that runs programs or answers requests, as it last said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Node {
    /// Distinguishes processes.
    pub id: String,
    /// The machine's name.
    pub host: String,
    /// What it does: `api`, `worker`.
    pub roles: Vec<String>,
    /// Runs at a time.
    pub slots: u32,
    /// Runs under way.
    pub busy: u32,
    /// Which release.
    pub version: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it was last heard of.
    pub seen_at: DateTime<Utc>,
}
