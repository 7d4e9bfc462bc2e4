//! How large a document is, cheaply: estimates that never fall below the truth, measured again only at a bound.

use super::{Broken, Replica, count};
use crate::DocumentLimits;
use crate::update::Summary;
use yrs::ReadTxn;

/// The encoded size is measured again only after it has grown by this much: measuring costs a whole encoding.
const MEASURE_EVERY: usize = 1024 * 1024;

/// An update that may not be applied; says which bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

/// How large a document is.
#[derive(Debug, Default)]
pub(super) struct Size {
    /// Living elements: text units, entries.
    live: u64,
    live_is_exact: bool,
    /// Bytes of the encoded state.
    encoded: usize,
    /// What it was when last measured.
    measured: usize,
}

impl Size {
    pub(super) fn of_loaded(replica: &Replica, encoded: usize) -> Result<Self, Broken> {
        Ok(Self {
            live: replica.count_live()?,
            live_is_exact: true,
            encoded,
            measured: 0,
        })
    }

    pub(super) fn encoded_bytes(&self) -> usize {
        self.encoded
    }

    /// Takes an applied update into account.
    pub(super) fn grow(&mut self, bytes: usize, summary: &Summary<'_>, deleted: u64, known: impl Fn(u64) -> u32) {
        let (added, _) = summary.growth(known);
        self.live += added;
        self.encoded += bytes;
        // Structs that arrive dead are among `deleted` without having been counted.
        let is_all_live = summary
            .sections
            .iter()
            .all(|section| section.live == section.end - section.start);
        if is_all_live {
            self.live = self.live.saturating_sub(deleted);
        } else {
            self.live_is_exact = false;
        }
    }
}

impl Replica {
    /// Whether an update (scanned, not yet applied) keeps the document within its bounds.
    pub(crate) fn admit(
        &mut self,
        bytes: usize,
        summary: &Summary<'_>,
        limits: &DocumentLimits,
    ) -> Result<Result<(), Refusal>, Broken> {
        if !summary.has_news(|client| self.known(client)) {
            return Ok(Ok(()));
        }
        if !self.has_room_for_text(summary, limits.text_units)? {
            let limit = limits.text_units;
            return Ok(Err(Refusal(format!(
                "the document is full: its text may have {limit} characters"
            ))));
        }
        if !self.has_room_for_bytes(bytes, limits.encoded_bytes)? {
            let limit = limits.encoded_bytes;
            return Ok(Err(Refusal(format!("the document is full: it may have {limit} bytes"))));
        }
        if !self.has_room_for_files(summary, limits.files)? {
            let limit = limits.files;
            return Ok(Err(Refusal(format!("the session is full: it may have {limit} files"))));
        }
        Ok(Ok(()))
    }

    /// A replacement at the bound passes by what it claims to delete; beyond the bound no addition does, so a
    /// false claim gains one frame at most.
    fn has_room_for_text(&mut self, summary: &Summary<'_>, limit: u64) -> Result<bool, Broken> {
        let (added, deleted) = summary.growth(|client| self.known(client));
        let fits = |live: u64| added == 0 || (live <= limit && live + added <= limit + deleted);
        if !fits(self.size.live) && !self.size.live_is_exact {
            self.size.live = self.count_live()?;
            self.size.live_is_exact = true;
        }
        Ok(fits(self.size.live))
    }

    fn has_room_for_bytes(&mut self, bytes: usize, limit: usize) -> Result<bool, Broken> {
        let size = &self.size;
        if size.encoded + bytes > limit && size.encoded >= size.measured + MEASURE_EVERY {
            let encoded = self.encode()?.len();
            self.size.encoded = encoded;
            self.size.measured = encoded;
        }
        Ok(self.size.encoded + bytes <= limit)
    }

    fn has_room_for_files(&self, summary: &Summary<'_>, limit: usize) -> Result<bool, Broken> {
        if summary.file_keys.is_empty() {
            return Ok(true);
        }
        Ok(self.count_files_with(&summary.file_keys)? <= limit)
    }

    fn count_live(&self) -> Result<u64, Broken> {
        let dead = self.read(|txn| count(&txn.snapshot().delete_set))?;
        let all: u64 = self.clocks.values().map(|clock| u64::from(*clock)).sum();
        Ok(all.saturating_sub(dead))
    }
}
