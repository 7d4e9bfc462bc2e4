//! `codecrafter user`: accounts, who administers the platform, and who may sign in. Works on the store, beside a running
//! server, which is told at once where it can be reached.

use std::io::BufRead as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit, Origin};
use codecrafter_domain::text;
use codecrafter_domain::user::User;
use codecrafter_store::types::{AccountFilter, PageRequest};
use codecrafter_store::{Store, StoreError};
use serde_json::json;

use crate::cli::UserCommand;
use crate::settings::Settings;
use crate::{control, print};

/// Random bytes in a password that is made here: 144 bits.
const PASSWORD_BYTES: usize = 18;
/// Accounts read at a time.
const PAGE: u64 = 100;

/// Does what was typed.
pub(crate) async fn users(settings: &Settings, command: &UserCommand) -> anyhow::Result<ExitCode> {
    crate::secrets::make_data_dir(&settings.data_dir)?;
    let store = codecrafter_store::open(&settings.store).await.context("store")?;
    let store = store.as_ref();
    match command {
        UserCommand::CreateAdmin {
            name,
            email,
            password_stdin,
        } => create_admin(store, name, email, *password_stdin).await?,
        UserCommand::Promote { name } => set_admin(store, name, true).await?,
        UserCommand::Demote { name } => set_admin(store, name, false).await?,
        UserCommand::List { query, json } => list(store, query.as_deref(), *json).await?,
        UserCommand::Show { name } => show(settings, store, name).await?,
        UserCommand::Deactivate { name } => deactivate(settings, store, name).await?,
        UserCommand::Activate { name } => {
            let user = find(store, name).await?;
            store.activate(user.id).await?;
            record(store, Act::AccountActivated, &user).await?;
            print(&format!("{} can sign in", user.username))?;
        }
        UserCommand::ResetSecondFactor { name } => reset_second_factor(store, name).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create_admin(store: &dyn Store, name: &str, email: &str, from_stdin: bool) -> anyhow::Result<()> {
    let username = text::username(name).map_err(|error| anyhow::anyhow!("the user name {error}"))?;
    let email = text::email(email).map_err(|error| anyhow::anyhow!("the address {error}"))?;
    let password = if from_stdin {
        typed_password()?
    } else {
        made_password()?
    };
    let password =
        text::password(&password, &[&username, &email]).map_err(|error| anyhow::anyhow!("the password {error}"))?;
    let hash = codecrafter_server::hash_password(password.clone()).await?;
    let user = User {
        platform_admin: true,
        ..User::account(username.clone(), email, username, codecrafter_domain::time::now())
    };
    store.create_user(&user, &hash).await.map_err(|error| match error {
        StoreError::Conflict(field) => {
            anyhow::anyhow!("the {field} is taken: codecrafter user promote makes an account an administrator")
        }
        error => error.into(),
    })?;
    record(store, Act::AdminAccountCreated, &user).await?;
    print(&format!("{} administers the platform", user.username))?;
    if !from_stdin {
        print(&format!("password: {password}"))?;
        print("It is shown this once: change it after the first login, under Account, Security.")?;
    }
    Ok(())
}

fn typed_password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn made_password() -> anyhow::Result<String> {
    let mut bytes = [0; PASSWORD_BYTES];
    getrandom::fill(&mut bytes).context("no random numbers")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

async fn set_admin(store: &dyn Store, name: &str, is_admin: bool) -> anyhow::Result<()> {
    let user = find(store, name).await?;
    let changed = store.set_platform_admin(user.id, is_admin).await;
    let changed = changed.map_err(|error| match error {
        StoreError::Conflict("last_admin") => {
            anyhow::anyhow!(
                "{} is the only administrator: promote somebody else first",
                user.username
            )
        }
        error => error.into(),
    })?;
    if changed {
        let act = if is_admin { Act::AdminGranted } else { Act::AdminRevoked };
        record(store, act, &user).await?;
    }
    let now = if is_admin {
        "administers the platform"
    } else {
        "does not administer the platform"
    };
    print(&format!("{} {now}", user.username))
}

async fn list(store: &dyn Store, query: Option<&str>, json: bool) -> anyhow::Result<()> {
    let filter = AccountFilter {
        q: query.map(str::to_owned),
        state: None,
    };
    let mut page = PageRequest {
        cursor: None,
        limit: PAGE,
    };
    loop {
        let part = store.accounts(&filter, &page).await?;
        for account in &part.items {
            let user = &account.user;
            let is = match (user.platform_admin, account.deactivated_at) {
                (_, Some(_)) => "deactivated",
                (true, None) => "admin",
                (false, None) => "active",
            };
            print(&if json {
                serde_json::to_string(account)?
            } else {
                format!("{}  {:<32}  {:<11}  {}", user.id, user.username, is, user.email)
            })?;
        }
        match part.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return Ok(()),
        }
    }
}

async fn show(settings: &Settings, store: &dyn Store, name: &str) -> anyhow::Result<()> {
    let user = find(store, name).await?;
    let quota = store.quota(user.id).await?;
    let shown = json!({
        "account": store.account(user.id).await?,
        "usage": store.usage(user.id).await?,
        "quota": quota,
        "allowance": settings.allowance.with(quota),
    });
    print(&serde_json::to_string_pretty(&shown)?)
}

async fn deactivate(settings: &Settings, store: &dyn Store, name: &str) -> anyhow::Result<()> {
    let user = find(store, name).await?;
    store.deactivate(user.id, Utc::now()).await?;
    record(store, Act::AccountDeactivated, &user).await?;
    // Requests are refused from here on; open connections, once the server has been told.
    let told = control::logins_changed(&settings.data_dir, user.id).await;
    let note = if told {
        "; open connections are closed"
    } else {
        "; no server runs on this data folder"
    };
    print(&format!("{} is signed out and cannot sign in{note}", user.username))
}

async fn reset_second_factor(store: &dyn Store, name: &str) -> anyhow::Result<()> {
    let user = find(store, name).await?;
    if !store.reset_second_factors(user.id).await? {
        return print(&format!("{} has no second factor", user.username));
    }
    record(store, Act::SecondFactorReset, &user).await?;
    print(&format!("{} signs in by the password alone", user.username))
}

async fn record(store: &dyn Store, act: Act, user: &User) -> anyhow::Result<()> {
    let entry = Audit::new(act).user(user.id).recorded(Origin::command_line());
    store.record(&[entry]).await.context("audit log")
}

async fn find(store: &dyn Store, name: &str) -> anyhow::Result<User> {
    match store.user_by_login(&name.trim().to_lowercase()).await {
        Ok((user, _)) => Ok(user),
        Err(StoreError::NotFound) => bail!("there is no account {name:?}"),
        Err(error) => Err(error.into()),
    }
}
