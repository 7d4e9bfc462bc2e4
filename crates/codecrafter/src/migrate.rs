//! `codecrafter migrate`: the store's schema, looked at or brought up to date.

use std::process::ExitCode;

use anyhow::Context as _;
use codecrafter_store::{SCHEMA_VERSION, schema_version};

use crate::cli::MigrateArgs;
use crate::print;
use crate::secrets::make_data_dir;
use crate::settings::Settings;

/// Prints what was found and done.
pub(crate) async fn migrate(settings: &Settings, args: &MigrateArgs) -> anyhow::Result<ExitCode> {
    make_data_dir(&settings.data_dir)?;
    let found = schema_version(&settings.store).await.context("store")?;
    if found == SCHEMA_VERSION {
        print(&format!("The schema is up to date: version {found}."))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.check {
        let what = if found < SCHEMA_VERSION {
            "run codecrafter migrate, or start a node"
        } else {
            "a newer CodeCrafter wrote it: use that one"
        };
        print(&format!(
            "The schema has version {found}, this executable's {SCHEMA_VERSION}: {what}."
        ))?;
        return Ok(ExitCode::FAILURE);
    }
    codecrafter_store::open(&settings.store).await.context("store")?;
    print(&format!(
        "The schema was brought from version {found} to {SCHEMA_VERSION}."
    ))?;
    Ok(ExitCode::SUCCESS)
}
