//! Output on its way from the program to the reader, counted.

use std::io;

use bytes::BytesMut;
use codecrafter_domain::event::Stream;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::mpsc;

use crate::Output;
use crate::watch::{Activity, Budget};

/// Longest piece; also what a pipe holds.
const PIECE: usize = 64 * 1024;

/// Passes on what comes, until the last writer is gone. A slow reader stops it, and so the program; one that is gone
/// does not.
pub(super) async fn pump(
    mut from: pipe::Receiver,
    stream: Stream,
    budget: &Budget,
    activity: &Activity,
    to: mpsc::Sender<Output>,
) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(PIECE);
        let mut piece = buffer.split_off(buffer.len());
        match (&mut from).take(PIECE as u64).read_buf(&mut piece).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            // How a terminal says that nobody has it open any more.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => return Ok(()),
            Err(error) => return Err(error),
        }
        activity.note();
        budget.pass(stream, piece.split().freeze(), &to).await;
        piece.clear();
        buffer = piece;
    }
}
