//! One client's socket and protocol.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::lib0::{Reader, put_bytes, put_uint};
use crate::{Peer, Protocol};

const PATIENCE: Duration = Duration::from_secs(60);
/// Frames of peers have no bound.
const MAX_BYTES: usize = 256 << 20;

/// What a server says, as far as it matters here.
pub enum Said<'a> {
    /// Wants to know what this client has.
    Step1,
    /// All that the document holds.
    Step2(&'a [u8]),
    Update(&'a [u8]),
    Ping,
    Other,
}

pub struct Sender {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    peer: Peer,
}

pub struct Receiver {
    stream: SplitStream<WebSocketStream<TcpStream>>,
    protocol: Protocol,
}

/// Connects and asks for the document.
pub async fn connect(peer: &Peer) -> Result<(Sender, Receiver)> {
    let address = peer.url.strip_prefix("ws://").context("only ws:// is spoken")?;
    let host = address.split('/').next().unwrap_or(address);
    let stream = TcpStream::connect(host).await.with_context(|| format!("connecting to {host}"))?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_BYTES))
        .max_frame_size(Some(MAX_BYTES));
    let (socket, _) = client_async_with_config(&peer.url, stream, Some(config))
        .await
        .with_context(|| format!("upgrading {}", peer.url))?;
    let (sink, stream) = socket.split();
    let mut sender = Sender { sink, peer: peer.clone() };
    if peer.protocol == Protocol::Hocuspocus {
        let mut token = vec![2, 0];
        put_bytes(&mut token, peer.token.as_bytes());
        sender.feed_raw(&token).await?;
    }
    // An empty state vector.
    sender.feed_raw(&[0, 0, 1, 0]).await?;
    sender.flush().await?;
    let protocol = peer.protocol;
    Ok((sender, Receiver { stream, protocol }))
}

impl Sender {
    /// A message without the document's name, which Hocuspocus wants in front.
    async fn feed_raw(&mut self, message: &[u8]) -> Result<()> {
        let mut frame = Vec::with_capacity(message.len() + 64);
        if self.peer.protocol == Protocol::Hocuspocus {
            put_bytes(&mut frame, self.peer.document.as_bytes());
        }
        frame.extend_from_slice(message);
        Ok(self.sink.feed(Message::Binary(frame.into())).await?)
    }

    /// Queues an edit.
    pub async fn feed_update(&mut self, update: &[u8]) -> Result<()> {
        let mut message = vec![0, 2];
        put_bytes(&mut message, update);
        self.feed_raw(&message).await
    }

    pub async fn flush(&mut self) -> Result<()> {
        Ok(self.sink.flush().await?)
    }

    /// Asks for what comes after the first `clock` characters of one client; the answer says that all before was read.
    pub async fn ask(&mut self, client: u64, clock: u64) -> Result<()> {
        let mut vector = Vec::new();
        put_uint(&mut vector, 1);
        put_uint(&mut vector, client);
        put_uint(&mut vector, clock);
        let mut message = vec![0, 0];
        put_bytes(&mut message, &vector);
        self.feed_raw(&message).await?;
        self.flush().await
    }

    /// Answers what must be answered.
    pub async fn answer(&mut self, said: &Said<'_>) -> Result<()> {
        match said {
            // Nothing that the server does not have.
            Said::Step1 => self.feed_raw(&[0, 1, 2, 0, 0]).await?,
            Said::Ping => self.feed_raw(&[10]).await?,
            _ => return Ok(()),
        }
        self.flush().await
    }
}

impl Receiver {
    /// The next binary frame.
    pub async fn frame(&mut self) -> Result<tokio_tungstenite::tungstenite::Bytes> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.stream.next()).await;
            match next.context("nothing comes")?.context("the connection ended")?? {
                Message::Binary(frame) => return Ok(frame),
                Message::Close(frame) => bail!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// What the messages of a frame say.
    pub fn read<'a>(&self, frame: &'a [u8]) -> Result<Vec<Said<'a>>> {
        let mut reader = Reader(frame);
        let mut all = Vec::with_capacity(1);
        while !reader.is_empty() {
            if self.protocol == Protocol::Hocuspocus {
                reader.bytes()?;
            }
            all.push(self.message(&mut reader)?);
            if self.protocol == Protocol::Hocuspocus {
                break;
            }
        }
        Ok(all)
    }

    fn message<'a>(&self, reader: &mut Reader<'a>) -> Result<Said<'a>> {
        Ok(match reader.uint()? {
            0 | 4 => match (reader.uint()?, reader.bytes()?) {
                (0, _) => Said::Step1,
                (1, update) => Said::Step2(update),
                (2, update) => Said::Update(update),
                (kind, _) => bail!("unknown sync message {kind}"),
            },
            1 => {
                reader.bytes()?;
                Said::Other
            }
            2 if self.protocol == Protocol::Hocuspocus => match reader.uint()? {
                1 => bail!("permission denied"),
                _ => Said::Other,
            },
            9 => Said::Ping,
            3 | 5..=8 | 100..=110 => {
                reader.0 = &[];
                Said::Other
            }
            kind => bail!("unknown message {kind}"),
        })
    }
}
