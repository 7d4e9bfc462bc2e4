//! After Redis is back: it is told what happened meanwhile, and is in use again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::Shared;
use super::journal::{Act, Told};
use super::link::{Append, Link, Trouble};

/// How often the rest is told before the link is in use; what comes after that may be told late.
const ROUNDS: usize = 50;
/// Topics that are told at a time.
const AT_ONCE: usize = 32;

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
        link.tell(&link.names.gap(), &shared.origin(), &[]).await?;
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
        .try_for_each_concurrent(AT_ONCE, |acts| async move {
            for act in acts {
                again(shared, link, act).await?;
            }
            Ok(())
        })
        .await
}

async fn again(shared: &Shared, link: &Link, act: &Act) -> Result<(), Trouble> {
    let done = match act {
        Act::Publish { topic, origin, payload } => link.publish(topic, origin, payload).await,
        Act::Append {
            topic,
            origin,
            payload,
            bounds,
            seq,
        } => {
            let append = Append {
                topic,
                origin,
                payload,
                bounds: *bounds,
                least: *seq,
                is_again: true,
            };
            link.append(&append)
                .await
                .map(|seq| shared.positions.note(topic, seq, bounds.expiry))
        }
    };
    match done {
        // One message that Redis does not take must not keep all others away.
        Err(Trouble::Refused(why)) => {
            tracing::warn!(topic = act.topic(), why, "not told to the others");
            Ok(())
        }
        done => done,
    }
}
