//! What members of groups say, within this process.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::Said;

/// Ended groups are looked for each time this many more have been made.
const SWEEP_EVERY: usize = 1024;

/// All groups.
#[derive(Default)]
pub(super) struct Groups {
    by_key: HashMap<String, HashMap<String, Saying>>,
    made_since_sweep: usize,
}

struct Saying {
    says: Bytes,
    ends: Instant,
}

impl Groups {
    /// Says something; what the others say.
    pub(super) fn share(&mut self, key: &str, member: &str, says: Bytes, expiry: Duration) -> Vec<Said> {
        let now = Instant::now();
        if !self.by_key.contains_key(key) {
            self.made_since_sweep += 1;
            if self.made_since_sweep >= SWEEP_EVERY {
                self.made_since_sweep = 0;
                self.by_key
                    .retain(|_, group| group.values().any(|said| said.ends > now));
            }
        }
        let group = self.by_key.entry(key.to_owned()).or_default();
        group.retain(|_, said| said.ends > now);
        let ends = now + expiry;
        group.insert(member.to_owned(), Saying { says, ends });
        let others = group.iter().filter(|(name, _)| *name != member);
        others.map(|(name, said)| (name.clone(), said.says.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ended_groups_are_forgotten() {
        let mut groups = Groups::default();
        for round in 0..10 {
            for n in 0..SWEEP_EVERY {
                groups.share(&format!("{round}-{n}"), "a", Bytes::new(), Duration::from_secs(1));
            }
            tokio::time::advance(Duration::from_secs(2)).await;
        }
        assert!(groups.by_key.len() <= 2 * SWEEP_EVERY);
    }
}
