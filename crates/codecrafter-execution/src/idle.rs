//! Slots of this process that have nothing to do. A run handed to one of them is stored as taken from its beginning: it
//! needs neither a message nor a claim of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use codecrafter_store::executions::{Claimed, Taken};
use tokio::sync::oneshot;

use crate::worker::Ear;

/// Where those who ask for runs meet the slots that wait for one, if both are in this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct IdleSlots(Arc<Shared>);

#[derive(Default)]
struct Shared {
    places: Mutex<Vec<Place>>,
    /// Tells offers apart.
    offers: AtomicU64,
}

/// A run that is its slot's already.
pub(crate) struct Handed {
    pub(crate) claimed: Claimed,
    /// Listens since before anybody knew of the run.
    pub(crate) ear: Ear,
}

/// A slot that waits for a run; dropped, it waits no longer for this one.
pub(crate) struct Place {
    offer: u64,
    worker: String,
    lease: Duration,
    slot: oneshot::Sender<Box<Handed>>,
}

/// A slot's side of its place.
pub(crate) struct Offer {
    idle: IdleSlots,
    number: u64,
    handed: oneshot::Receiver<Box<Handed>>,
}

impl IdleSlots {
    /// Offers a slot of this worker, whose leases last that long, until the offer is dropped.
    pub(crate) fn offer(&self, worker: &str, lease: Duration) -> Offer {
        let number = self.0.offers.fetch_add(1, Ordering::Relaxed);
        let (slot, handed) = oneshot::channel();
        self.places().push(Place {
            offer: number,
            worker: worker.to_owned(),
            lease,
            slot,
        });
        Offer {
            idle: self.clone(),
            number,
            handed,
        }
    }

    /// A slot that takes nothing else until it is handed a run, or the place is dropped.
    pub(crate) fn reserve(&self) -> Option<Place> {
        self.places().pop()
    }

    // A list of places is whole after every single operation.
    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Who takes a run at this moment, and until when.
    pub(crate) fn taken(&self, now: DateTime<Utc>) -> Taken {
        Taken {
            worker: self.worker.clone(),
            lease_until: now + self.lease,
        }
    }

    /// Hands it over; gives it back where the worker has stopped meanwhile.
    pub(crate) fn hand(self, handed: Handed) -> Result<(), Box<Handed>> {
        self.slot.send(Box::new(handed))
    }
}

impl Offer {
    /// The run, or `None` once whoever had reserved the slot does not need it.
    pub(crate) async fn handed(&mut self) -> Option<Box<Handed>> {
        (&mut self.handed).await.ok()
    }

    /// Takes the offer back; `false` if the slot is reserved.
    pub(crate) fn withdraw(&self) -> bool {
        let mut places = self.idle.places();
        let before = places.len();
        places.retain(|place| place.offer != self.number);
        places.len() < before
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.withdraw();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slot_is_reserved_once_or_withdrawn() {
        let idle = IdleSlots::default();
        assert!(idle.reserve().is_none());
        let mut first = idle.offer("w", Duration::from_secs(15));
        let second = idle.offer("w", Duration::from_secs(15));
        assert!(second.withdraw());
        let place = idle.reserve().expect("the first");
        assert!(idle.reserve().is_none());
        let now = Utc::now();
        let taken = place.taken(now);
        assert_eq!(taken.worker, "w");
        assert_eq!(taken.lease_until, now + Duration::from_secs(15));
        let early = tokio::time::timeout(Duration::from_millis(20), first.handed()).await;
        assert!(early.is_err(), "it waits while it is reserved");
        assert!(!first.withdraw(), "reserved");
        drop(place);
        assert!(first.handed().await.is_none());
        drop(idle.offer("w", Duration::ZERO));
        assert!(idle.reserve().is_none(), "who goes away is not waited for");
    }
}
