//! Ways out, each tried from inside.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use super::{Sandbox, all_is_well, python, run, sh};
use crate::End;

/// Secrets, other people's work, the host's own configuration.
pub async fn the_hosts_files_cannot_be_read(sandbox: Arc<dyn Sandbox>) {
    let secret = tempfile::NamedTempFile::new().expect("a file of the host");
    let script = format!(
        "for p in /etc/shadow /root /home /work /var /sys /run /etc/ssh /etc/machine-id /proc/kcore /proc/sys \
         /proc/keys /proc/1/root /proc/1/environ /old_root {}; do test -e $p && echo $p; done; ls /",
        secret.path().display()
    );
    let ran = run(&sandbox, sh(&script)).await;
    let allowed = [
        "bin", "box", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "tmp", "usr",
    ];
    let seen: Vec<_> = ran
        .out()
        .lines()
        .filter(|line| !allowed.contains(line))
        .map(str::to_owned)
        .collect();
    assert!(seen.is_empty(), "{seen:?}");
    let links = "for f in /proc/self/root/.. /proc/self/cwd/../.. /../..; do ls -d $f/root && echo bad; done; true";
    assert_eq!(run(&sandbox, sh(links)).await.out(), "");
}

/// Only its own, and not the jail's.
pub async fn the_hosts_processes_cannot_be_seen(sandbox: Arc<dyn Sandbox>) {
    let script =
        "import os\npids = [p for p in os.listdir('/proc') if p.isdigit()]\nprint(len(pids), os.getpid() < 10)";
    assert_eq!(run(&sandbox, python(script)).await.out(), "1 True\n");
}

/// Not the files that the next run sees.
pub async fn the_base_system_cannot_be_changed(sandbox: Arc<dyn Sandbox>) {
    let script = "for p in /x /etc/x /usr/x /usr/bin/x /dev/x /proc/x /bin/sh; do (echo x > $p) 2>/dev/null && echo $p; done; \
                  rm -f /bin/sh /etc/passwd 2>/dev/null && echo removed; \
                  mv /etc /etc2 2>/dev/null && echo moved; chmod 777 / 2>/dev/null && echo opened; true";
    let ran = run(&sandbox, sh(script)).await;
    assert_eq!(ran.out(), "");
    all_is_well(&sandbox).await;
}

/// Not to services of the host, by no family and no path.
pub async fn there_is_no_network(sandbox: Arc<dyn Sandbox>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a service of the host");
    let port = listener.local_addr().expect("bound").port();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("sock");
    let _unix = UnixListener::bind(&path).expect("a path socket of the host");
    let script = format!(
        "import socket, os\n\
         def attempt(what, f):\n\
         \x20try: f(); print(what)\n\
         \x20except OSError: pass\n\
         s = lambda family, kind=socket.SOCK_STREAM: socket.socket(family, kind)\n\
         attempt('tcp', lambda: s(socket.AF_INET).connect(('127.0.0.1', {port})))\n\
         attempt('metadata', lambda: s(socket.AF_INET).connect(('169.254.169.254', 80)))\n\
         attempt('world', lambda: s(socket.AF_INET).connect(('192.0.2.1', 80)))\n\
         attempt('tcp6', lambda: s(socket.AF_INET6).connect(('2001:db8::1', 80)))\n\
         attempt('udp', lambda: s(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53)))\n\
         attempt('dns', lambda: socket.getaddrinfo('example.com', 80))\n\
         attempt('path', lambda: s(socket.AF_UNIX).connect('{path}'))\n\
         attempt('vsock', lambda: socket.socket(40, socket.SOCK_STREAM))\n\
         attempt('netlink', lambda: socket.socket(16, socket.SOCK_RAW))\n\
         attempt('packet', lambda: socket.socket(17, socket.SOCK_RAW))\n\
         attempt('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))\n\
         attempt('bluetooth', lambda: socket.socket(31, socket.SOCK_RAW))\n\
         attempt('sctp', lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132))\n\
         attempt('mptcp', lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262))\n\
         attempt('tipc', lambda: socket.socketpair(30, socket.SOCK_STREAM))\n\
         attempt('alg', lambda: socket.socket(38, socket.SOCK_SEQPACKET))\n\
         print('end')",
        path = path.display()
    );
    let ran = run(&sandbox, python(&script)).await;
    assert_eq!(ran.out(), "end\n");
}

/// Each by number, so that no wrapper stands in between.
pub async fn dangerous_system_calls_are_refused(sandbox: Arc<dyn Sandbox>) {
    // From asm/unistd_64.h; the arguments are those of a call that would succeed or fail otherwise.
    let script = "import ctypes\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        EPERM, ENOSYS = 1, 38\n\
        calls = dict(unshare=(272, 0x10000000), setns=(308, 0, 0), mount=(165, b'x', b'/tmp', b'tmpfs', 0, 0),\n\
         umount2=(166, b'/tmp', 2), pivot_root=(155, b'/tmp', b'/tmp'), chroot=(161, b'/tmp'), ptrace=(101, 0, 0, 0, 0),\n\
         process_vm_readv=(310, 1, 0, 0, 0, 0, 0), add_key=(248, b'user', b'x', b'x', 1, -2), keyctl=(250, 0, -3, 1),\n\
         request_key=(249, b'user', b'x', 0, 0), bpf=(321, 0, 0, 0), userfaultfd=(323, 1), perf_event_open=(298, 0, 0, 0, 0, 0),\n\
         io_uring_setup=(425, 1, 0), open_by_handle_at=(304, 0, 0, 0), name_to_handle_at=(303, -100, b'/', 0, 0, 0),\n\
         kexec_load=(246, 0, 0, 0, 0), init_module=(175, 0, 0, b''), swapon=(167, b'x', 0), reboot=(169, 0, 0, 0),\n\
         clock_settime=(227, 0, 0), settimeofday=(164, 0, 0), quotactl=(179, 0, 0, 0, 0), acct=(163, 0), syslog=(103, 10, 0, 0),\n\
         fsopen=(430, b'tmpfs', 0), open_tree=(428, -100, b'/', 1), move_mount=(429, 0, b'', 0, b'', 0), mount_setattr=(442, 0, b'', 0, 0, 0),\n\
         fanotify_init=(300, 0, 0), pidfd_getfd=(438, 0, 0, 0), kcmp=(312, 1, 1, 0, 0, 0), personality=(135, 0x0400000),\n\
         clone_newuser=(56, 0x10000011, 0, 0, 0, 0), clone_newns=(56, 0x00020011, 0, 0, 0, 0), sethostname=(170, b'x', 1),\n\
         tiocsti=(16, 0, 0x5412, b'x'), iopl=(172, 3), modify_ldt=(154, 0, 0, 0), clone3=(435, 0, 0))\n\
        for name, args in calls.items():\n\
        \x20ctypes.set_errno(0)\n\
        \x20r = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in args])\n\
        \x20e = ctypes.get_errno()\n\
        \x20if r != -1 or e != (ENOSYS if name == 'clone3' else EPERM): print(name, r, e)\n\
        print('end')";
    if cfg!(target_arch = "x86_64") {
        let ran = run(&sandbox, python(script)).await;
        ran.expect_end(End::Exited(0));
        assert_eq!(ran.out(), "end\n");
    }
    all_is_well(&sandbox).await;
}

/// No capabilities in any set, no root, no setuid program that would give it.
pub async fn there_are_no_privileges_and_none_to_get(sandbox: Arc<dyn Sandbox>) {
    let script = "import os\n\
        status = dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)\n\
        print([status[k] for k in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb') if int(status[k], 16)])\n\
        print(status['NoNewPrivs'], status['Seccomp'], os.getresuid(), os.getresgid(), set(os.getgroups()) - {os.getgid()})\n\
        for name, f in dict(setuid=lambda: os.setuid(0), setgid=lambda: os.setgid(0), setgroups=lambda: os.setgroups([0]),\n\
          chown=lambda: os.chown('/box', 0, 0), mknod=lambda: os.mknod('/box/d', 0o020666, os.makedev(1, 1)), nice=lambda: os.nice(-1)).items():\n\
        \x20try: f(); print(name)\n\
        \x20except OSError: pass";
    let ran = run(&sandbox, python(script)).await;
    assert_eq!(ran.out(), "[]\n1 2 (1000, 1000, 1000) (1000, 1000, 1000) set()\n");
    let setuid = sh(
        "for p in /usr/bin/su /usr/bin/mount /usr/bin/passwd; do test -u $p && cp $p /box/; done; \
                     chmod u+s /box/* 2>/dev/null; /usr/bin/su -c id </dev/null; true",
    );
    assert!(!run(&sandbox, setuid).await.out().contains("uid=0"));
}

/// A 32-bit call kills; an x32 call does not exist.
pub async fn other_architectures_calls_are_refused(sandbox: Arc<dyn Sandbox>) {
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    // mov eax, 20 (getpid); int 0x80; ret
    let int80 = "import mmap, ctypes\n\
        m = mmap.mmap(-1, 4096, prot=7)\n\
        m.write(b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3')\n\
        print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))())";
    run(&sandbox, python(int80)).await.expect_end(End::Signalled(31));
    let x32 = "import ctypes\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        print(libc.syscall(ctypes.c_long(0x40000000 + 39)), ctypes.get_errno())";
    assert_eq!(run(&sandbox, python(x32)).await.out(), "-1 38\n");
}

/// What a newer kernel adds is not there until somebody has looked at it.
pub async fn newer_calls_do_not_exist(sandbox: Arc<dyn Sandbox>) {
    let script = "import ctypes\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        for call in (467, 469, 500, 1000):\n\
        \x20print(libc.syscall(ctypes.c_long(call), 0, 0, 0, 0, 0), ctypes.get_errno())";
    let ran = run(&sandbox, python(script)).await;
    assert_eq!(ran.out(), "-1 38\n".repeat(4));
}

/// Not by the kernel's handler either, which would read them with the host's privileges.
pub async fn there_are_no_core_dumps(sandbox: Arc<dyn Sandbox>) {
    let script = "import os, resource\n\
        print(resource.getrlimit(resource.RLIMIT_CORE))\n\
        for limit in ((0, 0), (0, 1)):\n\
        \x20try: resource.setrlimit(resource.RLIMIT_CORE, limit); print('set', limit)\n\
        \x20except (OSError, ValueError): pass\n\
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n\
        pid = os.fork()\n\
        if pid == 0: os.abort()\n\
        print(os.WCOREDUMP(os.waitpid(pid, 0)[1]), os.listdir('.'))";
    let ran = run(&sandbox, python(script)).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "(1, 1)\nFalse []\n");
}

/// Descriptors, environment, signal dispositions, terminal.
pub async fn nothing_is_inherited(sandbox: Arc<dyn Sandbox>) {
    let script = "import os, signal\n\
        fds = [int(f) for f in os.listdir('/proc/self/fd')]\n\
        print(len([f for f in fds if f > 2]) - 1, sorted(os.environ))\n\
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])\n\
        ignored = [s for s in range(1, 65) if s not in (2, 13, 25, 32, 33) and signal.getsignal(s) == signal.SIG_IGN]\n\
        print(blocked, ignored, os.getsid(0) == os.getpid())\n\
        try: os.open('/dev/tty', os.O_RDWR); print('tty')\n\
        except OSError: pass";
    // What Python itself adds to its environment comes from LC_ALL being unset.
    let mut spec = python(script);
    spec.env = vec![("LC_ALL".into(), "C.UTF-8".into())];
    let ran = run(&sandbox, spec).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "0 ['LC_ALL']\nset() [] True\n");
}

/// It holds the program's report.
pub async fn the_first_process_is_out_of_reach(sandbox: Arc<dyn Sandbox>) {
    let script = "import os, resource, signal\n\
        for limit in (resource.RLIMIT_CPU, resource.RLIMIT_NOFILE):\n\
        \x20try: resource.prlimit(1, limit, (0, 0)); print('limited', limit)\n\
        \x20except OSError: pass\n\
        for s in (9, 15, 11, 19):\n\
        \x20try: os.kill(1, s); print('sent', s)\n\
        \x20except OSError: pass\n\
        for f in ('environ', 'maps', 'mem', 'fd', 'root', 'cwd'):\n\
        \x20try: os.stat('/proc/1/' + f); print(f)\n\
        \x20except OSError: pass\n\
        try: os.kill(-1, 9)\n\
        except OSError: pass";
    let ran = run(&sandbox, python(script)).await;
    assert_eq!(ran.out(), "");
    assert!(
        matches!(ran.report.end, End::Exited(0) | End::Signalled(9)),
        "{:?}",
        ran.report.end
    );
    all_is_well(&sandbox).await;
}

/// Those without which programs do not start.
pub async fn devices_are_few(sandbox: Arc<dyn Sandbox>) {
    let ran = run(
        &sandbox,
        sh("for f in $(find /dev | sort); do if [ -c $f ] || [ -b $f ]; then echo $f; fi; done; head -c 4 /dev/urandom | wc -c; echo x > /dev/null"),
    )
    .await;
    ran.expect_end(End::Exited(0));
    assert_eq!(
        ran.out(),
        "/dev/full\n/dev/null\n/dev/random\n/dev/urandom\n/dev/zero\n4\n"
    );
}
