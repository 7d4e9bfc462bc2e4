//! Whose turn it is: interactive jobs, and batch jobs now and then.

use codecrafter_domain::execution::Priority;

/// So often a batch job comes first, so that none waits for ever.
const BATCH_EVERY: u32 = 8;

/// Jobs handed out since a batch job had precedence.
#[derive(Debug, Default)]
pub(crate) struct Turn(u32);

impl Turn {
    /// Which to look for first, and which where there is none of those.
    pub(crate) fn order(&self) -> [Priority; 2] {
        if self.next() == 0 {
            [Priority::Batch, Priority::Interactive]
        } else {
            [Priority::Interactive, Priority::Batch]
        }
    }

    /// A job was handed out.
    pub(crate) fn taken(&mut self) {
        self.0 = self.next();
    }

    fn next(&self) -> u32 {
        (self.0 + 1) % BATCH_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_job_comes_first_now_and_then() {
        let mut turn = Turn::default();
        let mut first = Vec::new();
        for _ in 0..BATCH_EVERY {
            first.push(turn.order()[0]);
            turn.taken();
        }
        assert_eq!(first.iter().filter(|class| **class == Priority::Batch).count(), 1);
        assert_eq!(first[0], Priority::Interactive);
    }
}
