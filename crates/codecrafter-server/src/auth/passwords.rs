//! Passwords: Argon2id (RFC 9106) with OWASP's parameters, away from the async threads.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use argon2::password_hash::Error;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;

use crate::error::ApiError;

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// What a hash is computed in, kept for the next one: allocators keep far more than one such piece when it comes and
/// goes.
type Memory = Vec<Block>;

/// Bytes of a salt (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;

/// The hash of a password, for who makes accounts beside the server.
pub async fn hash_password(password: String) -> std::io::Result<String> {
    let hash = Passwords::new().hash(password).await;
    hash.map_err(|error| std::io::Error::other(format!("{error:?}")))
}

/// Hashes and checks passwords, on a thread per core: each takes 19 MiB, which its thread keeps once it has had one.
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
            decoy: hash("nobody has this password", &mut Memory::new()).unwrap_or_default(),
        }
    }

    /// A PHC string with a random salt.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.work(move |memory| hash(&password, memory))
            .await?
            .map_err(ApiError::internal)
    }

    /// Whether the password is right. Without a hash it is not, which takes as long to find out.
    /// An empty hash is none: of an account without a password.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let hash = hash.filter(|hash| !hash.is_empty());
        let is_account = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let is_right = self.work(move |memory| verify(&password, &hash, memory)).await?;
        Ok(is_account && is_right.map_err(ApiError::internal)?)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (done, result) = oneshot::channel();
        let work = Box::new(move |memory: &mut Memory| {
            // Whoever asked may have gone: nobody needs the answer then.
            if !done.is_closed() {
                drop(done.send(work(memory)));
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
    let mut memory = Memory::new();
    loop {
        // A receiver is whole after every single operation. The lock is held while waiting, not while working.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // Whoever waits is told by the channel's end; the thread goes on.
            Ok(work) => drop(catch_unwind(AssertUnwindSafe(|| work(&mut memory)))),
            Err(_) => return,
        }
    }
}

/// A PHC string with a random salt.
fn hash(password: &str, memory: &mut Memory) -> Result<String, Error> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|_| Error::Crypto)?;
    let (algorithm, version, params) = (Algorithm::default(), Version::default(), Params::default());
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(compute(
            &Argon2::new(algorithm, version, params),
            password,
            &salt,
            memory,
        )?),
    };
    Ok(hash.to_string())
}

/// Whether this is the password of a PHC string, whatever the parameters in it.
fn verify(password: &str, hash: &str, memory: &mut Memory) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash).map_err(|_| Error::EncodingInvalid)?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(Error::EncodingInvalid);
    };
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from)?;
    let argon2 = Argon2::new(
        Algorithm::try_from(hash.algorithm.as_str())?,
        version,
        Params::try_from(&hash)?,
    );
    // Compared in constant time, as `Output` does.
    Ok(compute(&argon2, password, salt, memory)? == *expected)
}

fn compute(argon2: &Argon2<'_>, password: &str, salt: &[u8], memory: &mut Memory) -> Result<Output, Error> {
    let params = argon2.params();
    memory.resize(memory.len().max(params.block_count()), Block::default());
    let mut output = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory[..])?;
    Ok(Output::new(&output)?)
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

    /// From argon2 0.6 itself, with other parameters than ours.
    #[test]
    fn strings_of_other_parameters_are_checked() {
        use argon2::PasswordHasher as _;
        let params = Params::new(64, 1, 2, Some(20)).expect("in bounds");
        let other = Argon2::new(Algorithm::Argon2i, Version::V0x10, params).hash_password(b"x");
        let other = other.expect("hashed").to_string();
        let mut memory = Memory::new();
        assert!(verify("x", &other, &mut memory).expect("checked"));
        assert!(!verify("y", &other, &mut memory).expect("checked"));
        let ours = hash("x", &mut memory).expect("hashed");
        assert!(verify("x", &other, &mut memory).expect("checked, in more memory than it needs"));
        assert!(verify("x", &ours, &mut memory).expect("checked"));
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
            threads.insert(passwords.work(|_| thread::current().id()).await.expect("done"));
        }
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        assert!(threads.len() <= cores, "{threads:?}");
    }
}
