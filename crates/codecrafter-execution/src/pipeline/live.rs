//! What is sent to a program while it runs, on its way from the worker's ear to the process.

use std::sync::Arc;

use bytes::Bytes;
use codecrafter_domain::event::Control;
use codecrafter_domain::execution::bounds;
use codecrafter_sandbox::Command;
use tokio::sync::{Mutex, Semaphore, mpsc};

/// The least that a piece of input counts for, in bytes: single keys cost their envelope.
const LEAST: usize = 64;
/// Commands that may wait; they are taken at once while a program runs.
const COMMANDS: usize = 64;

/// The receiving end: waits, in order, until the program reads it.
pub struct Live {
    stdin: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    commands: Mutex<mpsc::Receiver<Command>>,
    room: Arc<Semaphore>,
}

/// The sending end. Never waits, so that whoever cancels is heard whatever input is stuck.
pub struct Remote {
    stdin: Option<mpsc::UnboundedSender<Bytes>>,
    commands: mpsc::Sender<Command>,
    room: Arc<Semaphore>,
}

/// Both ends, with room for as much unread input as a request may have.
pub fn connect() -> (Remote, Live) {
    let (to_stdin, stdin) = mpsc::unbounded_channel();
    let (to_commands, commands) = mpsc::channel(COMMANDS);
    let room = Arc::new(Semaphore::new(bounds::STDIN_BYTES));
    let remote = Remote {
        stdin: Some(to_stdin),
        commands: to_commands,
        room: Arc::clone(&room),
    };
    let live = Live {
        stdin: Mutex::new(stdin),
        commands: Mutex::new(commands),
        room,
    };
    (remote, live)
}

impl Remote {
    /// Passes on what is asked, save for [`Control::Cancel`]. Input for which there is no room is lost: the program has
    /// not read for a megabyte.
    pub fn send(&mut self, control: Control) {
        match control {
            Control::Cancel => {}
            Control::Stdin { data, encoding } => match encoding.decode(&data) {
                Ok(bytes) => self.send_stdin(bytes.into()),
                Err(error) => tracing::error!(%error, "input on the bus is not readable"),
            },
            Control::StdinEnd => self.stdin = None,
            Control::Signal { signal } => self.command(Command::Signal(signal)),
            Control::Resize(size) => self.command(Command::Resize(size)),
        }
    }

    fn send_stdin(&self, bytes: Bytes) {
        let Some(stdin) = &self.stdin else { return };
        let Ok(taken) = self.room.try_acquire_many(cost(&bytes)) else {
            return tracing::debug!(bytes = bytes.len(), "input dropped: the program does not read");
        };
        taken.forget();
        // Fails once the program has ended.
        let _ = stdin.send(bytes);
    }

    fn command(&self, command: Command) {
        let _ = self.commands.try_send(command);
    }
}

impl Live {
    /// Feeds the program until the input ends or nobody reads it any more.
    pub(super) async fn feed(&self, to: &mpsc::Sender<Bytes>) {
        let mut stdin = self.stdin.lock().await;
        while let Some(bytes) = stdin.recv().await {
            let cost = cost(&bytes);
            if to.send(bytes).await.is_err() {
                return;
            }
            self.room.add_permits(cost as usize);
        }
    }
}

/// The next thing that is asked of a program; never comes where nothing can be.
pub(super) async fn next_command(live: Option<&Live>) -> Command {
    if let Some(live) = live
        && let Some(command) = live.commands.lock().await.recv().await
    {
        return command;
    }
    std::future::pending().await
}

fn cost(bytes: &Bytes) -> u32 {
    u32::try_from(bytes.len().max(LEAST)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::execution::Encoding;

    use super::*;

    fn stdin(data: impl Into<String>) -> Control {
        Control::Stdin {
            data: data.into(),
            encoding: Encoding::Utf8,
        }
    }

    #[tokio::test]
    async fn input_keeps_its_order_and_has_an_end() {
        let (mut remote, live) = connect();
        for data in ["a", "b", "c"] {
            remote.send(stdin(data));
        }
        remote.send(Control::StdinEnd);
        remote.send(stdin("after the end"));
        let (to, mut from) = mpsc::channel(8);
        live.feed(&to).await;
        drop(to);
        let mut all = Vec::new();
        while let Some(bytes) = from.recv().await {
            all.extend_from_slice(&bytes);
        }
        assert_eq!(all, b"abc");
    }

    #[tokio::test]
    async fn unread_input_is_bounded_until_it_is_read() {
        let (mut remote, live) = connect();
        for _ in 0..100 {
            remote.send(stdin("x".repeat(64 * 1024)));
        }
        remote.send(stdin("key"));
        let (to, mut from) = mpsc::channel(64);
        let room = bounds::STDIN_BYTES / (64 * 1024);
        tokio::select! {
            () = live.feed(&to) => panic!("not the end"),
            () = async { for _ in 0..room { from.recv().await.expect("a piece"); } } => {}
        }
        remote.send(stdin("again"));
        remote.send(Control::StdinEnd);
        live.feed(&to).await;
        assert_eq!(from.recv().await.as_deref(), Some(&b"again"[..]));
        assert!(from.try_recv().is_err(), "nothing else was kept");
    }
}
