//! After Redis is back: it is told what happened meanwhile, and is in use again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use redis::Cmd;

use super::Shared;
use super::journal::{Act, Told};
use super::link::{Append, Link, Trouble};

/// How often the rest is told before the link is in use; what comes after that may be told late.
const ROUNDS: usize = 50;
/// Topics that are told at a time.
const TOPICS: usize = 16;
/// Acts of one topic that are told at once, and their bytes.
const AT_ONCE: usize = 256;
const BYTES_AT_ONCE: usize = 1024 * 1024;

/// Tells what happened and puts the link to use, in one step with the last of it.
pub(super) async fn heal(shared: &Shared, link: &Arc<Link>) -> Result<(), Trouble> {
    let mut is_incomplete = false;
    for round in 0.. {
        let (told, is_last) = {
            let mut state = shared.state();
            let told = state.journal.take();
            let is_last = told.acts.is_empty() || round == ROUNDS;
            if is_last {
                let since = shared.sent.load(Ordering::Relaxed);
                // The link is new: nobody has set it.
                let _ = link.since.set(since);
                // Subscribers look up what they missed and subscribe again; logs are in Redis now.
                shared.local.clear();
                state.link = Some(Arc::clone(link));
                shared.is_up.send_replace(true);
            }
            (told, is_last)
        };
        is_incomplete |= told.is_incomplete;
        if let Err(trouble) = tell(shared, link, &told).await {
            let is_incomplete = is_incomplete || told.is_incomplete;
            let acts = told.acts;
            shared.state().journal.put_back(Told { acts, is_incomplete });
            return Err(trouble);
        }
        if is_last {
            break;
        }
    }
    if is_incomplete {
        link.say(&link.names.gap(), &shared.origin()).await?;
    }
    Ok(())
}

/// Tells each topic's acts in their order.
async fn tell(shared: &Shared, link: &Link, told: &Told) -> Result<(), Trouble> {
    let mut by_topic: HashMap<&str, Vec<&Act>> = HashMap::new();
    for act in &told.acts {
        by_topic.entry(act.topic()).or_default().push(act);
    }
    stream::iter(by_topic.into_values())
        .map(Ok)
        .try_for_each_concurrent(TOPICS, |acts| async move {
            for some in parts(&acts) {
                tell_some(shared, link, some).await?;
            }
            Ok(())
        })
        .await
}

/// As much at a time as is answered in time.
fn parts<'a>(acts: &'a [&'a Act]) -> impl Iterator<Item = &'a [&'a Act]> {
    let mut rest = acts;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fit = rest.iter().take(AT_ONCE).take_while(|act| {
            bytes += act.size();
            bytes <= BYTES_AT_ONCE
        });
        let (some, later) = rest.split_at(fit.count().max(1).min(rest.len()));
        rest = later;
        (!some.is_empty()).then_some(some)
    })
}

async fn tell_some(shared: &Shared, link: &Link, acts: &[&Act]) -> Result<(), Trouble> {
    let answers = link.all(acts.iter().map(|act| command(link, act)).collect()).await?;
    for (act, answer) in acts.iter().zip(answers) {
        match (answer, act) {
            (Ok(seq), Act::Append { topic, bounds, .. }) => shared.positions.note(topic, seq, bounds.expiry),
            (Ok(_), Act::Publish { .. }) => {}
            (Err(Trouble::Refused(why)), act) => tracing::warn!(topic = act.topic(), why, "not told to the others"),
            (Err(lost), _) => return Err(lost),
        }
    }
    Ok(())
}

fn command(link: &Link, act: &Act) -> Cmd {
    match act {
        Act::Publish { topic, origin, payload } => link.publishing(topic, origin, payload),
        Act::Append {
            topic,
            origin,
            payload,
            bounds,
            seq,
        } => link.appending(&Append {
            topic,
            origin,
            payload,
            bounds: *bounds,
            least: *seq,
            is_again: true,
        }),
    }
}
