//! Which version customers are at, asked of the store for many of them at once.
//!
//! On a store that other processes write too, a state in memory counts only when it is the newest.
//! What is asked while a question is on its way is asked together after it.

use std::collections::HashMap;
use std::sync::Arc;

use store::Db;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::CustomerId;
use super::db;
use crate::Error;

/// Questions on their way at once, so that one that is slow holds nobody up.
const QUESTIONS: usize = 2;

/// Root and version of a customer; `None` when there is no such customer.
type Answer = Option<(CustomerId, i64)>;

struct Asked {
    id: CustomerId,
    reply: oneshot::Sender<Answer>,
}

/// Asks which versions customers are at; for stores that other processes write too.
pub(crate) struct Versions {
    db: Db,
    queue: mpsc::UnboundedSender<Asked>,
}

impl Versions {
    /// Begins to answer; ends with this value.
    pub fn of(db: &Db) -> Versions {
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(answer(db.clone(), waiting));
        Versions {
            db: db.clone(),
            queue,
        }
    }

    /// Root and version of a customer at this moment or later.
    pub async fn at(&self, id: CustomerId) -> Result<Answer, Error> {
        let (reply, answer) = oneshot::channel();
        if self.queue.send(Asked { id, reply }).is_ok()
            && let Ok(answer) = answer.await
        {
            return Ok(answer);
        }
        // The question failed for all: alone it tells why.
        let found = db::versions(&self.db, &[id]).await?;
        Ok(found.first().map(|(_, root, version)| (*root, *version)))
    }
}

async fn answer(store: Db, mut waiting: mpsc::UnboundedReceiver<Asked>) {
    let free = Arc::new(Semaphore::new(QUESTIONS));
    // Nothing is taken from the queue before it can be asked: meanwhile it gathers.
    while let Ok(turn) = free.clone().acquire_owned().await {
        let mut asked = Vec::new();
        if waiting.recv_many(&mut asked, db::IDS_AT_ONCE).await == 0 {
            return;
        }
        let store = store.clone();
        tokio::spawn(async move {
            let ids: Vec<CustomerId> = asked.iter().map(|asked| asked.id).collect();
            match db::versions(&store, &ids).await {
                Ok(found) => {
                    let found = found.into_iter();
                    let known: HashMap<_, _> = found
                        .map(|(id, root, version)| (id, (root, version)))
                        .collect();
                    for Asked { id, reply } in asked {
                        // Who has gone away needs no answer.
                        let _ = reply.send(known.get(&id).copied());
                    }
                }
                Err(error) => tracing::debug!(%error, "versions could not be read together"),
            }
            drop(turn);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    store::test! {
        async fn when_a_question_fails_everybody_hears_why(db: Db) {
            let versions = Versions::of(&db);
            let nobody = CustomerId(7);
            assert_eq!(versions.at(nobody).await.unwrap(), None);
            let rename = async |from: &str, to: &str| {
                let sql = format!("ALTER TABLE {from} RENAME TO {to}");
                db.execute(&sql, vec![]).await.unwrap();
            };
            rename("customers", "customers_away").await;
            let all = (0..20).map(|_| versions.at(nobody));
            for answer in futures::future::join_all(all).await {
                assert!(matches!(answer, Err(Error::Store(_))), "{answer:?}");
            }
            rename("customers_away", "customers").await;
            assert_eq!(versions.at(nobody).await.unwrap(), None);
        }
    }
}
