//! How a terminal's input ends.

/// End-of-file as it is typed (`VEOF`, termios(3)).
const END: u8 = 4;

/// What has been typed so far, as far as its end depends on it.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    line_is_open: bool,
}

impl Typing {
    /// This is typed next.
    pub(crate) fn note(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.line_is_open = !matches!(last, b'\n' | b'\r' | &END);
        }
    }

    /// What to type when there is no more. After a line that was begun the first one only hands that over. One more than
    /// needed, because some programs read again after the end (Python, for one): a pipe's end lasts, a terminal's does
    /// not.
    pub(crate) fn end(&self) -> &'static [u8] {
        if self.line_is_open { &[END; 3] } else { &[END; 2] }
    }
}
