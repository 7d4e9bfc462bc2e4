//! What was compiled, kept for the next run of the same program.
//!
//! In memory only: it holds what came out of jails by descriptor, and nothing that runs on this machine, in a jail or
//! outside, can reach it. The key covers everything that the compiler could see.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use codecrafter_domain::execution::StageReport;
use codecrafter_sandbox::{BoxFile, Spec};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedMutexGuard;

use crate::language::Language;

/// Bytes kept at most: some 6,000 small C programs or 80 of Go. What was not used for longest makes room.
const BYTES_MAX: usize = 128 * 1024 * 1024;

/// What one entry costs besides its content, roughly.
const OVERHEAD: usize = 1024;

/// Names a compilation: equal only if compiler and input are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// Of what `spec` would compile with the toolchain of `language`.
    pub(crate) fn new(language: &Language, spec: &Spec) -> Self {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            // With its length, no part can pass for the end of the one before.
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        part(language.definition.id.as_bytes());
        part(language.version.as_bytes());
        part(language.identity.as_bytes());
        // Arguments, environment, mounts, limits and whatever a spec may get in future.
        let rest = Spec {
            files: Vec::new(),
            ..spec.clone()
        };
        part(format!("{rest:?}").as_bytes());
        for file in &spec.files {
            part(file.path.as_bytes());
            part(&[u8::from(file.executable)]);
            part(&file.content);
        }
        Self(hasher.finalize().into())
    }
}

/// What came of compiling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiled {
    /// What the run needs.
    pub(crate) files: Vec<BoxFile>,
    /// What the compiler said.
    pub(crate) report: StageReport,
}

impl Compiled {
    fn bytes(&self) -> usize {
        let files = self.files.iter().map(|file| file.path.len() + file.content.footprint());
        files.sum::<usize>() + self.report.stdout.len() + self.report.stderr.len() + OVERHEAD
    }
}

/// The programs compiled last.
#[derive(Debug)]
pub(crate) struct Artefacts {
    bytes_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: HashMap<Key, Kept>,
    /// From the one that was not used for longest.
    by_use: BTreeMap<u64, Key>,
    bytes: usize,
    clock: u64,
    /// Held by whoever compiles it just now.
    underway: HashMap<Key, Weak<tokio::sync::Mutex<()>>>,
}

#[derive(Debug)]
struct Kept {
    compiled: Compiled,
    used: u64,
}

/// Either what was asked for, or the task of making it.
#[derive(Debug)]
pub(crate) enum Claim<'a> {
    /// It was compiled before.
    Found(Compiled),
    /// It has to be compiled; others who want it wait until the turn is over.
    Turn(Turn<'a>),
}

/// The right to compile. Whoever drops it without having kept anything lets the next one try.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    artefacts: &'a Artefacts,
    key: Key,
    _alone: OwnedMutexGuard<()>,
}

impl Default for Artefacts {
    fn default() -> Self {
        Self::with_room_for(BYTES_MAX)
    }
}

impl Artefacts {
    fn with_room_for(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            state: Mutex::default(),
        }
    }

    /// Waits while somebody else compiles the same.
    pub(crate) async fn claim(&self, key: Key) -> Claim<'_> {
        let underway = {
            let mut state = self.lock();
            if let Some(compiled) = state.find(key) {
                return Claim::Found(compiled);
            }
            state.underway(key)
        };
        let alone = underway.lock_owned().await;
        match self.lock().find(key) {
            Some(compiled) => Claim::Found(compiled),
            None => Claim::Turn(Turn {
                artefacts: self,
                key,
                _alone: alone,
            }),
        }
    }

    // Should a holder have panicked, at worst the sum of bytes is wrong by one entry.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Ends the turn with success.
    pub(crate) fn keep(self, compiled: Compiled) {
        let (key, bytes_max) = (self.key, self.artefacts.bytes_max);
        self.artefacts.lock().keep(key, compiled, bytes_max);
    }
}

impl State {
    fn find(&mut self, key: Key) -> Option<Compiled> {
        self.clock += 1;
        let kept = self.kept.get_mut(&key)?;
        self.by_use.remove(&kept.used);
        kept.used = self.clock;
        self.by_use.insert(kept.used, key);
        Some(kept.compiled.clone())
    }

    fn keep(&mut self, key: Key, compiled: Compiled, bytes_max: usize) {
        let bytes = compiled.bytes();
        if bytes > bytes_max || self.kept.contains_key(&key) {
            return;
        }
        while self.bytes + bytes > bytes_max
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            let gone = self.kept.remove(&oldest);
            self.bytes -= gone.map_or(0, |gone| gone.compiled.bytes());
        }
        self.clock += 1;
        self.bytes += bytes;
        self.by_use.insert(self.clock, key);
        let used = self.clock;
        self.kept.insert(key, Kept { compiled, used });
    }

    fn underway(&mut self, key: Key) -> Arc<tokio::sync::Mutex<()>> {
        // As many as there are slots: no cost.
        self.underway.retain(|_, one| one.strong_count() > 0);
        if let Some(underway) = self.underway.get(&key).and_then(Weak::upgrade) {
            return underway;
        }
        let underway = Arc::default();
        self.underway.insert(key, Arc::downgrade(&underway));
        underway
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        Key([number; 32])
    }

    fn compiled(bytes: usize) -> Compiled {
        let file = BoxFile {
            path: ".program".into(),
            content: vec![0; bytes].into(),
            executable: true,
        };
        Compiled {
            files: vec![file],
            report: StageReport::default(),
        }
    }

    async fn keep(artefacts: &Artefacts, number: u8, bytes: usize) {
        match artefacts.claim(key(number)).await {
            Claim::Turn(turn) => turn.keep(compiled(bytes)),
            Claim::Found(_) => panic!("{number} is there"),
        }
    }

    async fn is_kept(artefacts: &Artefacts, number: u8) -> bool {
        matches!(artefacts.claim(key(number)).await, Claim::Found(_))
    }

    #[tokio::test]
    async fn what_was_not_used_for_longest_makes_room() {
        let artefacts = Artefacts::with_room_for(4 * compiled(1000).bytes());
        for number in 0..4 {
            keep(&artefacts, number, 1000).await;
        }
        assert!(is_kept(&artefacts, 0).await);
        keep(&artefacts, 4, 1000).await;
        let mut there = Vec::new();
        for number in 0..5 {
            there.push(is_kept(&artefacts, number).await);
        }
        assert_eq!(there, [true, false, true, true, true]);
    }

    #[tokio::test]
    async fn the_bound_holds() {
        let artefacts = Artefacts::with_room_for(10_000);
        for number in 0..50 {
            keep(&artefacts, number, usize::from(number) * 100).await;
            let state = artefacts.lock();
            let bytes: usize = state.kept.values().map(|kept| kept.compiled.bytes()).sum();
            assert!(bytes <= 10_000);
            assert_eq!(
                (state.bytes, state.by_use.len()),
                (bytes, state.kept.len()),
                "the books agree"
            );
        }
        keep(&artefacts, 100, 20_000).await;
        assert!(!is_kept(&artefacts, 100).await, "larger than all the room");
    }

    #[tokio::test]
    async fn one_compiles_and_the_others_wait() {
        let artefacts = Artefacts::default();
        let Claim::Turn(turn) = artefacts.claim(key(1)).await else {
            panic!("nothing is there yet");
        };
        let mut second = std::pin::pin!(artefacts.claim(key(1)));
        assert!(futures::poll!(&mut second).is_pending(), "waits");
        assert!(!is_kept(&artefacts, 2).await, "others do not");
        turn.keep(compiled(1));
        assert!(matches!(second.await, Claim::Found(_)));
    }

    #[tokio::test]
    async fn a_turn_that_came_to_nothing_goes_to_the_next() {
        let artefacts = Artefacts::default();
        let first = artefacts.claim(key(1)).await;
        let mut second = std::pin::pin!(artefacts.claim(key(1)));
        assert!(futures::poll!(&mut second).is_pending(), "waits");
        drop(first);
        assert!(matches!(second.await, Claim::Turn(_)));
        assert!(matches!(artefacts.claim(key(2)).await, Claim::Turn(_)));
        assert_eq!(artefacts.lock().underway.len(), 1, "what is over is forgotten");
    }
}
