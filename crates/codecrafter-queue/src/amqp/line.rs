//! Stays connected: a connection that is lost is replaced, for as long as anybody holds the line.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use lapin::Event;
use tokio::sync::watch;

use super::AmqpConfig;
use super::link::{Link, Purpose};
use crate::QueueError;

/// Pauses between attempts to connect again: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(10);

enum State {
    There(Arc<Link>),
    /// And why.
    Away(String),
}

/// The way to the broker. Cheap to clone.
#[derive(Clone)]
pub(super) struct Line {
    state: watch::Receiver<State>,
}

impl Line {
    /// Connects; what does not work the first time is an error.
    pub(super) async fn open(config: AmqpConfig, purpose: Purpose) -> Result<Self, QueueError> {
        let (link, events) = Link::open(&config, purpose).await?;
        let link = Arc::new(link);
        let (sender, state) = watch::channel(State::There(Arc::clone(&link)));
        let keeper = Keeper {
            config,
            purpose,
            state: sender,
        };
        tokio::spawn(keeper.run(link, events));
        Ok(Self { state })
    }

    /// The connection, if there is one just now.
    pub(super) fn now(&self) -> Result<Arc<Link>, QueueError> {
        match &*self.state.borrow() {
            State::There(link) if !link.is_lost() => Ok(Arc::clone(link)),
            State::There(_) => Err(QueueError::Unavailable("the connection is lost".into())),
            State::Away(why) => Err(QueueError::Unavailable(why.clone())),
        }
    }

    /// The connection, once there is one; `None` when the process ends.
    pub(super) async fn link(&self) -> Option<Arc<Link>> {
        let mut state = self.state.clone();
        let there = state.wait_for(|state| matches!(state, State::There(link) if !link.is_lost()));
        match &*there.await.ok()? {
            State::There(link) => Some(Arc::clone(link)),
            State::Away(_) => None,
        }
    }
}

struct Keeper {
    config: AmqpConfig,
    purpose: Purpose,
    state: watch::Sender<State>,
}

impl Keeper {
    async fn run(self, mut link: Arc<Link>, mut events: BoxStream<'static, Event>) {
        loop {
            let why = tokio::select! {
                () = self.state.closed() => return,
                () = link.lost() => "the connection is lost".to_owned(),
                why = failure(&mut events) => why,
            };
            link.lose();
            tracing::warn!(broker = %self.config, purpose = ?self.purpose, %why, "queue: connection lost; connecting again");
            self.state.send_replace(State::Away(why));
            // What still holds it may say that its jobs are done, should the broker listen.
            drop(link);
            let Some(connected) = self.connect().await else {
                return;
            };
            (link, events) = connected;
            tracing::info!(broker = %self.config, purpose = ?self.purpose, "queue: connected again");
            self.state.send_replace(State::There(Arc::clone(&link)));
        }
    }

    /// Tries until it works; `None` once nobody holds the line.
    async fn connect(&self) -> Option<(Arc<Link>, BoxStream<'static, Event>)> {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::select! {
                () = self.state.closed() => return None,
                () = tokio::time::sleep(pause) => {}
            }
            match Link::open(&self.config, self.purpose).await {
                Ok((link, events)) => return Some((Arc::new(link), events)),
                Err(error) => {
                    tracing::warn!(%error, "queue: not connected");
                    self.state.send_replace(State::Away(error.to_string()));
                }
            }
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }
}

/// Why the connection broke.
async fn failure(events: &mut BoxStream<'static, Event>) -> String {
    loop {
        match events.next().await {
            Some(Event::Error(error)) => return error.to_string(),
            Some(Event::ConnectionBlocked(why)) => tracing::warn!(%why, "queue: the broker takes no jobs for now"),
            Some(Event::ConnectionUnblocked) => tracing::info!("queue: the broker takes jobs again"),
            Some(_) => {}
            None => return "the connection ended".to_owned(),
        }
    }
}
