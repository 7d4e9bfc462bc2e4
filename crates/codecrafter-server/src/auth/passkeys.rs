//! Passkeys (`WebAuthn`): what browsers are asked, kept here until it is answered, and whether an answer is right.

use chrono::{TimeDelta, Utc};
use codecrafter_domain::id::UserId;
use codecrafter_domain::user::User;
use codecrafter_store::passkeys::{Ceremony, NewCeremony, PasskeyState, StoredPasskey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::tokens::{random_text, refresh_hash};
use crate::error::ApiError;
use crate::state::App;

/// How long an answer may take.
const LIFE: TimeDelta = TimeDelta::minutes(5);
/// Questions that an account has open at once.
const OPEN: u64 = 20;
/// Longest token that is looked at, in bytes.
const MAX_BYTES: usize = 128;

/// Whom passkeys are made for: the host of the address that people type.
pub(crate) struct RelyingParty(Option<Webauthn>);

impl RelyingParty {
    /// None where browsers would refuse: they take a domain by https, and this machine's own name.
    pub(crate) fn new(public_url: &Url) -> Self {
        let domain = public_url
            .domain()
            .filter(|domain| public_url.scheme() == "https" || is_this_machine(domain));
        let built = domain.map(|domain| WebauthnBuilder::new(domain, public_url)?.rp_name("CodeCrafter").build());
        Self(built.and_then(Result::ok))
    }

    /// The domain, where passkeys can be used.
    pub(crate) fn domain(&self) -> Option<&str> {
        self.0.as_ref()?.get_allowed_origins().first()?.domain()
    }

    fn get(&self) -> Result<&Webauthn, ApiError> {
        self.0.as_ref().ok_or_else(|| {
            ApiError::conflict(
                "Passkeys work at an address that browsers take for secure only: whoever runs this server sets \
                 public_url to https:// and a name, or to http://localhost with the port.",
            )
        })
    }
}

fn is_this_machine(domain: &str) -> bool {
    domain == "localhost" || domain.ends_with(".localhost")
}

/// What a browser is asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyRequest {
    /// To be sent back with the answer; good for one.
    ceremony: String,
    /// For `navigator.credentials`, as `WebAuthn` writes it in JSON (`PublicKeyCredentialCreationOptionsJSON` or
    /// `PublicKeyCredentialRequestOptionsJSON`).
    #[schema(value_type = BTreeMap<String, Value>)]
    public_key: Value,
    /// Life of `ceremony` in seconds.
    expires_in: i64,
}

/// What a browser answers to a request for a signature.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyAnswer {
    /// From the request.
    ceremony: String,
    /// From `navigator.credentials.get`, as `WebAuthn` writes it in JSON (`AuthenticationResponseJSON`).
    #[schema(value_type = BTreeMap<String, Value>)]
    credential: PublicKeyCredential,
}

/// A question that waits for its answer, as it is stored.
#[derive(Serialize, Deserialize)]
enum Question {
    /// To make a passkey, with the name that it gets.
    Make(String, PasskeyRegistration),
    /// To sign with one of an account's passkeys.
    SignWithOneOf(PasskeyAuthentication),
    /// To sign with any, and say by that who it is.
    SignWithAny(DiscoverableAuthentication),
}

/// A passkey that was just made.
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) credential_id: Vec<u8>,
    pub(crate) state: PasskeyState,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It answers nothing that was asked (any more).
    Over,
    /// It is none, or not of a passkey of theirs.
    Wrong,
    /// The passkey counts less than it did before: there may be a copy of it.
    CountsBack,
}

/// Whether an answer was taken: the passkey by which it came, or why not, with the passkey that was meant.
pub(crate) type Checked = Result<StoredPasskey, (Refusal, Option<StoredPasskey>)>;

/// Asks an account's browser for a new passkey. It can be found without a name being typed, and checks who uses it.
pub(crate) async fn ask_to_make(app: &App, user: &User, name: String) -> Result<PasskeyRequest, ApiError> {
    let known = credentials(app, user.id).await?;
    let known = known.iter().map(|passkey| passkey.cred_id().clone()).collect();
    let (options, state) = app
        .passkeys
        .get()?
        .start_passkey_registration(user.id.0, &user.username, &user.display_name, Some(known))
        .map_err(ApiError::internal)?;
    let mut options = json(&options.public_key)?;
    // The library leaves this to devices, which then keep what cannot be found without a name.
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    keep(app, Some(user.id), &Question::Make(name, state), options).await
}

/// The passkey that an account's browser has made; `None` unless it is what was asked for.
pub(crate) async fn take_made(
    app: &App,
    user: UserId,
    ceremony: &str,
    credential: &RegisterPublicKeyCredential,
) -> Result<Option<Made>, ApiError> {
    let Some((asked, Question::Make(name, state))) = take(app, ceremony).await? else {
        return Ok(None);
    };
    if asked != Some(user) {
        return Ok(None);
    }
    let passkey = match app.passkeys.get()?.finish_passkey_registration(credential, &state) {
        Ok(passkey) => passkey,
        Err(error) => {
            tracing::info!(%user, %error, "passkey not added");
            return Ok(None);
        }
    };
    Ok(Some(Made {
        name,
        credential_id: passkey.cred_id().clone(),
        state: state_of(&passkey)?,
    }))
}

/// Asks for a signature by one of an account's passkeys.
pub(crate) async fn ask_to_sign(app: &App, user: UserId) -> Result<PasskeyRequest, ApiError> {
    let known = credentials(app, user).await?;
    let asked = app.passkeys.get()?.start_passkey_authentication(&known);
    let (options, state) = asked.map_err(ApiError::internal)?;
    let options = json(&options.public_key)?;
    keep(app, Some(user), &Question::SignWithOneOf(state), options).await
}

/// Asks whoever comes for a signature by any passkey.
pub(crate) async fn ask_anybody(app: &App) -> Result<PasskeyRequest, ApiError> {
    let asked = app.passkeys.get()?.start_discoverable_authentication();
    let (options, state) = asked.map_err(ApiError::internal)?;
    let options = json(&options.public_key)?;
    keep(app, None, &Question::SignWithAny(state), options).await
}

/// Whether this is what an account's browser was asked for; notes the use.
pub(crate) async fn check_signed(app: &App, user: UserId, answer: &PasskeyAnswer) -> Result<Checked, ApiError> {
    let question = take(app, &answer.ceremony).await?;
    let Some((Some(asked), Question::SignWithOneOf(state))) = question else {
        return Ok(Err((Refusal::Over, None)));
    };
    let handle = answer.credential.get_user_unique_id();
    let is_theirs = asked == user && handle.is_none_or(|handle| handle == user.0.as_bytes());
    let found = found(app, answer)
        .await?
        .filter(|stored| is_theirs && stored.user == user);
    check(app, found, |webauthn, _| {
        webauthn.finish_passkey_authentication(&answer.credential, &state)
    })
    .await
}

/// Whether this is what somebody was asked for, and who they are; notes the use.
pub(crate) async fn check_anybodys(app: &App, answer: &PasskeyAnswer) -> Result<Checked, ApiError> {
    let Some((None, Question::SignWithAny(state))) = take(app, &answer.ceremony).await? else {
        return Ok(Err((Refusal::Over, None)));
    };
    let said = app
        .passkeys
        .get()?
        .identify_discoverable_authentication(&answer.credential);
    let said = said.ok().map(|(user, _)| UserId(user));
    let found = found(app, answer).await?.filter(|stored| said == Some(stored.user));
    check(app, found, |webauthn, passkey| {
        webauthn.finish_discoverable_authentication_v2(&answer.credential, state, passkey)
    })
    .await
}

async fn found(app: &App, answer: &PasskeyAnswer) -> Result<Option<StoredPasskey>, ApiError> {
    // The library looks at this where passkeys are made only.
    if is_framed(&answer.credential.response.client_data_json) {
        return Ok(None);
    }
    let id = answer.credential.get_credential_id();
    Ok(app.store.passkey_by_credential(id).await?)
}

/// Whether the page that asked was in a frame of somebody else's.
fn is_framed(client_data: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ClientData {
        #[serde(default)]
        cross_origin: bool,
    }
    serde_json::from_slice(client_data).is_ok_and(|data: ClientData| data.cross_origin)
}

async fn check(
    app: &App,
    found: Option<StoredPasskey>,
    verify: impl FnOnce(&Webauthn, &Passkey) -> Result<AuthenticationResult, WebauthnError>,
) -> Result<Checked, ApiError> {
    let Some(stored) = found else {
        return Ok(Err((Refusal::Wrong, None)));
    };
    let mut passkey = read(&stored)?;
    let result = match verify(app.passkeys.get()?, &passkey) {
        Ok(result) => result,
        Err(WebauthnError::CredentialPossibleCompromise) => return Ok(Err((Refusal::CountsBack, Some(stored)))),
        Err(error) => {
            tracing::info!(user = %stored.user, %error, "answer of a passkey refused");
            return Ok(Err((Refusal::Wrong, Some(stored))));
        }
    };
    passkey.update_credential(&result);
    // Somebody may have used it meanwhile: the store has the last word on the counter.
    let state = PasskeyState {
        counter: result.counter(),
        ..state_of(&passkey)?
    };
    if !app.store.note_passkey_used(stored.id, &state, Utc::now()).await? {
        return Ok(Err((Refusal::CountsBack, Some(stored))));
    }
    Ok(Ok(stored))
}

async fn credentials(app: &App, user: UserId) -> Result<Vec<Passkey>, ApiError> {
    app.store.passkeys(user).await?.iter().map(read).collect()
}

fn read(stored: &StoredPasskey) -> Result<Passkey, ApiError> {
    serde_json::from_str(&stored.credential).map_err(ApiError::internal)
}

fn state_of(passkey: &Passkey) -> Result<PasskeyState, ApiError> {
    let credential: webauthn_rs::prelude::Credential = passkey.clone().into();
    Ok(PasskeyState {
        credential: serde_json::to_string(passkey).map_err(ApiError::internal)?,
        counter: credential.counter,
        backed_up: credential.backup_state,
    })
}

fn json(value: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(ApiError::internal)
}

async fn keep(
    app: &App,
    user: Option<UserId>,
    question: &Question,
    public_key: Value,
) -> Result<PasskeyRequest, ApiError> {
    let ceremony = random_text::<32>()?;
    let now = Utc::now();
    let new = NewCeremony {
        token: refresh_hash(&ceremony),
        user,
        state: serde_json::to_vec(question).map_err(ApiError::internal)?,
        now,
        expires_at: now + LIFE,
        most: OPEN,
    };
    app.store.keep_ceremony(&new).await?;
    Ok(PasskeyRequest {
        ceremony,
        public_key,
        expires_in: LIFE.num_seconds(),
    })
}

/// What was asked, and of whom. Whatever the answer is worth, there is no second one.
async fn take(app: &App, ceremony: &str) -> Result<Option<(Option<UserId>, Question)>, ApiError> {
    if ceremony.len() > MAX_BYTES {
        return Ok(None);
    }
    let taken = app.store.take_ceremony(&refresh_hash(ceremony), Utc::now()).await?;
    let Some(Ceremony { user, state }) = taken else {
        return Ok(None);
    };
    let question = serde_json::from_slice(&state).map_err(ApiError::internal)?;
    Ok(Some((user, question)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_addresses_that_browsers_take_for_secure() {
        let domain = |url: &str| {
            let party = RelyingParty::new(&url.parse().expect("an address"));
            party.domain().map(str::to_owned)
        };
        for (url, expected) in [
            ("https://code.example.org", Some("code.example.org")),
            ("https://code.example.org:8443", Some("code.example.org")),
            ("http://localhost:8080", Some("localhost")),
            ("http://app.localhost:8080", Some("app.localhost")),
            ("http://code.example.org", None),
            ("http://127.0.0.1:8080", None),
            ("https://192.0.2.1", None),
            ("https://[::1]:8080", None),
            ("http://notlocalhost", None),
        ] {
            assert_eq!(domain(url).as_deref(), expected, "{url}");
        }
    }
}
