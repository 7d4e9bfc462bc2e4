//! How a program ends, and what it starts with.

use std::sync::Arc;

use super::{Sandbox, SandboxError, python, run, sh, spec, try_run};
use crate::{End, Mount};

/// Any code from 0 to 255.
pub async fn the_exit_code_is_reported(sandbox: Arc<dyn Sandbox>) {
    for code in [0, 1, 7, 127, 255] {
        run(&sandbox, sh(&format!("exit {code}")))
            .await
            .expect_end(End::Exited(code));
    }
}

/// A crash has a number.
pub async fn a_signal_is_reported(sandbox: Arc<dyn Sandbox>) {
    run(&sandbox, sh("kill -SEGV $$")).await.expect_end(End::Signalled(11));
    run(&sandbox, python("import os; os.abort()"))
        .await
        .expect_end(End::Signalled(6));
}

/// Verdicts come from accounts, not from the signal that the kernel would use.
pub async fn killing_oneself_is_a_signal_and_no_limit(sandbox: Arc<dyn Sandbox>) {
    run(&sandbox, sh("kill -KILL $$")).await.expect_end(End::Signalled(9));
    run(&sandbox, sh("kill -XCPU $$")).await.expect_end(End::Signalled(24));
}

/// No shell in between, nothing added, nothing lost.
pub async fn arguments_and_environment_arrive_exactly(sandbox: Arc<dyn Sandbox>) {
    let mut spec = python("import os, sys; print(sys.argv[1:], sorted(os.environ.items()))");
    spec.argv.extend(["a b", "$HOME", "", "é\n"].map(str::to_owned));
    spec.env = vec![("LC_ALL".into(), "C.UTF-8".into()), ("X".into(), "1=2".into())];
    let ran = run(&sandbox, spec).await;
    assert_eq!(
        ran.out(),
        "['a b', '$HOME', '', 'é\\n'] [('LC_ALL', 'C.UTF-8'), ('X', '1=2')]\n"
    );
}

/// It is the caller's mistake and says which program.
pub async fn a_missing_program_is_an_error(sandbox: Arc<dyn Sandbox>) {
    let error = try_run(&sandbox, spec(&["/nonexistent"]), &[])
        .await
        .expect_err("nothing to run");
    assert!(
        matches!(&error, SandboxError::Spec(why) if why.contains("/nonexistent")),
        "{error}"
    );
    let error = try_run(&sandbox, spec(&[]), &[]).await.expect_err("nothing to run");
    assert!(matches!(&error, SandboxError::Spec(_)), "{error}");
}

/// It says which mount.
pub async fn a_missing_mount_is_an_error(sandbox: Arc<dyn Sandbox>) {
    let mut spec = sh("true");
    spec.mounts.push(Mount {
        source: "/nonexistent".into(),
        target: "/opt/x".into(),
    });
    let error = try_run(&sandbox, spec, &[]).await.expect_err("nothing to mount");
    assert!(
        matches!(&error, SandboxError::Spec(why) if why.contains("/nonexistent")),
        "{error}"
    );
}

/// Even one that only root may reach on the host.
pub async fn a_mount_is_seen_at_its_target_and_read_only(sandbox: Arc<dyn Sandbox>) {
    let host = tempfile::tempdir().expect("a folder that only its owner may enter");
    let shared = host.path().join("shared");
    std::fs::create_dir(&shared).expect("folder");
    std::fs::write(shared.join("file"), "content").expect("file");
    let mut spec = sh("cat /opt/shared/file; echo x > /opt/shared/file || echo x > /opt/shared/new || exit 5");
    spec.mounts.push(Mount {
        source: shared.clone(),
        target: "/opt/shared".into(),
    });
    let ran = run(&sandbox, spec).await;
    ran.expect_end(End::Exited(5));
    assert_eq!(ran.out(), "content");
    assert_eq!(std::fs::read(shared.join("file")).expect("still there"), b"content");
}

/// Each with its own files, processes and output.
pub async fn many_runs_at_once_are_apart(sandbox: Arc<dyn Sandbox>) {
    let runs = (0..20).map(|n| {
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move {
            let script = format!("test ! -e f && echo {n} > f && sleep 0.1 && cat f && ls /proc | grep -c '^[0-9]'");
            let ran = run(&sandbox, sh(&script)).await;
            ran.expect_end(End::Exited(0));
            // The shell, and one of its own children at a time and ls with grep.
            let out = ran.out();
            let (first, processes) = out.trim().split_once('\n').expect("two lines");
            assert_eq!(first, n.to_string());
            assert!(processes.parse::<u32>().expect("a number") <= 4, "{processes}");
        })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.expect("a run of its own");
    }
}
