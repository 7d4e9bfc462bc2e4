//! `codecrafter user`: accounts that may or may not sign in. Works on the store and the bus, beside a running server.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chrono::Utc;
use codecrafter_bus::BusConfig;
use codecrafter_domain::topic;
use codecrafter_domain::user::User;
use codecrafter_store::{Store, StoreError};

use crate::cli::UserCommand;
use crate::print;
use crate::settings::Settings;

/// Does what was typed.
pub(crate) async fn users(settings: &Settings, command: &UserCommand) -> anyhow::Result<ExitCode> {
    let store = codecrafter_store::open(&settings.store).await.context("store")?;
    match command {
        UserCommand::Deactivate { name } => {
            let user = find(store.as_ref(), name).await?;
            store.deactivate(user.id, Utc::now()).await?;
            announce(settings, &user).await?;
            print(&format!(
                "{} is signed out and cannot sign in{}",
                user.username,
                note(settings)
            ))?;
        }
        UserCommand::Activate { name } => {
            let user = find(store.as_ref(), name).await?;
            store.activate(user.id).await?;
            print(&format!("{} can sign in", user.username))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(store: &dyn Store, name: &str) -> anyhow::Result<User> {
    match store.user_by_login(&name.trim().to_lowercase()).await {
        Ok((user, _)) => Ok(user),
        Err(StoreError::NotFound) => bail!("there is no account {name:?}"),
        Err(error) => Err(error.into()),
    }
}

/// Has servers that share the bus close the user's connections now.
async fn announce(settings: &Settings, user: &User) -> anyhow::Result<()> {
    let engine = codecrafter_bus::open(&settings.bus).await.context("bus")?;
    engine.bus.publish(&topic::user(user.id), Vec::new().into()).await?;
    Ok(())
}

/// A bus within another process cannot be reached from here.
fn note(settings: &Settings) -> &'static str {
    match settings.bus {
        BusConfig::Memory => "; connections that are open to a running server end with their token, within 15 minutes",
    }
}
