//! What is in a file.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// Shorter contents are sent faster than a descriptor is.
const WORTH_BYTES: usize = 64 << 10;

/// Bytes that do not change. Cheap to clone: what was compiled once goes into many jails.
///
/// A long content that goes into a second jail of this machine is put into sealed memory, from which the kernel copies it by
/// itself.
#[derive(Clone)]
pub struct Content(Arc<Inner>);

struct Inner {
    bytes: Bytes,
    was_wanted: AtomicBool,
    sealed: OnceLock<Option<OwnedFd>>,
}

impl Content {
    /// Memory that holds it and cannot be written to by anybody; nothing where it is not worth the making.
    pub(crate) fn sealed(&self) -> Option<BorrowedFd<'_>> {
        let is_second = self.len() >= WORTH_BYTES && self.0.was_wanted.swap(true, Ordering::Relaxed);
        if !is_second {
            return None;
        }
        // Without it the bytes are sent.
        let sealed = self.0.sealed.get_or_init(|| seal(self).ok());
        sealed.as_ref().map(AsFd::as_fd)
    }

    /// What it may take of memory, in bytes.
    pub fn footprint(&self) -> usize {
        if self.len() >= WORTH_BYTES {
            2 * self.len()
        } else {
            self.len()
        }
    }
}

fn seal(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(memfd_create(
        "codecrafter file",
        MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
    )?);
    file.write_all(bytes)?;
    fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )?;
    Ok(file.into())
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self(Arc::new(Inner {
            bytes,
            was_wanted: AtomicBool::new(false),
            sealed: OnceLock::new(),
        }))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Content {}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn what_is_long_and_wanted_again_is_sealed() {
        let content = Content::from(vec![7; WORTH_BYTES]);
        assert!(content.sealed().is_none());
        let again = content.clone();
        let memory = again.sealed().expect("sealed").try_clone_to_owned().expect("copied");
        let file = File::from(memory);
        let mut piece = [0; 4];
        file.read_exact_at(&mut piece, (WORTH_BYTES - 4) as u64)
            .expect("its end");
        assert_eq!(piece, [7; 4]);
        let refused = file.write_at(b"x", 0).expect_err("sealed");
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        file.set_len(1).expect_err("sealed");
    }

    #[test]
    fn what_is_short_is_not() {
        let content = Content::from(vec![7; WORTH_BYTES - 1]);
        assert!(content.sealed().is_none() && content.sealed().is_none());
    }
}
