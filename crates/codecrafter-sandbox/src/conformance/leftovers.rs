//! That a run ends as a whole, and that the next one finds nothing of it.

use std::sync::Arc;

use super::{Sandbox, all_is_well, python, report_of, run, sh, start, until_it_says};
use crate::End;

/// The run ends with its first process.
pub async fn a_daemon_does_not_outlive_the_program(sandbox: Arc<dyn Sandbox>) {
    let script = "import os, time\n\
        if os.fork() == 0:\n\
        \x20os.setsid()\n\
        \x20if os.fork() == 0:\n\
        \x20\x20for fd in range(3): os.close(fd)\n\
        \x20\x20time.sleep(1000)\n\
        \x20os._exit(0)\n\
        os.wait()\n\
        print('started')";
    let ran = run(&sandbox, python(script)).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "started\n");
    all_is_well(&sandbox).await;
}

/// Output ends with the program as well.
pub async fn a_child_that_holds_the_output_open_does_not_hold_the_run_open(sandbox: Arc<dyn Sandbox>) {
    let ran = run(
        &sandbox,
        sh("(trap '' HUP TERM; sleep 1000) & (setsid sleep 1000 &); echo started; exit 3"),
    )
    .await;
    ran.expect_end(End::Exited(3));
    assert_eq!(ran.out(), "started\n");
    all_is_well(&sandbox).await;
}

/// At any moment, and says so.
pub async fn killing_ends_everything(sandbox: Arc<dyn Sandbox>) {
    let mut process = start(&sandbox, sh("(setsid sleep 1000 &); echo up; sleep 1000")).await;
    until_it_says(&mut process, "up").await;
    process.kill();
    while process.output.recv().await.is_some() {}
    assert_eq!(report_of(&mut process).await.end, End::Killed);
    let mut process = start(&sandbox, sh("sleep 1000")).await;
    process.kill();
    while process.output.recv().await.is_some() {}
    assert_eq!(report_of(&mut process).await.end, End::Killed);
    all_is_well(&sandbox).await;
}

/// Nobody has to ask for it.
pub async fn dropping_ends_everything(sandbox: Arc<dyn Sandbox>) {
    let mut process = start(&sandbox, sh("echo up; sleep 1000")).await;
    until_it_says(&mut process, "up").await;
    let (_sender, receiver) = tokio::sync::oneshot::channel();
    let report = std::mem::replace(&mut process.report, receiver);
    drop(process);
    let report = tokio::time::timeout(super::PATIENCE, report).await.expect("in time");
    let report = report.expect("the sandbox answers").expect("runs");
    assert_eq!(report.end, End::Killed);
    all_is_well(&sandbox).await;
}

/// Files, System V and POSIX objects, abstract sockets, names of the machine.
pub async fn nothing_passes_from_one_run_to_the_next(sandbox: Arc<dyn Sandbox>) {
    let script = "import ctypes, os, socket\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        found = [p for d in ('/box', '/tmp', '/dev/shm') for p in os.listdir(d)]\n\
        if libc.shmget(77, 4096, 0) != -1: found.append('shm')\n\
        if libc.semget(77, 1, 0) != -1: found.append('sem')\n\
        if libc.msgget(77, 0) != -1: found.append('msg')\n\
        s = socket.socket(socket.AF_UNIX)\n\
        try: s.connect('\\0name'); found.append('abstract')\n\
        except OSError: s.bind('\\0name'); s.listen()\n\
        for d in ('/box', '/tmp', '/dev/shm'): open(d + '/f', 'w').write('x')\n\
        libc.shmget(77, 4096, 0o1666); libc.semget(77, 1, 0o1666); libc.msgget(77, 0o1666)\n\
        print(found, flush=True)\n\
        input()";
    let mut first = start(&sandbox, python(script)).await;
    until_it_says(&mut first, "[]").await;
    // Side by side with the first, then after it.
    let mut second = start(&sandbox, python(script)).await;
    until_it_says(&mut second, "[]").await;
    drop((first, second));
    let mut third = start(&sandbox, python(script)).await;
    until_it_says(&mut third, "[]").await;
}
