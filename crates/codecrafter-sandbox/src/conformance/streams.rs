//! Standard input and output.

use std::sync::Arc;

use bytes::Bytes;

use super::{Sandbox, report_of, run, sh, spec, start, try_run, within};
use crate::End;

/// NUL, invalid UTF-8 and all other bytes, a megabyte of them.
pub async fn binary_input_comes_back_byte_for_byte(sandbox: Arc<dyn Sandbox>) {
    let bytes: Vec<u8> = (0..1_u32 << 20)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let pieces: Vec<_> = bytes.chunks(50_000).map(Bytes::copy_from_slice).collect();
    let ran = try_run(&sandbox, spec(&["/bin/cat"]), &pieces).await.expect("runs");
    ran.expect_end(End::Exited(0));
    assert!(ran.stdout == bytes, "{} bytes came back", ran.stdout.len());
}

/// That is how an interactive program learns that nothing more comes.
pub async fn input_ends_when_the_sender_is_dropped(sandbox: Arc<dyn Sandbox>) {
    let ran = run(&sandbox, sh("cat; echo end")).await;
    assert_eq!(ran.out(), "end\n");
}

/// Which one a piece came from is told.
pub async fn streams_are_apart(sandbox: Arc<dyn Sandbox>) {
    let ran = run(&sandbox, sh("echo out; echo err >&2")).await;
    assert_eq!(
        (ran.stdout.as_slice(), ran.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..])
    );
}

/// Ten megabytes of input that nobody wants.
pub async fn a_program_that_does_not_read_does_not_block_the_end(sandbox: Arc<dyn Sandbox>) {
    let pieces = vec![Bytes::from(vec![b'x'; 100_000]); 100];
    let ran = try_run(&sandbox, sh("echo done"), &pieces).await.expect("runs");
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "done\n");
}

/// It goes on, and its output counts on.
pub async fn a_reader_that_went_away_does_not_stop_the_program(sandbox: Arc<dyn Sandbox>) {
    let mut process = start(&sandbox, sh("head -c 500000 /dev/zero; exit 3")).await;
    process.output.close();
    while process.output.recv().await.is_some() {}
    assert_eq!(report_of(&mut process).await.end, End::Exited(3));
    let flood = within(sh("cat /dev/zero"), |limits| limits.output_bytes = 100_000);
    let mut process = start(&sandbox, flood).await;
    process.output.close();
    while process.output.recv().await.is_some() {}
    assert_eq!(report_of(&mut process).await.end, End::OutputLimit);
}

/// As shells and many programs do.
pub async fn the_programs_own_streams_can_be_opened_by_name(sandbox: Arc<dyn Sandbox>) {
    let script = sh("cat /dev/stdin > /dev/stdout; echo err > /dev/stderr");
    let ran = try_run(&sandbox, script, &[Bytes::from_static(b"in")])
        .await
        .expect("runs");
    ran.expect_end(End::Exited(0));
    assert_eq!(
        (ran.stdout.as_slice(), ran.stderr.as_slice()),
        (&b"in"[..], &b"err\n"[..])
    );
}
