//! Updates in Yjs' v1 encoding, looked at without building anything.
//!
//! [`scan`] checks an update strictly before yrs sees it: every count against the bytes that are there,
//! every clock against overflow, every nesting against the stack. What it returns is enough to tell new
//! from known content, to bound growth, and (in [`merge`]) to join updates by copying bytes.
//!
//! Format: `clients (structs client clock struct*)* deletes`, as in Yjs' `UpdateEncoderV1`.

pub(crate) mod merge;

use crate::lib0::{Malformed, Reader};

/// Clocks stay below this, so that sums of a clock and a length fit `i32` everywhere in yrs.
const MAX_CLOCK: u32 = i32::MAX as u32 / 2;
/// Deepest nesting of values.
const MAX_DEPTH: u8 = 64;
/// The least a struct, a range or a client section takes.
const LEAST_STRUCT: usize = 2;
const LEAST_SECTION: usize = 3;
const LEAST_DELETES: usize = 2;

/// As Yjs has it. yrs looks at four bits only, and would take what Yjs cannot read.
const CONTENT: u8 = 0b0001_1111;
const HAS_PARENT_SUB: u8 = 0b0010_0000;
const HAS_RIGHT_ORIGIN: u8 = 0b0100_0000;
const HAS_LEFT_ORIGIN: u8 = 0b1000_0000;

/// What an update holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary<'a> {
    pub(crate) sections: Vec<Section<'a>>,
    pub(crate) deletes: Vec<Deletes>,
    /// The structs refer to these: each client with the end of what must be known of it.
    pub(crate) needs: Vec<(u64, u32)>,
    /// Keys set in the root map `files`.
    pub(crate) file_keys: Vec<&'a str>,
    /// Where each section ends, by client, ascending.
    ends: Vec<(u64, u32)>,
}

/// One client's structs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Section<'a> {
    pub(crate) client: u64,
    pub(crate) structs: usize,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// How much of it is alive: text units, other elements.
    pub(crate) live: u32,
    /// It leaves something out.
    pub(crate) has_gap: bool,
    pub(crate) bytes: &'a [u8],
}

/// One client's deleted ranges, ascending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deletes {
    pub(crate) client: u64,
    /// Start and end.
    pub(crate) ranges: Vec<(u32, u32)>,
}

impl Summary<'_> {
    /// Whether it can be applied whole to a replica that knows each client up to `known`.
    pub(crate) fn is_applicable(&self, known: impl Fn(u64) -> u32) -> bool {
        let is_there = |client, end| {
            let own = || self.ends.binary_search_by_key(&client, |own| own.0);
            end <= known(client) || own().is_ok_and(|at| end <= self.ends[at].1)
        };
        self.sections
            .iter()
            .all(|section| !section.has_gap && section.start <= known(section.client))
            && self.needs.iter().all(|(client, end)| is_there(*client, *end))
            && self.deletes.iter().all(|deletes| {
                let end = deletes.ranges.last().map_or(0, |(_, end)| *end);
                is_there(deletes.client, end)
            })
    }

    /// Whether each client's structs begin where what a replica knows of it ends.
    pub(crate) fn is_all_new(&self, known: impl Fn(u64) -> u32) -> bool {
        self.sections
            .iter()
            .all(|section| section.start == known(section.client))
    }

    /// Whether it holds structs that a replica lacks.
    pub(crate) fn has_news(&self, known: impl Fn(u64) -> u32) -> bool {
        self.sections.iter().any(|section| section.end > known(section.client))
    }

    /// How much living content it may add at most, and how much it deletes at most.
    pub(crate) fn growth(&self, known: impl Fn(u64) -> u32) -> (u64, u64) {
        let added = self.sections.iter().map(|section| {
            let new = section.end.saturating_sub(section.start.max(known(section.client)));
            u64::from(section.live.min(new))
        });
        let ranges = self.deletes.iter().flat_map(|deletes| &deletes.ranges);
        (added.sum(), ranges.map(|(start, end)| u64::from(end - start)).sum())
    }
}

/// Checks an update and says what it holds.
pub(crate) fn scan(update: &[u8]) -> Result<Summary<'_>, Malformed> {
    let mut reader = Reader::new(update);
    let mut summary = Summary::default();
    let clients = reader.count(LEAST_SECTION)?;
    for _ in 0..clients {
        let section = scan_section(&mut reader, &mut summary)?;
        summary.sections.push(section);
    }
    summary.ends = summary
        .sections
        .iter()
        .map(|section| (section.client, section.end))
        .collect();
    summary.ends.sort_unstable();
    if summary.ends.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("a client occurs twice");
    }
    summary.deletes = scan_deletes(&mut reader)?;
    if reader.is_empty() {
        Ok(summary)
    } else {
        Err("bytes follow the update")
    }
}

/// Checks an encoded state vector.
pub(crate) fn scan_state_vector(bytes: &[u8]) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    for _ in 0..reader.count(2)? {
        reader.uint()?;
        reader.uint_to(MAX_CLOCK)?;
    }
    if reader.is_empty() {
        Ok(())
    } else {
        Err("bytes follow the state vector")
    }
}

fn scan_section<'a>(reader: &mut Reader<'a>, summary: &mut Summary<'a>) -> Result<Section<'a>, Malformed> {
    let structs = reader.count(LEAST_STRUCT)?;
    if structs == 0 {
        return Err("a client has no structs");
    }
    let client = reader.uint()?;
    let start = reader.uint_to(MAX_CLOCK)?;
    let before = *reader;
    let (mut end, mut live, mut has_gap) = (start, 0, false);
    for _ in 0..structs {
        let found = scan_struct((client, end), reader, summary)?;
        if found.len > MAX_CLOCK - end {
            return Err("a clock is too large");
        }
        end += found.len;
        match found.kind {
            Kind::Live => live += found.len,
            Kind::Dead => {}
            Kind::Gap => has_gap = true,
        }
    }
    let mut section = before;
    let bytes = section.take(before.left() - reader.left())?;
    Ok(Section {
        client,
        structs,
        start,
        end,
        live,
        has_gap,
        bytes,
    })
}

fn scan_deletes(reader: &mut Reader<'_>) -> Result<Vec<Deletes>, Malformed> {
    let clients = reader.count(LEAST_DELETES)?;
    let mut all = Vec::with_capacity(clients);
    for _ in 0..clients {
        let client = reader.uint()?;
        let count = reader.count(2)?;
        let mut ranges = Vec::with_capacity(count);
        let mut last = 0;
        for _ in 0..count {
            let start = reader.uint_to(MAX_CLOCK)?;
            let len = reader.uint_to(MAX_CLOCK - start)?;
            if start < last {
                return Err("deleted ranges are not in order");
            }
            last = start + len;
            ranges.push((start, last));
        }
        all.push(Deletes { client, ranges });
    }
    let mut seen: Vec<u64> = all.iter().map(|deletes| deletes.client).collect();
    seen.sort_unstable();
    if seen.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a client's deletes occur twice");
    }
    Ok(all)
}

enum Kind {
    Live,
    Dead,
    Gap,
}

struct Found {
    kind: Kind,
    len: u32,
}

/// A client, and a position among what it has written.
type Id = (u64, u32);

fn scan_struct<'a>(at: Id, reader: &mut Reader<'a>, summary: &mut Summary<'a>) -> Result<Found, Malformed> {
    const GC: u8 = 0;
    const SKIP: u8 = 10;
    let info = reader.byte()?;
    let kind = match info {
        GC => Kind::Dead,
        SKIP => Kind::Gap,
        _ => return scan_item(at, info, reader, summary),
    };
    let len = reader.uint_to(MAX_CLOCK)?;
    if len == 0 {
        Err("a struct is empty")
    } else {
        Ok(Found { kind, len })
    }
}

fn scan_item<'a>(at: Id, info: u8, reader: &mut Reader<'a>, summary: &mut Summary<'a>) -> Result<Found, Malformed> {
    if info & HAS_LEFT_ORIGIN != 0 {
        scan_need(at, reader, summary)?;
    }
    if info & HAS_RIGHT_ORIGIN != 0 {
        scan_need(at, reader, summary)?;
    }
    if info & (HAS_LEFT_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
        let root = match reader.uint()? {
            1 => Some(reader.string()?),
            0 => {
                scan_need(at, reader, summary)?;
                None
            }
            _ => return Err("unknown kind of parent"),
        };
        if info & HAS_PARENT_SUB != 0 {
            let key = reader.string()?;
            if root == Some(crate::replica::FILES) {
                summary.file_keys.push(key);
            }
        }
    }
    scan_content(info & CONTENT, reader)
}

fn scan_need(at: Id, reader: &mut Reader<'_>, summary: &mut Summary<'_>) -> Result<(), Malformed> {
    let client = reader.uint()?;
    let end = reader.uint_to(MAX_CLOCK)? + 1;
    // Yjs does not look whether it has these before it uses them.
    if client == at.0 && end > at.1 {
        return Err("an item refers to a later one of its own client");
    }
    // Neighbours mostly refer to the same client: one entry for all of them keeps the list short.
    match summary.needs.iter_mut().rev().take(4).find(|need| need.0 == client) {
        Some(need) => need.1 = need.1.max(end),
        None => summary.needs.push((client, end)),
    }
    Ok(())
}

fn scan_content(kind: u8, reader: &mut Reader<'_>) -> Result<Found, Malformed> {
    let live = |len| Ok(Found { kind: Kind::Live, len });
    match kind {
        1 => match reader.uint_to(MAX_CLOCK)? {
            0 => Err("a struct is empty"),
            len => Ok(Found { kind: Kind::Dead, len }),
        },
        3 => reader.bytes().and_then(|_| live(1)),
        4 => live(utf16_len(reader.string()?)),
        5 => scan_json(reader).and_then(|()| live(1)),
        6 => {
            reader.string()?;
            scan_json(reader)?;
            live(1)
        }
        7 => scan_type(reader).and_then(|()| live(1)),
        8 => {
            let count = reader.count(1)?;
            for _ in 0..count {
                scan_value(reader, MAX_DEPTH)?;
            }
            live(u32::try_from(count).map_err(|_| "a count is too large")?)
        }
        9 => {
            reader.string()?;
            scan_value(reader, MAX_DEPTH)?;
            live(1)
        }
        // 2 is what Yjs wrote before version 13 for plain values.
        _ => Err("unknown kind of content"),
    }
}

/// JSON is parsed by yrs within serde's own bound of nesting.
fn scan_json(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    reader.string().map(|_| ())
}

fn scan_type(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    const XML_ELEMENT: u8 = 3;
    match reader.byte()? {
        XML_ELEMENT => reader.string().map(|_| ()),
        0..=2 | 4 | 6 => Ok(()),
        // 5, a hook, has a name that yrs does not read; nobody has used hooks for years.
        _ => Err("unknown kind of type"),
    }
}

/// A value in lib0's `any` encoding.
fn scan_value(reader: &mut Reader<'_>, depth: u8) -> Result<(), Malformed> {
    let depth = depth.checked_sub(1).ok_or("values are nested too deeply")?;
    match reader.byte()? {
        126 | 127 | 120 | 121 => Ok(()),
        125 => scan_int(reader),
        124 => reader.take(4).map(|_| ()),
        122 | 123 => reader.take(8).map(|_| ()),
        119 => reader.string().map(|_| ()),
        118 => {
            for _ in 0..reader.count(2)? {
                reader.string()?;
                scan_value(reader, depth)?;
            }
            Ok(())
        }
        117 => {
            for _ in 0..reader.count(1)? {
                scan_value(reader, depth)?;
            }
            Ok(())
        }
        116 => reader.bytes().map(|_| ()),
        _ => Err("unknown kind of value"),
    }
}

/// A signed integer: at most nine bytes, as yrs reads it.
fn scan_int(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    for _ in 0..9 {
        if reader.byte()? < 0x80 {
            return Ok(());
        }
    }
    Err("an integer is too long")
}

/// Length as JavaScript counts it. A frame's length bounds it far below `u32`.
fn utf16_len(text: &str) -> u32 {
    let units = if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    };
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
