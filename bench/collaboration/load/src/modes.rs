//! What the clients do.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::connection::{Receiver, Said, Sender, connect};
use crate::edit::{Scatter, Typist};
use crate::stats::{FIRST_CLIENT, Stats};
use crate::{Peer, Plan};

/// Writers write no more often than this, or the load generator is what is measured.
const TICK: Duration = Duration::from_millis(4);

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Mode {
    /// Type at a steady rate, then wait until everything has arrived.
    Type {
        /// Of all writers together.
        updates_per_second: f64,
        warm_up_s: f64,
        seconds: f64,
        /// Longest wait for the rest.
        drain_s: f64,
        /// Whose processor time to read.
        server_pid: u32,
    },
    /// Be connected until killed.
    Hold,
    /// Write scattered characters, then be connected until killed: some servers forget what nobody has open.
    Fill { characters: u64, per_update: u64 },
    /// Connect at the same time; how long until each has the document.
    Open,
}

pub async fn run(plan: Plan) -> Result<Value> {
    match plan.mode {
        Mode::Type { .. } => type_along(&plan).await,
        Mode::Hold => hold(&plan.connections).await,
        Mode::Fill { characters, per_update } => fill(&plan.connections, characters, per_update).await,
        Mode::Open => open(&plan.connections).await,
    }
}

/// Connects and waits until the document is there; its bytes.
async fn join(peer: &Peer) -> Result<(Sender, Receiver, usize)> {
    let (mut sender, mut receiver) = connect(peer).await?;
    loop {
        let frame = receiver.frame().await?;
        for said in receiver.read(&frame)? {
            if let Said::Step2(document) = said {
                let bytes = document.len();
                return Ok((sender, receiver, bytes));
            }
            sender.answer(&said).await?;
        }
    }
}

async fn type_along(plan: &Plan) -> Result<Value> {
    let Mode::Type { updates_per_second, warm_up_s, seconds, drain_s, server_pid } = plan.mode else {
        bail!("not to type");
    };
    let peers = &plan.connections;
    let mut in_document: HashMap<&str, u64> = HashMap::new();
    for peer in peers {
        *in_document.entry(&peer.document).or_default() += 1;
    }
    let writers: Vec<&Peer> = peers.iter().filter(|peer| peer.writes).collect();
    let readers = writers.iter().map(|peer| in_document[peer.document.as_str()] - 1).collect();
    let stats = Rc::new(RefCell::new(Stats::new(readers, peers.len())?));
    let (failed, mut failures) = mpsc::unbounded_channel();

    let mut senders = Vec::new();
    let mut next_writer = 0;
    for (connection, peer) in peers.iter().enumerate() {
        let (sender, receiver, _) = join(peer).await?;
        let writer = peer.writes.then_some(next_writer);
        next_writer += usize::from(peer.writes);
        let (stats, failed) = (Rc::clone(&stats), failed.clone());
        let own = writer.map(|writer| FIRST_CLIENT + writer as u64);
        // Answers to a server's questions go the writer's way, if there is one.
        if let Some(writer) = writer {
            senders.push((writer, sender));
            tokio::task::spawn_local(async move {
                let _ = failed.send(listen(receiver, None, connection, own, &stats).await);
            });
        } else {
            tokio::task::spawn_local(async move {
                let _ = failed.send(listen(receiver, Some(sender), connection, own, &stats).await);
            });
        }
    }

    let begin = Instant::now() + Duration::from_millis(200);
    let measured_from = begin + Duration::from_secs_f64(warm_up_s);
    let end = measured_from + Duration::from_secs_f64(seconds);
    stats.borrow_mut().measured_from = measured_from;
    let gap = Duration::from_secs_f64(writers.len() as f64 / updates_per_second);
    let (mut typing, tasks) = (tokio::task::JoinSet::new(), senders.len() as u32);
    for (writer, sender) in senders {
        let stats = Rc::clone(&stats);
        // Not all at the same moment.
        let first = begin + gap * writer as u32 / tasks.max(1);
        typing.spawn_local(write(writer, sender, first, end, gap, stats));
    }
    tokio::time::sleep_until(measured_from.into()).await;
    let busy_before = processor_ms(server_pid)?;
    let delivered_before = stats.borrow().delivered;
    tokio::time::sleep_until(end.into()).await;
    let busy_ms = processor_ms(server_pid)? - busy_before;
    let delivered_in_time = stats.borrow().delivered - delivered_before;
    let mut kept = Vec::new();
    while let Ok(Some(done)) = tokio::time::timeout_at((end + Duration::from_secs_f64(drain_s)).into(), typing.join_next()).await {
        match done? {
            Ok(sender) => kept.push(sender),
            Err(error) => return Ok(json!({ "error": format!("{error:#}") })),
        }
    }
    let deadline = end + Duration::from_secs_f64(drain_s);
    let mut error = Value::Null;
    loop {
        if let Ok(failure) = failures.try_recv() {
            error = json!(format!("{:#}", failure.err().context("a reader ended")?));
            break;
        }
        let is_done = stats.borrow().delivered >= stats.borrow().expected();
        if is_done || Instant::now() > deadline {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let stats = stats.borrow();
    let total = warm_up_s + seconds;
    Ok(json!({
        "error": error,
        "offered_per_s": updates_per_second,
        "sent_per_s": stats.total_sent() as f64 / total,
        "expected": stats.expected(),
        "delivered": stats.delivered,
        "doubled": stats.doubled,
        "deliveries_per_s": delivered_in_time as f64 / seconds,
        "drained_ms": end.elapsed().as_secs_f64() * 1e3,
        "p50_ms": stats.percentile_ms(50.0),
        "p99_ms": stats.percentile_ms(99.0),
        "server_busy": busy_ms / 1e3 / seconds,
        "server_us_per_delivery": busy_ms * 1e3 / delivered_in_time.max(1) as f64,
    }))
}

/// Types until `end`. What is due is sent in one go.
async fn write(
    writer: usize,
    mut sender: Sender,
    first: Instant,
    end: Instant,
    gap: Duration,
    stats: Rc<RefCell<Stats>>,
) -> Result<Sender> {
    let mut typist = Typist::new(FIRST_CLIENT + writer as u64);
    let (mut due, mut woken) = (first, first);
    while due < end {
        let wake = if gap < TICK { due.max(woken + TICK) } else { due };
        tokio::time::sleep_until(wake.into()).await;
        woken = Instant::now();
        while due <= woken && due < end {
            stats.borrow_mut().sent(writer, if gap < TICK { due } else { woken });
            sender.feed_update(&typist.next()).await?;
            due += gap;
        }
        sender.flush().await?;
    }
    Ok(sender)
}

async fn listen(
    mut receiver: Receiver,
    mut sender: Option<Sender>,
    connection: usize,
    own: Option<u64>,
    stats: &RefCell<Stats>,
) -> Result<()> {
    loop {
        let frame = receiver.frame().await?;
        for said in receiver.read(&frame)? {
            match (&said, &mut sender) {
                (Said::Update(update) | Said::Step2(update), _) => stats.borrow_mut().arrive(connection, own, update)?,
                (said, Some(sender)) => sender.answer(said).await?,
                _ => {}
            }
        }
    }
}

async fn hold(peers: &[Peer]) -> Result<Value> {
    let mut all = Vec::new();
    for peer in peers {
        all.push(join(peer).await?);
    }
    println!("{}", json!({ "connected": all.len() }));
    // Nobody hangs up on those who say nothing within the minute that this takes.
    std::future::pending().await
}

async fn fill(peers: &[Peer], characters: u64, per_update: u64) -> Result<Value> {
    const CLIENT: u64 = 77;
    let peer = peers.first().context("nobody to write")?;
    let (mut sender, mut receiver, _) = join(peer).await?;
    let mut scatter = Scatter::new(CLIENT);
    let (mut written, mut bytes) = (0, 0);
    while written < characters {
        let update = scatter.next(per_update.min(characters - written));
        bytes += update.len();
        written += per_update;
        sender.feed_update(&update).await?;
        if bytes % (1 << 16) < update.len() {
            sender.flush().await?;
        }
    }
    sender.ask(CLIENT, characters).await?;
    loop {
        let frame = receiver.frame().await?;
        for said in receiver.read(&frame)? {
            if matches!(said, Said::Step2(_)) {
                println!("{}", json!({ "bytes": bytes }));
                return std::future::pending().await;
            }
            sender.answer(&said).await?;
        }
    }
}

async fn open(peers: &[Peer]) -> Result<Value> {
    let begin = Instant::now();
    let mut opening = tokio::task::JoinSet::new();
    for peer in peers.to_vec() {
        opening.spawn_local(async move {
            let (_, _, bytes) = join(&peer).await?;
            Ok::<_, anyhow::Error>((begin.elapsed(), bytes))
        });
    }
    let (mut ms, mut bytes) = (Vec::new(), 0);
    while let Some(opened) = opening.join_next().await {
        let (took, size) = opened??;
        ms.push(took.as_secs_f64() * 1e3);
        bytes = bytes.max(size);
    }
    Ok(json!({ "ms": ms, "bytes": bytes }))
}

/// Processor time of a process so far. proc(5), `stat`: fields 14 and 15, in ticks of 10 ms.
fn processor_ms(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the server is gone")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks * 10.0)
}
