//! Where runs go on beside the slots that others need: interactive programs once they have begun, since they mostly wait for
//! a person, and any run once its program has ended, since its result needs no sandbox.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// A place beside the slots, for as long as it is held.
pub(super) type Seat = OwnedSemaphorePermit;

/// The places beside the slots. Results have their own, so that they never take one from a program.
#[derive(Debug, Clone)]
pub(super) struct Seats {
    programs: Arc<Semaphore>,
    results: Arc<Semaphore>,
}

impl Seats {
    /// So many of each.
    pub(super) fn new(programs: usize, results: usize) -> Self {
        Self {
            programs: Arc::new(Semaphore::new(programs)),
            results: Arc::new(Semaphore::new(results)),
        }
    }
}

/// A job's way out of its slot.
pub(super) struct Exit {
    seats: Seats,
    tell: Option<oneshot::Sender<Seat>>,
}

impl Exit {
    /// The exit, and where the slot hears that it is free. Without a free seat the job stays in its slot.
    pub(super) fn new(seats: Seats) -> (Self, oneshot::Receiver<Seat>) {
        let (tell, told) = oneshot::channel();
        let tell = Some(tell);
        (Self { seats, tell }, told)
    }

    /// Leaves the slot with an interactive program, if there is a seat.
    pub(super) fn with_program(&mut self) {
        self.leave_for(Arc::clone(&self.seats.programs));
    }

    /// Leaves the slot with a result, if that has not happened before and there is a seat.
    pub(super) fn with_result(&mut self) {
        self.leave_for(Arc::clone(&self.seats.results));
    }

    fn leave_for(&mut self, seats: Arc<Semaphore>) {
        if self.tell.is_some()
            && let Ok(seat) = seats.try_acquire_owned()
            && let Some(tell) = self.tell.take()
        {
            // The slot does not listen any more only if the worker stops.
            let _ = tell.send(seat);
        }
    }
}
