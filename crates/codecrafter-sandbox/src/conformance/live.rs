//! Programs that are talked with while they run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::live::{Signal, TerminalSize};
use tokio::sync::mpsc::error::TrySendError;

use super::{PATIENCE, Sandbox, all_is_well, drain, python, report_of, run, sh, start, until_it_says, within};
use crate::{Command, End, Process, Spec};

const SIZE: TerminalSize = TerminalSize { cols: 80, rows: 24 };

fn in_terminal(spec: Spec) -> Spec {
    Spec {
        terminal: Some(SIZE),
        ..spec
    }
}

async fn send(process: &Process, input: &'static str) {
    let stdin = process.stdin.as_ref().expect("open");
    stdin.send(Bytes::from_static(input.as_bytes())).await.expect("read");
}

/// What it still writes, and how it ends.
async fn rest(process: &mut Process) -> (String, End) {
    let (stdout, _) = tokio::time::timeout(PATIENCE, drain(process))
        .await
        .expect("ends in time");
    (
        String::from_utf8_lossy(&stdout).into_owned(),
        report_of(process).await.end,
    )
}

/// Each line is answered before the next is sent.
pub async fn a_program_answers_line_by_line(sandbox: Arc<dyn Sandbox>) {
    let script = "while True:\n line = input()\n print('got', line, flush=True)";
    let mut process = start(&sandbox, python(script)).await;
    send(&process, "one\n").await;
    until_it_says(&mut process, "got one\n").await;
    send(&process, "two\n").await;
    until_it_says(&mut process, "got two\n").await;
    process.stdin = None;
    assert_eq!(rest(&mut process).await.1, End::Exited(1), "EOFError");
}

/// All of those that may be sent, each with the program's own answer.
pub async fn signals_reach_the_program(sandbox: Arc<dyn Sandbox>) {
    // Not print, which a second signal must not interrupt.
    let script = "import os, signal\n\
        for s in (1, 2, 3, 10, 12, 15, 18, 20, 28): signal.signal(s, lambda s, _: os.write(1, b'%d\\n' % s))\n\
        print('ready', flush=True)\nwhile True: signal.pause()";
    let mut process = start(&sandbox, python(script)).await;
    until_it_says(&mut process, "ready").await;
    for signal in [
        Signal::Hup,
        Signal::Int,
        Signal::Quit,
        Signal::Usr1,
        Signal::Usr2,
        Signal::Term,
        Signal::Cont,
        Signal::Tstp,
        Signal::Winch,
    ] {
        process.command(Command::Signal(signal));
        until_it_says(&mut process, &format!("{}\n", signal.number())).await;
    }
    process.command(Command::Signal(Signal::Kill));
    assert_eq!(rest(&mut process).await.1, End::Signalled(9));
    all_is_well(&sandbox).await;
}

/// As the kernel does when somebody types Ctrl+C.
pub async fn signals_reach_the_programs_children(sandbox: Arc<dyn Sandbox>) {
    let script = "trap 'echo parent' USR1; (trap 'echo child; exit' USR1; echo ready; while :; do sleep 0.05; done) & \
                  wait; wait; echo end";
    let mut process = start(&sandbox, sh(script)).await;
    until_it_says(&mut process, "ready\n").await;
    process.command(Command::Signal(Signal::Usr1));
    let (said, end) = rest(&mut process).await;
    assert_eq!(end, End::Exited(0));
    let mut lines: Vec<_> = said.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["child", "end", "parent"]);
}

/// That is a signal and not our doing.
pub async fn a_signal_that_nobody_handles_ends_the_program(sandbox: Arc<dyn Sandbox>) {
    for signal in [Signal::Int, Signal::Term, Signal::Hup] {
        let script = "import signal\nprint('ready', flush=True)\nsignal.pause()";
        let mut process = start(&sandbox, python(script)).await;
        until_it_says(&mut process, "ready\n").await;
        process.command(Command::Signal(signal));
        assert_eq!(rest(&mut process).await.1, End::Signalled(signal.number().into()));
    }
}

/// Daemons that end are not left as dead processes, which count as processes.
pub async fn orphans_are_reaped_while_the_program_runs(sandbox: Arc<dyn Sandbox>) {
    let script = "i=0; while [ $i -lt 60 ]; do (true & exec true); i=$((i+1)); done; echo done";
    let ran = run(&sandbox, within(sh(script), |limits| limits.processes = 12)).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "done\n");
}

/// The standard streams are a terminal exactly where one was asked for.
pub async fn a_terminal_is_one_and_pipes_are_none(sandbox: Arc<dyn Sandbox>) {
    let script = "import os\nprint([os.isatty(n) for n in (0, 1, 2)])";
    assert_eq!(run(&sandbox, python(script)).await.out(), "[False, False, False]\n");
    let script = "import os\nprint([os.isatty(n) for n in (0, 1, 2)], os.ttyname(0))\n\
        tty = os.open('/dev/tty', os.O_RDWR)\nos.write(tty, b'tty\\n')\n\
        print(os.tcgetpgrp(tty) == os.getpgrp() == os.getpid())";
    let ran = run(&sandbox, in_terminal(python(script))).await;
    ran.expect_end(End::Exited(0));
    // The sender of the input was dropped, which types an end of file: nobody sees that.
    assert_eq!(ran.out(), "[True, True, True] /dev/pts/0\r\ntty\r\nTrue\r\n");
    assert!(ran.stderr.is_empty());
    all_is_well(&sandbox).await;
}

/// By the kernel's line discipline: what is typed shows, is a line at Return, and may be corrected before.
pub async fn a_terminal_echoes_and_edits_lines(sandbox: Arc<dyn Sandbox>) {
    let mut process = start(&sandbox, in_terminal(python("print('hello', input('name? '))"))).await;
    until_it_says(&mut process, "name? ").await;
    send(&process, "Adam\x7fa\r").await;
    let (said, end) = rest(&mut process).await;
    assert_eq!(said, "Adam\u{8} \u{8}a\r\nhello Adaa\r\n");
    assert_eq!(end, End::Exited(0));
}

/// The byte 3, as it comes from a keyboard.
pub async fn ctrl_c_ends_a_program_in_a_terminal(sandbox: Arc<dyn Sandbox>) {
    let script = "import signal\nsignal.signal(2, signal.SIG_DFL)\nprint('ready', flush=True)\nsignal.pause()";
    let mut process = start(&sandbox, in_terminal(python(script))).await;
    until_it_says(&mut process, "ready\r\n").await;
    send(&process, "\x03").await;
    assert_eq!(rest(&mut process).await, ("^C".to_owned(), End::Signalled(2)));
    // Many short ones: Python does not see a signal that comes just before it begins to sleep.
    let script = "import time\ntry:\n print('ready', flush=True)\n while True: time.sleep(0.01)\n\
        except KeyboardInterrupt: print('kept')";
    let mut process = start(&sandbox, in_terminal(python(script))).await;
    until_it_says(&mut process, "ready\r\n").await;
    send(&process, "\x03").await;
    assert_eq!(rest(&mut process).await, ("^Ckept\r\n".to_owned(), End::Exited(0)));
}

/// With and without a begun line before it.
pub async fn the_end_of_input_is_typed_in_a_terminal(sandbox: Arc<dyn Sandbox>) {
    for (typed, read) in [("one\n", "['one\\n']"), ("one\ntwo", "['one\\n', 'two']"), ("", "[]")] {
        let script = "import sys\nprint('ready', flush=True)\nprint(sys.stdin.readlines())";
        let mut process = start(&sandbox, in_terminal(python(script))).await;
        until_it_says(&mut process, "ready\r\n").await;
        send(&process, typed).await;
        process.stdin = None;
        let (said, end) = rest(&mut process).await;
        assert_eq!(end, End::Exited(0), "{typed:?} {said:?}");
        assert!(said.ends_with(&format!("{read}\r\n")), "{said:?}");
    }
}

/// At the start and when it changes, which is also signalled.
pub async fn the_terminals_size_is_seen(sandbox: Arc<dyn Sandbox>) {
    let script = "import os, signal\n\
        show = lambda *_: os.write(1, b'%d %d\\n' % os.get_terminal_size())\n\
        signal.signal(signal.SIGWINCH, show)\nshow()\nwhile True: signal.pause()";
    let mut process = start(&sandbox, in_terminal(python(script))).await;
    until_it_says(&mut process, "80 24\r\n").await;
    process.command(Command::Resize(TerminalSize { cols: 132, rows: 50 }));
    until_it_says(&mut process, "132 50\r\n").await;
    process.kill();
    assert_eq!(rest(&mut process).await.1, End::Killed);
}

/// However fast the program ends after it.
pub async fn a_terminal_loses_no_output(sandbox: Arc<dyn Sandbox>) {
    for _ in 0..5 {
        let ran = run(
            &sandbox,
            in_terminal(python("import os\nos.write(1, b'0123456789' * 30000)")),
        )
        .await;
        ran.expect_end(End::Exited(0));
        assert!(ran.out() == "0123456789".repeat(30_000), "{} bytes", ran.stdout.len());
    }
    let flood = within(in_terminal(sh("yes")), |limits| limits.output_bytes = 100_000);
    let ran = run(&sandbox, flood).await;
    ran.expect_end(End::OutputLimit);
    assert_eq!(ran.stdout.len(), 100_000);
}

/// Typing for others, other line disciplines, more terminals, the session's leader.
pub async fn a_terminal_opens_no_way_out(sandbox: Arc<dyn Sandbox>) {
    let script = "import fcntl, os, struct, sys, termios\n\
        def attempt(what, f):\n\
        \x20try: f(); print(what)\n\
        \x20except OSError as error: \n\
        \x20 if what in ('sti', 'linux', 'discipline', 'console') and error.errno != 1: print(what, error)\n\
        tty = os.open('/dev/tty', os.O_RDWR)\n\
        for fd in (0, tty):\n\
        \x20attempt('sti', lambda: fcntl.ioctl(fd, termios.TIOCSTI, b'x'))\n\
        \x20attempt('linux', lambda: fcntl.ioctl(fd, 0x541c, b'\\x02x'))\n\
        \x20attempt('discipline', lambda: fcntl.ioctl(fd, termios.TIOCSETD, struct.pack('i', 3)))\n\
        \x20attempt('console', lambda: fcntl.ioctl(fd, termios.TIOCCONS))\n\
        attempt('another', os.openpty)\n\
        attempt('ptmx', lambda: os.open('/dev/pts/ptmx', os.O_RDWR))\n\
        attempt('chmod', lambda: os.chmod('/dev/pts/ptmx', 0o666))\n\
        attempt('tty1', lambda: os.open('/dev/tty1', os.O_RDWR))\n\
        attempt('kill', lambda: os.kill(1, 9))\n\
        os.tcsetpgrp(0, os.getpgrp())\n\
        status = dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)\n\
        print(status['CapEff'].strip('0'), status['NoNewPrivs'], status['Seccomp'], sorted(os.listdir('/dev/pts')))";
    let ran = run(&sandbox, in_terminal(python(script))).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), " 1 2 ['0', 'ptmx']\r\n");
    let daemon = "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(1000)\nprint('end')";
    let ran = run(&sandbox, in_terminal(python(daemon))).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "end\r\n");
    all_is_well(&sandbox).await;
}

/// Neither input nor output for that long; either keeps it alive.
pub async fn an_idle_program_is_ended(sandbox: Arc<dyn Sandbox>) {
    let idle = |spec| within(spec, |limits| limits.idle_ms = Some(1500));
    let mut process = start(&sandbox, idle(sh("echo before; cat"))).await;
    assert_eq!(rest(&mut process).await, ("before\n".to_owned(), End::IdleLimit));
    let busy = "for i in 1 2 3 4 5; do sleep 0.4; echo $i; done";
    run(&sandbox, idle(sh(busy))).await.expect_end(End::Exited(0));
    let mut process = start(
        &sandbox,
        idle(in_terminal(sh("stty -echo; echo ready; cat > /dev/null"))),
    )
    .await;
    until_it_says(&mut process, "ready").await;
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        send(&process, "x\n").await;
    }
    assert_eq!(rest(&mut process).await.1, End::IdleLimit);
    all_is_well(&sandbox).await;
}

/// Whoever sends waits, nobody holds more than a bound, and signals get past.
pub async fn input_that_nobody_reads_is_bounded(sandbox: Arc<dyn Sandbox>) {
    for spec in [
        sh("echo ready; exec sleep 1000"),
        in_terminal(sh("echo ready; exec sleep 1000")),
    ] {
        let mut process = start(&sandbox, spec).await;
        until_it_says(&mut process, "ready").await;
        let line = Bytes::from([&[b'x'; 1023][..], b"\n"].concat().repeat(64));
        let stdin = process.stdin.take().expect("open");
        let (mut sent, mut refused) = (0, 0);
        while refused < 20 {
            match stdin.try_send(line.clone()) {
                Ok(()) => sent += line.len(),
                Err(TrySendError::Full(_)) => {
                    refused += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(TrySendError::Closed(_)) => panic!("it does not read, but it may"),
            }
        }
        assert!(sent <= 4 << 20, "{sent} bytes");
        process.command(Command::Signal(Signal::Term));
        assert_eq!(rest(&mut process).await.1, End::Signalled(15));
        drop(stdin);
    }
    all_is_well(&sandbox).await;
}

/// Nothing waits for the input to be taken.
pub async fn killing_does_not_wait_for_input(sandbox: Arc<dyn Sandbox>) {
    let mut process = start(&sandbox, sh("echo ready; exec sleep 1000")).await;
    until_it_says(&mut process, "ready").await;
    let stdin = process.stdin.take().expect("open");
    let sending = tokio::spawn(async move {
        let piece = Bytes::from(vec![b'x'; 64 << 10]);
        while stdin.send(piece.clone()).await.is_ok() {}
    });
    process.kill();
    assert_eq!(rest(&mut process).await.1, End::Killed);
    let sent = tokio::time::timeout(PATIENCE, sending).await;
    sent.expect("the sender is told").expect("without a panic");
    all_is_well(&sandbox).await;
}
