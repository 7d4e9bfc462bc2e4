//! The connections of one time that Redis is there: commands, and topics that are subscribed to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, cmd};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::connect::{ANSWER, Commands};
use super::message::{Origin, decode, encode};
use crate::{BusError, Count, LogBounds, Message, RedisConfig, Said};

const APPEND: &str = include_str!("append.lua");
const REPLAY: &str = include_str!("replay.lua");
const COUNT: &str = include_str!("count.lua");
const SHARE: &str = include_str!("share.lua");

/// Why something is not done.
pub(super) enum Trouble {
    /// Redis is away, or this connection to it is.
    Lost(String),
    /// Redis answers, and not what was asked for.
    Refused(String),
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Lost(why) | Trouble::Refused(why) => why,
        }
    }
}

impl From<RedisError> for Trouble {
    fn from(error: RedisError) -> Self {
        let why = error.to_string();
        match error.kind() {
            // A master that is one no more, or a server that is not one yet, is left.
            ErrorKind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::TryAgain,
            ) => Self::Lost(why),
            ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
                Self::Refused(why)
            }
            _ => Self::Lost(why),
        }
    }
}

impl From<BusError> for Trouble {
    fn from(BusError::Unavailable(why): BusError) -> Self {
        Self::Lost(why)
    }
}

/// What keys and channels are called.
pub(super) struct Names {
    base: String,
}

impl Names {
    pub(super) fn new(config: &RedisConfig) -> Self {
        // Channels are not apart by database.
        let base = match config.database {
            0 => config.prefix.clone(),
            number => format!("{}.{number}", config.prefix),
        };
        Self { base }
    }

    pub(super) fn channel(&self, topic: &str) -> String {
        format!("{}:topic:{topic}", self.base)
    }

    pub(super) fn topic<'a>(&self, channel: &'a str) -> Option<&'a str> {
        channel.strip_prefix(&self.base)?.strip_prefix(":topic:")
    }

    /// Where a process hears itself, to know that messages pass.
    pub(super) fn beat(&self, node: &str) -> String {
        format!("{}:beat:{node}", self.base)
    }

    /// Where all are told that they may have missed something.
    pub(super) fn gap(&self) -> String {
        format!("{}:gap", self.base)
    }

    fn log(&self, topic: &str) -> String {
        format!("{}:log:{topic}", self.base)
    }

    fn counter(&self, key: &str) -> String {
        format!("{}:count:{key}", self.base)
    }

    fn group(&self, key: &str) -> String {
        format!("{}:group:{key}", self.base)
    }
}

/// What the task that holds the subscriber connection is asked, in order.
pub(super) enum Order {
    Subscribe(Vec<String>, watch::Sender<bool>),
    Unsubscribe(Vec<String>),
}

/// A message for a log.
pub(super) struct Append<'a> {
    pub(super) topic: &'a str,
    pub(super) origin: &'a Origin,
    pub(super) payload: &'a [u8],
    pub(super) bounds: LogBounds,
    /// The least position that it may have.
    pub(super) least: u64,
    /// Whether it may have been appended already.
    pub(super) is_again: bool,
}

pub(super) struct Link {
    pub(super) names: Names,
    commands: Commands,
    /// What is subscribed to, and whether Redis has confirmed it.
    topics: Mutex<HashMap<String, watch::Receiver<bool>>>,
    orders: mpsc::UnboundedSender<Order>,
    /// Number of this process's first message over these connections, once they are in use.
    pub(super) since: OnceLock<u64>,
    /// Cancelled when the connections are of no more use.
    pub(super) lost: CancellationToken,
}

impl Link {
    pub(super) fn new(config: &RedisConfig, commands: Commands) -> (Arc<Self>, mpsc::UnboundedReceiver<Order>) {
        let (orders, taken) = mpsc::unbounded_channel();
        let link = Self {
            names: Names::new(config),
            commands,
            topics: Mutex::default(),
            orders,
            since: OnceLock::new(),
            lost: CancellationToken::new(),
        };
        (Arc::new(link), taken)
    }

    // Every topic is in or not in after every operation.
    fn topics(&self) -> MutexGuard<'_, HashMap<String, watch::Receiver<bool>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once Redis has confirmed that the topic is subscribed to; asks for it once.
    pub(super) async fn listen(&self, topic: &str) -> Result<(), Trouble> {
        let confirmed = {
            let mut topics = self.topics();
            let confirmed = topics
                .entry(topic.to_owned())
                .or_insert_with(|| self.order(vec![self.names.channel(topic)]));
            confirmed.clone()
        };
        self.confirmation(confirmed).await
    }

    /// The same for many at once, and for the channels that every process hears.
    pub(super) async fn begin(&self, node: &str, topics: Vec<String>) -> Result<(), Trouble> {
        let mut channels = vec![self.names.beat(node), self.names.gap()];
        channels.extend(topics.iter().map(|topic| self.names.channel(topic)));
        let confirmed = self.order(channels);
        for topic in topics {
            self.topics().insert(topic, confirmed.clone());
        }
        self.confirmation(confirmed).await
    }

    fn order(&self, channels: Vec<String>) -> watch::Receiver<bool> {
        let (confirm, confirmed) = watch::channel(false);
        // Refused once the connection is lost, which drops `confirm`, too.
        let _ = self.orders.send(Order::Subscribe(channels, confirm));
        confirmed
    }

    async fn confirmation(&self, mut confirmed: watch::Receiver<bool>) -> Result<(), Trouble> {
        tokio::select! {
            confirmed = confirmed.wait_for(|confirmed| *confirmed) => {
                confirmed.map(|_| ()).map_err(|_| Trouble::Lost("subscriptions are not confirmed".into()))
            }
            () = self.lost.cancelled() => Err(Trouble::Lost("the connection is lost".into())),
        }
    }

    /// Unsubscribes from what nobody hears any more.
    pub(super) fn sweep(&self, is_heard: impl Fn(&str) -> bool) {
        let mut topics = self.topics();
        let unheard: Vec<String> = topics.keys().filter(|topic| !is_heard(topic)).cloned().collect();
        if unheard.is_empty() {
            return;
        }
        for topic in &unheard {
            topics.remove(topic);
        }
        // Under the lock, so that whoever subscribes again is behind this one.
        let channels = unheard.iter().map(|topic| self.names.channel(topic)).collect();
        let _ = self.orders.send(Order::Unsubscribe(channels));
    }

    pub(super) async fn ping(&self) -> Result<(), Trouble> {
        self.commands.run(&cmd("PING")).await
    }

    pub(super) async fn publish(&self, topic: &str, origin: &Origin, payload: &[u8]) -> Result<(), Trouble> {
        self.commands.run(&self.publishing(topic, origin, payload)).await
    }

    /// Says something on a channel that belongs to no topic.
    pub(super) async fn say(&self, channel: &str, origin: &Origin) -> Result<(), Trouble> {
        self.commands.run(&publishing(channel, origin, &[])).await
    }

    pub(super) async fn append(&self, append: &Append<'_>) -> Result<u64, Trouble> {
        self.commands.run(&self.appending(append)).await
    }

    /// Carries out several commands in their order; those that are refused keep none of the others away.
    pub(super) async fn all(&self, commands: Vec<Cmd>) -> Result<Vec<Result<u64, Trouble>>, Trouble> {
        let answers = self.commands.run_all(commands).await?;
        Ok(answers
            .into_iter()
            .map(|answer| answer.map_err(Trouble::from))
            .collect())
    }

    pub(super) fn publishing(&self, topic: &str, origin: &Origin, payload: &[u8]) -> Cmd {
        publishing(&self.names.channel(topic), origin, payload)
    }

    pub(super) fn appending(&self, append: &Append<'_>) -> Cmd {
        let Append { topic, bounds, .. } = append;
        let mut command = script(APPEND, &self.names.log(topic));
        command
            .arg(bounds.first)
            .arg(append.least)
            .arg(bounds.entries)
            .arg(bounds.bytes)
            .arg(ms(bounds.expiry))
            .arg(self.names.channel(topic))
            .arg(append.origin.to_string())
            .arg(append.payload)
            .arg(u8::from(append.is_again));
        command
    }

    /// The last position of a log, and its messages after a position.
    pub(super) async fn read_log(&self, topic: &str, after: u64) -> Result<(u64, Vec<Message>), Trouble> {
        let mut command = script(REPLAY, &self.names.log(topic));
        command.arg(after);
        let mut answer = self.commands.run::<Vec<Bytes>>(&command).await?.into_iter();
        let end = answer
            .next()
            .and_then(|end| std::str::from_utf8(&end).ok()?.parse().ok());
        let end = end.ok_or_else(|| Trouble::Refused("a log without a position".into()))?;
        let messages = answer.filter_map(|entry| Some(decode(&entry)?.1)).collect();
        Ok((end, messages))
    }

    pub(super) async fn count(&self, key: &str, amount: u64, window: Duration) -> Result<Count, Trouble> {
        let mut command = script(COUNT, &self.names.counter(key));
        command.arg(i64::try_from(amount).unwrap_or(i64::MAX)).arg(ms(window));
        let (total, left) = self.commands.run(&command).await?;
        Ok(Count {
            total,
            resets_in: Duration::from_millis(left),
        })
    }

    pub(super) async fn share(
        &self,
        key: &str,
        member: &str,
        says: &[u8],
        expiry: Duration,
    ) -> Result<Vec<Said>, Trouble> {
        let mut command = script(SHARE, &self.names.group(key));
        command.arg(member).arg(says).arg(ms(expiry));
        self.commands.run(&command).await
    }

    /// Longest time until a subscription is confirmed.
    pub(super) const CONFIRMATION: Duration = ANSWER.saturating_mul(2);
}

fn publishing(channel: &str, origin: &Origin, payload: &[u8]) -> Cmd {
    let mut command = cmd("PUBLISH");
    command.arg(channel).arg(&*encode(origin, payload));
    command
}

/// The whole script each time: a Redis that has restarted or been flushed knows it by no other name.
fn script(text: &str, key: &str) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(text).arg(1).arg(key);
    command
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX >> 11).max(1)
}
