//! Whose account somebody comes back to.

use chrono::{DateTime, Utc};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_domain::identity::Identity;
use codecrafter_domain::text;
use codecrafter_domain::user::User;
use codecrafter_sso::{Profile, Provider};
use codecrafter_store::StoreError;
use codecrafter_store::types::Connected;

use super::problem::Problem;
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::letters::Letter;
use crate::state::{App, Registration};

/// User names that are tried one after the other before there is chance in them.
const NUMBERED: u32 = 8;
/// User names that are tried at all.
const ATTEMPTS: u32 = 24;
/// Longest name of an identity, in characters.
const NAME_CHARS: usize = 254;

/// The account of whoever signs in: the one that they are connected to, the one whose address is confirmed both here and
/// there, or a new one.
pub(crate) async fn sign_in(
    app: &App,
    provider: &Provider,
    profile: &Profile,
    visitor: &Visitor,
) -> Result<User, Problem> {
    if let Some(user) = known(app, profile).await? {
        return Ok(user);
    }
    match first_time(app, provider, profile, visitor).await {
        Ok(user) => Ok(user),
        // Perhaps the same person in another tab was faster.
        Err(problem) => known(app, profile).await?.ok_or(problem),
    }
}

async fn known(app: &App, profile: &Profile) -> Result<Option<User>, Problem> {
    let now = codecrafter_domain::time::now();
    Ok(app.store.identity_user(&profile.issuer, &profile.subject, now).await?)
}

async fn first_time(app: &App, provider: &Provider, profile: &Profile, visitor: &Visitor) -> Result<User, Problem> {
    let told = profile.email.as_ref().ok_or(Problem::NoEmail)?;
    let email = text::email(&told.address).map_err(|_| Problem::NoEmail)?;
    let identity = identity(profile, codecrafter_domain::time::now());
    if told.is_verified {
        match app.store.connect_by_email(&email, &identity).await? {
            Connected::Yes(user) => {
                connected(app, provider, &user).await;
                return Ok(*user);
            }
            Connected::Unconfirmed => return Err(Problem::AccountUnconfirmed),
            Connected::Nobody => {}
        }
    }
    if app.config.registration == Registration::Closed {
        return Err(Problem::RegistrationClosed);
    }
    app.budgets.take(Budget::Register(visitor.address)).await?;
    create(app, provider, profile, email, told.is_verified, &identity).await
}

/// Connects the account of somebody who has begun that while signed in, and still is.
pub(crate) async fn connect(
    app: &App,
    provider: &Provider,
    profile: &Profile,
    (user, login): (UserId, LoginId),
) -> Result<(), Problem> {
    let holder = app.store.login_user(login, Utc::now()).await?;
    let holder = holder.filter(|holder| holder.id == user).ok_or(Problem::SignedOut)?;
    let identity = identity(profile, codecrafter_domain::time::now());
    app.store.connect(user, &identity).await?;
    connected(app, provider, &holder).await;
    Ok(())
}

async fn connected(app: &App, provider: &Provider, user: &User) {
    let audit = Audit::new(Act::IdentityLinked).by(user).user(user.id);
    app.audit(audit.detail(provider.name())).await;
    tracing::info!(user = %user.id, provider = %provider.name(), "account connected");
    app.post(Letter::Connected {
        user: user.clone(),
        label: provider.label().to_owned(),
    });
}

/// A new account, under the name that is nearest to the one there.
async fn create(
    app: &App,
    provider: &Provider,
    profile: &Profile,
    email: String,
    is_verified: bool,
    identity: &Identity,
) -> Result<User, Problem> {
    let wish = profile.username.as_deref().unwrap_or(&email);
    for attempt in 0..ATTEMPTS {
        let username = text::username_near(wish, number(attempt)?);
        let name = profile.name.as_deref().and_then(display_name);
        let name = name.unwrap_or_else(|| username.clone());
        let mut user = User::account(username, email.clone(), name, codecrafter_domain::time::now());
        user.email_verified = is_verified;
        match app.store.create_user_of(&user, identity).await {
            Ok(()) => {
                created(app, provider, &user).await;
                return Ok(user);
            }
            Err(StoreError::Conflict("username")) => {}
            Err(StoreError::Conflict("email")) if is_verified => return Err(Problem::AccountUnconfirmed),
            Err(StoreError::Conflict("email")) => return Err(Problem::EmailUnverified),
            Err(error) => return Err(error.into()),
        }
    }
    tracing::error!("no user name is free");
    Err(Problem::Unavailable)
}

/// What stands behind a name that is taken: small numbers first, then any.
fn number(attempt: u32) -> Result<u32, Problem> {
    match attempt {
        0 => Ok(0),
        attempt if attempt < NUMBERED => Ok(attempt + 1),
        _ => getrandom::u32().map_err(|error| crate::error::ApiError::internal(error).into()),
    }
}

async fn created(app: &App, provider: &Provider, user: &User) {
    let audit = Audit::new(Act::AccountRegistered).by(user).user(user.id);
    app.audit(audit.detail(provider.name())).await;
    tracing::info!(user = %user.id, provider = %provider.name(), "account made");
    if !user.email_verified {
        app.post(Letter::Verify(user.clone()));
    }
}

fn display_name(name: &str) -> Option<String> {
    let name: String = name.trim().chars().take(text::DISPLAY_NAME_CHARS).collect();
    text::line(&name, text::DISPLAY_NAME_CHARS).ok()
}

fn identity(profile: &Profile, now: DateTime<Utc>) -> Identity {
    let email = profile.email.as_ref().map(|email| email.address.as_str());
    let name = email.or(profile.username.as_deref()).unwrap_or(&profile.subject);
    Identity {
        issuer: profile.issuer.clone(),
        subject: profile.subject.clone(),
        name: name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect(),
        created_at: now,
        used_at: now,
    }
}
