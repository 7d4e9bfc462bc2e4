//! All routes, one module per resource.

mod admin;
mod api_docs;
mod api_keys;
mod auth;
mod door;
mod emails;
pub(crate) mod executions;
mod farewell;
mod files;
mod guests;
pub(crate) mod health;
pub(crate) mod history;
mod identities;
mod invites;
mod languages;
mod life;
mod logins;
mod me;
mod messages;
mod mfa;
mod notes;
pub(crate) mod page;
mod participants;
mod passkey_login;
mod passkeys;
mod passwords;
mod preferences;
mod providers;
mod second_factors;
mod session_list;
pub(crate) mod sessions;
pub(crate) mod snapshots;
mod takeout;
mod tickets;

use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::openapi::ApiDoc;
use crate::sockets;
use crate::state::App;

/// Every address of the API with its handler; the `OpenAPI` document is made from this list.
pub(crate) fn all() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .nest("/api/v1", api())
        .route("/docs", axum::routing::get(api_docs::page))
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(mfa::finish))
        .merge(passkey_logins())
        .routes(routes!(guests::create))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(passwords::forgot))
        .routes(routes!(passwords::reset))
        .routes(routes!(emails::verify))
        .routes(routes!(providers::list))
        .routes(routes!(providers::login))
        .routes(routes!(providers::callback))
        .routes(routes!(tickets::create))
        .routes(routes!(me::get, me::update, farewell::delete))
        .routes(routes!(passwords::change))
        .routes(routes!(emails::change, emails::keep))
        .routes(routes!(emails::resend))
        .routes(routes!(logins::list, logins::end_all))
        .routes(routes!(logins::end))
        .routes(routes!(identities::list))
        .routes(routes!(identities::begin, identities::remove))
        .routes(routes!(preferences::get, preferences::update))
        .routes(routes!(takeout::export))
        .merge(second_factors())
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(admin::audit::mine))
        .routes(routes!(sessions::create, session_list::list))
        .routes(routes!(sessions::get, sessions::update, sessions::delete))
        .routes(routes!(participants::join))
        .routes(routes!(participants::leave))
        .routes(routes!(life::fork))
        .routes(routes!(life::hand_over))
        .routes(routes!(life::restore))
        .routes(routes!(door::waiting))
        .routes(routes!(door::admit, door::deny))
        .routes(routes!(door::bans, door::ban))
        .routes(routes!(door::lift_ban))
        .routes(routes!(invites::create, invites::list))
        .routes(routes!(invites::delete))
        .routes(routes!(participants::list))
        .routes(routes!(participants::set_role, participants::remove))
        .routes(routes!(files::list))
        .routes(routes!(files::get))
        .routes(routes!(files::archive))
        .routes(routes!(snapshots::create, snapshots::list))
        .routes(routes!(snapshots::get, snapshots::name, snapshots::delete))
        .routes(routes!(snapshots::diff))
        .routes(routes!(snapshots::restore))
        .routes(routes!(history::list, history::purge))
        .routes(routes!(history::export))
        .routes(routes!(executions::of_session))
        .routes(routes!(executions::create))
        .routes(routes!(executions::get, executions::cancel))
        .routes(routes!(executions::events))
        .routes(routes!(sockets::attach::connect))
        .routes(routes!(messages::list, messages::send))
        .routes(routes!(messages::edit, messages::delete))
        .routes(routes!(messages::read))
        .routes(routes!(notes::get, notes::put))
        .routes(routes!(languages::list))
        .routes(routes!(sockets::sync::connect))
        .routes(routes!(sockets::hocuspocus::connect))
        .routes(routes!(sockets::events::connect))
        .routes(routes!(sockets::entry::connect))
        .merge(administration())
        .route("/openapi.json", axum::routing::get(api_docs::document))
        .route("/asyncapi.json", axum::routing::get(api_docs::sockets))
}

fn second_factors() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(second_factors::get))
        .routes(routes!(second_factors::begin_totp, second_factors::remove_totp))
        .routes(routes!(second_factors::confirm_totp))
        .routes(routes!(second_factors::renew_recovery_codes))
        .routes(routes!(passkeys::begin))
        .routes(routes!(passkeys::finish))
        .routes(routes!(passkeys::rename, passkeys::remove))
}

fn passkey_logins() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(passkey_login::domain, passkey_login::begin))
        .routes(routes!(passkey_login::finish))
        .routes(routes!(passkey_login::begin_step))
        .routes(routes!(passkey_login::finish_step))
}

fn administration() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(admin::users::list))
        .routes(routes!(admin::users::get))
        .routes(routes!(admin::users::deactivate))
        .routes(routes!(admin::users::activate))
        .routes(routes!(admin::users::sign_out))
        .routes(routes!(admin::users::reset_second_factor))
        .routes(routes!(admin::users::set_office))
        .routes(routes!(admin::users::set_quota))
        .routes(routes!(admin::sessions::list))
        .routes(routes!(admin::sessions::delete))
        .routes(routes!(admin::sessions::restore))
        .routes(routes!(admin::executions::list))
        .routes(routes!(admin::executions::cancel))
        .routes(routes!(admin::dead_letters::list))
        .routes(routes!(admin::dead_letters::requeue))
        .routes(routes!(admin::dead_letters::delete))
        .routes(routes!(admin::platform::queue))
        .routes(routes!(admin::platform::workers))
        .routes(routes!(admin::platform::settings))
        .routes(routes!(admin::audit::list))
        .routes(routes!(admin::audit::export))
}
