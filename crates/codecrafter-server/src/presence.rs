//! Who is here: the participants with an open events socket, each once however many windows they have, on whatever node.
//!
//! Each node shares who is in a session with it, and hears in the same step who is with others: so the first window of a
//! person anywhere is told, and the last. What a node shared is forgotten some time after it was last heard of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codecrafter_domain::event::{Audience, SessionEventKind, Viewport};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::user::Person;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::state::App;

/// Whoever is back this soon, as after a reload or a lost connection, was never away.
const GRACE: Duration = Duration::from_secs(3);
/// How often a node says again who is with it.
const RENEWED: Duration = Duration::from_secs(5);
/// When those of a node that is silent have left.
const EXPIRY: Duration = Duration::from_secs(15);

/// Somebody who is here.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Present {
    /// Who.
    user: Person,
    /// What they look at, if they have told.
    viewport: Option<Viewport>,
}

/// Who is in which session.
pub(crate) struct Presence {
    /// This process among all nodes.
    node: String,
    rooms: Mutex<HashMap<SessionId, Arc<Room>>>,
}

/// Held while coming and going is told, so that it is told in the order in which it happened.
type Room = tokio::sync::Mutex<People>;

/// Who is in a session.
#[derive(Default)]
struct People {
    /// With this node.
    here: HashMap<UserId, Here>,
    /// With others, by node, as last heard.
    elsewhere: HashMap<String, Vec<Present>>,
}

struct Here {
    present: Present,
    windows: usize,
}

impl People {
    fn is_elsewhere(&self, user: UserId) -> bool {
        self.elsewhere.values().flatten().any(|present| present.user.id == user)
    }

    /// Everyone, in the order of their names.
    fn list(&self) -> Vec<Present> {
        let mut all: HashMap<UserId, &Present> = HashMap::new();
        let elsewhere = self.elsewhere.values().flatten();
        for present in elsewhere.chain(self.here.values().map(|here| &here.present)) {
            all.insert(present.user.id, present);
        }
        let mut all: Vec<Present> = all.into_values().cloned().collect();
        all.sort_by(|a, b| a.user.username.cmp(&b.user.username));
        all
    }

    /// Takes what other nodes say now; those who were with a node that is silent, and are nowhere else.
    fn hear(&mut self, said: HashMap<String, Vec<Present>>) -> Vec<Person> {
        let before = std::mem::replace(&mut self.elsewhere, said);
        let silent = before
            .into_iter()
            .filter(|(node, _)| !self.elsewhere.contains_key(node));
        let lost = silent.flat_map(|(_, people)| people).map(|present| present.user);
        let lost: Vec<Person> = lost.collect();
        let is_gone = |person: &Person| !self.here.contains_key(&person.id) && !self.is_elsewhere(person.id);
        lost.into_iter().filter(is_gone).collect()
    }
}

impl Presence {
    /// Nobody is anywhere.
    pub(crate) fn new() -> Self {
        Self {
            node: Uuid::new_v4().simple().to_string(),
            rooms: Mutex::default(),
        }
    }

    fn room(&self, session: SessionId) -> Arc<Room> {
        // A map of handles is whole after every operation.
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(session).or_default())
    }

    /// Forgets a room in which nobody is and which nobody else holds.
    fn forget(&self, session: SessionId, room: &Arc<Room>) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's handle and the caller's: new ones are made under this lock only.
        if Arc::strong_count(room) == 2 {
            rooms.remove(&session);
        }
    }

    fn sessions(&self) -> Vec<SessionId> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.keys().copied().collect()
    }
}

/// Who is in a session, in the order of their names.
pub(crate) async fn list(app: &App, session: SessionId) -> Vec<Present> {
    let room = app.presence.room(session);
    let mut people = room.lock().await;
    if people.here.is_empty() {
        // Whoever asks is a reader of a public session: nothing was heard lately.
        share(app, session, &mut people).await;
        app.presence.forget(session, &room);
    }
    people.list()
}

/// Says who is here, hears who is elsewhere, and tells of those whom nobody has any more. A bus that is away changes
/// nothing: who is elsewhere stays as it was.
async fn share(app: &App, session: SessionId, people: &mut People) {
    let here: Vec<&Present> = people.here.values().map(|here| &here.present).collect();
    let here = match serde_json::to_vec(&here) {
        Ok(here) => here,
        Err(error) => return tracing::error!(%error, "who is here cannot be written as JSON"),
    };
    let key = format!("presence:{session}");
    let shared = app.ephemeral.share(&key, &app.presence.node, here.into(), EXPIRY);
    let said = match shared.await {
        Ok(said) => said,
        Err(error) => return tracing::debug!(%session, %error, "who is here is not shared"),
    };
    let read = |(node, says): (String, bytes::Bytes)| Some((node, serde_json::from_slice(&says).ok()?));
    for person in people.hear(said.into_iter().filter_map(read).collect()) {
        let left = SessionEventKind::PresenceLeft { user_id: person.id };
        app.whisper(session, Audience::Everyone, left, &person).await;
    }
}

/// Says again who is here, until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    while shutdown
        .run_until_cancelled(tokio::time::sleep(RENEWED))
        .await
        .is_some()
    {
        for session in app.presence.sessions() {
            let room = app.presence.room(session);
            let mut people = room.lock().await;
            if people.here.is_empty() {
                app.presence.forget(session, &room);
            } else {
                share(&app, session, &mut people).await;
            }
        }
    }
}

/// One open window of a participant. They have left some seconds after the last one was dropped.
pub(crate) struct Window {
    app: App,
    session: SessionId,
    person: Person,
}

impl Window {
    /// Opens one and, if it is their first, tells the others.
    pub(crate) async fn open(app: &App, session: SessionId, person: Person) -> Self {
        let room = app.presence.room(session);
        let mut people = room.lock().await;
        let known = people.here.entry(person.id).or_insert_with(|| Here {
            present: Present {
                user: person.clone(),
                viewport: None,
            },
            windows: 0,
        });
        known.windows += 1;
        known.present.user = person.clone();
        if known.windows == 1 {
            share(app, session, &mut people).await;
            if !people.is_elsewhere(person.id) {
                let joined = SessionEventKind::PresenceJoined { user: person.clone() };
                app.whisper(session, Audience::Others(person.id), joined, &person).await;
            }
        }
        Self {
            app: app.clone(),
            session,
            person,
        }
    }

    /// Notes what they look at and tells the others.
    pub(crate) async fn look(&self, viewport: Viewport) {
        let room = self.app.presence.room(self.session);
        let mut people = room.lock().await;
        if let Some(here) = people.here.get_mut(&self.person.id) {
            here.present.viewport = Some(viewport.clone());
        }
        let looks = SessionEventKind::PresenceViewport(viewport);
        let to = Audience::Others(self.person.id);
        self.app.whisper(self.session, to, looks, &self.person).await;
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let (app, session, person) = (self.app.clone(), self.session, self.person.clone());
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            close(&app, session, &person).await;
        });
    }
}

async fn close(app: &App, session: SessionId, person: &Person) {
    let room = app.presence.room(session);
    let mut people = room.lock().await;
    let Some(known) = people.here.get_mut(&person.id) else {
        return;
    };
    known.windows -= 1;
    if known.windows > 0 {
        return;
    }
    people.here.remove(&person.id);
    share(app, session, &mut people).await;
    if !people.is_elsewhere(person.id) {
        let left = SessionEventKind::PresenceLeft { user_id: person.id };
        app.whisper(session, Audience::Everyone, left, person).await;
    }
    if people.here.is_empty() {
        app.presence.forget(session, &room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(name: &str) -> Present {
        Present {
            user: Person {
                id: UserId::new(),
                username: name.to_owned(),
                display_name: name.to_owned(),
                color: "#1f6feb".to_owned(),
                guest: false,
            },
            viewport: None,
        }
    }

    #[test]
    fn who_was_with_a_silent_node_is_gone_unless_somewhere_else() {
        let (ada, bob, eve) = (present("ada"), present("bob"), present("eve"));
        let mut people = People::default();
        let both = HashMap::from([
            ("one".to_owned(), vec![ada.clone(), bob.clone(), eve.clone()]),
            ("two".to_owned(), vec![bob.clone()]),
        ]);
        assert_eq!(people.hear(both), []);
        assert_eq!(people.list().len(), 3);
        let here = Here {
            present: eve.clone(),
            windows: 1,
        };
        people.here.insert(eve.user.id, here);
        let one_is_silent = HashMap::from([("two".to_owned(), vec![bob.clone()])]);
        assert_eq!(people.hear(one_is_silent), [ada.user]);
        // It has said that nobody is there: whoever left was told of already.
        assert_eq!(people.hear(HashMap::from([("two".to_owned(), vec![])])), []);
        assert_eq!(people.list().len(), 1);
    }
}
