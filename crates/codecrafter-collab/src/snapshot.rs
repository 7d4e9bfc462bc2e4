//! Snapshots: copying a document's files into the store, and telling.

use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{ExecutionId, SessionId, SnapshotId};
use codecrafter_domain::snapshot::{FileText, Snapshot, SnapshotKind};
use codecrafter_domain::user::Person;
use codecrafter_store::StoreError;
use codecrafter_store::types::NewSnapshot;

use crate::documents::Shared;
use crate::{CollabError, Documents};

/// A snapshot that is asked for.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    /// What for.
    pub kind: SnapshotKind,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Who causes it.
    pub by: Option<Person>,
    /// The run that it is made for.
    pub execution: Option<ExecutionId>,
}

impl SnapshotRequest {
    /// Of this kind, and nothing else.
    pub fn of(kind: SnapshotKind) -> Self {
        Self {
            kind,
            name: None,
            by: None,
            execution: None,
        }
    }
}

impl Documents {
    /// Copies the files as they are now, and tells the session. `None` where an automatic snapshot would be the same
    /// as the latest one; `Full` where people have made as many as allowed.
    pub async fn snapshot(
        &self,
        session: SessionId,
        request: SnapshotRequest,
    ) -> Result<Option<Snapshot>, CollabError> {
        let files = self.files(session).await?;
        store(&self.shared, session, request, files).await
    }

    /// Snapshots that people may make of one session.
    pub fn most_named_snapshots(&self) -> u64 {
        self.shared.config.named_snapshots
    }
}

/// Stores a snapshot of these files, and tells the session.
pub(crate) async fn store(
    shared: &Shared,
    session: SessionId,
    request: SnapshotRequest,
    files: Vec<FileText>,
) -> Result<Option<Snapshot>, CollabError> {
    let new = NewSnapshot {
        id: SnapshotId::new(),
        session,
        kind: request.kind,
        name: request.name,
        by: request.by.as_ref().map(|person| person.id),
        execution: request.execution,
        files,
        created_at: codecrafter_domain::time::now(),
        most_named: shared.config.named_snapshots,
        most_automatic: shared.config.automatic_snapshots,
    };
    let created = shared
        .snapshots
        .create_snapshot(&new)
        .await
        .map_err(|error| match error {
            StoreError::Full(_) => CollabError::Full(format!("snapshots: at most {}", shared.config.named_snapshots)),
            error => error.into(),
        })?;
    if let Some(snapshot) = &created {
        let kind = SessionEventKind::SnapshotCreated {
            snapshot: snapshot.clone(),
        };
        shared.tell(session, kind, request.by).await;
    }
    Ok(created)
}
