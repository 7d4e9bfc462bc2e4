//! A subscriber's end of a topic.

use std::collections::VecDeque;

use futures::StreamExt as _;
use futures::channel::mpsc;

use crate::Message;

/// One subscriber's end. Dropping it ends the subscription.
pub struct Subscription {
    /// Position of the last message in the topic's log when the subscription began; 0 where there is none.
    pub end: u64,
    /// Messages in order, each once. Ends (`None`) when this subscriber was too slow for its bounded queue or
    /// the engine went away: subscribe again, from the last `seq` where there is a log.
    messages: mpsc::Receiver<Message>,
    /// Of an engine that reads the log beside the messages; elsewhere, since most subscriptions have none.
    seam: Option<Box<Seam>>,
}

/// Where what was read from a log meets what comes.
struct Seam {
    backlog: VecDeque<Message>,
    /// Position of the last message that was there or came.
    last: u64,
    /// Whether what comes may have been read already.
    overlaps: bool,
}

/// What to do with a message that comes.
enum Step {
    Give,
    Skip,
    End,
}

impl Subscription {
    /// A subscription that may be `queue` messages behind, and the end that feeds it.
    // Not tokio's channel: that takes 1.8 KiB, and every connection has several subscriptions that are silent.
    pub(crate) fn new(end: u64, queue: usize) -> (mpsc::Sender<Message>, Self) {
        let (sender, messages) = mpsc::channel(queue);
        let seam = None;
        (sender, Self { end, messages, seam })
    }

    /// Puts what was read from the log, up to position `end`, before what has come since the subscription began.
    /// From now on a message that is missing ends the subscription.
    pub(crate) fn after(mut self, end: u64, backlog: VecDeque<Message>) -> Self {
        self.end = end;
        self.seam = Some(Box::new(Seam {
            backlog,
            last: end,
            overlaps: true,
        }));
        self
    }

    /// The next message; `None` once the subscription has ended.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.take_backlog() {
                return Some(message);
            }
            let message = self.messages.next().await?;
            match self.step(message.seq) {
                Step::Give => return Some(message),
                Step::Skip => {}
                Step::End => return self.end_early(),
            }
        }
    }

    /// The next message if it is there already.
    pub fn next_now(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.take_backlog() {
                return Some(message);
            }
            let message = self.messages.try_recv().ok()?;
            match self.step(message.seq) {
                Step::Give => return Some(message),
                Step::Skip => {}
                Step::End => return self.end_early(),
            }
        }
    }

    fn take_backlog(&mut self) -> Option<Message> {
        self.seam.as_mut()?.backlog.pop_front()
    }

    fn step(&mut self, seq: u64) -> Step {
        let Some(seam) = &mut self.seam else { return Step::Give };
        if seam.overlaps && seq <= seam.last {
            return Step::Skip;
        }
        seam.overlaps = false;
        if seam.last > 0 && seq > seam.last + 1 {
            return Step::End;
        }
        // A lower one is of a log that has begun anew.
        seam.last = seq;
        Step::Give
    }

    fn end_early(&mut self) -> Option<Message> {
        self.messages.close();
        while self.messages.try_recv().is_ok() {}
        None
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn message(seq: u64) -> Message {
        let payload = Bytes::new();
        Message { seq, payload }
    }

    fn read_and_come(end: u64, read: &[u64], come: &[u64]) -> Vec<u64> {
        let (mut sender, subscription) = Subscription::new(0, 64);
        for seq in come {
            sender.try_send(message(*seq)).expect("room");
        }
        let mut subscription = subscription.after(end, read.iter().copied().map(message).collect());
        std::iter::from_fn(|| subscription.next_now())
            .map(|message| message.seq)
            .collect()
    }

    #[test]
    fn what_was_read_comes_once() {
        assert_eq!(read_and_come(3, &[2, 3], &[2, 3, 4, 5]), [2, 3, 4, 5]);
        assert_eq!(read_and_come(3, &[], &[3, 4]), [4]);
    }

    #[test]
    fn the_first_of_a_new_log_has_any_position() {
        assert_eq!(read_and_come(0, &[], &[700, 701]), [700, 701]);
        assert_eq!(read_and_come(3, &[3], &[4, 1, 2]), [3, 4, 1, 2]);
    }

    #[tokio::test]
    async fn what_is_missing_ends_it() {
        let (mut sender, subscription) = Subscription::new(0, 64);
        let mut subscription = subscription.after(3, VecDeque::new());
        for seq in [4, 6, 7] {
            sender.try_send(message(seq)).expect("room");
        }
        assert_eq!(subscription.next().await.map(|message| message.seq), Some(4));
        assert_eq!(subscription.next().await, None);
        assert_eq!(subscription.next().await, None);
    }
}
