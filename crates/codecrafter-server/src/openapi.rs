//! The OpenAPI document: made from the handlers, the same in every build.

use codecrafter_domain::event::{ExecutionEvent, SessionEvent};
use utoipa::Modify;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, ResponseBuilder};

use crate::error::Problem;
use crate::sockets::events::Hello;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "CodeCrafter",
        description = "Write code together in real time and run it safely.\n\n\
            Everything is JSON; times are RFC 3339 in UTC; ids are UUIDs. What is wrong is told as \
            application/problem+json (RFC 9457), with the fields and their limits in `errors`.",
        license(name = "MIT", identifier = "MIT"),
    ),
    components(schemas(Problem, SessionEvent, ExecutionEvent, Hello)),
    tags(
        (name = "auth", description = "Accounts and logins"),
        (name = "sessions", description = "Shared workspaces, who is in them and what they hold"),
        (name = "executions", description = "Running programs"),
        (name = "sockets", description = "WebSockets: documents and events"),
        (name = "operation", description = "Probes and metrics"),
    ),
    modifiers(&Security),
)]
pub(crate) struct ApiDoc;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "The access_token that registering, logging in or refreshing answers.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The document of everything that the server answers.
pub fn document() -> OpenApi {
    let mut document = crate::routes::all().into_openapi();
    let problem = ResponseBuilder::new()
        .description("What is wrong")
        .content(
            "application/problem+json",
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build(),
        )
        .build();
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_owned(), problem.clone().into());
        }
    }
    document
}
