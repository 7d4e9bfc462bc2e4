//! The host's ends of a program's standard streams, and whether anything moves in them.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use bytes::Bytes;
use codecrafter_domain::live::TerminalSize;
use codecrafter_jail::order::StreamEnds;
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::sync::mpsc;

use crate::watch::{Activity, Typing};

/// What the program reads and writes.
pub(super) struct Streams {
    pub(super) stdin: Input,
    pub(super) stdout: pipe::Receiver,
    /// None where it has a terminal, which is one stream.
    pub(super) stderr: Option<pipe::Receiver>,
    pub(super) terminal: Option<Terminal>,
}

/// A terminal's other end, for setting its size.
pub(super) struct Terminal(OwnedFd);

/// What the program reads.
pub(super) struct Input {
    to: pipe::Sender,
    is_terminal: bool,
}

impl Streams {
    /// Takes over the ends; a terminal gets its size.
    pub(super) fn open(ends: StreamEnds, size: Option<TerminalSize>) -> io::Result<Self> {
        match ends {
            StreamEnds::Pipes([stdin, stdout, stderr]) => Ok(Self {
                stdin: Input {
                    to: pipe::Sender::from_owned_fd(stdin)?,
                    is_terminal: false,
                },
                stdout: pipe::Receiver::from_owned_fd(stdout)?,
                stderr: Some(pipe::Receiver::from_owned_fd(stderr)?),
                terminal: None,
            }),
            StreamEnds::Terminal(master) => Self::open_terminal(master, size),
        }
    }

    fn open_terminal(master: OwnedFd, size: Option<TerminalSize>) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&master, true)?;
        let terminal = Terminal(master);
        if let Some(size) = size {
            terminal.resize(size)?;
        }
        let copy = || terminal.0.as_fd().try_clone_to_owned();
        Ok(Self {
            // Read and written like pipes; only opening them is something else.
            stdin: Input {
                to: pipe::Sender::from_owned_fd_unchecked(copy()?)?,
                is_terminal: true,
            },
            stdout: pipe::Receiver::from_owned_fd_unchecked(copy()?)?,
            stderr: None,
            terminal: Some(terminal),
        })
    }
}

impl Terminal {
    /// The kernel tells the program with SIGWINCH.
    pub(super) fn resize(&self, size: TerminalSize) -> io::Result<()> {
        let size = Winsize {
            ws_col: size.cols,
            ws_row: size.rows,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        Ok(tcsetwinsize(&self.0, size)?)
    }
}

impl Input {
    /// Passes input on until its end, or until the program reads no more.
    pub(super) async fn feed(mut self, mut from: mpsc::Receiver<Bytes>, activity: &Activity) {
        let mut typing = Typing::default();
        while let Some(bytes) = from.recv().await {
            activity.note();
            typing.note(&bytes);
            if self.to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        if self.is_terminal {
            let _ = self.to.write_all(typing.end()).await;
        }
    }
}
