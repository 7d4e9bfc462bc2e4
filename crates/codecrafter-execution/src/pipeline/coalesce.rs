//! Gathering small pieces of output, so that watchers get at most some fifty messages a second.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use codecrafter_domain::event::Stream;
use codecrafter_sandbox::Output;
use tokio::time::Instant;

/// The longest that output waits for more: not felt by a person.
const PATIENCE: Duration = Duration::from_millis(20);
/// With this much, it no longer waits, in bytes.
const ENOUGH: usize = 16 * 1024;

/// Gathers output and hands it on cut between characters: the first at once, then as it gets old or large.
#[derive(Debug, Default)]
pub(super) struct Coalescer {
    stdout: BytesMut,
    stderr: BytesMut,
    last_flush: Option<Instant>,
}

impl Coalescer {
    /// Takes a piece; returns what is ready to be handed on.
    pub(super) fn push(&mut self, output: &Output, now: Instant) -> Vec<Output> {
        let gathered = match output.stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        gathered.extend_from_slice(&output.bytes);
        let waited = self.last_flush.is_none_or(|last| now >= last + PATIENCE);
        if waited || gathered.len() >= ENOUGH {
            self.flush(now)
        } else {
            Vec::new()
        }
    }

    /// When [`Self::flush`] is due; `None` if nothing waits for it.
    pub(super) fn due(&self) -> Option<Instant> {
        let waits = [&self.stdout, &self.stderr]
            .iter()
            .any(|gathered| whole_characters(gathered) > 0);
        self.last_flush.filter(|_| waits).map(|last| last + PATIENCE)
    }

    /// Hands on whatever ends in a whole character.
    pub(super) fn flush(&mut self, now: Instant) -> Vec<Output> {
        self.last_flush = Some(now);
        self.take(whole_characters)
    }

    /// Hands on everything: there is no more to come.
    pub(super) fn finish(&mut self) -> Vec<Output> {
        self.take(<[u8]>::len)
    }

    fn take(&mut self, length: impl Fn(&[u8]) -> usize) -> Vec<Output> {
        let streams = [(Stream::Stdout, &mut self.stdout), (Stream::Stderr, &mut self.stderr)];
        let taken = streams.map(|(stream, gathered)| {
            let bytes: Bytes = gathered.split_to(length(gathered)).freeze();
            Output { stream, bytes }
        });
        taken.into_iter().filter(|output| !output.bytes.is_empty()).collect()
    }
}

/// The length without a character of UTF-8 that is only begun at the end. Bytes that are no UTF-8 hold nothing up.
pub(super) fn whole_characters(bytes: &[u8]) -> usize {
    let begins = (1..=3.min(bytes.len())).find(|back| bytes[bytes.len() - back] & 0b1100_0000 != 0b1000_0000);
    let Some(back) = begins else { return bytes.len() };
    let start = bytes.len() - back;
    match std::str::from_utf8(&bytes[start..]) {
        Err(error) if error.error_len().is_none() => start,
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stdout(bytes: &[u8]) -> Output {
        Output {
            stream: Stream::Stdout,
            bytes: Bytes::copy_from_slice(bytes),
        }
    }

    #[test]
    fn the_first_goes_at_once_and_then_it_waits() {
        let (mut coalescer, start) = (Coalescer::default(), Instant::now());
        assert_eq!(coalescer.push(&stdout(b"a"), start), [stdout(b"a")]);
        assert_eq!(coalescer.due(), None);
        assert_eq!(coalescer.push(&stdout(b"b"), start), []);
        assert_eq!(coalescer.due(), Some(start + PATIENCE));
        assert_eq!(coalescer.push(&stdout(b"c"), start + PATIENCE), [stdout(b"bc")]);
    }

    #[test]
    fn much_does_not_wait() {
        let (mut coalescer, start) = (Coalescer::default(), Instant::now());
        coalescer.push(&stdout(b"a"), start);
        assert_eq!(
            coalescer.push(&stdout(&[b'b'; ENOUGH]), start),
            [stdout(&[b'b'; ENOUGH])]
        );
    }

    #[test]
    fn streams_are_kept_apart() {
        let (mut coalescer, start) = (Coalescer::default(), Instant::now());
        let stderr = Output {
            stream: Stream::Stderr,
            ..stdout(b"e")
        };
        coalescer.flush(start);
        coalescer.push(&stderr, start);
        coalescer.push(&stdout(b"o"), start);
        assert_eq!(coalescer.finish(), [stdout(b"o"), stderr]);
    }

    #[test]
    fn a_begun_character_waits_but_not_for_ever() {
        let (mut coalescer, start) = (Coalescer::default(), Instant::now());
        assert_eq!(coalescer.push(&stdout(b"x\xf0\x9f"), start), [stdout(b"x")]);
        assert_eq!(coalescer.due(), None, "waits for the rest, not for the clock");
        assert_eq!(coalescer.finish(), [stdout(b"\xf0\x9f")]);
    }

    #[test]
    fn what_is_no_utf8_is_not_held_up() {
        for bytes in [&b"\xff"[..], b"\x80\x80\x80\x80", b"\xc3\xc3\x28", b"\xed\xa0", b"\xf5"] {
            assert_eq!(whole_characters(bytes), bytes.len(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_character_is_cut_and_no_byte_lost(text in "\\PC{0,60}", cuts in prop::collection::vec(0usize..200, 0..12)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (text.len() + 1)).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let (mut coalescer, now) = (Coalescer::default(), Instant::now());
            let mut handed_on = Vec::new();
            for pair in cuts.windows(2) {
                handed_on.extend(coalescer.push(&stdout(&text.as_bytes()[pair[0]..pair[1]]), now));
                handed_on.extend(coalescer.flush(now));
            }
            handed_on.extend(coalescer.finish());
            let texts: Option<Vec<&str>> = handed_on.iter().map(|output| std::str::from_utf8(&output.bytes).ok()).collect();
            prop_assert_eq!(texts.map(|texts| texts.concat()), Some(text));
        }

        #[test]
        fn any_bytes_arrive_in_order(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12)) {
            let (mut coalescer, now) = (Coalescer::default(), Instant::now());
            let mut handed_on = Vec::new();
            for piece in &pieces {
                handed_on.extend(coalescer.push(&stdout(piece), now));
            }
            handed_on.extend(coalescer.finish());
            let arrived: Vec<u8> = handed_on.iter().flat_map(|output| output.bytes.clone()).collect();
            prop_assert_eq!(arrived, pieces.concat());
        }
    }
}
