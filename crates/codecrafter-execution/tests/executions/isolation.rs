//! What programs and compilers see of the machine: nothing that is not theirs.

use codecrafter_domain::execution::Outcome;
use codecrafter_execution::WorkerConfig;

use crate::fixture::{code, platform, printed, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_is_off() {
    let python = "import errno, socket\n\
        with socket.create_server(('127.0.0.1', 0)) as s: socket.create_connection(s.getsockname()); print('loopback')\n\
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):\n\
        \x20try: socket.socket(socket.AF_INET, kind).connect(('1.1.1.1', 53)); print('connected')\n\
        \x20except OSError as error: print(errno.errorcode[error.errno])\n\
        try: socket.getaddrinfo('example.org', 80); print('resolved')\n\
        except OSError: print('no names')";
    let execution = run(code("python", python)).await;
    assert_eq!(printed(&execution), "loopback\nENETUNREACH\nENETUNREACH\nno names\n");
    let javascript = "require('net').connect(80, '1.1.1.1').on('error', error => console.log(error.code))";
    let execution = run(code("javascript", javascript)).await;
    assert_eq!(printed(&execution), "ENETUNREACH\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_do_not_see_the_hosts_files() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let database = platform.folder.path().join("test.db");
    assert!(database.is_file());
    let script = format!(
        "import glob, os\n\
        secrets = [{database:?}, {folder:?}, '/etc/shadow', '/etc/ssh', '/root/.ssh', '/root/.cargo', '/home', '/var',\n\
        \x20'/run', '/srv', '/boot', '/sys', '/proc/1/environ', '/proc/kcore', '/proc/sys', '/dev/mem', '/dev/kmsg', '/work']\n\
        def opens(path):\n\
        \x20try: os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(1); return True\n\
        \x20except OSError: return False\n\
        print([path for path in secrets if opens(path)])\n\
        print(sorted(os.listdir('/')), os.listdir('/tmp'), os.listdir('/dev/shm'), os.listdir('/box'))\n\
        print([int(p) for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()])",
        folder = platform.folder.path(),
    );
    let execution = platform.result(code("python", &script)).await;
    let said: Vec<&str> = printed(&execution).lines().collect();
    assert_eq!(said[0], "[]");
    assert!(
        !said[1].contains("root") && !said[1].contains("home") && !said[1].contains("var"),
        "{}",
        said[1]
    );
    assert!(said[1].ends_with("[] [] ['main.py']"), "{}", said[1]);
    assert_eq!(said[2], "[]", "other processes");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compilers_do_not_see_the_hosts_files() {
    const SECRET: &str = "not for compilers";
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let path = platform.folder.path().join("secret");
    std::fs::write(&path, format!("\"{SECRET}\"")).expect("written");
    let path = path.display();
    for (language, program) in [
        (
            "c",
            format!("char *s =\n#include \"{path}\"\n;\nint main(void) {{ return 0; }}"),
        ),
        (
            "c",
            format!("__asm__(\".incbin \\\"{path}\\\"\");\nint main(void) {{ return 0; }}"),
        ),
        ("cpp", "#include \"/etc/shadow\"\nint main() {}".to_owned()),
        (
            "rust",
            format!("fn main() {{ print!(\"{{}}\", include_str!(\"{path}\")); }}"),
        ),
    ] {
        let execution = platform.result(code(language, &program)).await;
        assert_eq!(execution.head.outcome, Some(Outcome::CompileError), "{execution:#?}");
        let compile = execution.compile.expect("compiled");
        let says_so = ["No such file", "can't open", "couldn't read", "not found"];
        assert!(
            says_so.iter().any(|words| compile.stderr.contains(words)),
            "{}",
            compile.stderr
        );
        assert!(!compile.stderr.contains(SECRET));
    }
    worker.stop().await;
}
