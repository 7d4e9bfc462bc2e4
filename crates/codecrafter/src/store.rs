//! `codecrafter store`: the data as a whole.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use codecrafter_store::{Progress, StoreConfig};

use crate::cli::StoreCommand;
use crate::print;
use crate::settings::Settings;

/// Rows between two lines that say how far it has come.
const TOLD_EVERY: u64 = 10_000;

/// Runs one of its commands.
pub(crate) async fn store(settings: &Settings, command: StoreCommand) -> anyhow::Result<ExitCode> {
    let StoreCommand::Copy { from, to } = command;
    let from = from.unwrap_or_else(|| settings.store.clone());
    if let StoreConfig::Sqlite { path } = &from
        && !path.exists()
    {
        bail!("there is no {}", path.display());
    }
    if from == to {
        bail!("--from and --to are the same store");
    }
    let rows = codecrafter_store::copy(&from, &to, tell).await.context("store copy")?;
    print(&format!("{rows} rows are in {to} as they are in {from}."))?;
    Ok(ExitCode::SUCCESS)
}

/// On standard error, at the end of each table and now and then.
fn tell(progress: Progress) {
    let Progress {
        table,
        is_check,
        done,
        total,
    } = progress;
    if done >= total || done % TOLD_EVERY == 0 {
        let what = if is_check { "compared" } else { "copied" };
        eprintln!("{table}: {done} of {total} {what}");
    }
}
