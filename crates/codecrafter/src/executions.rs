//! `codecrafter executions`: what was given up, and giving it another chance. Works on the store, beside a running server.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use codecrafter_domain::id::ExecutionId;
use codecrafter_store::executions::DeadExecution;
use codecrafter_store::types::PageRequest;
use codecrafter_store::{Store, StoreError};

use crate::cli::ExecutionsCommand;
use crate::print;
use crate::settings::Settings;

/// Listed in one go.
const PAGE: u64 = 100;

/// Does what was typed.
pub(crate) async fn executions(settings: &Settings, command: ExecutionsCommand) -> anyhow::Result<ExitCode> {
    let store = codecrafter_store::open(&settings.store).await.context("store")?;
    match command {
        ExecutionsCommand::Dead { json } => list(store.as_ref(), json).await?,
        ExecutionsCommand::Requeue { ids } => {
            for id in ids {
                requeue(store.as_ref(), &id).await?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &dyn Store, json: bool) -> anyhow::Result<()> {
    let mut page = PageRequest {
        cursor: None,
        limit: PAGE,
    };
    loop {
        let part = store.dead_executions(&page).await?;
        for dead in &part.items {
            print(&line(dead, json)?)?;
        }
        match part.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return Ok(()),
        }
    }
}

fn line(dead: &DeadExecution, json: bool) -> anyhow::Result<String> {
    let head = &dead.head;
    if json {
        return Ok(serde_json::to_string(&serde_json::json!({
            "id": head.id,
            "dead_at": dead.dead_at,
            "language": head.language,
            "user": head.user.username,
            "session_id": head.session_id,
            "message": head.message,
        }))?);
    }
    let at = dead.dead_at.format("%Y-%m-%dT%H:%M:%SZ");
    Ok(format!("{}  {at}  {}  {}", head.id, head.language, head.user.username))
}

async fn requeue(store: &dyn Store, text: &str) -> anyhow::Result<()> {
    let id: ExecutionId = text
        .parse()
        .with_context(|| format!("{text:?} is not an execution's id"))?;
    match store.requeue(id).await {
        Ok(()) => print(&format!(
            "{id} is queued again; a running worker takes it within a minute"
        )),
        Err(StoreError::NotFound) => bail!("there is no execution {id}"),
        Err(StoreError::Conflict(_)) => bail!("{id} is not dead: codecrafter executions dead lists those that are"),
        Err(error) => Err(error.into()),
    }
}
