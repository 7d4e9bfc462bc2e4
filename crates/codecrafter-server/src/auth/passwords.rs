//! Passwords: Argon2id (RFC 9106) with OWASP's parameters, away from the async threads.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::oneshot;

use crate::error::ApiError;

type Work = Box<dyn FnOnce() + Send>;

/// Hashes and checks passwords; at most one per core at a time, since each takes 19 MiB.
///
/// On threads of their own: an allocator keeps some of what a thread has used, for each thread that ever hashed one.
pub(crate) struct Passwords {
    queue: Sender<Work>,
    /// Checked when there is no such account, so that the answer takes as long.
    decoy: String,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let (queue, work) = channel();
        let work = Arc::new(Mutex::new(work));
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let work = Arc::clone(&work);
            // It ends with the queue.
            thread::spawn(move || see_to(&work));
        }
        Self {
            queue,
            decoy: hash("nobody has this password").unwrap_or_default(),
        }
    }

    /// A PHC string with a random salt.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.work(move || hash(&password)).await?.map_err(ApiError::internal)
    }

    /// Whether the password is right. Without a hash it is not, which takes as long to find out.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let is_account = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let is_right = self.work(move || verify(&password, &hash)).await?;
        Ok(is_account && is_right.map_err(ApiError::internal)?)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let (done, result) = oneshot::channel();
        let work = Box::new(move || {
            // Whoever asked may have gone: nobody needs the answer then.
            if !done.is_closed() {
                drop(done.send(work()));
            }
        });
        self.queue
            .send(work)
            .map_err(|_| ApiError::internal("no thread hashes passwords"))?;
        result.await.map_err(ApiError::internal)
    }
}

/// Does what is queued, one after the other, until there is nobody left who could queue more.
fn see_to(queue: &Mutex<Receiver<Work>>) {
    loop {
        // A receiver is whole after every single operation. The lock is held while waiting, not while working.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // Whoever waits is told by the channel's end; the thread goes on.
            Ok(work) => drop(catch_unwind(AssertUnwindSafe(work))),
            Err(_) => return,
        }
    }
}

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

fn verify(password: &str, hash: &str) -> Result<bool, argon2::password_hash::Error> {
    use argon2::password_hash::Error;
    let hash = PasswordHash::new(hash).map_err(|_| Error::EncodingInvalid)?;
    match Argon2::default().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify = |text: &str, hash| passwords.verify(text.into(), hash);
        assert!(verify("correct horse", Some(hash.clone())).await.expect("checked"));
        assert!(!verify("correct horsf", Some(hash)).await.expect("checked"));
        assert!(!verify("nobody has this password", None).await.expect("checked"));
    }

    #[tokio::test]
    async fn few_threads_hash() {
        // Threads for blocking work that a server has anyway.
        let together = Arc::new(std::sync::Barrier::new(16));
        let waiting: Vec<_> = (0..16)
            .map(|_| {
                let together = Arc::clone(&together);
                tokio::task::spawn_blocking(move || together.wait())
            })
            .collect();
        for task in waiting {
            task.await.expect("no panic");
        }
        let passwords = Passwords::new();
        let mut threads = std::collections::HashSet::new();
        for _ in 0..100 {
            threads.insert(passwords.work(|| thread::current().id()).await.expect("done"));
        }
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        assert!(threads.len() <= cores, "{threads:?}");
    }
}
