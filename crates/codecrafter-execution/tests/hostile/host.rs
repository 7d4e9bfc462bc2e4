//! What the host has that no program may reach: a secret in a file, and services.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::LazyLock;

/// What no result may contain.
pub(crate) const SECRET: &str = "codecrafter-secret-of-the-host";

/// Things to be tempted by, alive as long as the suite.
pub(crate) struct Bait {
    folder: tempfile::TempDir,
    port: u16,
    tcp: TcpListener,
    unix: [UnixListener; 2],
}

/// The one bait of this process.
pub(crate) fn bait() -> &'static Bait {
    static BAIT: LazyLock<Bait> = LazyLock::new(Bait::lay);
    &BAIT
}

impl Bait {
    fn lay() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("codecrafter-host-")
            .tempdir()
            .expect("a folder");
        std::fs::write(folder.path().join("secret"), format!("\"{SECRET}\"\n")).expect("written");
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
        tcp.set_nonblocking(true).expect("set");
        let address = SocketAddr::from_abstract_name(abstract_name()).expect("a name");
        let unix = [
            UnixListener::bind(folder.path().join("socket")).expect("a socket"),
            UnixListener::bind_addr(&address).expect("a socket"),
        ];
        for listener in &unix {
            listener.set_nonblocking(true).expect("set");
        }
        Self {
            port: tcp.local_addr().expect("bound").port(),
            folder,
            tcp,
            unix,
        }
    }

    /// `text` with the places of the bait in it: `@HOST@` is a folder with the files `secret` and `socket`, `@PORT@`
    /// a port of 127.0.0.1, `@ABSTRACT@` the name of an abstract socket.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("@HOST@", &self.folder.path().to_string_lossy())
            .replace("@PORT@", &self.port.to_string())
            .replace("@ABSTRACT@", &abstract_name())
    }

    /// Whether nobody has come, nor changed anything.
    ///
    /// # Errors
    /// What has happened.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.tcp.accept().is_ok() || self.unix.iter().any(|listener| listener.accept().is_ok()) {
            return Err("a program has reached a service of the host".into());
        }
        let entries = std::fs::read_dir(&self.folder)
            .map_err(|error| error.to_string())?
            .count();
        let secret = std::fs::read_to_string(self.folder.path().join("secret")).unwrap_or_default();
        if entries == 2 && secret.contains(SECRET) {
            Ok(())
        } else {
            Err("a program has changed the host's files".into())
        }
    }
}

fn abstract_name() -> String {
    format!("codecrafter-host-{}", std::process::id())
}
