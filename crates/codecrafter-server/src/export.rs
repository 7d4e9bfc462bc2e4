//! A session as JSON lines, read from the store part by part as the reader takes them.

use bytes::Bytes;
use codecrafter_domain::id::SessionId;
use codecrafter_domain::session::Session;
use codecrafter_store::types::PageRequest;
use futures::Stream;
use futures::stream::TryStreamExt as _;
use serde::Serialize;

use crate::error::ApiError;
use crate::routes::history::{HistoryItem, start};
use crate::routes::snapshots::WholeSnapshot;
use crate::state::App;

/// Edits read at a time.
const EDITS: u64 = 500;
/// Other things read at a time.
const ITEMS: u64 = 50;

/// What comes next, and where in it.
enum Next {
    Head,
    Snapshots(Option<String>),
    Executions(Option<String>),
    Messages(Option<String>),
    Edits(u64),
    Nothing,
}

/// A line: what it is, and its fields.
#[derive(Serialize)]
struct Line<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(flatten)]
    value: &'a T,
}

/// All lines, in chunks. The stream breaks off where the store fails, so that half a file is not taken for all of it.
pub(crate) fn lines(app: App, session: Session) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let parts = futures::stream::try_unfold((app, session, Next::Head), |(app, session, next)| async move {
        let Some((chunk, next)) = part(&app, &session, next).await? else {
            return Ok(None);
        };
        Ok(Some((Bytes::from(chunk), (app, session, next))))
    });
    parts.map_err(|error: ApiError| std::io::Error::other(format!("{error:?}")))
}

async fn part(app: &App, session: &Session, next: Next) -> Result<Option<(Vec<u8>, Next)>, ApiError> {
    let id = session.id;
    let mut out = Vec::new();
    let next = match next {
        Next::Head => {
            write(&mut out, "session", session)?;
            for participant in app.store.participants(id).await? {
                write(&mut out, "participant", &participant)?;
            }
            Next::Snapshots(None)
        }
        Next::Snapshots(cursor) => snapshots(app, id, cursor, &mut out).await?,
        Next::Executions(cursor) => executions(app, id, cursor, &mut out).await?,
        Next::Messages(cursor) => messages(app, id, cursor, &mut out).await?,
        Next::Edits(after) => edits(app, id, after, &mut out).await?,
        Next::Nothing => return Ok(None),
    };
    Ok(Some((out, next)))
}

async fn snapshots(app: &App, session: SessionId, cursor: Option<String>, out: &mut Vec<u8>) -> Result<Next, ApiError> {
    let page = app
        .store
        .snapshots(session, &PageRequest { cursor, limit: ITEMS })
        .await?;
    for snapshot in page.items {
        let (snapshot, contents) = app.store.snapshot(session, snapshot.id).await?;
        write(out, "snapshot", &WholeSnapshot { snapshot, contents })?;
    }
    Ok(match page.next_cursor {
        Some(cursor) => Next::Snapshots(Some(cursor)),
        None => Next::Executions(None),
    })
}

async fn executions(
    app: &App,
    session: SessionId,
    cursor: Option<String>,
    out: &mut Vec<u8>,
) -> Result<Next, ApiError> {
    let asked = PageRequest { cursor, limit: ITEMS };
    let page = app.store.session_executions(session, &asked).await?;
    for head in page.items {
        write(out, "execution", &app.store.execution(head.id).await?)?;
    }
    Ok(match page.next_cursor {
        Some(cursor) => Next::Executions(Some(cursor)),
        None => Next::Messages(None),
    })
}

async fn messages(app: &App, session: SessionId, cursor: Option<String>, out: &mut Vec<u8>) -> Result<Next, ApiError> {
    let asked = PageRequest { cursor, limit: ITEMS };
    let page = app.store.messages(session, &asked).await?;
    for message in page.items {
        write(out, "message", &message)?;
    }
    Ok(match page.next_cursor {
        Some(cursor) => Next::Messages(Some(cursor)),
        None => Next::Edits(0),
    })
}

async fn edits(app: &App, session: SessionId, after: u64, out: &mut Vec<u8>) -> Result<Next, ApiError> {
    if after == 0
        && let Some(start) = start(app, session).await?
    {
        write(out, "history_start", &start)?;
    }
    let updates = app.store.updates_after(session, after, EDITS).await?;
    let last = updates.last().map(|update| update.seq);
    for update in updates {
        write(out, "edit", &HistoryItem::from(update))?;
    }
    Ok(last.map_or(Next::Nothing, Next::Edits))
}

fn write(out: &mut Vec<u8>, kind: &str, value: &impl Serialize) -> Result<(), ApiError> {
    serde_json::to_writer(&mut *out, &Line { kind, value }).map_err(ApiError::internal)?;
    out.push(b'\n');
    Ok(())
}
