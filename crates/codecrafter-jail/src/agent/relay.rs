//! The loop between the host and the jail: waits for whichever of them has something to say.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Signal, pidfd_send_signal};
use rustix::termios::{Winsize, tcsetwinsize};

use super::accounts;
use super::queue::{Queue, Reader};
use crate::order::{Ends, Launcher, StreamEnds};
use crate::protocol::Template;
use crate::wire::{self, Ask, Frames, Hello, Tell, WINDOW, frame};

/// Once so much waits for somebody, nothing more is read for them.
const BACKLOG: usize = 256 << 10;

/// Read at a time.
const PIECE: usize = 16 << 10;

/// What may be ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Host,
    ToHost,
    Control,
    Input,
    Output(usize),
    Init,
}

/// Both sides.
pub(super) struct Relay {
    from_host: Frames,
    to_host: Queue,
    jail: Option<Jail>,
}

/// The jail's descriptors, as long as there is anything to be had from them.
struct Jail {
    // Dropping it would end the jail.
    _launcher: Launcher,
    control: Option<UnixStream>,
    to_control: Queue,
    has_answered: bool,
    signals: OwnedFd,
    input: Option<OwnedFd>,
    to_input: Queue,
    input_ends: bool,
    outputs: [Option<OwnedFd>; 2],
    terminal: Option<OwnedFd>,
    init: Option<OwnedFd>,
    /// Bytes of output that the host still takes.
    credit: usize,
}

impl Relay {
    pub(super) fn new() -> io::Result<Self> {
        rustix::io::ioctl_fionbio(rustix::stdio::stdout(), true)?;
        Ok(Self {
            from_host: Frames::default(),
            to_host: Queue::default(),
            jail: None,
        })
    }

    /// Until the host lets go.
    pub(super) fn run(mut self, hello: &Hello) -> io::Result<()> {
        self.tell(Tell::Hello, &serde_json::to_vec(hello)?);
        loop {
            for source in self.wait()? {
                let goes_on = match source {
                    Source::Host => self.listen_to_host()?,
                    Source::ToHost => self.to_host.write_to(rustix::stdio::stdout())? == Reader::Listens,
                    Source::Control => self.serve_control()?,
                    Source::Input => self.write_input()?,
                    Source::Output(which) => self.read_output(which)?,
                    Source::Init => self.note_death(),
                };
                if !goes_on {
                    return Ok(());
                }
            }
        }
    }

    fn tell(&mut self, kind: Tell, content: &[u8]) {
        self.to_host.push(&frame(kind, content));
    }

    /// What is ready of that which there is a use for.
    fn wait(&self) -> io::Result<Vec<Source>> {
        let host_hears = self.to_host.len() < BACKLOG;
        let jail_hears = self.jail.as_ref().is_none_or(|jail| jail.to_control.len() < BACKLOG);
        let mut wanted: Vec<(Source, BorrowedFd<'_>, PollFlags)> = Vec::new();
        if jail_hears {
            wanted.push((Source::Host, rustix::stdio::stdin(), PollFlags::IN));
        }
        if !self.to_host.is_empty() {
            wanted.push((Source::ToHost, rustix::stdio::stdout(), PollFlags::OUT));
        }
        if let Some(jail) = &self.jail {
            jail.want(host_hears, &mut wanted);
        }
        let mut fds: Vec<_> = wanted.iter().map(|(_, fd, flags)| PollFd::new(fd, *flags)).collect();
        match poll(&mut fds, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = wanted.iter().zip(&fds).filter(|(_, fd)| !fd.revents().is_empty());
        Ok(ready.map(|((source, ..), _)| *source).collect())
    }

    fn listen_to_host(&mut self) -> io::Result<bool> {
        let mut piece = [0; PIECE];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(rustix::stdio::stdin(), &mut piece))?;
        if length == 0 {
            return Ok(false);
        }
        self.from_host.put(&piece[..length]);
        while let Some((ask, content)) = self.from_host.take::<Ask>()? {
            self.obey(ask, &content)?;
        }
        Ok(true)
    }

    fn obey(&mut self, ask: Ask, content: &[u8]) -> io::Result<()> {
        match (ask, &mut self.jail) {
            (Ask::Begin, None) => self.begin(content),
            (Ask::Account, _) => self.account(content),
            (Ask::Begin, Some(_)) | (_, None) => Err(io::Error::new(io::ErrorKind::InvalidData, "out of turn")),
            (_, Some(jail)) => jail.obey(ask, content),
        }
    }

    fn begin(&mut self, content: &[u8]) -> io::Result<()> {
        let template: Template = serde_json::from_slice(content)?;
        let made = super::make_jail(&template).and_then(|(launcher, made)| Jail::new(launcher, made.ends, made.init));
        let begun = made.and_then(|jail| Ok((jail, serde_json::to_vec(&accounts::read()?)?)));
        match begun {
            Ok((jail, accounts)) => {
                self.jail = Some(jail);
                self.tell(Tell::Begun, &accounts);
                if template.terminal {
                    // Which is one stream.
                    self.tell(Tell::Stderr, &[]);
                }
            }
            Err(error) => self.tell(Tell::Failed, error.to_string().as_bytes()),
        }
        Ok(())
    }

    fn account(&mut self, question: &[u8]) -> io::Result<()> {
        let accounts = serde_json::to_vec(&accounts::read()?)?;
        self.tell(Tell::Account, &[question, &accounts].concat());
        Ok(())
    }

    fn serve_control(&mut self) -> io::Result<bool> {
        let Some(jail) = &mut self.jail else { return Ok(true) };
        let Some(control) = &jail.control else { return Ok(true) };
        // Whoever does not read any more says so by closing its end.
        let _ = jail.to_control.write_to(control)?;
        let mut piece = [0; PIECE];
        match rustix::io::read(control, &mut piece) {
            Ok(length) => {
                jail.note_answer();
                if length == 0 {
                    jail.control = None;
                }
                self.tell(Tell::Control, &piece[..length]);
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => {
                jail.note_answer();
                jail.control = None;
                self.tell(Tell::Control, &[]);
            }
        }
        Ok(true)
    }

    fn write_input(&mut self) -> io::Result<bool> {
        let Some(jail) = &mut self.jail else { return Ok(true) };
        let before = jail.to_input.len();
        let taken = if jail.write_input()? == Reader::Listens {
            let taken = u32::try_from(before - jail.to_input.len()).unwrap_or(u32::MAX);
            taken.to_le_bytes().to_vec()
        } else {
            Vec::new()
        };
        self.tell(Tell::Taken, &taken);
        Ok(true)
    }

    fn read_output(&mut self, which: usize) -> io::Result<bool> {
        let Some(jail) = &mut self.jail else { return Ok(true) };
        let Some(output) = &jail.outputs[which] else {
            return Ok(true);
        };
        let mut piece = [0; PIECE];
        let most = PIECE.min(jail.credit);
        if most == 0 {
            // The other stream has used up what there was when this was found ready.
            return Ok(true);
        }
        let length = match rustix::io::read(output, &mut piece[..most]) {
            Ok(length) => length,
            Err(Errno::AGAIN | Errno::INTR) => return Ok(true),
            // How a terminal says that nobody has it open any more.
            Err(Errno::IO) => 0,
            Err(error) => return Err(error.into()),
        };
        jail.credit -= length;
        if length == 0 {
            jail.outputs[which] = None;
        }
        self.tell([Tell::Stdout, Tell::Stderr][which], &piece[..length]);
        Ok(true)
    }

    fn note_death(&mut self) -> bool {
        if let Some(jail) = &mut self.jail {
            jail.init = None;
        }
        self.tell(Tell::Dead, &[]);
        true
    }
}

impl Jail {
    fn new(launcher: Launcher, ends: Ends, init: OwnedFd) -> io::Result<Self> {
        let (input, outputs, terminal) = match ends.streams {
            StreamEnds::Pipes([stdin, stdout, stderr]) => (stdin, [Some(stdout), Some(stderr)], None),
            StreamEnds::Terminal(master) => {
                let copy = || master.try_clone();
                (copy()?, [Some(copy()?), None], Some(master))
            }
        };
        for fd in [&input, &ends.signals].into_iter().chain(outputs.iter().flatten()) {
            rustix::io::ioctl_fionbio(fd, true)?;
        }
        ends.control.set_nonblocking(true)?;
        Ok(Self {
            _launcher: launcher,
            control: Some(ends.control),
            to_control: Queue::default(),
            has_answered: false,
            signals: ends.signals,
            input: Some(input),
            to_input: Queue::default(),
            input_ends: false,
            outputs,
            terminal,
            init: Some(init),
            credit: WINDOW,
        })
    }

    fn want<'a>(&'a self, host_hears: bool, wanted: &mut Vec<(Source, BorrowedFd<'a>, PollFlags)>) {
        if let Some(control) = &self.control {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::IN, host_hears);
            flags.set(PollFlags::OUT, !self.to_control.is_empty());
            if !flags.is_empty() {
                wanted.push((Source::Control, control.as_fd(), flags));
            }
        }
        if let Some(input) = self.input.as_ref().filter(|_| !self.to_input.is_empty()) {
            wanted.push((Source::Input, input.as_fd(), PollFlags::OUT));
        }
        for (which, output) in self.outputs.iter().enumerate() {
            if let Some(output) = output.as_ref().filter(|_| host_hears && self.credit > 0) {
                wanted.push((Source::Output(which), output.as_fd(), PollFlags::IN));
            }
        }
        if let Some(init) = &self.init {
            wanted.push((Source::Init, init.as_fd(), PollFlags::IN));
        }
    }

    fn obey(&mut self, ask: Ask, content: &[u8]) -> io::Result<()> {
        match ask {
            // A jail that has answered already reads no files any more: they would be in everybody's way.
            Ask::Control if !self.has_answered => self.to_control.push(content),
            Ask::Collect => self.to_control.push(content),
            Ask::Input if self.input.is_some() => self.to_input.push(content),
            Ask::InputEnd => {
                self.input_ends = true;
                self.close_input_at_its_end();
            }
            // Errors say that the program is gone, or that more signals wait than anybody sends in earnest.
            Ask::Signal => drop(rustix::io::write(&self.signals, content)),
            Ask::Resize => self.resize(content)?,
            Ask::Taken => self.credit += wire_number(content)?,
            Ask::Kill => self.kill(),
            Ask::Control | Ask::Input | Ask::Begin | Ask::Account => {}
        }
        Ok(())
    }

    /// What it has not read by then it never will.
    fn note_answer(&mut self) {
        if !self.has_answered {
            self.has_answered = true;
            self.to_control = Queue::default();
        }
    }

    /// Nobody reads what comes after the end of the program: then the host is told once.
    fn write_input(&mut self) -> io::Result<Reader> {
        let Some(input) = &self.input else {
            return Ok(Reader::Gone);
        };
        let reader = self.to_input.write_to(input)?;
        if reader == Reader::Gone {
            self.to_input = Queue::default();
            self.input = None;
        }
        self.close_input_at_its_end();
        Ok(reader)
    }

    fn close_input_at_its_end(&mut self) {
        if self.input_ends && self.to_input.is_empty() {
            self.input = None;
        }
    }

    fn resize(&self, content: &[u8]) -> io::Result<()> {
        let &[a, b, c, d] = content else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let size = Winsize {
            ws_col: u16::from_le_bytes([a, b]),
            ws_row: u16::from_le_bytes([c, d]),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        if let Some(terminal) = &self.terminal {
            // The only error is that it is gone.
            let _ = tcsetwinsize(terminal, size);
        }
        Ok(())
    }

    fn kill(&self) {
        if let Some(init) = &self.init {
            // The only error is that it is dead already.
            let _ = pidfd_send_signal(init, Signal::KILL);
        }
    }
}

fn wire_number(content: &[u8]) -> io::Result<usize> {
    wire::number(content).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
