//! Who is here: the participants with an open events socket, each once however many windows they have.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codecrafter_domain::event::{Audience, SessionEventKind, Viewport};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::user::Person;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::App;

/// Whoever is back this soon, as after a reload or a lost connection, was never away.
const GRACE: Duration = Duration::from_secs(3);

/// Somebody who is here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Present {
    /// Who.
    user: Person,
    /// What they look at, if they have told.
    viewport: Option<Viewport>,
}

/// Who is in which session, on this node.
#[derive(Default)]
pub(crate) struct Presence {
    rooms: Mutex<HashMap<SessionId, Arc<Room>>>,
}

/// Held while coming and going is told, so that it is told in the order in which it happened.
type Room = tokio::sync::Mutex<HashMap<UserId, Here>>;

struct Here {
    present: Present,
    windows: usize,
}

impl Presence {
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

    /// Who is in a session, in the order of their names.
    pub(crate) async fn list(&self, session: SessionId) -> Vec<Present> {
        let room = self.room(session);
        let here = room.lock().await;
        let mut present: Vec<Present> = here.values().map(|here| here.present.clone()).collect();
        if here.is_empty() {
            self.forget(session, &room);
        }
        present.sort_by(|a, b| a.user.username.cmp(&b.user.username));
        present
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
        let mut here = room.lock().await;
        let known = here.entry(person.id).or_insert_with(|| Here {
            present: Present {
                user: person.clone(),
                viewport: None,
            },
            windows: 0,
        });
        known.windows += 1;
        known.present.user = person.clone();
        if known.windows == 1 {
            let joined = SessionEventKind::PresenceJoined { user: person.clone() };
            app.whisper(session, Audience::Others(person.id), joined, &person).await;
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
        let mut here = room.lock().await;
        if let Some(here) = here.get_mut(&self.person.id) {
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
    let mut here = room.lock().await;
    let Some(known) = here.get_mut(&person.id) else { return };
    known.windows -= 1;
    if known.windows > 0 {
        return;
    }
    here.remove(&person.id);
    let left = SessionEventKind::PresenceLeft { user_id: person.id };
    app.whisper(session, Audience::Everyone, left, person).await;
    if here.is_empty() {
        app.presence.forget(session, &room);
    }
}
