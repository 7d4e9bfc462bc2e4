//! The document itself: a yrs replica that panics inside yrs cannot take anything else down with.

mod files;
mod restore;
mod size;

use std::collections::HashMap;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{Doc, ID, IdSet, OffsetKind, Options, ReadTxn, StateVector, Transact, TransactionMut, Update};

pub(crate) use files::{FILES, first_update};

use crate::lib0::write_uint;
use crate::update::Summary;
use size::Size;

/// The replica is unusable now and must be built again; says why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(String);

impl Broken {
    pub(crate) fn new(why: String) -> Self {
        Self(why)
    }
}

/// Why an update was not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It cannot be decoded; nothing has happened.
    #[error("{0}")]
    Malformed(String),
    /// It broke the replica.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// What applying an update did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Everything in it was known.
    Nothing,
    /// The document changed as the update says.
    Whole,
    /// The document changed, by no more than these bytes say.
    Part(Vec<u8>),
    /// Something waits, or did until now. The update is to be stored as it is, in its place among the others. All are to be
    /// told of these bytes, who sent it too: they may hold what somebody else's update had waited with.
    Held(Option<Vec<u8>>),
}

impl Applied {
    /// What clients are to be told of an update that came as these bytes.
    pub(crate) fn told(self, came: Bytes) -> Option<Bytes> {
        match self {
            Self::Nothing | Self::Held(None) => None,
            Self::Whole => Some(came),
            Self::Part(part) | Self::Held(Some(part)) => Some(part.into()),
        }
    }
}

/// A document in memory.
pub(crate) struct Replica {
    doc: Doc,
    /// Each client with the end of what is known of it.
    clocks: HashMap<u64, u32>,
    size: Size,
    /// Bytes of accepted updates that refer to what is not known yet.
    waiting: usize,
}

impl Replica {
    /// Builds a replica from stored updates.
    pub(crate) fn load<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Broken> {
        let doc = Doc::with_options(options());
        let mut bytes = 0;
        transact(&doc, |txn| {
            for update in updates.into_iter().filter(|update| !update.is_empty()) {
                bytes += update.len();
                apply(txn, decode(update)?)?;
            }
            Ok(())
        })?;
        let mut replica = Self {
            doc,
            clocks: HashMap::new(),
            size: Size::default(),
            waiting: 0,
        };
        replica.read_clocks()?;
        replica.size = Size::of_loaded(&replica, bytes)?;
        replica.waiting = usize::from(replica.is_incomplete()?);
        Ok(replica)
    }

    /// The end of what is known of a client.
    pub(crate) fn known(&self, client: u64) -> u32 {
        self.clocks.get(&client).copied().unwrap_or(0)
    }

    /// Whether there has never been anything in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.clocks.is_empty()
    }

    /// Bytes of accepted updates that could not be applied whole when they arrived; at least one while anything waits.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The encoded state vector.
    pub(crate) fn state_vector(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + 10 * self.clocks.len());
        write_uint(&mut out, self.clocks.len() as u64);
        for (client, clock) in &self.clocks {
            write_uint(&mut out, *client);
            write_uint(&mut out, u64::from(*clock));
        }
        out
    }

    /// What a replica with this (scanned) state vector lacks, as an update; nothing of what waits.
    ///
    /// A hostile client may say two things of one and the same element. Which of them a replica keeps while it waits is
    /// its own affair, Yjs' another than yrs': clients get only what is in the document, and so have the same.
    pub(crate) fn diff(&self, state_vector: &[u8]) -> Result<Vec<u8>, Broken> {
        let state_vector = StateVector::decode_v1(state_vector).map_err(|error| Broken(error.to_string()))?;
        self.read(|txn| txn.encode_diff_v1(&state_vector))
    }

    /// Everything but what waits, as one update.
    pub(crate) fn whole(&self) -> Result<Vec<u8>, Broken> {
        self.read(|txn| txn.encode_diff_v1(&StateVector::default()))
    }

    /// Everything, what waits too, as one update: to be stored.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Broken> {
        self.read(|txn| txn.encode_state_as_update_v1(&StateVector::default()))
    }

    /// Whether there are updates that wait for others.
    pub(crate) fn is_incomplete(&self) -> Result<bool, Broken> {
        self.read(|txn| txn.has_missing_updates())
    }

    /// Applies an edit: content that mostly begins where what is known ends.
    pub(crate) fn apply_update(&mut self, update: &[u8], summary: &Summary<'_>) -> Result<Applied, Fault> {
        if self.waiting > 0 || !summary.is_all_new(|client| self.known(client)) {
            return self.apply_step_2(update, summary);
        }
        let has_news = summary.has_news(|client| self.known(client));
        let decoded = decode(update).map_err(Fault::Malformed)?;
        let deleted = transact(&self.doc, |txn| {
            apply(txn, decoded)?;
            Ok(count(txn.delete_set()))
        })?;
        self.grow(update.len(), summary, deleted);
        Ok(if has_news || deleted > 0 {
            Applied::Whole
        } else {
            Applied::Nothing
        })
    }

    /// Applies the answer to our step 1: mostly known content, of which only the new is worth passing on.
    pub(crate) fn apply_step_2(&mut self, update: &[u8], summary: &Summary<'_>) -> Result<Applied, Fault> {
        let decoded = decode(update).map_err(Fault::Malformed)?;
        if self.waiting > 0 || !summary.is_applicable(|client| self.known(client)) {
            return Ok(self.apply_beside_waiting(decoded, update.len(), summary)?);
        }
        let has_news = summary.has_news(|client| self.known(client));
        let (deleted, part) = transact(&self.doc, |txn| {
            apply(txn, decoded)?;
            let deleted = count(txn.delete_set());
            let part = (has_news || deleted > 0).then(|| txn.encode_update_v1());
            Ok((deleted, part))
        })?;
        let Some(part) = part else { return Ok(Applied::Nothing) };
        self.grow(part.len(), summary, deleted);
        Ok(Applied::Part(part))
    }

    /// yrs keeps what refers to unknown content until that arrives, and applies it then.
    fn apply_beside_waiting(&mut self, update: Update, len: usize, summary: &Summary<'_>) -> Result<Applied, Broken> {
        let (deleted, told) = transact(&self.doc, |txn| {
            apply(txn, update)?;
            let deleted = count(txn.delete_set());
            let has_changed = deleted > 0 || txn.state_vector() != *txn.before_state();
            Ok((deleted, has_changed.then(|| txn.encode_update_v1())))
        })?;
        let is_applicable = summary.is_applicable(|client| self.known(client));
        if is_applicable && told.is_none() {
            return Ok(Applied::Nothing);
        }
        let encoded = self.size.encoded_bytes();
        self.grow(len, summary, deleted);
        let expected = mem::take(&mut self.clocks);
        self.read_clocks()?;
        // Measuring walks over the document: only where something else has changed than what the update says.
        if !is_applicable || self.clocks != expected {
            self.size = Size::of_loaded(self, encoded + len)?;
        }
        self.waiting = if self.is_incomplete()? { self.waiting + len } else { 0 };
        Ok(Applied::Held(told))
    }

    /// Whether a (scanned) update would change nothing. Costs a walk over the document where it deletes.
    pub(crate) fn knows(&self, summary: &Summary<'_>) -> Result<bool, Broken> {
        if summary.has_news(|client| self.known(client)) {
            return Ok(false);
        }
        if summary.deletes.is_empty() {
            return Ok(true);
        }
        let deleted = self.read(|txn| txn.snapshot().delete_set)?;
        let mut wanted = IdSet::new();
        for deletes in &summary.deletes {
            for (start, end) in &deletes.ranges {
                wanted.insert(ID::new(ClientID::new(deletes.client), *start), end - start);
            }
        }
        Ok(count(&wanted.diff(&deleted)) == 0)
    }

    /// Takes an applied update into account.
    fn grow(&mut self, bytes: usize, summary: &Summary<'_>, deleted: u64) {
        let known = |client| self.clocks.get(&client).copied().unwrap_or(0);
        self.size.grow(bytes, summary, deleted, known);
        for section in &summary.sections {
            let clock = self.clocks.entry(section.client).or_insert(0);
            *clock = section.end.max(*clock);
        }
    }

    fn read_clocks(&mut self) -> Result<(), Broken> {
        let state_vector = self.read(|txn| txn.state_vector())?;
        self.clocks = state_vector
            .iter()
            .map(|(client, clock)| (client.get(), *clock))
            .collect();
        Ok(())
    }

    fn read<T>(&self, work: impl FnOnce(&yrs::Transaction<'_>) -> T) -> Result<T, Broken> {
        catch_unwind(AssertUnwindSafe(|| work(&self.doc.transact()))).map_err(|_| {
            mem::forget(self.doc.clone());
            Broken("reading panicked".into())
        })
    }
}

/// Offsets as in JavaScript; the default of collecting deleted content, as clients do.
fn options() -> Options {
    Options {
        // Yjs' ids have 32 bits; the zero would be taken for "none" by some.
        client_id: ClientID::new(u64::from(rand_u32().max(1))),
        offset_kind: OffsetKind::Utf16,
        ..Options::default()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "masked to 32 bits")]
fn rand_u32() -> u32 {
    // The low bits of a random 53-bit id.
    (ClientID::random().get() & u64::from(u32::MAX)) as u32
}

/// Decoding builds blocks on their own: a failure leaves nothing behind.
fn decode(update: &[u8]) -> Result<Update, String> {
    catch_unwind(|| Update::decode_v1(update))
        .map_err(|_| "decoding panicked".to_owned())?
        .map_err(|error| error.to_string())
}

fn apply(txn: &mut TransactionMut<'_>, update: Update) -> Result<(), String> {
    txn.apply_update(update).map_err(|error| error.to_string())
}

fn count(ids: &IdSet) -> u64 {
    let ranges = ids.iter().flat_map(|(_, ranges)| ranges.iter());
    ranges.map(|range| u64::from(range.end - range.start)).sum()
}

/// Runs one transaction.
///
/// After an error (yrs has stopped between two blocks) the half is committed, and the caller throws the replica
/// away. After a panic the transaction and with it the replica's memory are leaked: committing or freeing a
/// store that was left in the middle of a change is what could abort the process.
fn transact<T>(doc: &Doc, work: impl FnOnce(&mut TransactionMut<'_>) -> Result<T, String>) -> Result<T, Broken> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut txn = ManuallyDrop::new(doc.transact_mut());
        let done = work(&mut txn);
        drop(ManuallyDrop::into_inner(txn));
        done
    }));
    outcome
        .unwrap_or_else(|_| {
            mem::forget(doc.clone());
            Err("applying panicked".to_owned())
        })
        .map_err(Broken)
}

#[cfg(test)]
mod tests;
