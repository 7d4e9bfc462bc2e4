//! Where interactive programs go on running once they have begun: they mostly wait for a person, and would hold the
//! slot that others need. So would what is done for a run after its program has ended.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// A place beside the slots, for as long as it is held.
pub(super) type Seat = OwnedSemaphorePermit;

/// A job's way out of its slot.
pub(super) struct Exit {
    seats: Arc<Semaphore>,
    tell: oneshot::Sender<Seat>,
}

impl Exit {
    /// The exit, and where the slot hears that it is free. Without a free seat the job stays in its slot.
    pub(super) fn new(seats: Arc<Semaphore>) -> (Self, oneshot::Receiver<Seat>) {
        let (tell, told) = oneshot::channel();
        (Self { seats, tell }, told)
    }

    /// Leaves the slot if there is a seat.
    pub(super) fn take(self) {
        if let Ok(seat) = self.seats.try_acquire_owned() {
            // The slot does not listen any more only if the worker stops.
            let _ = self.tell.send(seat);
        }
    }
}
