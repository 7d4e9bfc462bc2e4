//! Signing in by a provider: the way there, and back.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_sso::{Profile, Provider, Returned};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;

use super::mfa::{Begun, begin_login_or_challenge};
use super::page::List;
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::extract::Path;
use crate::sso::away::{self, Aim, Away};
use crate::sso::problem::{Page, Problem, redirect};
use crate::sso::{accounts, return_to};
use crate::state::App;

/// Longest code that is passed on, in bytes; some providers write a token into it.
const MOST_CODE: usize = 8 * 1024;

/// Somebody who vouches for people.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderView {
    /// Its name in addresses.
    name: String,
    /// Its name for people.
    label: String,
    /// `oidc` or `github`.
    kind: &'static str,
}

/// By which providers one can sign in here.
#[utoipa::path(get, path = "/auth/providers", tag = "auth", responses((status = 200, body = List<ProviderView>)))]
pub(crate) async fn list(State(app): State<App>) -> Json<List<ProviderView>> {
    let items = app.providers.iter().map(|provider| ProviderView {
        name: provider.name().to_string(),
        label: provider.label().to_owned(),
        kind: provider.kind(),
    });
    Json(List::whole(items.collect()))
}

/// For browsers: leads to a provider to sign in there, and back. Ends at the path `return_to` of the web app, signed in;
/// or at `/login?problem=…`, with a word for what is wrong.
#[utoipa::path(get, path = "/auth/providers/{provider}/login", tag = "auth",
    params(("provider" = String, Path, description = "Its name"),
        ("return_to" = Option<String>, Query, description = "A path of the web app; anything else is the start page")),
    responses((status = 302, description = "To the provider, or to a page that says what is wrong")))]
pub(crate) async fn login(
    State(app): State<App>,
    Path(name): Path<String>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    let next = one(query.as_deref(), "return_to");
    let next = return_to::local(next.as_deref(), &app.config.public_url);
    match begin(&app, &name, &visitor, &next).await {
        Ok((url, headers)) => with(redirect(&url), &headers),
        Err(problem) => problem.at(Page::Login(&next)),
    }
}

async fn begin(app: &App, name: &str, visitor: &Visitor, next: &str) -> Result<(String, HeaderMap), Problem> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    let provider = app.providers.get(name).ok_or(Problem::UnknownProvider)?;
    let (url, flow) = provider.begin(&app.callback_url(name)).await?;
    let headers = away::keep(app, name, flow, Aim::SignIn(next.to_owned()))?;
    Ok((url.into(), headers))
}

/// For browsers: where a provider sends them back to. Ends at a page of the web app, signed in or told what is wrong.
#[utoipa::path(get, path = "/auth/providers/{provider}/callback", tag = "auth",
    params(("provider" = String, Path, description = "Its name"),
        ("code" = Option<String>, Query, description = "From the provider"),
        ("state" = Option<String>, Query, description = "From us, by the provider"),
        ("iss" = Option<String>, Query, description = "The provider's issuer (RFC 9207)"),
        ("error" = Option<String>, Query, description = "Why the provider does not vouch")),
    responses((status = 302, description = "To a page of the web app")))]
pub(crate) async fn callback(
    State(app): State<App>,
    Path(name): Path<String>,
    visitor: Visitor,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let away = away::kept(&app, &headers, &name);
    let page = away.as_ref().map_or(Page::Login("/"), |away| away.aim.page());
    let response = match arrive(&app, &name, &visitor, away.as_ref(), query.as_deref()).await {
        Ok(response) => response,
        Err(problem) => problem.at(page),
    };
    with(response, &away::forget(&app))
}

async fn arrive(
    app: &App,
    name: &str,
    visitor: &Visitor,
    away: Option<&Away>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    let provider = app.providers.get(name).ok_or(Problem::UnknownProvider)?;
    let away = away.ok_or(Problem::Expired)?;
    if !one(query, "state").is_some_and(|state| away.flow.is_state(&state)) {
        return Err(Problem::Expired);
    }
    away.spend(app).await?;
    let profile = vouched(app, provider, away, query).await?;
    match &away.aim {
        Aim::SignIn(next) => sign_in(app, provider, &profile, visitor, next).await,
        Aim::Connect(user, login) => {
            accounts::connect(app, provider, &profile, (*user, *login)).await?;
            Ok(redirect(&format!("/account/security?connected={}", provider.name())))
        }
    }
}

/// Whom the provider vouches for.
async fn vouched(app: &App, provider: &Provider, away: &Away, query: Option<&str>) -> Result<Profile, Problem> {
    if let Some(error) = one(query, "error") {
        return Err(match error.as_str() {
            "access_denied" => Problem::Denied,
            "server_error" | "temporarily_unavailable" => Problem::ProviderUnavailable,
            _ => Problem::ProviderRefused,
        });
    }
    let returned = Returned {
        code: one(query, "code")
            .filter(|code| !code.is_empty() && code.len() <= MOST_CODE)
            .ok_or(Problem::ProviderRefused)?,
        issuer: one(query, "iss"),
    };
    let redirect = app.callback_url(provider.name().as_str());
    match provider.finish(&redirect, &away.flow, &returned).await {
        Ok(profile) => Ok(profile),
        Err(error) => Err(refused(app, provider, error.into()).await),
    }
}

async fn sign_in(
    app: &App,
    provider: &Provider,
    profile: &Profile,
    visitor: &Visitor,
    next: &str,
) -> Result<Response, Problem> {
    let user = match accounts::sign_in(app, provider, profile, visitor).await {
        Ok(user) => user,
        Err(problem) => return Err(refused(app, provider, problem).await),
    };
    let begun = begin_login_or_challenge(app, user, visitor, Some(provider.name().into())).await;
    let begun = begun.map_err(|error| match error.status() {
        StatusCode::FORBIDDEN => Problem::Deactivated,
        _ => error.into(),
    })?;
    Ok(match begun {
        Begun::Login(login) => with(redirect(next), &login.1),
        Begun::Challenge(challenge) => redirect(&challenge.page(next)),
    })
}

async fn refused(app: &App, provider: &Provider, problem: Problem) -> Problem {
    tracing::info!(provider = %provider.name(), problem = problem.word(), "login refused");
    app.audit(Audit::new(Act::LoginFailed).detail(problem.word())).await;
    problem
}

/// A parameter, unless it is there twice: two readers could each believe another one.
fn one(query: Option<&str>, name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(query?.as_bytes()).filter(|(key, _)| key == name);
    let value = values.next()?.1.into_owned();
    values.next().is_none().then_some(value)
}

fn with(mut response: Response, headers: &HeaderMap) -> Response {
    for (name, value) in headers {
        response.headers_mut().append(name, value.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_counts_once() {
        assert_eq!(one(Some("a=1&b=2"), "b").as_deref(), Some("2"));
        assert_eq!(one(Some("a=1&b=2&b=2"), "b"), None);
        assert_eq!(one(Some("a=1"), "b"), None);
        assert_eq!(one(None, "b"), None);
    }
}
