//! Chats, and how far they are read.

use std::sync::Arc;

use codecrafter_domain::chat::{ChatContent, ChatMessage, SystemLine, Unread};
use codecrafter_domain::execution::Outcome;
use codecrafter_domain::id::{MessageId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::user::Person;

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, exited, first, noon,
    owned_room, room, run,
};
use crate::types::{Added, NewMessage, PageRequest};

fn text(session: SessionId, author: UserId, text: &str) -> NewMessage {
    NewMessage {
        id: MessageId::new(),
        session,
        author,
        content: ChatContent::Text {
            text: text.to_owned(),
            mentions: Vec::new(),
        },
        nonce: None,
        created_at: noon(),
    }
}

async fn added(store: &Adapter, new: NewMessage) -> ChatMessage {
    match store.add_message(&new).await.expect("added") {
        Added::New(message) => message,
        Added::Already(message) => panic!("was there: {message:?}"),
    }
}

async fn said(store: &Adapter, session: SessionId, author: UserId, seconds: i64) -> ChatMessage {
    let new = NewMessage {
        created_at: after(seconds),
        ..text(session, author, "hello")
    };
    added(store, new).await
}

/// The owner, and an editor who joined at noon.
async fn pair(store: &Adapter) -> (SessionId, UserId, UserId) {
    let (room, owner) = owned_room(store).await;
    let ada = account(store, "ada").await;
    store.join(room, ada, Role::Editor, None, noon()).await.expect("joined");
    (room, owner, ada)
}

/// What was stored comes back whole, whatever characters it has.
pub async fn a_message_comes_back_whole(store: Adapter) {
    let (room, owner, ada) = pair(&store).await;
    let written = "  <b>@ada</b> &amp; \\ ' \" %_ 漢字 👩‍💻\r\n\tx ";
    let new = NewMessage {
        content: ChatContent::Text {
            text: written.into(),
            mentions: vec![ada],
        },
        ..text(room, owner, "")
    };
    let stored = added(&store, new.clone()).await;
    assert_eq!(
        (stored.id, stored.author.id, stored.created_at),
        (new.id, owner, noon())
    );
    assert_eq!(
        (&stored.content, stored.edited_at, stored.deleted_at),
        (&new.content, None, None)
    );
    assert_eq!(stored.author.username, "owner");
    assert_eq!(store.message(room, new.id).await.expect("found"), stored);
    assert_eq!(store.messages(room, &first(10)).await.expect("list").items, [stored]);
}

/// What is not there, or in another session, is not found; nor is it changed.
pub async fn unknown_messages_are_not_found(store: Adapter) {
    let (here, owner) = owned_room(&store).await;
    let there = room(&store, owner).await;
    let message = said(&store, there, owner, 0).await;
    for id in [MessageId::new(), message.id] {
        assert_not_found(store.message(here, id).await);
        assert_not_found(store.edit_message(here, id, "x", &[], noon()).await);
        assert_not_found(store.mark_read(here, owner, id).await);
        assert!(!store.delete_message(here, id, noon()).await.expect("answer"));
    }
    assert_eq!(store.message(there, message.id).await.expect("found"), message);
    assert_not_found(store.add_message(&text(SessionId::new(), owner, "lost")).await);
    assert_not_found(store.add_message(&text(here, UserId::new(), "lost")).await);
    assert_invalid(store.add_message(&text(here, owner, "a\0b")).await, "text");
}

/// The chat of a deleted session is gone with it.
pub async fn a_deleted_session_has_no_chat(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let message = said(&store, room, owner, 0).await;
    store.delete_session(room).await.expect("deleted");
    assert_not_found(store.messages(room, &first(10)).await);
    assert_not_found(store.message(room, message.id).await);
    assert_not_found(store.unread(room, owner).await);
    assert_not_found(store.add_message(&text(room, owner, "late")).await);
}

/// Newest first; parts make up the whole, though some came in the same microsecond.
pub async fn message_pages_make_up_the_whole(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let mut expected = Vec::new();
    for seconds in [0, 1, 1, 1, 2, 3, 3] {
        expected.push(said(&store, room, owner, seconds).await.id);
    }
    expected.reverse();
    let mut seen = Vec::new();
    let mut request = first(2);
    loop {
        let page = store.messages(room, &request).await.expect("list");
        seen.extend(page.items.iter().map(|message| message.id));
        request.cursor = page.next_cursor;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let wrong = PageRequest {
        cursor: Some("nonsense".into()),
        limit: 2,
    };
    assert_invalid(store.messages(room, &wrong).await, "cursor");
}

/// An edit replaces the text and says when; a deletion leaves nothing of it.
pub async fn a_message_is_edited_and_deleted(store: Adapter) {
    let (room, owner, ada) = pair(&store).await;
    let message = said(&store, room, owner, 0).await;
    let edited = store.edit_message(room, message.id, "@ada", &[ada], after(1)).await;
    let edited = edited.expect("edited");
    let expected = ChatContent::Text {
        text: "@ada".into(),
        mentions: vec![ada],
    };
    assert_eq!((edited.content, edited.edited_at), (expected, Some(after(1))));
    assert!(store.delete_message(room, message.id, after(2)).await.expect("answer"));
    assert!(!store.delete_message(room, message.id, after(3)).await.expect("answer"));
    let left = store.message(room, message.id).await.expect("a tombstone");
    let nothing = ChatContent::Text {
        text: String::new(),
        mentions: Vec::new(),
    };
    assert_eq!((left.content, left.deleted_at), (nothing, Some(after(2))));
    assert_conflict(
        store.edit_message(room, message.id, "x", &[], after(4)).await,
        "message",
    );
}

/// The same nonce of the same author in the same session is the same message.
pub async fn a_repeated_message_is_added_once(store: Adapter) {
    let (here, owner, ada) = pair(&store).await;
    let there = room(&store, owner).await;
    let with_nonce = |session, author| NewMessage {
        nonce: Some("n".into()),
        ..text(session, author, "once")
    };
    let message = added(&store, with_nonce(here, owner)).await;
    let again = store.add_message(&with_nonce(here, owner)).await.expect("answer");
    assert_eq!(again, Added::Already(message));
    added(&store, with_nonce(here, ada)).await;
    added(&store, with_nonce(there, owner)).await;
    assert_eq!(store.messages(here, &first(10)).await.expect("list").items.len(), 2);
}

/// Of repetitions side by side one is added.
pub async fn of_concurrent_repetitions_one_message_is_added(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let answers = at_once(8, |_| {
        let store = Arc::clone(&store);
        let new = NewMessage {
            nonce: Some("n".into()),
            ..text(room, owner, "once")
        };
        async move { store.add_message(&new).await.expect("answer") }
    })
    .await;
    let new = answers.iter().filter(|answer| matches!(answer, Added::New(_)));
    assert_eq!(new.count(), 1);
    assert_eq!(store.messages(room, &first(10)).await.expect("list").items.len(), 1);
}

/// What the session tells of itself is kept as it was, and nobody changes it.
pub async fn a_line_of_the_session_stays(store: Adapter) {
    let (room, owner, ada) = pair(&store).await;
    let user = Person::from(&store.user(ada).await.expect("found"));
    let content = ChatContent::System {
        line: SystemLine::RoleChanged {
            user,
            role: Role::Viewer,
        },
    };
    let new = NewMessage {
        content: content.clone(),
        ..text(room, owner, "")
    };
    let line = added(&store, new).await;
    assert_eq!(line.content, content);
    assert_conflict(store.edit_message(room, line.id, "x", &[], noon()).await, "message");
    assert!(!store.delete_message(room, line.id, noon()).await.expect("answer"));
    assert_eq!(store.message(room, line.id).await.expect("found"), line);
}

/// A run in a session is one line, which tells how it ended once it has.
pub async fn a_run_is_one_line(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let new = run(owner, Some(room));
    store.create_execution(&new).await.expect("queued");
    store.create_execution(&run(owner, None)).await.expect("queued");
    let line = |outcome| ChatContent::System {
        line: SystemLine::Run {
            execution_id: new.id,
            language: "python".into(),
            outcome,
        },
    };
    let listed = store.messages(room, &first(10)).await.expect("list").items;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].id.0, &listed[0].content), (new.id.0, &line(None)));
    assert_eq!((listed[0].author.id, listed[0].created_at), (owner, new.created_at));
    store.finish(new.id, &exited(1, ""), after(1)).await.expect("finished");
    let ended = line(Some(Outcome::RuntimeError));
    let listed = store.messages(room, &first(10)).await.expect("list").items;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].content, ended);
    assert_eq!(store.message(room, listed[0].id).await.expect("found").content, ended);
}

/// What others wrote since one joined or read is unread, and what names one is counted apart.
pub async fn unread_messages_are_counted(store: Adapter) {
    let (room, owner, ada) = pair(&store).await;
    said(&store, room, owner, -1).await;
    said(&store, room, ada, 1).await;
    let second = said(&store, room, owner, 2).await;
    let naming = NewMessage {
        content: ChatContent::Text {
            text: "@ada".into(),
            mentions: vec![ada],
        },
        created_at: after(3),
        ..text(room, owner, "")
    };
    let third = added(&store, naming).await;
    let unread = |messages, mentions, last_read| Unread {
        messages,
        mentions,
        last_read,
    };
    assert_eq!(store.unread(room, ada).await.expect("answer"), unread(2, 1, None));
    assert_eq!(store.unread(room, owner).await.expect("answer"), unread(1, 0, None));

    let read = store.mark_read(room, ada, second.id).await.expect("answer");
    assert_eq!(read, unread(1, 1, Some(second.id)));
    assert_eq!(store.unread(room, ada).await.expect("answer"), read);
    let read = store.mark_read(room, ada, third.id).await.expect("answer");
    assert_eq!(read, unread(0, 0, Some(third.id)));
    // Another window that is behind does not turn it back.
    let read = store.mark_read(room, ada, second.id).await.expect("answer");
    assert_eq!(read, unread(0, 0, Some(third.id)));
    assert_eq!(store.unread(room, owner).await.expect("answer"), unread(1, 0, None));
}

/// Lines of the session, what was deleted, and what came before one joined again are not unread.
pub async fn only_what_others_wrote_is_unread(store: Adapter) {
    let (room, owner, ada) = pair(&store).await;
    let message = said(&store, room, owner, 1).await;
    let new = run(owner, Some(room));
    store.create_execution(&new).await.expect("queued");
    assert_eq!(store.unread(room, ada).await.expect("answer").messages, 1);
    store.delete_message(room, message.id, after(2)).await.expect("answer");
    assert_eq!(store.unread(room, ada).await.expect("answer").messages, 0);
    said(&store, room, owner, 3).await;
    store.remove_participant(room, ada).await.expect("answer");
    assert_eq!(store.unread(room, ada).await.expect("answer"), Unread::default());
    store
        .join(room, ada, Role::Viewer, None, after(4))
        .await
        .expect("joined");
    assert_eq!(store.unread(room, ada).await.expect("answer").messages, 0);
    assert_eq!(
        store.unread(room, UserId::new()).await.expect("answer"),
        Unread::default()
    );
}
