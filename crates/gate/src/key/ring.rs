//! The keys in use, kept in memory so that a call costs no look-up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use store::{Db, Timestamp};

use super::{Facts, Key, KeyId, Scope, db, secret_hash};
use crate::limit::{self, Limits};
use crate::problem::{Problem, Result, code};

/// How long a key is trusted without looking again: a revocation on another process is noticed
/// within this time.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long the store is waited for when a key of touchpoints was right before: pages do not wait.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long it is waited for when another key was: what it opens must not be done with a key that
/// was revoked, and who asks for that can wait for a store that is only busy.
const LONG_PATIENCE: Duration = Duration::from_secs(2);
/// How long a key that was right opens every door while the store does not answer. Nobody can
/// revoke a key in a store that is down for all; but another process may reach it while this one
/// does not. After this time a key opens only what an outage must not close: see
/// [`Key::require`].
const CERTAIN: Duration = Duration::from_secs(60);
/// How long a key that was right still asks for decisions and sends events while the store does
/// not answer: an outage must not leave touchpoints without an answer. Events are not taken in
/// without the store, and decisions are then made without anything that is not in memory.
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

/// A key with the moment at which the store last said that it stands.
#[derive(Clone)]
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
        let held = match self.held(&digest, TRUSTED) {
            Some(held) => held,
            None => self.fresh(db, secret, digest, address).await?,
        };
        let Held { facts, since } = held;
        limit::check(&self.0.limits.key, &facts.id.0)?;
        self.note_use(facts.id, db.now());
        let doubtful = since.elapsed() >= CERTAIN;
        Ok(Key { facts, doubtful })
    }

    /// What was right less than so long ago.
    fn held(&self, digest: &blake3::Hash, within: Duration) -> Option<Held> {
        let held = self.0.held.read();
        let entry = held.get(digest)?;
        (entry.since.elapsed() < within).then(|| entry.clone())
    }

    /// Looks a key up; one that was right before stays so while the store does not answer.
    async fn fresh(
        &self,
        db: &Db,
        secret: &str,
        digest: blake3::Hash,
        address: &str,
    ) -> Result<Held> {
        let Some(held) = self.held(&digest, TRUSTED_IN_OUTAGE) else {
            return self.look_up(db, secret, digest, address).await;
        };
        if !self.0.looking.lock().insert(digest) {
            return Ok(held);
        }
        let (ring, db) = (self.clone(), db.clone());
        let (secret, address) = (secret.to_owned(), address.to_owned());
        // Goes on when nobody waits any more, so that a revocation is noticed by a slow store, too.
        let looked_up = tokio::spawn(async move {
            let found = ring.look_up(&db, &secret, digest, &address).await;
            ring.0.looking.lock().remove(&digest);
            found
        });
        match tokio::time::timeout(patience(&held.facts.scopes), looked_up).await {
            Ok(Ok(Err(problem))) if problem.code().status < 500 => Err(problem),
            Ok(Ok(Ok(found))) => Ok(found),
            Ok(_) | Err(_) => {
                let waiting = held.since.elapsed();
                tracing::debug!(?waiting, "a key is trusted while the store does not answer");
                Ok(held)
            }
        }
    }

    async fn look_up(
        &self,
        db: &Db,
        secret: &str,
        digest: blake3::Hash,
        address: &str,
    ) -> Result<Held> {
        let Some(facts) = db::by_hash(db, &secret_hash(secret)).await? else {
            self.0.held.write().remove(&digest);
            limit::check(&self.0.limits.unknown_key, &address.to_owned())?;
            let problem = Problem::new(code::NOT_SIGNED_IN);
            return Err(problem.detail("the API key is unknown or revoked"));
        };
        let entry = Held {
            facts: Arc::new(facts),
            since: Instant::now(),
        };
        let mut held = self.0.held.write();
        if held.len() >= MOST {
            held.clear();
        }
        held.insert(digest, entry.clone());
        Ok(entry)
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

/// How long the store is waited for, by what a key opens.
fn patience(scopes: &[Scope]) -> Duration {
    let at_once = [Scope::Ingest, Scope::Decide, Scope::Page];
    match at_once.iter().any(|scope| scopes.contains(scope)) {
        true => PATIENCE,
        false => LONG_PATIENCE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{NewKey, create};
    use crate::user::User;

    /// Makes everything that is held as old as this.
    fn age(ring: &KeyRing, by: Duration) {
        for held in ring.0.held.write().values_mut() {
            held.since = Instant::now().checked_sub(by).expect("a moment before");
        }
    }

    async fn key(db: &Db) -> (KeyRing, String) {
        let new = NewKey {
            name: "shop".to_owned(),
            scopes: Scope::ALL.to_vec(),
            source_id: None,
        };
        let issued = create(db, &User::command(), new).await.unwrap();
        let ring = KeyRing::new(Arc::new(Limits::new(1_000)));
        ring.find(db, &issued.secret, "here").await.unwrap();
        (ring, issued.secret)
    }

    #[test]
    fn only_keys_of_touchpoints_do_not_wait_for_a_busy_store() {
        for scope in [Scope::Ingest, Scope::Decide, Scope::Page] {
            assert_eq!(patience(&[Scope::Manage, scope]), PATIENCE);
        }
        assert_eq!(
            patience(&[Scope::Manage, Scope::Redeem, Scope::Query]),
            LONG_PATIENCE
        );
    }

    store::test! {
        async fn a_busy_store_is_waited_for_before_a_key_is_doubted(db: Db) {
            if db.exclusive() {
                // Whoever reads the embedded store waits for nobody.
                return;
            }
            let new = NewKey { name: "tool".to_owned(), scopes: vec![Scope::Manage], source_id: None };
            let issued = create(&db, &User::command(), new).await.unwrap();
            let ring = KeyRing::new(Arc::new(Limits::new(1_000)));
            ring.find(&db, &issued.secret, "here").await.unwrap();
            age(&ring, Duration::from_secs(61));
            let mut tx = db.begin().await.unwrap();
            tx.execute("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE", vec![]).await.unwrap();
            let (asked, there) = (ring.clone(), db.clone());
            let found = tokio::spawn(async move { asked.find(&there, &issued.secret, "here").await });
            tokio::time::sleep(PATIENCE * 5).await;
            tx.commit().await.unwrap();
            let found = found.await.unwrap().unwrap();
            assert!(found.require(Scope::Manage).is_ok());
        }
    }

    #[tokio::test]
    async fn without_the_store_a_key_soon_opens_only_what_must_stay_open() {
        let store = store::test_support::sqlite().await;
        let (ring, secret) = key(&store.db).await;
        store.db.close().await;
        age(&ring, Duration::from_secs(30));
        let young = ring.find(&store.db, &secret, "here").await.unwrap();
        for scope in Scope::ALL {
            assert!(young.require(scope).is_ok(), "{scope:?}");
        }
        age(&ring, Duration::from_secs(61));
        let old = ring.find(&store.db, &secret, "here").await.unwrap();
        for scope in [Scope::Ingest, Scope::Decide, Scope::Page] {
            assert!(old.require(scope).is_ok(), "{scope:?}");
        }
        for scope in [Scope::Redeem, Scope::Manage, Scope::Query] {
            let refused = old.require(scope).unwrap_err();
            assert_eq!(refused.code().status, 503, "{scope:?}");
        }
        age(&ring, Duration::from_secs(3_601));
        let refused = ring.find(&store.db, &secret, "here").await.unwrap_err();
        assert!(refused.code().status >= 500);
    }

    #[tokio::test]
    async fn a_key_revoked_elsewhere_is_refused_within_a_second_and_at_once_after_an_outage() {
        let store = store::test_support::sqlite().await;
        let (ring, secret) = key(&store.db).await;
        // Revoked by another process: this one is not told.
        let sql = "UPDATE api_keys SET revoked_at = 1";
        store.db.execute(sql, store::params![]).await.unwrap();
        assert!(ring.find(&store.db, &secret, "here").await.is_ok());
        for by in [TRUSTED, CERTAIN, TRUSTED_IN_OUTAGE] {
            let (ring, held) = (ring.clone(), ring.0.held.read().clone());
            age(&ring, by);
            // A store that is slow says so to the next call.
            let mut refused = ring.find(&store.db, &secret, "here").await.err();
            for _ in 0..100 {
                if refused.is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                refused = ring.find(&store.db, &secret, "here").await.err();
            }
            assert_eq!(
                refused.map(|problem| problem.code().status),
                Some(401),
                "{by:?}"
            );
            *ring.0.held.write() = held;
        }
    }
}
