//! Jobs for those who wait, one after the other.
//!
//! A job is taken from the broker only for somebody who waits for one: no worker holds jobs that another could begin,
//! and the broker's own order, interactive ones first, is the order that they come in.

use std::sync::Arc;

use codecrafter_domain::execution::Priority;
use futures::StreamExt as _;
use lapin::Consumer;
use lapin::message::Delivery as Message;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicGetOptions};
use lapin::types::{FieldTable, ShortString};
use tokio::sync::{mpsc, oneshot};

use super::delivery::AmqpDelivery;
use super::line::Line;
use super::link::{Link, requeue};
use super::publish::Publisher;
use super::topology::{CLASSES, Names};
use crate::QueueError;
use crate::turn::Turn;

/// Somebody who waits for a job.
pub(super) type Wanted = oneshot::Sender<AmqpDelivery>;

/// The same, until they have it.
struct Waiting(Option<Wanted>);

impl Waiting {
    fn is_over(&self) -> bool {
        self.0.as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    /// Ends once they no longer wait.
    async fn left(&mut self) {
        if let Some(who) = &mut self.0 {
            who.closed().await;
        }
    }

    /// Whoever has just left does not take it: then it is dropped here, and so given back.
    fn give(&mut self, delivery: AmqpDelivery) {
        if let Some(who) = self.0.take() {
            let _ = who.send(delivery);
        }
    }
}

pub(super) struct Dispatcher {
    line: Line,
    publisher: Publisher,
    names: Names,
    turn: Turn,
}

impl Dispatcher {
    pub(super) fn new(line: Line, publisher: Publisher, names: Names) -> Self {
        Self {
            line,
            publisher,
            names,
            turn: Turn::default(),
        }
    }

    /// Serves whoever asks, until nobody can any more.
    pub(super) async fn run(mut self, mut wanted: mpsc::Receiver<Wanted>) {
        while let Some(who) = wanted.recv().await {
            let mut who = Waiting(Some(who));
            while !who.is_over() {
                let link = tokio::select! {
                    () = who.left() => break,
                    link = self.line.link() => link,
                };
                let Some(link) = link else { return };
                if let Err(error) = self.serve(&mut who, &link).await {
                    tracing::warn!(%error, "queue: no jobs from the broker for now");
                    link.lose();
                }
            }
        }
    }

    /// Gives them the next job, for as long as they wait.
    async fn serve(&mut self, who: &mut Waiting, link: &Arc<Link>) -> Result<(), QueueError> {
        if let Some(delivery) = self.take(link).await? {
            who.give(delivery);
            return Ok(());
        }
        let mut ears = Ears::open(link, &self.names).await?;
        let heard = tokio::select! {
            () = who.left() => None,
            () = link.lost() => None,
            heard = ears.next() => Some(heard?),
        };
        if let Some((class, message)) = heard
            && let Some(delivery) = AmqpDelivery::read(message, class, link, &self.publisher).await?
        {
            self.turn.taken();
            who.give(delivery);
        }
        ears.close(link).await
    }

    /// The next job of those that wait.
    async fn take(&mut self, link: &Arc<Link>) -> Result<Option<AmqpDelivery>, QueueError> {
        for class in self.turn.order() {
            let queue = self.names.work(class);
            while let Some(message) = link.answer(get(link, &queue)).await? {
                if let Some(delivery) = AmqpDelivery::read(message, class, link, &self.publisher).await? {
                    self.turn.taken();
                    return Ok(Some(delivery));
                }
            }
        }
        Ok(None)
    }
}

async fn get(link: &Link, queue: &ShortString) -> lapin::Result<Option<Message>> {
    let message = link
        .channel
        .basic_get(queue.clone(), BasicGetOptions::default())
        .await?;
    Ok(message.map(|message| message.delivery))
}

/// Both queues, listened to while nothing is in them: the broker then sends one job of each at most.
struct Ears {
    interactive: Consumer,
    batch: Consumer,
}

impl Ears {
    async fn open(link: &Link, names: &Names) -> Result<Self, QueueError> {
        let [interactive, batch] = CLASSES.map(|class| {
            let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
            link.channel
                .basic_consume(names.work(class), ShortString::default(), options, arguments)
        });
        let (interactive, batch) = link.answer(async { tokio::try_join!(interactive, batch) }).await?;
        Ok(Self { interactive, batch })
    }

    async fn next(&mut self) -> Result<(Priority, Message), QueueError> {
        let (class, heard) = tokio::select! {
            biased;
            heard = self.interactive.next() => (Priority::Interactive, heard),
            heard = self.batch.next() => (Priority::Batch, heard),
        };
        match heard {
            Some(Ok(message)) => Ok((class, message)),
            Some(Err(error)) => Err(QueueError::Unavailable(error.to_string())),
            // The queue was deleted, or moves within its cluster.
            None => Err(QueueError::Unavailable("the broker ended the delivery of jobs".into())),
        }
    }

    /// Stops listening; what came meanwhile goes back.
    async fn close(self, link: &Link) -> Result<(), QueueError> {
        link.answer(async { tokio::try_join!(hush(link, self.interactive), hush(link, self.batch)).map(drop) })
            .await
    }
}

async fn hush(link: &Link, mut ear: Consumer) -> lapin::Result<()> {
    link.channel
        .basic_cancel(ear.tag(), BasicCancelOptions::default())
        .await?;
    while let Some(heard) = ear.next().await {
        heard?.acker.nack(requeue()).await?;
    }
    Ok(())
}
