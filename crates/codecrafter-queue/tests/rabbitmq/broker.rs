//! What can be broken: a wire to the broker, and a broker of one's own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use crate::fixture::until;

/// Connections that go through here can be cut.
pub(crate) struct Wire {
    port: u16,
    passing: JoinSet<()>,
}

impl Wire {
    pub(crate) async fn to(url: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let broker = (url.host_str().expect("a host").to_owned(), url.port().expect("a port"));
        let mut passing = JoinSet::new();
        passing.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut ours, _)) = listener.accept().await {
                let mut theirs = TcpStream::connect(broker.clone()).await.expect("the broker");
                connections.spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut ours, &mut theirs).await;
                });
            }
        });
        Self { port, passing }
    }

    /// The same place, by this way.
    pub(crate) fn url(&self, url: &Url) -> Url {
        let mut url = url.clone();
        url.set_port(Some(self.port)).expect("has a host");
        url
    }

    /// For good.
    pub(crate) fn cut(&mut self) {
        self.passing.abort_all();
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../script/engines/rabbitmq")
}

fn home() -> PathBuf {
    std::env::var_os("CODECRAFTER_TEST_RABBITMQ_HOME")
        .expect("script/test engines sets it")
        .into()
}

/// A broker that no other case uses. Ends with this.
pub(crate) struct Broker {
    name: &'static str,
    port: u16,
    process: Child,
}

impl Broker {
    pub(crate) async fn start(name: &'static str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let broker = Self {
            name,
            port,
            process: Self::run(name, port),
        };
        broker.listens().await;
        broker
    }

    fn run(name: &str, port: u16) -> Child {
        Command::new(script())
            .arg("node")
            .arg(home().join(name))
            .arg(port.to_string())
            .env_remove("CODECRAFTER_TEST_RABBITMQ_TLS")
            .stdin(Stdio::null())
            .spawn()
            .expect("the script")
    }

    async fn listens(&self) {
        until(async || TcpStream::connect(("127.0.0.1", self.port)).await.is_ok()).await;
    }

    pub(crate) fn url(&self) -> Url {
        let mut url = crate::fixture::server();
        url.set_port(Some(self.port)).expect("has a host");
        url
    }

    /// As a power cut does it.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ended");
    }

    pub(crate) async fn start_again(&mut self) {
        self.process = Self::run(self.name, self.port);
        self.listens().await;
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `rabbitmqctl` for one of the brokers.
pub(crate) fn control(name: &str, arguments: &[&str]) {
    let done = Command::new(script())
        .arg("ctl")
        .arg(home().join(name))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("the script");
    assert!(done.success(), "rabbitmqctl {arguments:?}");
}
