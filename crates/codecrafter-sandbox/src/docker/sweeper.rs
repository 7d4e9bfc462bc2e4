//! Removes what was left by processes that were killed: whoever shares the daemon with them does it.

use std::collections::HashMap;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::ListContainersOptionsBuilder;
use chrono::{DateTime, TimeDelta, Utc};

use super::{LABEL, reaper};

/// A container that has not run for so long is nobody's: those in use run.
const AGE: TimeDelta = TimeDelta::seconds(20);
/// How often is looked for them.
const EVERY: Duration = Duration::from_secs(20);

/// Looks at once and from time to time, until it is dropped.
pub(super) async fn run(client: Docker) {
    loop {
        if let Err(error) = sweep(&client).await {
            tracing::debug!(%error, "leftover containers cannot be looked for");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn sweep(client: &Docker) -> Result<(), Error> {
    let states = ["created", "exited", "dead"].map(str::to_owned).to_vec();
    let filters = HashMap::from([
        ("label".to_owned(), vec![LABEL.to_owned()]),
        ("status".to_owned(), states),
    ]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    for id in client
        .list_containers(Some(options))
        .await?
        .into_iter()
        .filter_map(|left| left.id)
    {
        if is_leftover(client, &id).await {
            reaper::remove(client, &id).await;
        }
    }
    Ok(())
}

/// Whether it was neither made nor ended just now.
async fn is_leftover(client: &Docker, id: &str) -> bool {
    let Ok(found) = client.inspect_container(id, None).await else {
        return false;
    };
    // Of one that has never run, long ago.
    let finished = found.state.and_then(|state| state.finished_at);
    let times = [found.created, finished];
    let newest = times
        .into_iter()
        .flatten()
        .filter_map(|time| time.parse::<DateTime<Utc>>().ok())
        .max();
    newest.is_none_or(|newest| newest < Utc::now() - AGE)
}
