//! Servers that a case starts, stops and kills.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A number that no other case has.
pub(crate) fn unique() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.local_addr().expect("address").port()
}

/// A Redis server on a port of its own; ends with this value.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
    arguments: Vec<String>,
    child: Child,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let port = free_port();
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let child = spawn(port, folder.path(), &arguments);
        let server = Self {
            port,
            folder,
            arguments,
            child,
        };
        server.wait_until_there();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// With -9, as when the machine fails.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.port, self.folder.path(), &self.arguments);
        self.wait_until_there();
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let done = Command::new("kill").args(["-s", name, &id]).status();
        assert!(done.expect("kill").success());
    }

    fn wait_until_there(&self) {
        let begun = Instant::now();
        while !matches!(self.try_cli(&["PING"]), Some(answer) if !answer.contains("LOADING")) {
            assert!(begun.elapsed() < Duration::from_secs(20), "Redis does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What redis-cli answers.
    pub(crate) fn cli(&self, command: &[&str]) -> String {
        self.try_cli(command).expect("an answer")
    }

    fn try_cli(&self, command: &[&str]) -> Option<String> {
        let port = self.port.to_string();
        let output = Command::new("redis-cli")
            .args(["-p", &port])
            .args(command)
            .output()
            .expect("redis-cli");
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A way to a server that can be cut.
pub(crate) struct Way {
    pub(crate) port: u16,
    is_cut: watch::Sender<bool>,
}

impl Way {
    pub(crate) async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let (is_cut, cut) = watch::channel(false);
        let (port, to) = (listener.local_addr().expect("address").port(), server.port);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = cut.clone();
                if *cut.borrow() {
                    continue;
                }
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", to)).await.expect("connect");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Self { port, is_cut }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn cut(&self, cut: bool) {
        self.is_cut.send_replace(cut);
    }
}

fn spawn(port: u16, folder: &std::path::Path, arguments: &[String]) -> Child {
    let port = port.to_string();
    Command::new("redis-server")
        .args([
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ])
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server")
}
