//! Frames as `@hocuspocus/provider` writes and reads them, and those that no honest client sends.

use proptest::prelude::*;

use super::*;

fn frame(name: &str, rest: &[u8]) -> Vec<u8> {
    addressed(name, rest).to_vec()
}

fn body(rest: &[u8]) -> Result<Body<'_>, FrameError> {
    // Leaked: a test is short.
    let bytes = Vec::leak(frame("doc", rest));
    match decode(bytes)? {
        Frame::Addressed { name: "doc", body } => Ok(body),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tokens_with_and_without_a_version() {
    // As AuthenticationMessage writes it: name, 2, 0, token, version.
    let old = Body::Token {
        token: "abc",
        version: None,
    };
    assert_eq!(body(&[2, 0, 3, b'a', b'b', b'c']), Ok(old));
    let new = Body::Token {
        token: "",
        version: Some("4.8.0"),
    };
    assert_eq!(body(&[2, 0, 0, 5, b'4', b'.', b'8', b'.', b'0']), Ok(new));
}

#[test]
fn messages_go_on_as_they_are() {
    for message in [
        &[0, 0, 1, 0][..],
        &[0, 1, 2, 0, 0],
        &[0, 2, 2, 0, 0],
        &[1, 1, 0],
        &[3],
        &[5, 2, b'h', b'i'],
    ] {
        assert_eq!(body(message), Ok(Body::Message(message)));
    }
    assert_eq!(body(&[7]), Ok(Body::Close));
}

#[test]
fn a_frame_holds_one_message() {
    assert_eq!(body(&[3, 0, 2, 2, 0, 0]), Ok(Body::Message(&[3])));
    assert_eq!(body(&[0, 0, 1, 0, 0, 2, 2, 0, 0]), Ok(Body::Message(&[0, 0, 1, 0])));
}

#[test]
fn a_single_byte_is_of_the_whole_connection() {
    assert_eq!(decode(&[9]), Ok(Frame::Ping));
    assert_eq!(decode(&[10]), Ok(Frame::Pong));
    // With more after it, it is the length of a name.
    let name = "nine char";
    let bytes = frame(name, &[3]);
    assert_eq!(bytes[0], 9);
    let read = Frame::Addressed {
        name,
        body: Body::Message(&[3]),
    };
    assert_eq!(decode(&bytes), Ok(read));
}

#[test]
fn what_only_servers_send_is_refused() {
    // SyncReply, BroadcastStateless, SyncStatus; permission denied and authenticated.
    for rest in [
        &[4, 0, 1, 0][..],
        &[6, 2, b'h', b'i'],
        &[8, 1],
        &[2, 1, 0],
        &[2, 2, 10, b'r', b'e', b'a', b'd', b'-', b'w', b'r', b'i', b't', b'e'],
        &[9],
        &[10],
        &[11],
    ] {
        assert!(body(rest).is_err(), "{rest:?}");
    }
}

#[test]
fn what_is_no_frame_is_refused() {
    for bytes in [
        &[][..],
        &[0],
        &[5, b'd', b'o'],
        &[255, 255, 255, 255, 15, 1],
        &[2, 0xff, 0xfe, 3],
        &[1, b'd', 2],
        &[1, b'd', 2, 0, 200, 1],
        &[1, b'd', 0, 3, 0],
        &[1, b'd', 0, 2, 255, 255, 255, 15, 1],
    ] {
        assert!(decode(bytes).is_err(), "{bytes:?}");
    }
    assert!(decode(&frame(&"x".repeat(MAX_NAME_BYTES), &[3])).is_ok());
    assert!(decode(&frame(&"x".repeat(MAX_NAME_BYTES + 1), &[3])).is_err());
    let long = "x".repeat(MAX_STATELESS_BYTES + 1);
    assert!(body(&stateless(&long)).is_ok(), "the document says that it is too long");
}

#[test]
fn answers_as_providers_read_them() {
    assert_eq!(authenticated(true), [&[2, 2, 8][..], b"readonly"].concat());
    assert_eq!(authenticated(false), [&[2, 2, 10][..], b"read-write"].concat());
    assert_eq!(permission_denied("no"), [2, 1, 2, b'n', b'o']);
    assert_eq!(token_request(), [2, 0]);
    assert_eq!(closed("bye"), [7, 3, b'b', b'y', b'e']);
    // Read as a signed integer: below 64 that is the same.
    assert_eq!(sync_status(true), [8, 1]);
    assert_eq!(sync_status(false), [8, 0]);
    assert_eq!(stateless("hi")[..], [5, 2, b'h', b'i']);
    assert_eq!(addressed("a\0b", &[3])[..], [3, b'a', 0, b'b', 3]);
    assert_eq!(document_of("a\0b\0c"), "a");
    assert_eq!(document_of("a"), "a");
}

#[test]
fn notices_are_told_apart_however_they_are_written() {
    for payload in [
        r#"{"codecrafter":"refused"}"#,
        r#" { "a": 1, "codecrafter" : null }"#,
        "{\"\\u0063odecrafter\":1}",
    ] {
        assert!(is_notice(payload), "{payload}");
    }
    for payload in ["codecrafter", r#"{"a":"codecrafter"}"#, r#"["codecrafter"]"#, "{", ""] {
        assert!(!is_notice(payload), "{payload}");
    }
    let notice = refusal("full");
    let mut reader = Reader::new(&notice[1..]);
    assert!(is_notice(reader.string().expect("a string")));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..96)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn no_bytes_after_a_name_panic(name in ".{0,40}", rest in proptest::collection::vec(any::<u8>(), 0..64)) {
        let bytes = frame(&name, &rest);
        if let Ok(Frame::Addressed { name: read, body }) = decode(&bytes) {
            prop_assert_eq!(read, name.as_str());
            if let Body::Message(message) = body {
                prop_assert!(rest.starts_with(message));
                // And is read again as exactly one message.
                prop_assert_eq!(one_message(Reader::new(message)), Ok(message));
            }
        }
    }

    #[test]
    fn updates_survive(name in "[a-z0-9-]{1,40}(\0[a-z0-9]{1,12})?", update in proptest::collection::vec(any::<u8>(), 0..64)) {
        let message = message::update(&update);
        let bytes = addressed(&name, &message);
        let read = Frame::Addressed { name: &name, body: Body::Message(&message) };
        prop_assert_eq!(decode(&bytes), Ok(read));
    }

    #[test]
    fn tokens_survive(name in ".{0,40}", token in ".{0,200}", version in proptest::option::of("[0-9.]{1,10}")) {
        let mut message = text(&[AUTH, TOKEN], &token);
        if let Some(version) = &version {
            write_bytes(&mut message, version.as_bytes());
        }
        let bytes = addressed(&name, &message);
        let body = Body::Token { token: &token, version: version.as_deref() };
        prop_assert_eq!(decode(&bytes), Ok(Frame::Addressed { name: &name, body }));
    }
}
