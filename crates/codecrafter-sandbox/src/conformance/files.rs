//! Files in and out.

use std::sync::Arc;

use bytes::Bytes;

use super::{Ran, Sandbox, all_is_well, run, sh};
use crate::{BoxFile, End, Spec};

fn file(path: &str, content: &'static [u8], executable: bool) -> BoxFile {
    BoxFile {
        path: path.to_owned(),
        content: Bytes::from_static(content).into(),
        executable,
    }
}

fn collecting(script: &str, collect: &[&str]) -> Spec {
    Spec {
        collect: collect.iter().map(|&path| path.to_owned()).collect(),
        ..sh(script)
    }
}

/// Paths and contents of what came out, in order.
fn collected(ran: &Ran) -> Vec<(&str, &[u8])> {
    let mut files: Vec<_> = ran
        .report
        .collected
        .iter()
        .map(|file| (file.path.as_str(), &file.content[..]))
        .collect();
    files.sort_unstable();
    files
}

/// With their folders, modes and owner.
pub async fn files_are_put_in_place(sandbox: Arc<dyn Sandbox>) {
    let mut spec = sh("pwd; cat a/b/text; ./run; stat -c %a a/b/text run; echo more >> a/b/text");
    spec.files = vec![
        file("a/b/text", b"text\n\0\xff\n", false),
        file("run", b"#!/bin/sh\necho ran\n", true),
    ];
    let ran = run(&sandbox, spec).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.stdout, b"/box\ntext\n\0\xff\nran\n644\n755\n");
}

/// With content and mode.
pub async fn named_files_come_out(sandbox: Arc<dyn Sandbox>) {
    let script = "printf 'a\\0b' > x; mkdir d; echo y > d/y; chmod 700 d/y; echo z > z; exit 4";
    let ran = run(&sandbox, collecting(script, &["x", "d/y"])).await;
    ran.expect_end(End::Exited(4));
    assert_eq!(ran.report.collect_error, None);
    assert_eq!(collected(&ran), [("d/y", &b"y\n"[..]), ("x", &b"a\0b"[..])]);
    assert!(
        ran.report
            .collected
            .iter()
            .all(|file| file.executable == (file.path == "d/y"))
    );
}

/// But only regular files of it.
pub async fn a_folder_comes_out_whole(sandbox: Arc<dyn Sandbox>) {
    let script =
        "mkdir -p o/p/q; echo 1 > o/1; echo 2 > o/p/q/2; ln -s /etc/passwd o/link; mkfifo o/fifo; ln o/1 o/hard";
    let ran = run(&sandbox, collecting(script, &["o"])).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.report.collect_error, None);
    assert_eq!(
        collected(&ran),
        [("o/1", &b"1\n"[..]), ("o/hard", &b"1\n"[..]), ("o/p/q/2", &b"2\n"[..])]
    );
}

/// The caller sees what there is.
pub async fn what_is_missing_is_left_out(sandbox: Arc<dyn Sandbox>) {
    let ran = run(&sandbox, collecting("echo a > a", &["a", "b", "c/d"])).await;
    assert_eq!(collected(&ran), [("a", &b"a\n"[..])]);
    assert_eq!(ran.report.collect_error, None);
}

/// Neither to the jail's files nor to those of the host.
pub async fn links_are_not_followed(sandbox: Arc<dyn Sandbox>) {
    let script = "ln -s /etc/passwd a; ln -s /proc/self/root/etc/passwd b; echo c > c; ln -s c d";
    let ran = run(&sandbox, collecting(script, &["a", "b", "d", "c"])).await;
    assert_eq!(collected(&ran), [("c", &b"c\n"[..])]);
    let error = ran.report.collect_error.expect("says which");
    assert!(["a: ", "b: ", "d: "].iter().all(|name| error.contains(name)), "{error}");
}

/// A link as a folder of the path is one, too.
pub async fn links_in_the_middle_are_not_followed(sandbox: Arc<dyn Sandbox>) {
    let script = "ln -s /etc etc; ln -s / root; mkdir d; ln -s ../../etc d/up; rm -rf /box/gone; ln -s /proc/1 p";
    let paths = ["etc/passwd", "root/etc/passwd", "d/up/passwd", "p/environ"];
    let ran = run(&sandbox, collecting(script, &paths)).await;
    assert_eq!(collected(&ran), []);
    assert!(ran.report.collect_error.is_some());
}

/// And does not make anybody wait.
pub async fn what_is_no_regular_file_is_refused(sandbox: Arc<dyn Sandbox>) {
    let script = "mkfifo fifo; python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('sock')\"";
    let ran = run(&sandbox, collecting(script, &["fifo", "sock"])).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(collected(&ran), []);
    let error = ran.report.collect_error.as_deref().expect("says which");
    assert!(error.contains("fifo: ") && error.contains("sock: "), "{error}");
    all_is_well(&sandbox).await;
}

/// Whoever named them.
pub async fn paths_out_of_the_box_are_refused(sandbox: Arc<dyn Sandbox>) {
    let ran = run(
        &sandbox,
        collecting("mkdir d", &["../etc/passwd", "/etc/passwd", "d/../../etc/passwd"]),
    )
    .await;
    assert_eq!(collected(&ran), []);
    assert!(ran.report.collect_error.is_some());
}

/// Rather than some of it; sparse files count in full.
pub async fn too_much_to_collect_gives_nothing(sandbox: Arc<dyn Sandbox>) {
    for script in [
        "echo small > small; truncate -s 1025K big",
        "echo small > small; for i in 1 2 3; do head -c 400K /dev/zero > $i; done",
        "mkdir big; cd big; seq 3000 | xargs touch",
    ] {
        let ran = run(&sandbox, collecting(script, &["small", "big", "1", "2", "3"])).await;
        ran.expect_end(End::Exited(0));
        assert_eq!(collected(&ran), [], "{script}");
        let error = ran.report.collect_error.expect("says the limit");
        assert!(error.contains("1048576"), "{error}");
    }
    all_is_well(&sandbox).await;
}

/// So nothing can be swapped between the look and the reading.
pub async fn files_are_collected_after_everything_is_dead(sandbox: Arc<dyn Sandbox>) {
    let script = "echo good > out; (setsid sh -c 'while :; do ln -sf /etc/passwd t; mv t out; echo good > t2; mv t2 out; done' &) ; sleep 0.2";
    for _ in 0..5 {
        let ran = run(&sandbox, collecting(script, &["out"])).await;
        ran.expect_end(End::Exited(0));
        for (_, content) in collected(&ran) {
            assert!(content == b"good\n" || content.is_empty());
        }
    }
    all_is_well(&sandbox).await;
}
