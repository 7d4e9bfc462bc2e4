//! The `OpenAPI` document: made from the handlers, the same in every build.

use codecrafter_domain::event::{ExecutionEvent, SessionEvent};
use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, Response, ResponseBuilder};

use crate::auth::scopes::{self, Needs};
use crate::error::Problem;
use crate::sockets::attach::{AttachInput, AttachOutput};
use crate::sockets::entry::Entry;
use crate::sockets::events::{Hello, SessionInput, SessionNotice};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "CodeCrafter",
        description = "Write code together in real time and run it safely.\n\n\
            Everything is JSON; times are RFC 3339 in UTC; ids are UUIDs. What is wrong is told as \
            application/problem+json (RFC 9457), with the fields and their limits in `errors`.\n\n\
            The frames of the WebSockets are described by the AsyncAPI document at \
            [/api/v1/asyncapi.json](/api/v1/asyncapi.json).",
        license(name = "MIT", identifier = "MIT"),
    ),
    components(schemas(
        Problem, SessionEvent, SessionInput, SessionNotice, ExecutionEvent, Hello, Entry, AttachInput, AttachOutput
    )),
    tags(
        (name = "auth", description = "Accounts and logins"),
        (name = "account", description = "One's own account"),
        (name = "sessions", description = "Shared workspaces, who is in them and what they hold"),
        (name = "chat", description = "What people say in a session, and private notes"),
        (name = "executions", description = "Running programs"),
        (name = "history", description = "Snapshots, what differs between them, and how a session came to be"),
        (name = "sockets", description = "WebSockets: documents, events and running programs"),
        (name = "admin", description = "Administration of the platform, for its administrators"),
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
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("cck_…")
            .description(Some(
                "An API key; an operation names the scopes of which the key must have one.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        components.add_security_scheme("key", SecurityScheme::Http(key));
    }
}

/// The document of everything that the server answers.
pub fn document() -> OpenApi {
    let mut document = crate::routes::all().into_openapi();
    let paths = std::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        // OpenAPI has no mark for parameters that span several parts of a path.
        let path = path.replace("{*", "{");
        for (method, operation) in operations(&mut item) {
            operation.operation_id = Some(operation_id(method, &path));
            admit_keys(operation, method, &path);
            operation
                .responses
                .responses
                .insert("default".to_owned(), problem().into());
        }
        document.paths.paths.insert(path, item);
    }
    document
}

/// Names the scopes with which an API key will do: any one of them.
fn admit_keys(operation: &mut Operation, method: &str, path: &str) {
    let path = path.strip_prefix("/api/v1").unwrap_or_default();
    if let (Some(security), Needs::AnyOf(scopes)) =
        (&mut operation.security, scopes::needs(&method.to_uppercase(), path))
    {
        security.extend(
            scopes
                .iter()
                .map(|scope| SecurityRequirement::new("key", [scope.name()])),
        );
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Unique and stable: `get_sessions_id_files` for `GET /api/v1/sessions/{id}/files`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let parts = path.split(['/', '{', '}', '-']).filter(|part| !part.is_empty());
    std::iter::once(method).chain(parts).collect::<Vec<_>>().join("_")
}

fn problem() -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description("What is wrong")
        .content("application/problem+json", content)
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn operations_are_told_apart() {
        let mut document = document();
        let items = document.paths.paths.values_mut();
        let ids: Vec<String> = items
            .flat_map(|item| {
                operations(item)
                    .filter_map(|(_, operation)| operation.operation_id.clone())
                    .collect::<Vec<_>>()
            })
            .collect();
        assert!(ids.contains(&"get_sessions_id_files".to_owned()), "{ids:?}");
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }
}
