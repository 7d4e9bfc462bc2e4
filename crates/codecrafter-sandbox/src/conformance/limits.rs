//! What a program may use, and that nobody else pays for it.

use std::sync::Arc;

use super::{Sandbox, all_is_well, promises, python, run, sh, within};
use crate::End;

const MIB: u64 = 1 << 20;

/// What an adapter says of it decides what these cases expect.
const MEMORY: &str = "memory limit";

/// Whatever it does about signals.
pub async fn a_busy_loop_uses_up_its_processor_time(sandbox: Arc<dyn Sandbox>) {
    let script = "import signal\nfor s in range(1, 32):\n try: signal.signal(s, signal.SIG_IGN)\n except OSError: pass\nwhile True: pass";
    let ran = run(&sandbox, within(python(script), |limits| limits.cpu_ms = 300)).await;
    ran.expect_end(End::CpuLimit);
    assert!(ran.report.usage.cpu_ms >= 300, "{:?}", ran.report.usage);
    all_is_well(&sandbox).await;
}

/// Neither more processes nor short ones get around it.
pub async fn processor_time_of_children_counts(sandbox: Arc<dyn Sandbox>) {
    let side_by_side = "for i in 1 2 3 4 5 6; do (while :; do :; done) & done; wait";
    run(&sandbox, within(sh(side_by_side), |limits| limits.cpu_ms = 300))
        .await
        .expect_end(End::CpuLimit);
    let one_by_one = "while :; do (i=0; while [ $i -lt 300 ]; do i=$((i+1)); done); done";
    run(&sandbox, within(sh(one_by_one), |limits| limits.cpu_ms = 300))
        .await
        .expect_end(End::CpuLimit);
    all_is_well(&sandbox).await;
}

/// Without using the processor.
pub async fn sleeping_ends_at_the_wall_limit(sandbox: Arc<dyn Sandbox>) {
    let spec = within(sh("trap '' TERM INT HUP; echo before; sleep 1000"), |limits| {
        // Enough for a shell's start on a slow machine.
        limits.wall_ms = 2000;
    });
    let ran = run(&sandbox, spec).await;
    ran.expect_end(End::WallLimit);
    assert_eq!(ran.out(), "before\n");
    assert!(ran.report.usage.wall_ms >= 2000);
    all_is_well(&sandbox).await;
}

/// Of both streams together.
pub async fn output_is_cut_exactly_at_its_limit(sandbox: Arc<dyn Sandbox>) {
    for script in [
        "cat /dev/zero",
        "cat /dev/zero >&2",
        "cat /dev/zero & cat /dev/zero >&2",
    ] {
        let ran = run(&sandbox, within(sh(script), |limits| limits.output_bytes = 100_001)).await;
        ran.expect_end(End::OutputLimit);
        assert!(ran.report.truncated);
        assert_eq!(ran.stdout.len() + ran.stderr.len(), 100_001);
    }
    let ran = run(&sandbox, within(sh("echo hello"), |limits| limits.output_bytes = 5)).await;
    ran.expect_end(End::OutputLimit);
    assert_eq!(ran.out(), "hello");
    all_is_well(&sandbox).await;
}

/// The limit is what may be written, not what may not.
pub async fn output_of_just_the_limit_is_complete(sandbox: Arc<dyn Sandbox>) {
    let ran = run(&sandbox, within(sh("echo hello"), |limits| limits.output_bytes = 6)).await;
    ran.expect_end(End::Exited(0));
    assert!(!ran.report.truncated);
}

/// The kernel's kill is told from any other.
pub async fn a_memory_hog_is_a_memory_limit(sandbox: Arc<dyn Sandbox>) {
    let spec = within(python("x = bytearray(200 << 20); print(len(x))"), |limits| {
        limits.memory_bytes = 64 * MIB;
    });
    let ran = run(&sandbox, spec).await;
    // Python says that it got no memory, and ends.
    let weaker = End::Exited(1);
    ran.expect_end(if promises(&sandbox, MEMORY) {
        End::MemoryLimit
    } else {
        weaker
    });
    assert_eq!(ran.out(), "");
    all_is_well(&sandbox).await;
}

/// Files in memory are memory.
pub async fn shared_memory_counts_as_memory(sandbox: Arc<dyn Sandbox>) {
    if !promises(&sandbox, MEMORY) {
        return all_is_well(&sandbox).await;
    }
    for script in [
        "import mmap\nm = mmap.mmap(-1, 200 << 20)\nfor i in range(0, len(m), 4096): m[i] = 1",
        "import os\nf = os.memfd_create('x')\nfor i in range(200): os.write(f, b'x' * (1 << 20))",
    ] {
        let ran = run(
            &sandbox,
            within(python(script), |limits| limits.memory_bytes = 64 * MIB),
        )
        .await;
        ran.expect_end(End::MemoryLimit);
    }
    let spec = within(sh("head -c 200M /dev/zero > /dev/shm/x"), |limits| {
        limits.memory_bytes = 32 * MIB;
        limits.files_bytes = 256 * MIB;
    });
    run(&sandbox, spec).await.expect_end(End::MemoryLimit);
    all_is_well(&sandbox).await;
}

/// Each is below the limit, all together are not.
pub async fn memory_of_children_counts(sandbox: Arc<dyn Sandbox>) {
    if !promises(&sandbox, MEMORY) {
        return all_is_well(&sandbox).await;
    }
    let script = "import os, time\nfor i in range(8):\n if os.fork() == 0:\n  x = bytearray(20 << 20); time.sleep(1000)\nos.wait()";
    let ran = run(
        &sandbox,
        within(python(script), |limits| limits.memory_bytes = 64 * MIB),
    )
    .await;
    ran.expect_end(End::MemoryLimit);
    all_is_well(&sandbox).await;
}

/// Runtimes with garbage collection reserve far more than they use.
pub async fn memory_reserved_but_untouched_passes(sandbox: Arc<dyn Sandbox>) {
    let script = "import mmap; m = mmap.mmap(-1, 64 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000); m[0] = 1; print(m[0])";
    let ran = run(
        &sandbox,
        within(python(script), |limits| limits.memory_bytes = 64 * MIB),
    )
    .await;
    if !promises(&sandbox, MEMORY) {
        // The kernel then counts what is reserved.
        return ran.expect_end(End::Exited(1));
    }
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "1\n");
    assert!(ran.report.usage.memory_bytes < 64 * MIB);
}

/// The program learns it from fork, and ends by itself.
pub async fn more_processes_than_allowed_are_refused(sandbox: Arc<dyn Sandbox>) {
    let script = "import os, time\nn = 0\ntry:\n while n < 200:\n  if os.fork() == 0: time.sleep(1000)\n  n += 1\nexcept BlockingIOError: pass\nprint(n)";
    let ran = run(&sandbox, within(python(script), |limits| limits.processes = 20)).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "19\n");
    all_is_well(&sandbox).await;
}

/// First the tame one above; then this.
pub async fn a_fork_bomb_is_contained(sandbox: Arc<dyn Sandbox>) {
    let script = "import os\nwhile True:\n try: os.fork()\n except OSError: pass";
    let spec = within(python(script), |limits| {
        limits.processes = 32;
        limits.cpu_ms = 1000;
    });
    run(&sandbox, spec).await.expect_end(End::CpuLimit);
    all_is_well(&sandbox).await;
}

/// Bytes by the size of the writable folders, one file by its own limit, empty ones by number.
pub async fn files_are_bounded_in_bytes_and_number(sandbox: Arc<dyn Sandbox>) {
    let many = "for i in 1 2 3 4; do head -c 3M /dev/zero > /tmp/$i 2>/dev/null || exit 5; done";
    run(&sandbox, within(sh(many), |limits| limits.files_bytes = 8 * MIB))
        .await
        .expect_end(End::Exited(5));
    let large = "head -c 9M /dev/zero > /tmp/x";
    run(&sandbox, within(sh(large), |limits| limits.files_bytes = 8 * MIB))
        .await
        .expect_end(End::Exited(153));
    let empty = "import sys\ntry:\n for n in range(100000): open(f'/box/{n}', 'w')\nexcept OSError: sys.exit(6)";
    run(&sandbox, within(python(empty), |limits| limits.files_bytes = 8 * MIB))
        .await
        .expect_end(End::Exited(6));
    all_is_well(&sandbox).await;
}

/// The main thread's stack is what the limit says.
pub async fn a_deep_stack_is_as_large_as_allowed(sandbox: Arc<dyn Sandbox>) {
    let ran = run(
        &sandbox,
        within(sh("ulimit -s; ulimit -Hs"), |limits| limits.stack_bytes = 16 * MIB),
    )
    .await;
    assert_eq!(ran.out(), "16384\n16384\n");
}

/// Each reserves a stack as large as the main thread may have; what is reserved must not use up the memory.
pub async fn a_dozen_threads_start(sandbox: Arc<dyn Sandbox>) {
    let script = "import threading\n\
        end = threading.Event()\n\
        threads = [threading.Thread(target=end.wait) for _ in range(12)]\n\
        for thread in threads: thread.start()\n\
        end.set()\n\
        for thread in threads: thread.join()\n\
        print('end')";
    let ran = run(&sandbox, python(script)).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "end\n");
}
