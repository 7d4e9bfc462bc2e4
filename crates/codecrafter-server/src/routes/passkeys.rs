//! The passkeys of one's account.

use axum::Json;
use axum::extract::State;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::PasskeyId;
use codecrafter_domain::second_factor::Passkey;
use codecrafter_domain::text;
use codecrafter_store::StoreError;
use codecrafter_store::passkeys::NewPasskey;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use super::passwords::require;
use super::second_factors::{Confirmation, NO_STORE, Secret, note};
use crate::auth::caller::Caller;
use crate::auth::passkeys::{self, PasskeyRequest};
use crate::auth::recovery;
use crate::auth::visitor::Visitor;
use crate::error::ApiError;
use crate::extract::{self, Path};
use crate::letters::SecondFactorNews;
use crate::state::App;

/// Passkeys that an account has at most.
const MOST: u64 = 20;
/// Longest name.
const NAME_CHARS: usize = 64;

/// What a new passkey is to be called, from somebody who shows that it is still them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskeyName {
    /// One's password.
    password: String,
    /// 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
}

/// What a browser has made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MadePasskey {
    /// From the request.
    ceremony: String,
    /// From `navigator.credentials.create`, as `WebAuthn` writes it in JSON (`RegistrationResponseJSON`).
    #[schema(value_type = BTreeMap<String, Value>)]
    credential: RegisterPublicKeyCredential,
}

/// A passkey that was added.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedPasskey {
    passkey: Passkey,
    /// Where there were none: each of these lets one in once. They are shown now and never again.
    recovery_codes: Vec<String>,
}

/// Another name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyName {
    /// 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
}

fn check_name(name: &str) -> Result<String, ApiError> {
    text::line(name, NAME_CHARS).map_err(|error| ApiError::invalid("name", error))
}

/// Begin to add a passkey: what to ask the browser for.
#[utoipa::path(post, path = "/me/second-factors/passkeys", tag = "account", security(("token" = [])),
    request_body = NewPasskeyName, responses((status = 200, body = PasskeyRequest)))]
pub(crate) async fn begin(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<NewPasskeyName>,
) -> Result<Secret<PasskeyRequest>, ApiError> {
    let name = check_name(&body.name)?;
    require(&app, &caller, &visitor, "password", &body.password).await?;
    let request = passkeys::ask_to_make(&app, &caller.user, name).await?;
    Ok((NO_STORE, Json(request)))
}

/// Add the passkey that the browser has made. From now on logins ask for a second factor, and it signs in by itself,
/// too. Answers recovery codes where there were none, this once. Nobody is signed out.
#[utoipa::path(post, path = "/me/second-factors/passkeys/finish", tag = "account", security(("token" = [])),
    request_body = MadePasskey, responses((status = 201, body = AddedPasskey)))]
pub(crate) async fn finish(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<MadePasskey>,
) -> Result<(StatusCode, Secret<AddedPasskey>), ApiError> {
    let user = caller.user;
    let made = passkeys::take_made(&app, user.id, &body.ceremony, &body.credential).await?;
    let made =
        made.ok_or_else(|| ApiError::invalid("credential", "is not what was asked for (any more): begin again"))?;
    let (codes, hashes) = recovery::make(user.id)?;
    let new = NewPasskey {
        id: PasskeyId::new(),
        user: user.id,
        name: made.name,
        credential_id: made.credential_id,
        state: made.state,
        now: codecrafter_domain::time::now(),
    };
    let with_codes = app.store.add_passkey(&new, MOST, &hashes).await.map_err(not_added)?;
    let audit = Audit::new(Act::SecondFactorEnabled).object(new.id.0).detail("passkey");
    note(&app, user, audit, SecondFactorNews::PasskeyAdded).await;
    let added = AddedPasskey {
        passkey: Passkey {
            id: new.id,
            name: new.name,
            backed_up: new.state.backed_up,
            created_at: new.now,
            used_at: None,
        },
        recovery_codes: if with_codes { codes } else { Vec::new() },
    };
    Ok((StatusCode::CREATED, (NO_STORE, Json(added))))
}

fn not_added(error: StoreError) -> ApiError {
    match error {
        StoreError::Full("passkeys") => ApiError::conflict(format!(
            "You have {MOST} passkeys, which is the most: remove one first."
        )),
        StoreError::Conflict("credential_id") => ApiError::conflict("This passkey has been added before."),
        error => error.into(),
    }
}

/// Give one of one's passkeys another name.
#[utoipa::path(patch, path = "/me/second-factors/passkeys/{id}", tag = "account", security(("token" = [])),
    params(("id" = PasskeyId, Path)), request_body = PasskeyName, responses((status = 204)))]
pub(crate) async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PasskeyId>,
    extract::Json(body): extract::Json<PasskeyName>,
) -> Result<StatusCode, ApiError> {
    let name = check_name(&body.name)?;
    if !app.store.rename_passkey(caller.user.id, id, &name).await? {
        return Err(ApiError::not_found("passkey"));
    }
    let renamed = Audit::new(Act::PasskeyRenamed).object(id.0);
    app.audit(renamed.by(&caller.user).user(caller.user.id)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove one of one's passkeys, and the recovery codes with the last second factor.
#[utoipa::path(delete, path = "/me/second-factors/passkeys/{id}", tag = "account", security(("token" = [])),
    params(("id" = PasskeyId, Path)), request_body = Confirmation, responses((status = 204)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    Path(id): Path<PasskeyId>,
    extract::Json(body): extract::Json<Confirmation>,
) -> Result<StatusCode, ApiError> {
    require(&app, &caller, &visitor, "password", &body.password).await?;
    if !app.store.remove_passkey(caller.user.id, id).await? {
        return Err(ApiError::not_found("passkey"));
    }
    let audit = Audit::new(Act::SecondFactorDisabled).object(id.0).detail("passkey");
    note(&app, caller.user, audit, SecondFactorNews::PasskeyRemoved).await;
    Ok(StatusCode::NO_CONTENT)
}
