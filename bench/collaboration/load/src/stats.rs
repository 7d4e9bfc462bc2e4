//! What was sent, and what of it has arrived where and when.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::edit;

/// Clients of writers are numbered from here.
pub const FIRST_CLIENT: u64 = 1_000;

pub struct Stats {
    /// When each update was due to be sent, by writer.
    sent: Vec<Vec<Instant>>,
    /// Readers of each writer's edits, by writer.
    readers: Vec<u64>,
    /// Up to where each writer's edits have arrived, by connection.
    arrived: Vec<HashMap<u64, u64>>,
    pub delivered: u64,
    /// Edits that arrived more than once.
    pub doubled: u64,
    /// From due to arrival, in µs.
    pub latency: Histogram<u64>,
    /// Earlier edits are not measured.
    pub measured_from: Instant,
}

impl Stats {
    pub fn new(readers: Vec<u64>, connections: usize) -> Result<Self> {
        Ok(Self {
            sent: vec![Vec::new(); readers.len()],
            readers,
            arrived: vec![HashMap::new(); connections],
            delivered: 0,
            doubled: 0,
            latency: Histogram::new_with_bounds(1, 120_000_000, 3)?,
            measured_from: Instant::now(),
        })
    }

    pub fn sent(&mut self, writer: usize, due: Instant) {
        self.sent[writer].push(due);
    }

    pub fn total_sent(&self) -> u64 {
        self.sent.iter().map(|sent| sent.len() as u64).sum()
    }

    /// Deliveries that there will be of what was sent so far.
    pub fn expected(&self) -> u64 {
        let each = self.sent.iter().zip(&self.readers);
        each.map(|(sent, readers)| sent.len() as u64 * readers).sum()
    }

    /// Takes an update that arrived at a connection, whose own edits do not count.
    pub fn arrive(&mut self, connection: usize, own: Option<u64>, update: &[u8]) -> Result<()> {
        let now = Instant::now();
        edit::ranges(update, |client, start, end| {
            if own == Some(client) || client < FIRST_CLIENT {
                return;
            }
            let Some(sent) = self.sent.get((client - FIRST_CLIENT) as usize) else {
                return;
            };
            let known = self.arrived[connection].entry(client).or_insert(0);
            let from = start.max(*known);
            self.doubled += from.min(end) - start;
            if from >= end {
                return;
            }
            *known = end;
            self.delivered += end - from;
            for due in &sent[from as usize..end as usize] {
                if *due >= self.measured_from {
                    let took = now.saturating_duration_since(*due);
                    self.latency.saturating_record(took.as_micros() as u64);
                }
            }
        })
    }

    pub fn percentile_ms(&self, percent: f64) -> f64 {
        Duration::from_micros(self.latency.value_at_percentile(percent)).as_secs_f64() * 1e3
    }
}
