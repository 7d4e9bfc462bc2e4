//! How often something may come: a number at once, and then so many a second.

use std::time::Duration;

use tokio::time::Instant;

/// Fills steadily up to its size; each taking empties it a little.
#[derive(Debug)]
pub(super) struct Bucket {
    size: f64,
    per_second: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    /// A full one of this size, which is filled again within `whole`.
    pub(super) fn new(size: u32, whole: Duration) -> Self {
        let size = f64::from(size);
        Self {
            size,
            per_second: size / whole.as_secs_f64(),
            level: size,
            at: Instant::now(),
        }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let now = Instant::now();
        let filled = (now - self.at).as_secs_f64() * self.per_second;
        self.level = (self.level + filled).min(self.size);
        self.at = now;
        if self.level < 1.0 {
            return false;
        }
        self.level -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills() {
        let mut bucket = Bucket::new(2, Duration::from_secs(4));
        assert!(bucket.take() && bucket.take() && !bucket.take());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(bucket.take() && !bucket.take());
        tokio::time::advance(Duration::from_mins(1)).await;
        assert!(bucket.take() && bucket.take() && !bucket.take());
    }
}
