//! The work on feeds: every node looks what is due and what is to be read, and the lease of each
//! feed lets one of them do it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Feed, KIND, db, published, pull, stream};
use crate::api::MemoryState;

/// How often somebody looks for work that nobody announced.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A feed that this process works on.
struct AtWork {
    feed: Feed,
    quit: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Works on feeds until `stop` is true.
pub async fn work(state: MemoryState, mut stop: watch::Receiver<bool>) {
    let mut at_work: HashMap<String, AtWork> = HashMap::new();
    while !*stop.borrow() {
        if let Err(error) = round(&state, &mut at_work).await {
            tracing::warn!(%error, "feeds could not be looked at");
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = state.feeds.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    for one in at_work.values() {
        one.quit.send_replace(true);
    }
    for (feed, mut one) in at_work {
        if let Err(error) = (&mut one.task).await {
            tracing::error!(%error, feed, "the work on a feed failed");
        }
    }
}

async fn round(
    state: &MemoryState,
    at_work: &mut HashMap<String, AtWork>,
) -> Result<(), store::Error> {
    let store = state.memory.db();
    let snapshot = state.gate.published.now();
    let feeds = published(snapshot.of_kind(KIND.name));
    if feeds.is_empty() && at_work.is_empty() {
        return Ok(());
    }
    let standings = db::standings(store).await?;
    let open = db::open_runs(store).await?;
    for (key, one) in at_work.iter() {
        let same = feeds
            .iter()
            .any(|(known, feed)| known == key && *feed == one.feed);
        let paused = standings.iter().any(|one| one.feed == *key && one.paused);
        if !same || paused {
            one.quit.send_replace(true);
        }
    }
    at_work.retain(|_, one| !one.task.is_finished());
    for (key, feed) in feeds {
        if at_work.contains_key(&key) {
            continue;
        }
        let Some(standing) = standings.iter().find(|one| one.feed == key) else {
            db::know(store, &key).await?;
            state.feeds.notify_one();
            continue;
        };
        let begun = open.contains(&key);
        let wanted = begun || pull::wanted(&feed, standing, store.now());
        if standing.paused || !(feed.from.streams() || wanted) {
            continue;
        }
        let (quit, quits) = watch::channel(false);
        let task = start(state.clone(), key.clone(), feed.clone(), quits);
        at_work.insert(key, AtWork { feed, quit, task });
    }
    Ok(())
}

fn start(
    state: MemoryState,
    key: String,
    feed: Feed,
    quit: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        if feed.from.streams() {
            stream::read(state, key, feed, quit).await;
            return;
        }
        if let Err(error) = pull::run(state, key.clone(), feed, quit).await {
            tracing::warn!(%error, feed = key, "a pull could not be run");
        }
    })
}
