//! `codecrafter audit`: the audit log as JSON lines. Works on the store, beside a running server.

use std::process::ExitCode;

use anyhow::Context as _;
use codecrafter_domain::audit::{Act, Audit, Origin};
use codecrafter_store::Store;
use codecrafter_store::types::{AuditFilter, PageRequest};

use crate::cli::AuditCommand;
use crate::print;
use crate::settings::Settings;

/// Entries read at a time.
const PAGE: u64 = 100;

/// Does what was typed.
pub(crate) async fn audit(settings: &Settings, command: AuditCommand) -> anyhow::Result<ExitCode> {
    let store = codecrafter_store::open(&settings.store).await.context("store")?;
    let AuditCommand::Export { since, until } = command;
    let exported = Audit::new(Act::AuditExported).recorded(Origin::command_line());
    store.record(&[exported]).await?;
    let filter = AuditFilter {
        since,
        until,
        ..AuditFilter::default()
    };
    export(store.as_ref(), &filter).await?;
    Ok(ExitCode::SUCCESS)
}

async fn export(store: &dyn Store, filter: &AuditFilter) -> anyhow::Result<()> {
    let mut page = PageRequest {
        cursor: None,
        limit: PAGE,
    };
    loop {
        let part = store.audit(filter, &page).await?;
        for entry in &part.items {
            print(&serde_json::to_string(entry)?)?;
        }
        match part.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return Ok(()),
        }
    }
}
