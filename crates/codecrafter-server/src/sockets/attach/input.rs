//! Frames from the client, on their way to the worker that holds the run.

use codecrafter_collab::close;
use codecrafter_domain::event::Control;
use codecrafter_domain::execution::{Encoding, ExecutionHead, Status};
use codecrafter_domain::id::ExecutionId;
use codecrafter_domain::live::{Signal, TerminalSize};
use codecrafter_domain::object;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MAX_FRAME_BYTES;
use crate::error::ApiError;
use crate::sockets::Goodbye;
use crate::state::App;

/// A close frame's reason has at most 123 bytes (RFC 6455); this leaves room for the words around.
const REASON_CHARS: usize = 60;

/// What clients send.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AttachInput {
    /// Standard input; in a terminal, what is typed.
    Stdin {
        /// What.
        data: String,
        /// How `data` is written.
        #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
        encoding: Encoding,
    },
    /// The end of standard input; in a terminal, Ctrl+D.
    StdinEnd {},
    /// A signal for the program's processes.
    Signal {
        /// Which.
        signal: Signal,
    },
    /// Another size of the terminal.
    Resize {
        /// Characters in a line, from 1 to 500.
        cols: u16,
        /// Lines, from 1 to 300.
        rows: u16,
    },
}

/// Why a frame is not carried out.
pub(super) enum Refused {
    /// It makes no sense here; the connection stays.
    Frame(String),
    /// The connection ends.
    Socket(Goodbye),
}

/// The way to one run.
pub(super) struct Input {
    app: App,
    run: ExecutionId,
    is_interactive: bool,
    has_terminal: bool,
    /// Whether the sender may talk to the run at this moment.
    pub(super) may_steer: bool,
    /// Frames for a run that no worker listens for yet; `None` once one does.
    waiting: Option<Vec<Control>>,
    waiting_bytes: usize,
}

impl Input {
    pub(super) fn new(app: &App, head: &ExecutionHead) -> Self {
        Self {
            app: app.clone(),
            run: head.id,
            is_interactive: head.interactive,
            has_terminal: head.pty.is_some(),
            may_steer: false,
            waiting: (head.status == Status::Queued).then(Vec::new),
            waiting_bytes: 0,
        }
    }

    /// Carries a frame out.
    pub(super) async fn take(&mut self, text: &str) -> Result<(), Refused> {
        let control = read(text).map_err(|error| Refused::Socket(malformed(&error)))?;
        self.check(&control).map_err(|why| Refused::Frame(why.to_owned()))?;
        // Perhaps the word that it was taken was missed.
        if self.waiting.is_some() && !self.is_queued().await.map_err(end)? {
            self.set_waiting(false).await.map_err(end)?;
        }
        let Some(waiting) = &mut self.waiting else {
            return self.send(&control).await.map_err(end);
        };
        if self.waiting_bytes + text.len() > MAX_FRAME_BYTES {
            return Err(Refused::Frame(
                "The run still waits for its turn: send less until then.".to_owned(),
            ));
        }
        self.waiting_bytes += text.len();
        waiting.push(control);
        Ok(())
    }

    fn check(&self, control: &Control) -> Result<(), &'static str> {
        if !self.may_steer {
            return Err("This takes the role editor, or that the run is yours.");
        }
        if !self.is_interactive {
            return Err("This run takes no input: start it with interactive or pty.");
        }
        if matches!(control, Control::Resize(_)) && !self.has_terminal {
            return Err("This run has no terminal: start it with pty.");
        }
        Ok(())
    }

    async fn is_queued(&self) -> Result<bool, ApiError> {
        Ok(self.app.store.execution(self.run).await?.head.status == Status::Queued)
    }

    /// Notes whether the run waits for a worker; once it does not, what was held is sent.
    pub(super) async fn set_waiting(&mut self, is_waiting: bool) -> Result<(), ApiError> {
        if is_waiting {
            self.waiting.get_or_insert_default();
            return Ok(());
        }
        self.waiting_bytes = 0;
        for control in self.waiting.take().unwrap_or_default() {
            self.send(&control).await?;
        }
        Ok(())
    }

    async fn send(&self, control: &Control) -> Result<(), ApiError> {
        Ok(self.app.executions.control(self.run, control).await?)
    }
}

fn end(error: ApiError) -> Refused {
    Refused::Socket(error.into())
}

fn malformed(why: &str) -> Goodbye {
    // It may repeat what the client sent.
    let plain = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    let why: String = why.chars().map(plain).take(REASON_CHARS).collect();
    Goodbye::new(close::MALFORMED, format!("not a frame of this socket: {why}"))
}

fn read(text: &str) -> Result<Control, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let input = object::one(&mut json).and_then(|input| json.end().map(|()| input));
    Ok(match input.map_err(|error| error.to_string())? {
        AttachInput::Stdin { data, encoding } => {
            encoding.decode(&data)?;
            Control::Stdin { data, encoding }
        }
        AttachInput::StdinEnd {} => Control::StdinEnd,
        AttachInput::Signal { signal } => Control::Signal { signal },
        AttachInput::Resize { cols, rows } => {
            let size = TerminalSize { cols, rows };
            size.check("resize").map_err(|invalid| invalid.to_string())?;
            Control::Resize(size)
        }
    })
}

/// For the fuzz targets: why a connection that sent this would be closed, if it would.
#[cfg(fuzzing)]
pub(crate) fn reason_to_close(text: &str) -> Option<String> {
    read(text).err().map(|error| malformed(&error).reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read() {
        for right in [
            r#"{"type":"stdin","data":"x"}"#,
            r#"{"type":"stdin","data":"/w==","encoding":"base64"}"#,
            r#"{"type":"stdin_end"}"#,
            r#"{"type":"signal","signal":"SIGINT"}"#,
            r#"{"type":"signal","signal":"INT"}"#,
            r#"{"type":"resize","cols":80,"rows":24}"#,
        ] {
            assert!(read(right).is_ok(), "{right}: {:?}", read(right));
        }
        for wrong in [
            "",
            "null",
            "[]",
            r#"["stdin_end"]"#,
            r#"{"type":"stdin_end"} {}"#,
            r#"{"type":"cancel"}"#,
            r#"{"type":"stdin"}"#,
            r#"{"type":"stdin","data":7}"#,
            r#"{"type":"stdin","data":"?","encoding":"base64"}"#,
            r#"{"type":"stdin_end","data":"x"}"#,
            r#"{"type":"signal","signal":"SIGSTOP"}"#,
            r#"{"type":"signal","signal":9}"#,
            r#"{"type":"resize","cols":0,"rows":24}"#,
            r#"{"type":"resize","cols":501,"rows":24}"#,
            r#"{"type":"resize","cols":-1,"rows":24}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn reasons_fit_a_close_frame() {
        let goodbye = malformed(&"é".repeat(500));
        assert!(goodbye.reason.len() <= 123, "{goodbye:?}");
    }
}
