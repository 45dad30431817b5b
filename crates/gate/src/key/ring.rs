//! The keys in use, kept in memory so that a call costs no look-up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use store::{Db, Timestamp};

use super::{Facts, Key, KeyId, db, secret_hash};
use crate::limit::{self, Limits};
use crate::problem::{Problem, Result, code};

/// How long a key is trusted without looking again: a revocation on another process is noticed
/// within this time.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long the store is waited for when a key was right before.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long a key that was right is trusted while the store does not answer: an outage must not
/// leave touchpoints without an answer.
const TRUSTED_IN_OUTAGE: Duration = Duration::from_secs(3_600);
/// Keys held at once; beyond it all are looked up again.
const MOST: usize = 10_000;

/// The keys in use.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    held: RwLock<HashMap<blake3::Hash, Held>>,
    /// Keys that are being looked up again at this moment.
    looking: Mutex<HashSet<blake3::Hash>>,
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
            looking: Mutex::default(),
            used: RwLock::new(HashMap::new()),
            limits,
        }))
    }

    /// The key of a secret. Wrong ones are limited by address, right ones by key.
    pub async fn find(&self, db: &Db, secret: &str, address: &str) -> Result<Key> {
        let digest = blake3::hash(secret.as_bytes());
        let facts = match self.trusted(&digest) {
            Some(facts) => facts,
            None => self.fresh(db, secret, digest, address).await?,
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

    /// Looks a key up; one that was right before stays so while the store does not answer.
    async fn fresh(
        &self,
        db: &Db,
        secret: &str,
        digest: blake3::Hash,
        address: &str,
    ) -> Result<Arc<Facts>> {
        let held = self
            .0
            .held
            .read()
            .get(&digest)
            .map(|held| (held.facts.clone(), held.since));
        let Some((facts, since)) = held.filter(|(_, since)| since.elapsed() < TRUSTED_IN_OUTAGE)
        else {
            return self.look_up(db, secret, digest, address).await;
        };
        if !self.0.looking.lock().insert(digest) {
            return Ok(facts);
        }
        let (ring, db) = (self.clone(), db.clone());
        let (secret, address) = (secret.to_owned(), address.to_owned());
        // Goes on when nobody waits any more, so that a revocation is noticed by a slow store, too.
        let looked_up = tokio::spawn(async move {
            let found = ring.look_up(&db, &secret, digest, &address).await;
            ring.0.looking.lock().remove(&digest);
            found
        });
        match tokio::time::timeout(PATIENCE, looked_up).await {
            Ok(Ok(Err(problem))) if problem.code().status < 500 => Err(problem),
            Ok(Ok(Ok(facts))) => Ok(facts),
            Ok(_) | Err(_) => {
                let waiting = since.elapsed();
                tracing::debug!(?waiting, "a key is trusted while the store does not answer");
                Ok(facts)
            }
        }
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
