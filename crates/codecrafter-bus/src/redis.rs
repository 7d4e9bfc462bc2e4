//! The adapter of Redis: what is published there reaches the subscribers of every process.
//!
//! While Redis is away, each process goes on alone: messages reach its own subscribers, logs and counters go on in its
//! memory. Once Redis is back it is told what happened meanwhile, and every subscription ends, so that subscribers
//! look up what they may have missed.

mod connect;
mod heal;
mod journal;
mod keeper;
mod link;
mod message;
mod positions;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::in_process::{InProcessBus, InProcessEphemeral};
use crate::{Bus, BusError, Count, Ephemeral, LogBounds, Message, RedisConfig, Said, Subscription};
use journal::{Act, Journal};
use link::{Append, Link, Trouble};
use message::Origin;
use positions::Positions;

/// How long Redis may take over its first connection.
const START: Duration = Duration::from_secs(5);
/// How often something is tried when the connection is lost over it: at most once on a new one.
const ATTEMPTS: usize = 2;

/// Both ports, by one Redis. Dropping it closes its connections.
pub(crate) struct Redis {
    shared: Arc<Shared>,
    keeper: AbortHandle,
}

struct Shared {
    config: RedisConfig,
    /// This process among all that use the Redis.
    node: String,
    /// Messages of this process so far.
    sent: AtomicU64,
    /// All subscribers, however their messages come; logs only while Redis is away.
    local: InProcessBus,
    counters: InProcessEphemeral,
    positions: Positions,
    state: Mutex<State>,
    /// Whether Redis is there.
    is_up: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// The connections; `None` while Redis is away.
    link: Option<Arc<Link>>,
    /// What happened while Redis was away.
    journal: Journal,
}

type Attempt<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

impl Redis {
    /// Connects; a Redis that cannot be reached, or refuses, is an error only now.
    pub(crate) async fn open(config: &RedisConfig) -> Result<Self, BusError> {
        let first = connect::connect(config).await?;
        let (is_up, mut up) = watch::channel(false);
        let shared = Arc::new(Shared {
            config: config.clone(),
            node: random_name()?,
            sent: AtomicU64::new(1),
            local: InProcessBus::new(),
            counters: InProcessEphemeral::new(),
            positions: Positions::default(),
            state: Mutex::default(),
            is_up,
        });
        let keeper = tokio::spawn(keeper::keep(Arc::clone(&shared), first)).abort_handle();
        let redis = Self { shared, keeper };
        match tokio::time::timeout(START, up.wait_for(|up| *up)).await {
            Ok(Ok(_)) => Ok(redis),
            _ => Err(BusError::Unavailable("Redis does not pass on messages".into())),
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

fn random_name() -> Result<String, BusError> {
    let random = getrandom::u64().map_err(|error| BusError::Unavailable(error.to_string()))?;
    Ok(format!("{random:016x}"))
}

impl Shared {
    // Each change of the state is one assignment or one entry of the journal.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn origin(&self) -> Origin {
        Origin {
            node: self.node.clone(),
            number: self.sent.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Goes on alone from now on.
    fn lose(&self, link: &Arc<Link>, why: &str) {
        let mut state = self.state();
        if state.link.take_if(|current| Arc::ptr_eq(current, link)).is_some() {
            tracing::warn!(redis = %self.config, why, "Redis is away; this process goes on alone");
            self.is_up.send_replace(false);
        }
        // Under the lock: nothing that is still on its way mixes with what happens here from now on.
        link.lost.cancel();
    }

    /// Does something by Redis, or here while Redis is away. Of several attempts all but the first may have been done.
    async fn by_redis_or_here<'a, T>(
        &self,
        by_redis: impl Fn(Arc<Link>) -> Attempt<'a, T> + Send,
        here: impl Fn(&mut State) -> T + Send,
    ) -> Result<T, BusError> {
        for _ in 0..ATTEMPTS {
            let link = {
                let mut state = self.state();
                match &state.link {
                    Some(link) => Arc::clone(link),
                    None => return Ok(here(&mut state)),
                }
            };
            match by_redis(Arc::clone(&link)).await {
                Ok(done) => return Ok(done),
                Err(Trouble::Refused(why)) => return Err(BusError::Unavailable(why)),
                Err(Trouble::Lost(why)) => self.lose(&link, &why),
            }
        }
        // Lost, back and lost again within one call.
        let mut state = self.state();
        if state.link.is_none() {
            return Ok(here(&mut state));
        }
        Err(BusError::Unavailable("Redis comes and goes".into()))
    }
}

#[async_trait]
impl Bus for Redis {
    async fn publish(&self, topic: &str, payload: Bytes) -> Result<(), BusError> {
        let shared = &*self.shared;
        let by_redis = |link: Arc<Link>| -> Attempt<'_, ()> {
            let (payload, origin) = (payload.clone(), shared.origin());
            Box::pin(async move { link.publish(topic, &origin, &payload).await })
        };
        let here = |state: &mut State| {
            let payload = payload.clone();
            shared.local.deliver(
                topic,
                &Message {
                    seq: 0,
                    payload: payload.clone(),
                },
            );
            let (topic, origin) = (topic.to_owned(), shared.origin());
            state.journal.push(Act::Publish { topic, origin, payload });
        };
        shared.by_redis_or_here(by_redis, here).await
    }

    async fn append(&self, topic: &str, payload: Bytes, bounds: LogBounds) -> Result<u64, BusError> {
        let shared = &*self.shared;
        // Made once a connection is chosen, and kept: it tells whether an attempt that was lost has been done.
        let origin = OnceLock::new();
        let origin = &origin;
        let by_redis = |link: Arc<Link>| -> Attempt<'_, u64> {
            let payload = payload.clone();
            Box::pin(async move {
                let is_again = origin.get().is_some();
                let append = Append {
                    topic,
                    origin: origin.get_or_init(|| shared.origin()),
                    payload: &payload,
                    bounds,
                    least: shared.positions.next(topic),
                    is_again,
                };
                let seq = link.append(&append).await?;
                shared.positions.note(topic, seq, bounds.expiry);
                Ok(seq)
            })
        };
        let here = |state: &mut State| {
            let least = shared.positions.next(topic);
            let seq = shared.local.append_from(topic, payload.clone(), bounds, least);
            shared.positions.note(topic, seq, bounds.expiry);
            state.journal.push(Act::Append {
                topic: topic.to_owned(),
                origin: origin.get_or_init(|| shared.origin()).clone(),
                payload: payload.clone(),
                bounds,
                seq,
            });
            seq
        };
        shared.by_redis_or_here(by_redis, here).await
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError> {
        let shared = &*self.shared;
        let by_redis = |link: Arc<Link>| -> Attempt<'_, Subscription> {
            Box::pin(async move {
                let subscription = shared.local.subscribe_now(topic);
                link.listen(topic).await?;
                Ok(subscription)
            })
        };
        shared
            .by_redis_or_here(by_redis, |_| shared.local.subscribe_now(topic))
            .await
    }

    async fn replay(&self, topic: &str, after: u64) -> Result<Subscription, BusError> {
        let shared = &*self.shared;
        let by_redis = |link: Arc<Link>| -> Attempt<'_, Subscription> {
            Box::pin(async move {
                // What comes is caught before the log is read, so that nothing falls between.
                let subscription = shared.local.subscribe_now(topic);
                link.listen(topic).await?;
                let (end, backlog) = link.read_log(topic, after).await?;
                Ok(subscription.after(end, VecDeque::from(backlog)))
            })
        };
        shared
            .by_redis_or_here(by_redis, |_| shared.local.replay_now(topic, after))
            .await
    }

    async fn ping(&self) -> Result<(), BusError> {
        let link = self.shared.state().link.clone();
        let link = link.ok_or_else(|| BusError::Unavailable("Redis is away; this process goes on alone".into()))?;
        link.ping()
            .await
            .map_err(|trouble| BusError::Unavailable(trouble.into()))
    }
}

#[async_trait]
impl Ephemeral for Redis {
    async fn count(&self, key: &str, amount: u64, window: Duration) -> Result<Count, BusError> {
        let shared = &*self.shared;
        let by_redis = |link: Arc<Link>| -> Attempt<'_, Count> {
            Box::pin(async move {
                let count = link.count(key, amount, window).await?;
                // So that a process alone goes on from what it knows.
                shared.counters.adopt(key, count);
                Ok(count)
            })
        };
        shared
            .by_redis_or_here(by_redis, |_| shared.counters.add(key, amount, window))
            .await
    }

    /// `Unavailable` while Redis is away: what the others say is not known then.
    async fn share(&self, key: &str, member: &str, says: Bytes, expiry: Duration) -> Result<Vec<Said>, BusError> {
        let shared = &*self.shared;
        let by_redis = |link: Arc<Link>| -> Attempt<'_, Option<Vec<Said>>> {
            let says = says.clone();
            Box::pin(async move { Ok(Some(link.share(key, member, &says, expiry).await?)) })
        };
        let said = shared.by_redis_or_here(by_redis, |_| None).await?;
        said.ok_or_else(|| BusError::Unavailable("Redis is away; this process goes on alone".into()))
    }
}
