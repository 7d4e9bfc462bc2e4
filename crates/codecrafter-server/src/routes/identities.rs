//! By which providers one signs in to one's account.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::identity::Identity;
use codecrafter_sso::Provider;
use codecrafter_store::StoreError;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::error::ApiError;
use crate::extract::Path;
use crate::sso::away::{self, Aim};
use crate::state::App;

/// By what one can sign in.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaysIn {
    /// By which providers, the one connected first first.
    items: Vec<IdentityView>,
    /// Whether the account has a password.
    has_password: bool,
}

/// Who one is at a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentityView {
    /// The provider's name in addresses; null for one that is not asked any more.
    provider: Option<String>,
    /// Its name for people.
    label: String,
    /// One's address or user name there.
    name: String,
    created_at: DateTime<Utc>,
    /// When one signed in by it last.
    last_used_at: DateTime<Utc>,
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub(crate) struct Departure {
    /// The provider's page.
    url: String,
}

impl IdentityView {
    fn new(app: &App, identity: Identity) -> Self {
        let provider = app.providers.by_issuer(&identity.issuer);
        Self {
            label: provider.map_or(identity.issuer, |provider| provider.label().to_owned()),
            provider: provider.map(|provider| provider.name().to_string()),
            name: identity.name,
            created_at: identity.created_at,
            last_used_at: identity.used_at,
        }
    }
}

/// The providers that one's account is connected to.
#[utoipa::path(get, path = "/me/identities", tag = "account", security(("token" = [])),
    responses((status = 200, body = WaysIn)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<WaysIn>, ApiError> {
    let identities = app.store.identities(caller.user.id).await?;
    let hash = app.store.password_hash(caller.user.id).await?;
    Ok(Json(WaysIn {
        items: identities
            .into_iter()
            .map(|identity| IdentityView::new(&app, identity))
            .collect(),
        has_password: !hash.is_empty(),
    }))
}

/// Begin to connect one's account to a provider: go to the address of the answer with the same browser. It ends at
/// `/account/security?connected=…` of the web app, or at `?problem=…` with a word for what is wrong.
#[utoipa::path(post, path = "/me/identities/{provider}", tag = "account", security(("token" = [])),
    params(("provider" = String, Path, description = "Its name")),
    responses((status = 200, body = Departure)))]
pub(crate) async fn begin(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<(HeaderMap, Json<Departure>), ApiError> {
    let provider = find(&app, &name)?;
    let login = caller.login().ok_or_else(|| ApiError::forbidden("Sign in."))?;
    let begun = provider.begin(&app.callback_url(&name)).await;
    let (url, flow) = begun.map_err(ApiError::unavailable)?;
    let headers = away::keep(&app, &name, flow, Aim::Connect(caller.user.id, login))?;
    Ok((headers, Json(Departure { url: url.into() })))
}

/// Disconnect one's account from a provider. The last way in stays: choose a password first.
#[utoipa::path(delete, path = "/me/identities/{provider}", tag = "account", security(("token" = [])),
    params(("provider" = String, Path, description = "Its name")),
    responses((status = 204)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    let provider = find(&app, &name)?;
    let issuers: Vec<_> = app.providers.iter().map(Provider::issuer).collect();
    let removed = app.store.disconnect(caller.user.id, &provider.issuer(), &issuers).await;
    match removed {
        Ok(true) => {}
        Ok(false) => return Err(ApiError::not_found("connected account")),
        Err(StoreError::Conflict("last")) => {
            return Err(ApiError::conflict(
                "It is the only way in to your account: set a password first.",
            ));
        }
        Err(error) => return Err(error.into()),
    }
    let audit = Audit::new(Act::IdentityUnlinked).by(&caller.user).user(caller.user.id);
    app.audit(audit.detail(provider.name())).await;
    tracing::info!(user = %caller.user.id, provider = %provider.name(), "account disconnected");
    Ok(StatusCode::NO_CONTENT)
}

fn find<'a>(app: &'a App, name: &str) -> Result<&'a Provider, ApiError> {
    app.providers.get(name).ok_or_else(|| ApiError::not_found("provider"))
}
