//! A lock between processes. The kernel lets go of it when its holder ends, however that happens.

use std::fs::File;
use std::io;
use std::path::Path;

use tokio::sync::oneshot;

/// Held until it is dropped. The file stays: removing it would let two processes lock two files of one name.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "closing it is what unlocks")] File);

impl Lock {
    /// Waits for its turn.
    pub(super) async fn take(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let (done, locked) = oneshot::channel();
        // A thread of its own: one of the runtime's would hold up the end of a server that still waits here.
        std::thread::Builder::new()
            .name("preparation lock".to_owned())
            .spawn(move || {
                let taken = file.lock().map(|()| Self(file));
                // Without a taker it is dropped, and so free again.
                let _ = done.send(taken);
            })?;
        locked.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        let first = Lock::take(&path).await.expect("free");
        let again = File::options().append(true).open(&path).expect("there");
        assert!(again.try_lock().is_err(), "held");
        drop(first);
        Lock::take(&path).await.expect("free again, though the file is there");
    }
}
