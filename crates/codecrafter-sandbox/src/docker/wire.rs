//! The host's end of a container's standard streams: frames to its agent, and what it says, sorted.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bollard::container::{AttachContainerResults, LogOutput};
use bytes::Bytes;
use codecrafter_jail::wire::{Accounts, Ask, Frames, Hello, Tell, WINDOW, frame, frames, number};
use futures::StreamExt as _;
use futures::channel::mpsc as stream;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::io::StreamReader;
use tokio_util::sync::CancellationToken;

/// Bytes that come from the jail's control socket.
pub(super) type Control = StreamReader<stream::UnboundedReceiver<io::Result<Bytes>>, Bytes>;

/// What is said to the agent.
#[derive(Clone)]
pub(super) struct Asker {
    to: mpsc::UnboundedSender<Vec<u8>>,
    shared: Arc<Shared>,
}

/// What the agent says, each kind for itself.
pub(super) struct Told {
    pub(super) hello: oneshot::Receiver<Hello>,
    pub(super) begun: oneshot::Receiver<Result<Accounts, String>>,
    pub(super) control: Control,
    pub(super) stdout: mpsc::UnboundedReceiver<Bytes>,
    pub(super) stderr: mpsc::UnboundedReceiver<Bytes>,
}

struct Shared {
    /// Bytes of input that the agent still takes; closed once nobody reads it any more.
    input: Semaphore,
    accounts: Mutex<HashMap<u32, oneshot::Sender<Accounts>>>,
    /// The jail is dead.
    dead: CancellationToken,
    /// Nothing more comes from the container.
    lost: CancellationToken,
}

/// Takes over an attached container. Its tasks end with the container, or with the last [`Asker`].
pub(super) fn open(attached: AttachContainerResults) -> (Asker, Told) {
    let shared = Arc::new(Shared {
        input: Semaphore::new(WINDOW),
        accounts: Mutex::default(),
        dead: CancellationToken::new(),
        lost: CancellationToken::new(),
    });
    let (to, from_us) = mpsc::unbounded_channel();
    let (to_hello, hello) = oneshot::channel();
    let (to_begun, begun) = oneshot::channel();
    let (to_control, control) = stream::unbounded();
    let (to_stdout, stdout) = mpsc::unbounded_channel();
    let (to_stderr, stderr) = mpsc::unbounded_channel();
    let sorter = Sorter {
        hello: Some(to_hello),
        begun: Some(to_begun),
        control: Some(to_control),
        outputs: [Some(to_stdout), Some(to_stderr)],
        shared: Arc::clone(&shared),
    };
    tokio::spawn(write(attached.input, from_us));
    tokio::spawn(sorter.run(attached.output));
    let told = Told {
        hello,
        begun,
        control: StreamReader::new(control),
        stdout,
        stderr,
    };
    (Asker { to, shared }, told)
}

async fn write(mut to: Pin<Box<dyn AsyncWrite + Send>>, mut from: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(bytes) = from.recv().await {
        let written = async {
            to.write_all(&bytes).await?;
            to.flush().await
        };
        if written.await.is_err() {
            // The container is gone; the reading side tells.
            return;
        }
    }
    // The agent ends with this.
    let _ = to.shutdown().await;
}

impl Asker {
    /// Says it. Whether it is heard shows in what comes back.
    pub(super) fn say(&self, ask: Ask, content: &[u8]) {
        let _ = self.to.send(if content.is_empty() {
            frame(ask, content)
        } else {
            frames(ask, content)
        });
    }

    /// Passes on input as there is room for it.
    ///
    /// # Errors
    /// Nobody reads any more.
    pub(super) async fn input(&self, bytes: &[u8]) -> Result<(), ()> {
        for piece in bytes.chunks(WINDOW / 4) {
            let length = u32::try_from(piece.len()).map_err(drop)?;
            self.shared.input.acquire_many(length).await.map_err(drop)?.forget();
            self.say(Ask::Input, piece);
        }
        Ok(())
    }

    /// What the container has used so far; `None` if it is gone.
    pub(super) async fn accounts(&self) -> Option<Accounts> {
        let (sender, answer) = oneshot::channel();
        let number = {
            let mut waiting = self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that nobody waits for any more.
            waiting.retain(|_, sender| !sender.is_closed());
            let number = (0..u32::MAX).find(|number| !waiting.contains_key(number))?;
            waiting.insert(number, sender);
            number
        };
        self.say(Ask::Account, &number.to_le_bytes());
        tokio::select! {
            answer = answer => answer.ok(),
            () = self.lost() => None,
        }
    }

    /// Comes back once all of the jail is dead.
    pub(super) async fn dead(&self) {
        self.shared.dead.cancelled().await;
    }

    /// Comes back once the container is gone.
    pub(super) async fn lost(&self) {
        self.shared.lost.cancelled().await;
    }

    pub(super) fn is_lost(&self) -> bool {
        self.shared.lost.is_cancelled()
    }
}

/// Sorts what the agent says.
struct Sorter {
    hello: Option<oneshot::Sender<Hello>>,
    begun: Option<oneshot::Sender<Result<Accounts, String>>>,
    control: Option<stream::UnboundedSender<io::Result<Bytes>>>,
    outputs: [Option<mpsc::UnboundedSender<Bytes>>; 2],
    shared: Arc<Shared>,
}

impl Sorter {
    async fn run(mut self, mut from: impl futures::Stream<Item = Result<LogOutput, bollard::errors::Error>> + Unpin) {
        let mut whole = Frames::default();
        while let Some(Ok(piece)) = from.next().await {
            let sorted = match piece {
                LogOutput::StdOut { message } => self.sort_all(&mut whole, &message),
                LogOutput::StdErr { message } => {
                    tracing::warn!(said = %String::from_utf8_lossy(&message).trim(), "a container's agent");
                    Ok(())
                }
                LogOutput::StdIn { .. } | LogOutput::Console { .. } => Err(io::ErrorKind::InvalidData.into()),
            };
            if let Err(error) = sorted {
                tracing::warn!(%error, "a container talks nonsense");
                break;
            }
        }
        self.shared.input.close();
        self.shared.dead.cancel();
        self.shared.lost.cancel();
    }

    fn sort_all(&mut self, whole: &mut Frames, bytes: &[u8]) -> io::Result<()> {
        whole.put(bytes);
        while let Some((tell, content)) = whole.take::<Tell>()? {
            self.sort(tell, content)?;
        }
        Ok(())
    }

    fn sort(&mut self, tell: Tell, content: Vec<u8>) -> io::Result<()> {
        match tell {
            Tell::Hello => answer(&mut self.hello, serde_json::from_slice(&content)?),
            Tell::Begun => answer(&mut self.begun, Ok(serde_json::from_slice(&content)?)),
            Tell::Failed => answer(&mut self.begun, Err(String::from_utf8_lossy(&content).into_owned())),
            Tell::Control if content.is_empty() => self.control = None,
            Tell::Control => {
                if let Some(control) = &self.control {
                    let _ = control.unbounded_send(Ok(content.into()));
                }
            }
            Tell::Stdout => pass(&mut self.outputs[0], content),
            Tell::Stderr => pass(&mut self.outputs[1], content),
            Tell::Taken if content.is_empty() => self.shared.input.close(),
            Tell::Taken => self
                .shared
                .input
                .add_permits(number(&content).ok_or(io::ErrorKind::InvalidData)?),
            Tell::Account => self.account(&content)?,
            Tell::Dead => self.shared.dead.cancel(),
        }
        Ok(())
    }

    fn account(&self, content: &[u8]) -> io::Result<()> {
        let (number, accounts) = content.split_first_chunk::<4>().ok_or(io::ErrorKind::InvalidData)?;
        let accounts = serde_json::from_slice(accounts)?;
        let mut waiting = self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = waiting.remove(&u32::from_le_bytes(*number)) {
            let _ = sender.send(accounts);
        }
        Ok(())
    }
}

/// Whoever waited may have gone.
fn answer<T>(to: &mut Option<oneshot::Sender<T>>, what: T) {
    if let Some(to) = to.take() {
        let _ = to.send(what);
    }
}

/// An empty piece is the end.
fn pass(to: &mut Option<mpsc::UnboundedSender<Bytes>>, content: Vec<u8>) {
    if content.is_empty() {
        *to = None;
    } else if let Some(to) = to {
        let _ = to.send(content.into());
    }
}
