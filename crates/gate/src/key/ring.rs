//! The keys in use, kept in memory so that a call costs no look-up.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use store::{Db, Timestamp};

use super::{Facts, Key, KeyId, db, secret_hash};
use crate::limit::{self, Limits};
use crate::problem::{Problem, Result, code};

/// How long a key is trusted without looking again: a revocation on another process is noticed
/// within this time.
const TRUSTED: Duration = Duration::from_secs(1);
/// Keys held at once; beyond it all are looked up again.
const MOST: usize = 10_000;

/// The keys in use.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    held: RwLock<HashMap<blake3::Hash, Held>>,
    /// When keys were last used and this is not yet written.
    used: RwLock<HashMap<KeyId, AtomicI64>>,
    limits: Arc<Limits>,
}

struct Held {
    facts: Arc<Facts>,
    since: Instant,
}

impl KeyRing {
    /// An empty ring.
    pub fn new(limits: Arc<Limits>) -> KeyRing {
        KeyRing(Arc::new(Inner {
            held: RwLock::new(HashMap::new()),
            used: RwLock::new(HashMap::new()),
            limits,
        }))
    }

    /// The key of a secret. Wrong ones are limited by address, right ones by key.
    pub async fn find(&self, db: &Db, secret: &str, address: &str) -> Result<Key> {
        let digest = blake3::hash(secret.as_bytes());
        let facts = match self.trusted(&digest) {
            Some(facts) => facts,
            None => self.look_up(db, secret, digest, address).await?,
        };
        limit::check(&self.0.limits.key, &facts.id.0)?;
        self.note_use(facts.id, db.now());
        Ok(Key(facts))
    }

    fn trusted(&self, digest: &blake3::Hash) -> Option<Arc<Facts>> {
        let held = self.0.held.read();
        let entry = held.get(digest)?;
        (entry.since.elapsed() < TRUSTED).then(|| entry.facts.clone())
    }

    async fn look_up(
        &self,
        db: &Db,
        secret: &str,
        digest: blake3::Hash,
        address: &str,
    ) -> Result<Arc<Facts>> {
        let Some(facts) = db::by_hash(db, &secret_hash(secret)).await? else {
            self.0.held.write().remove(&digest);
            limit::check(&self.0.limits.unknown_key, &address.to_owned())?;
            let problem = Problem::new(code::NOT_SIGNED_IN);
            return Err(problem.detail("the API key is unknown or revoked"));
        };
        let facts = Arc::new(facts);
        let entry = Held {
            facts: facts.clone(),
            since: Instant::now(),
        };
        let mut held = self.0.held.write();
        if held.len() >= MOST {
            held.clear();
        }
        held.insert(digest, entry);
        Ok(facts)
    }

    fn note_use(&self, id: KeyId, now: Timestamp) {
        if let Some(at) = self.0.used.read().get(&id) {
            at.store(now.0, Ordering::Relaxed);
            return;
        }
        self.0.used.write().insert(id, AtomicI64::new(now.0));
    }

    /// Forgets every key, after one was revoked or rotated here.
    pub fn forget(&self) {
        self.0.held.write().clear();
    }

    /// Writes when keys were last used; call it every few seconds and at the end.
    pub async fn write_use(&self, db: &Db) -> std::result::Result<(), store::Error> {
        let used = std::mem::take(&mut *self.0.used.write());
        for (id, at) in used {
            db::used(db, id, Timestamp(at.into_inner())).await?;
        }
        Ok(())
    }
}
