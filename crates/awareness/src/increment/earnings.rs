//! Earnings: what was gathered, kept for a while, for everybody who asks.

use std::sync::Arc;
use std::time::Duration;

use memory::Memory;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Terms;
use super::gather::{Gathered, gather};
use crate::Error;

/// How long what was gathered is kept at least while the log grows.
const KEPT: Duration = Duration::from_secs(2);
/// And how many times as long as it took to gather.
const KEPT_TIMES: u32 = 20;

/// Gathers at most now and then. Cheap to clone.
#[derive(Clone)]
pub struct Earnings(Arc<Inner>);

struct Inner {
    memory: Memory,
    /// Held while gathering, so that it is done once for everybody who waits.
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    gathered: Arc<Gathered>,
    terms: Terms,
    newest: u64,
    until: Instant,
}

impl Earnings {
    /// Over the memory of customers.
    pub fn new(memory: Memory) -> Earnings {
        Earnings(Arc::new(Inner {
            memory,
            kept: Mutex::default(),
        }))
    }

    /// What was gathered last, or newly when that is old.
    pub async fn now(&self, terms: &Terms) -> Result<Arc<Gathered>, Error> {
        let memory = &self.0.memory;
        let newest = memory::log::db::newest(memory.db()).await?;
        let mut kept = self.0.kept.lock().await;
        if let Some(known) = kept.as_ref().filter(|known| known.terms == *terms)
            && (known.newest == newest || Instant::now() < known.until)
        {
            return Ok(known.gathered.clone());
        }
        let started = Instant::now();
        let gathered = Arc::new(gather(memory, terms).await?);
        *kept = Some(Kept {
            gathered: gathered.clone(),
            terms: terms.clone(),
            newest,
            until: Instant::now() + KEPT.max(started.elapsed() * KEPT_TIMES),
        });
        Ok(gathered)
    }
}
