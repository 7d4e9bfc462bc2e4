//! The `AsyncAPI` document: every frame of the JSON sockets, taken from the same types as the `OpenAPI` document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const SCHEMAS: &str = "#/components/schemas/";

/// Who sends a frame.
#[derive(Debug, Clone, Copy)]
enum Sender {
    Server,
    Client,
}

/// One JSON socket.
struct Channel {
    name: &'static str,
    address: &'static str,
    description: &'static str,
    id: &'static str,
    query: Value,
    messages: Vec<(Sender, String, Value)>,
}

/// The document of every frame that JSON sockets carry, the same in every build.
pub fn document() -> Value {
    let openapi = serde_json::to_value(crate::openapi::document()).unwrap_or_default();
    let schemas = &openapi["components"]["schemas"];
    let channels = [session_events(schemas), execution_attach(schemas)];
    let mut document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "CodeCrafter: sockets",
            "version": openapi["info"]["version"],
            "description": "The JSON text frames of CodeCrafter's WebSockets. HTTP is described by /api/v1/openapi.json; \
                documents are edited over /api/v1/sync/{session} with the y-websocket protocol.\n\n\
                A connection is refused or ended with a close code: 4401 sign in, 4403 not allowed any more, 4404 no such \
                thing, 4400 malformed, 4413 too large, 1008 far too many frames, 1012 and 1013 try again.",
            "license": { "name": openapi["info"]["license"]["name"] },
        },
        "defaultContentType": "application/json",
    });
    let mut used = Map::new();
    for channel in &channels {
        let (name, messages) = (channel.name, &channel.messages);
        for (sender, kind, payload) in messages {
            collect(payload, schemas, &mut used);
            document["components"]["messages"][key(channel, *sender, kind)] =
                json!({ "name": kind, "title": title(payload, kind), "payload": payload });
        }
        document["channels"][name] = channel.to_json();
        for (sender, action, operation) in [
            (Sender::Server, "send", format!("{name}Out")),
            (Sender::Client, "receive", format!("{name}In")),
        ] {
            let of_sender = messages.iter().filter(|(from, ..)| {
                matches!(
                    (from, sender),
                    (Sender::Server, Sender::Server) | (Sender::Client, Sender::Client)
                )
            });
            let references: Vec<Value> = of_sender
                .map(|(_, kind, _)| reference(&format!("#/channels/{name}/messages/{}", key(channel, sender, kind))))
                .collect();
            document["operations"][operation] = json!({
                "action": action,
                "channel": reference(&format!("#/channels/{name}")),
                "messages": references,
            });
        }
    }
    document["components"]["schemas"] = Value::Object(used);
    opened(&mut document);
    document
}

impl Channel {
    fn to_json(&self) -> Value {
        let messages: Map<String, Value> = self
            .messages
            .iter()
            .map(|(sender, kind, _)| key(self, *sender, kind))
            .map(|key| (key.clone(), reference(&format!("#/components/messages/{key}"))))
            .collect();
        json!({
            "address": self.address,
            "description": self.description,
            "parameters": { "id": { "description": self.id } },
            "bindings": { "ws": { "method": "GET", "query": self.query, "bindingVersion": "0.1.0" } },
            "messages": messages,
        })
    }
}

fn session_events(schemas: &Value) -> Channel {
    let mut messages = vec![(
        Sender::Server,
        "hello".to_owned(),
        reference(&format!("{SCHEMAS}Hello")),
    )];
    // What `SessionEvent` has besides its kind, and the position that the socket puts in front.
    let common = json!({
        "type": "object",
        "required": ["at"],
        "properties": {
            "seq": {
                "type": "integer",
                "minimum": 0,
                "description": "Its position in the session's log, to go on from after a lost connection; absent from what is not kept.",
            },
            "at": { "type": "string", "format": "date-time", "description": "When." },
            "by": { "allOf": [reference(&format!("{SCHEMAS}Person"))], "description": "Whose doing." },
        },
    });
    for (kind, variant) in variants(schemas, "SessionEventKind") {
        messages.push((Sender::Server, kind, json!({ "allOf": [variant, common] })));
    }
    messages.extend(of(schemas, Sender::Server, "SessionNotice"));
    messages.extend(of(schemas, Sender::Client, "SessionInput"));
    Channel {
        name: "sessionEvents",
        address: "/api/v1/sessions/{id}/events",
        description: "What happens in a session, and what people do in it. Frames from clients have at most 16 KiB, and \
            come at most 25 times a second.",
        id: "The session.",
        query: query("since", "Events after this position; all that are kept unless given."),
        messages,
    }
}

fn execution_attach(schemas: &Value) -> Channel {
    let mut messages = Vec::new();
    let position = json!({
        "type": "object",
        "required": ["seq"],
        "properties": {
            "seq": { "type": "integer", "minimum": 0, "description": "Its position, to go on from after a lost connection." },
        },
    });
    for (kind, variant) in variants(schemas, "ExecutionEvent") {
        messages.push((Sender::Server, kind, json!({ "allOf": [variant, position] })));
    }
    messages.extend(of(schemas, Sender::Server, "Notice"));
    messages.extend(of(schemas, Sender::Client, "AttachInput"));
    Channel {
        name: "executionAttach",
        address: "/api/v1/executions/{id}/attach",
        description: "A running program's output, and its input. Frames from clients have at most 64 KiB.",
        id: "The execution.",
        query: query("from", "Only what comes after this position; everything unless given."),
        messages,
    }
}

fn query(position: &str, description: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "token": { "type": "string", "description": "The access token, where the client cannot send an Authorization header." },
            position: { "type": "integer", "minimum": 0, "description": description },
        },
    })
}

fn of(schemas: &Value, sender: Sender, schema: &str) -> impl Iterator<Item = (Sender, String, Value)> {
    variants(schemas, schema)
        .into_iter()
        .map(move |(kind, variant)| (sender, kind, variant))
}

/// The variants of an enum that is told apart by `type`, by name.
fn variants(schemas: &Value, schema: &str) -> Vec<(String, Value)> {
    let all = schemas[schema]["oneOf"].as_array().into_iter().flatten();
    all.filter_map(|variant| Some((tag(variant)?, variant.clone())))
        .collect()
}

fn tag(variant: &Value) -> Option<String> {
    let own = &variant["properties"]["type"]["enum"][0];
    match own.as_str() {
        Some(tag) => Some(tag.to_owned()),
        None => variant["allOf"].as_array()?.iter().find_map(tag),
    }
}

fn key(channel: &Channel, sender: Sender, kind: &str) -> String {
    let from = match sender {
        Sender::Server => "server",
        Sender::Client => "client",
    };
    format!("{}.{from}.{kind}", channel.name)
}

fn title(payload: &Value, kind: &str) -> String {
    let described = payload["description"].as_str().or_else(|| {
        let parts = payload["allOf"].as_array()?;
        parts.iter().find_map(|part| part["description"].as_str())
    });
    let first = described.and_then(|text| text.split(['.', ';', ':', '\n']).next());
    first.unwrap_or(kind).to_owned()
}

fn reference(to: &str) -> Value {
    json!({ "$ref": to })
}

/// Takes over the schemas that a value refers to, and those that these refer to.
fn collect(value: &Value, schemas: &Value, used: &mut Map<String, Value>) {
    for name in references(value) {
        if !used.contains_key(&name) {
            let schema = schemas[&name].clone();
            used.insert(name, schema.clone());
            collect(&schema, schemas, used);
        }
    }
}

fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|to| to.strip_prefix(SCHEMAS)).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

/// Lets objects have more fields: a variant adds its `type` to what it is made of.
fn opened(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.remove("additionalProperties");
            }
            fields.values_mut().for_each(opened);
        }
        Value::Array(items) => items.iter_mut().for_each(opened),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::chat::Unread;
    use codecrafter_domain::event::{Place, SessionEventKind, Viewport};
    use codecrafter_domain::id::{MessageId, UserId};

    use super::*;

    fn kinds(document: &Value, channel: &str, from: &str) -> BTreeSet<String> {
        let messages = document["components"]["messages"].as_object().expect("messages");
        let prefix = format!("{channel}.{from}.");
        messages
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix).map(str::to_owned))
            .collect()
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        for name in references(&document) {
            assert!(document["components"]["schemas"][&name].is_object(), "{name}");
        }
        for (name, channel) in document["channels"].as_object().expect("channels") {
            let messages = channel["messages"].as_object().expect("messages");
            assert!(messages.len() > 5, "{name}");
            for reference in messages.values() {
                let to = reference["$ref"].as_str().expect("a reference").trim_start_matches('#');
                assert!(document.pointer(to).is_some(), "{to}");
            }
        }
    }

    #[test]
    fn every_variant_is_a_message() {
        let document = document();
        let openapi = serde_json::to_value(crate::openapi::document()).expect("JSON");
        let schemas = &openapi["components"]["schemas"];
        for (channel, from, schema) in [
            ("sessionEvents", "server", "SessionEventKind"),
            ("sessionEvents", "server", "SessionNotice"),
            ("sessionEvents", "client", "SessionInput"),
            ("executionAttach", "server", "ExecutionEvent"),
            ("executionAttach", "server", "Notice"),
            ("executionAttach", "client", "AttachInput"),
        ] {
            let all = schemas[schema]["oneOf"].as_array().expect("variants");
            let found = kinds(&document, channel, from);
            for variant in all {
                let tag = tag(variant).unwrap_or_else(|| panic!("{schema} has a variant without type: {variant}"));
                assert!(found.contains(&tag), "{schema} {tag}");
            }
        }
    }

    #[test]
    fn what_is_sent_is_named_as_in_the_document() {
        let found = kinds(&document(), "sessionEvents", "server");
        let viewport = Viewport {
            file_id: "f".into(),
            top_line: 1,
            bottom_line: 2,
        };
        let place = Place {
            file_id: "f".into(),
            line: 1,
        };
        for kind in [
            SessionEventKind::ChatDeleted {
                message_id: MessageId::new(),
            },
            SessionEventKind::ChatTyping,
            SessionEventKind::ChatRead {
                unread: Unread::default(),
            },
            SessionEventKind::NotesUpdated { version: 1 },
            SessionEventKind::PresenceLeft { user_id: UserId::new() },
            SessionEventKind::PresenceViewport(viewport),
            SessionEventKind::FollowGather(place),
            SessionEventKind::DocumentUnsaved,
        ] {
            let json = serde_json::to_value(&kind).expect("JSON");
            assert!(found.contains(json["type"].as_str().expect("a type")), "{json}");
        }
    }
}
