//! What strangers' bytes reach, for the fuzz targets: compiled with `--cfg fuzzing` only.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::BoxFile;
use crate::native::answer;

/// Reads collected files, of at most `most` bytes in all; `None` where they are refused.
pub fn collected(mut bytes: &[u8], most: u64) -> Option<Vec<BoxFile>> {
    let reading = pin!(answer::collected(&mut bytes, most));
    match reading.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(collected) => collected.ok().map(|(files, _)| files),
        Poll::Pending => unreachable!("bytes in memory are always ready"),
    }
}
