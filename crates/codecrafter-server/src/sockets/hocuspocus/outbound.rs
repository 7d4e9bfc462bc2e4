//! What waits for the socket: bounded in bytes, and sent off together.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures::SinkExt as _;
use futures::stream::SplitSink;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

use super::super::{Goodbye, WRITING};

/// Frames that may wait.
const FRAMES: usize = 64;
/// Bytes that may wait. One frame may be larger, if it is alone.
const BYTES: u32 = 512 * 1024;

/// Where documents put what they say. A cheap handle.
#[derive(Clone)]
pub(super) struct Outbound {
    channel: mpsc::Sender<Out>,
    room: Arc<Semaphore>,
}

/// Something to be sent.
pub(super) enum Out {
    Frame {
        frame: Bytes,
        /// How often.
        times: u32,
        /// What bounds the queue; given back once it is sent.
        _room: OwnedSemaphorePermit,
    },
    /// Of the WebSocket itself.
    Ping,
    /// Nothing follows.
    End(Goodbye),
}

/// Nobody reads any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

pub(super) fn channel() -> (Outbound, mpsc::Receiver<Out>) {
    let (channel, waiting) = mpsc::channel(FRAMES);
    let room = Arc::new(Semaphore::new(BYTES as usize));
    (Outbound { channel, room }, waiting)
}

impl Outbound {
    /// Sends a frame; waits while the peer is behind.
    pub(super) async fn send(&self, frame: Bytes) -> Result<(), Gone> {
        self.repeat(frame, 1).await
    }

    /// Sends the same frame several times.
    pub(super) async fn repeat(&self, frame: Bytes, times: u32) -> Result<(), Gone> {
        let cost = u32::try_from(frame.len()).unwrap_or(BYTES).min(BYTES);
        let room = Arc::clone(&self.room).acquire_many_owned(cost).await;
        let out = Out::Frame {
            frame,
            times,
            _room: room.map_err(|_| Gone)?,
        };
        let sending = self.channel.send(out);
        sending.await.map_err(|_| Gone)
    }

    /// Asks whether the peer is there. A full queue asks the same.
    pub(super) fn ping(&self) {
        let _ = self.channel.try_send(Out::Ping);
    }

    /// Says goodbye, after what waits already.
    pub(super) async fn end(self, goodbye: Goodbye) {
        // Whoever has gone needs no goodbye.
        let _ = self.channel.send(Out::End(goodbye)).await;
    }
}

/// Sends what comes until the end, or until the peer does not read any more.
pub(super) async fn write(mut sink: SplitSink<WebSocket, Message>, mut waiting: mpsc::Receiver<Out>) {
    while let Some(first) = waiting.recv().await {
        let sending = timeout(WRITING, send(&mut sink, first, &mut waiting));
        if !matches!(sending.await, Ok(Ok(More::Perhaps))) {
            return;
        }
    }
}

enum More {
    Perhaps,
    No,
}

/// Sends what there is, in one go.
async fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    first: Out,
    waiting: &mut mpsc::Receiver<Out>,
) -> Result<More, axum::Error> {
    let mut next = Some(first);
    let mut sent = 0;
    while let Some(out) = next {
        match out {
            Out::Frame { frame, times, _room } => {
                for _ in 0..times {
                    sink.feed(Message::Binary(frame.clone())).await?;
                }
            }
            Out::Ping => sink.feed(Message::Ping(Bytes::new())).await?,
            Out::End(goodbye) => {
                let frame = CloseFrame {
                    code: goodbye.code,
                    reason: goodbye.reason.as_ref().into(),
                };
                sink.send(Message::Close(Some(frame))).await?;
                return Ok(More::No);
            }
        }
        sent += 1;
        next = if sent < FRAMES { waiting.try_recv().ok() } else { None };
    }
    sink.flush().await?;
    Ok(More::Perhaps)
}
