//! The task that holds the subscriber connection, notices when Redis is away and connects again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use redis::Msg;
use redis::aio::{PubSub, PubSubSink};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::connect::{Connected, connect};
use super::link::{Link, Order, Trouble};
use super::message::decode;
use super::{Shared, heal};

/// Pause between attempts to connect.
const PAUSE: Duration = Duration::from_millis(250);
/// How often this process looks whether it hears itself.
const BEAT: Duration = Duration::from_secs(1);
/// How long a message to itself may take.
const BEAT_BACK: Duration = Duration::from_secs(2);

/// Keeps Redis connected for as long as the process lasts.
pub(super) async fn keep(shared: Arc<Shared>, first: Connected) {
    let mut connected = Some(first);
    loop {
        if let Some(Connected { commands, messages }) = connected.take() {
            let (link, orders) = Link::new(&shared.config, commands);
            let (heard, hearing) = watch::channel(0);
            let why = tokio::select! {
                why = pump(&shared, &link, messages, orders, heard) => why,
                trouble = tend(&shared, &link, hearing) => trouble.into(),
                () = link.lost.cancelled() => "a command was not answered".into(),
            };
            shared.lose(&link, &why);
        }
        tokio::time::sleep(PAUSE).await;
        match connect(&shared.config).await {
            Ok(again) => connected = Some(again),
            Err(error) => tracing::debug!(redis = %shared.config, %error, "Redis is still away"),
        }
    }
}

/// Puts the link to use once it has proved itself, then sees that it stays fit. Returns when it does not.
async fn tend(shared: &Shared, link: &Arc<Link>, mut hearing: watch::Receiver<u64>) -> Trouble {
    let tending = async {
        link.begin(&shared.node, shared.local.heard()).await?;
        beat(shared, link, &mut hearing).await?;
        heal::heal(shared, link).await?;
        tracing::info!(redis = %shared.config, "Redis is there");
        loop {
            tokio::time::sleep(BEAT).await;
            beat(shared, link, &mut hearing).await?;
            link.sweep(|topic| shared.local.is_heard(topic));
        }
    };
    match tending.await {
        Ok(never) => never,
        Err(trouble) => trouble,
    }
}

/// Says something and waits until it is heard.
async fn beat(shared: &Shared, link: &Link, hearing: &mut watch::Receiver<u64>) -> Result<(), Trouble> {
    let origin = shared.origin();
    link.say(&link.names.beat(&shared.node), &origin).await?;
    match timeout(BEAT_BACK, hearing.wait_for(|number| *number >= origin.number)).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(Trouble::Lost("messages do not arrive".into())),
    }
}

/// Distributes what comes and carries out orders until the connection ends; returns why.
async fn pump(
    shared: &Shared,
    link: &Link,
    messages: PubSub,
    mut orders: mpsc::UnboundedReceiver<Order>,
    heard: watch::Sender<u64>,
) -> String {
    let (sink, mut messages) = messages.split();
    let mut confirmations = FuturesUnordered::new();
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => distribute(shared, link, &message, &heard),
                None => return "the connection for messages has ended".into(),
            },
            order = orders.recv() => {
                let Some(order) = order else { return "not in use".into() };
                let mut confirmation = carry_out(sink.clone(), order);
                // Sends it before the next one is taken.
                match futures::poll!(&mut confirmation) {
                    std::task::Poll::Ready(Ok(())) => {}
                    std::task::Poll::Ready(Err(why)) => return why,
                    std::task::Poll::Pending => confirmations.push(confirmation),
                }
            }
            Some(confirmed) = confirmations.next() => if let Err(why) = confirmed {
                return why;
            },
        }
    }
}

fn carry_out(mut sink: PubSubSink, order: Order) -> BoxFuture<'static, Result<(), String>> {
    Box::pin(async move {
        let carrying_out = async {
            match order {
                Order::Subscribe(channels, confirm) => {
                    sink.subscribe(channels).await?;
                    confirm.send_replace(true);
                }
                Order::Unsubscribe(channels) => sink.unsubscribe(channels).await?,
            }
            Ok::<_, redis::RedisError>(())
        };
        match timeout(Link::CONFIRMATION, carrying_out).await {
            Ok(carried_out) => carried_out.map_err(|error| error.to_string()),
            Err(_) => Err("subscriptions are not confirmed in time".into()),
        }
    })
}

fn distribute(shared: &Shared, link: &Link, message: &Msg, heard: &watch::Sender<u64>) {
    let channel = message.get_channel_name();
    let Ok(payload) = message.get_payload::<Bytes>() else {
        return;
    };
    let Some((origin, news)) = decode(&payload) else {
        return tracing::warn!(channel, "a message from elsewhere");
    };
    let is_own = origin.node == shared.node;
    // Before the link is in use, subscribers are told by this process alone.
    let since = link.since.get();
    if let Some(topic) = link.names.topic(channel) {
        // Own ones of before were told when they were sent, however late Redis passes them on.
        let is_for_us = since.is_some_and(|since| !is_own || origin.number >= *since);
        if is_for_us && !link.lost.is_cancelled() {
            shared.local.deliver(topic, &news);
        }
    } else if is_own && channel == link.names.beat(&shared.node) {
        heard.send_replace(origin.number);
    } else if !is_own && since.is_some() && channel == link.names.gap() {
        shared.local.clear();
    }
}
