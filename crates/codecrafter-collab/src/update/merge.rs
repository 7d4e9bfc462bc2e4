//! Joins updates by copying bytes.
//!
//! Where one update's structs of a client begin where the other's end, their bytes can simply follow each
//! other. That costs a copy instead of decoding, building and squashing blocks, which readers do anyway.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

use super::{Summary, scan};
use crate::lib0::write_uint;

/// Joined updates stay below this many bytes, so that one slow decode does not hold up a reader for long.
const MAX_JOINED: usize = 256 * 1024;

/// Joins updates, in order, into as few as possible. All must have passed [`scan`].
pub(crate) fn merge(updates: &[Bytes]) -> Vec<Bytes> {
    let mut out = Vec::new();
    let mut group = Group::default();
    for update in updates {
        let Ok(summary) = scan(update) else {
            debug_assert!(false, "an update was not scanned before");
            continue;
        };
        if !group.accepts(&summary, update.len()) {
            group.finish(&mut out);
            group = Group::default();
        }
        group.add(summary, update);
    }
    group.finish(&mut out);
    out
}

/// Joins updates, in order, into one of whatever size, where their bytes can follow each other. All must have passed [`scan`].
pub(crate) fn join(updates: &[Bytes]) -> Option<Bytes> {
    let mut group = Group::default();
    for update in updates {
        let summary = scan(update).ok()?;
        if group.members > 0 && !group.follows(&summary) {
            return None;
        }
        group.add(summary, update);
    }
    Some(group.encode())
}

#[derive(Default)]
struct Group<'a> {
    only: Option<&'a Bytes>,
    members: usize,
    bytes: usize,
    has_gap: bool,
    sections: Vec<Joined<'a>>,
    /// Client to its place in `sections`.
    places: HashMap<u64, usize>,
    deletes: BTreeMap<u64, Vec<(u32, u32)>>,
}

struct Joined<'a> {
    client: u64,
    structs: usize,
    start: u32,
    end: u32,
    parts: Vec<&'a [u8]>,
}

impl<'a> Group<'a> {
    fn accepts(&self, summary: &Summary<'_>, len: usize) -> bool {
        self.members == 0 || (self.bytes + len <= MAX_JOINED && self.follows(summary))
    }

    /// Whether each client's structs begin where those of the group end.
    fn follows(&self, summary: &Summary<'_>) -> bool {
        let follows = |client, start| {
            let place = self.places.get(&client);
            place.is_none_or(|place| self.sections[*place].end == start)
        };
        let mut sections = summary.sections.iter();
        !self.has_gap && sections.all(|section| !section.has_gap && follows(section.client, section.start))
    }

    fn add(&mut self, summary: Summary<'a>, update: &'a Bytes) {
        self.members += 1;
        self.bytes += update.len();
        self.only = Some(update);
        for section in summary.sections {
            self.has_gap |= section.has_gap;
            let place = *self.places.entry(section.client).or_insert_with(|| {
                self.sections.push(Joined {
                    client: section.client,
                    structs: 0,
                    start: section.start,
                    end: section.start,
                    parts: Vec::new(),
                });
                self.sections.len() - 1
            });
            let joined = &mut self.sections[place];
            joined.structs += section.structs;
            joined.end = section.end;
            joined.parts.push(section.bytes);
        }
        for deletes in summary.deletes {
            self.deletes.entry(deletes.client).or_default().extend(deletes.ranges);
        }
    }

    fn finish(self, out: &mut Vec<Bytes>) {
        match self.only {
            None => {}
            Some(update) if self.members == 1 => out.push(update.clone()),
            Some(_) => out.push(self.encode()),
        }
    }

    fn encode(self) -> Bytes {
        let mut out = Vec::with_capacity(self.bytes);
        write_uint(&mut out, self.sections.len() as u64);
        for joined in self.sections {
            write_uint(&mut out, joined.structs as u64);
            write_uint(&mut out, joined.client);
            write_uint(&mut out, u64::from(joined.start));
            for part in joined.parts {
                out.extend_from_slice(part);
            }
        }
        write_uint(&mut out, self.deletes.len() as u64);
        for (client, ranges) in self.deletes {
            let ranges = united(ranges);
            write_uint(&mut out, client);
            write_uint(&mut out, ranges.len() as u64);
            for (start, end) in ranges {
                write_uint(&mut out, u64::from(start));
                write_uint(&mut out, u64::from(end - start));
            }
        }
        out.into()
    }
}

/// Ranges in order, those that touch made one.
fn united(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    ranges.dedup_by(|later, earlier| {
        let touches = later.0 <= earlier.1;
        if touches {
            earlier.1 = earlier.1.max(later.1);
        }
        touches
    });
    ranges
}
