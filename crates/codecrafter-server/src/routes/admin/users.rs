//! Accounts.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::admin::{Account, AccountUsage, Allowance, MOST_BYTES, MOST_COUNTED, Quota};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::UserId;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::StoreError;
use codecrafter_store::types::{AccountFilter, AccountState};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::platform_admin::PlatformAdmin;
use crate::error::ApiError;
use crate::extract::{self, Path, Query};
use crate::letters::{Letter, SecondFactorNews};
use crate::routes::page::{List, page_request, search_text};
use crate::routes::participants::no_such_user;
use crate::state::App;

/// Which accounts.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountStateName {
    /// Those that can sign in.
    Active,
    /// Those that cannot.
    Deactivated,
    /// Platform administrators.
    Admin,
}

/// Which accounts, and which part of their list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// Text in names or the address, at most 100 characters.
    #[serde(default)]
    q: Option<String>,
    /// All unless given.
    #[serde(default)]
    #[param(inline)]
    state: Option<AccountStateName>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 50 unless said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
}

/// An account with what it uses and may use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountDetail {
    #[serde(flatten)]
    account: Account,
    /// What it uses.
    usage: AccountUsage,
    /// Where the platform's defaults do not hold for it.
    quota: Quota,
    /// What it may use.
    allowance: Allowance,
    /// Whether logins to it ask for a second factor.
    second_factor: bool,
}

/// Whether somebody is to administer the platform.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Office {
    /// Whether they do.
    platform_admin: bool,
}

/// Accounts, the newest first.
#[utoipa::path(get, path = "/admin/users", tag = "admin", security(("token" = [])),
    params(UsersQuery), responses((status = 200, body = List<Account>)))]
pub(crate) async fn list(
    _: PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<UsersQuery>,
) -> Result<Json<List<Account>>, ApiError> {
    let page = page_request(query.cursor, query.limit)?;
    let filter = AccountFilter {
        q: search_text(query.q)?,
        state: query.state.map(|state| match state {
            AccountStateName::Active => AccountState::Active,
            AccountStateName::Deactivated => AccountState::Deactivated,
            AccountStateName::Admin => AccountState::Admin,
        }),
    };
    Ok(Json(List::from(app.store.accounts(&filter, &page).await?)))
}

/// One account with what it uses and may use.
#[utoipa::path(get, path = "/admin/users/{user}", tag = "admin", security(("token" = [])),
    params(("user" = UserId, Path)), responses((status = 200, body = AccountDetail)))]
pub(crate) async fn get(
    _: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Json<AccountDetail>, ApiError> {
    Ok(Json(detail(&app, id).await?))
}

async fn detail(app: &App, id: UserId) -> Result<AccountDetail, ApiError> {
    let account = account(app, id).await?;
    let quota = app.store.quota(id).await?;
    Ok(AccountDetail {
        account,
        usage: app.store.usage(id).await?,
        quota,
        allowance: app.config.allowance.with(quota),
        second_factor: app.store.second_factors(id).await?.is_asked_for(),
    })
}

async fn account(app: &App, id: UserId) -> Result<Account, ApiError> {
    app.store.account(id).await.map_err(no_such_user)
}

/// Shut an account off: its logins end, its open connections close, and it cannot sign in.
#[utoipa::path(post, path = "/admin/users/{user}/deactivate", tag = "admin", security(("token" = [])),
    params(("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn deactivate(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<StatusCode, ApiError> {
    if id == admin.user.id {
        return Err(ApiError::conflict("Somebody else has to deactivate your account."));
    }
    account(&app, id).await?;
    app.store.deactivate(id, Utc::now()).await.map_err(no_such_user)?;
    app.audit(Audit::new(Act::AccountDeactivated).by(&admin.user).user(id))
        .await;
    app.logins_changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Let an account sign in again.
#[utoipa::path(post, path = "/admin/users/{user}/activate", tag = "admin", security(("token" = [])),
    params(("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn activate(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<StatusCode, ApiError> {
    account(&app, id).await?;
    app.store.activate(id).await.map_err(no_such_user)?;
    app.audit(Audit::new(Act::AccountActivated).by(&admin.user).user(id))
        .await;
    Ok(StatusCode::NO_CONTENT)
}

/// End all logins of an account. It may sign in again.
#[utoipa::path(post, path = "/admin/users/{user}/sign-out", tag = "admin", security(("token" = [])),
    params(("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn sign_out(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<StatusCode, ApiError> {
    account(&app, id).await?;
    app.store.end_logins(id, None).await?;
    app.audit(Audit::new(Act::LoginsRevoked).by(&admin.user).user(id)).await;
    app.logins_changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an account's second factors away, passkeys and recovery codes included, for somebody who has lost them. Its
/// password stays, and nobody is signed out. Its owner hears of it.
#[utoipa::path(post, path = "/admin/users/{user}/second-factor/reset", tag = "admin", security(("token" = [])),
    params(("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn reset_second_factor(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<StatusCode, ApiError> {
    if id == admin.user.id {
        return Err(ApiError::conflict(
            "Turn your own off by your password, under Account, Security.",
        ));
    }
    let account = account(&app, id).await?;
    if app.store.reset_second_factors(id).await.map_err(no_such_user)? {
        app.audit(Audit::new(Act::SecondFactorReset).by(&admin.user).user(id))
            .await;
        app.post(Letter::SecondFactor(account.user, SecondFactorNews::Reset));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Make somebody a platform administrator, or take the office away.
#[utoipa::path(put, path = "/admin/users/{user}/office", tag = "admin", security(("token" = [])),
    params(("user" = UserId, Path)), request_body = Office, responses((status = 200, body = AccountDetail)))]
pub(crate) async fn set_office(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<UserId>,
    extract::Json(Office { platform_admin }): extract::Json<Office>,
) -> Result<Json<AccountDetail>, ApiError> {
    account(&app, id).await?;
    let changed = app.store.set_platform_admin(id, platform_admin).await;
    let changed = changed.map_err(|error| match error {
        StoreError::Conflict("last_admin") => ApiError::conflict(
            "Nobody would administer the platform any more: make somebody else an administrator first.",
        ),
        error => no_such_user(error),
    })?;
    if changed {
        let act = if platform_admin {
            Act::AdminGranted
        } else {
            Act::AdminRevoked
        };
        app.audit(Audit::new(act).by(&admin.user).user(id)).await;
        app.logins_changed(id).await;
    }
    Ok(Json(detail(&app, id).await?))
}

/// Set what an account may use. What is null or left out is the platform's default.
#[utoipa::path(put, path = "/admin/users/{user}/quota", tag = "admin", security(("token" = [])),
    params(("user" = UserId, Path)), request_body = Quota, responses((status = 200, body = AccountDetail)))]
pub(crate) async fn set_quota(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<UserId>,
    extract::Json(quota): extract::Json<Quota>,
) -> Result<Json<AccountDetail>, ApiError> {
    check(&quota)?;
    account(&app, id).await?;
    app.store.set_quota(id, &quota).await.map_err(no_such_user)?;
    app.known.forget(id);
    app.audit(Audit::new(Act::QuotaChanged).by(&admin.user).user(id)).await;
    Ok(Json(detail(&app, id).await?))
}

fn check(quota: &Quota) -> Result<(), Invalid> {
    let mut invalid = Invalid::none();
    for (field, count) in [("executions", quota.executions), ("sessions", quota.sessions)] {
        if count.is_some_and(|count| count > MOST_COUNTED) {
            invalid.add(field, format!("must be at most {MOST_COUNTED}"));
        }
    }
    if quota.storage_bytes.is_some_and(|bytes| bytes > MOST_BYTES) {
        invalid.add("storage_bytes", format!("must be at most {MOST_BYTES}"));
    }
    invalid.into_result()
}
