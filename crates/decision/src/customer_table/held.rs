//! Customer tables in memory.

use std::collections::HashMap;
use std::sync::Arc;

use memory::CustomerId;
use parking_lot::RwLock;
use store::{Db, Timestamp};

use super::{CustomerRows, CustomerTable, EVERY_OFFER, Kind, db};
use crate::catalog::Catalog;

/// Rows read at once.
const CHUNK: i64 = 20_000;

/// What all tables say, as this process knows it.
#[derive(Default)]
pub struct Tables(RwLock<Arc<HashMap<String, Arc<Held>>>>);

/// One table in memory.
struct Held {
    kind: Kind,
    revision: i64,
    expires_at: Option<Timestamp>,
    /// Keys of its offers; rows refer to them by place.
    offers: Vec<String>,
    rows: HashMap<CustomerId, Box<[HeldRow]>>,
}

struct HeldRow {
    offer: u32,
    figure: f32,
    /// The end of time when it counts for good.
    expires_at: i64,
}

impl Tables {
    /// What the tables say about a customer, whichever of their merged ids the rows name.
    pub fn of(
        &self,
        catalog: &Catalog,
        customer: CustomerId,
        members: &[CustomerId],
        now: Timestamp,
    ) -> CustomerRows {
        let tables = self.0.read().clone();
        let mut found = CustomerRows::default();
        for table in tables.values().filter(|table| table.counts_at(now)) {
            for id in [&customer].into_iter().chain(members) {
                for row in table.rows.get(id).into_iter().flatten() {
                    if now.0 < row.expires_at {
                        table.say(catalog, row, &mut found);
                    }
                }
            }
        }
        found
    }

    /// Reads what has changed in the store.
    pub async fn refresh(&self, db: &Db) -> Result<(), store::Error> {
        let listed = db::list(db).await?;
        let known = self.0.read().clone();
        let mut next = HashMap::with_capacity(listed.len());
        let mut changed = listed.len() != known.len();
        for table in listed {
            let same = known.get(&table.key).filter(|held| {
                held.revision == table.revision && held.expires_at == table.expires_at
            });
            let held = match same {
                Some(held) => held.clone(),
                None => {
                    changed = true;
                    Arc::new(Held::read(db, &table).await?)
                }
            };
            next.insert(table.key, held);
        }
        if changed {
            *self.0.write() = Arc::new(next);
        }
        Ok(())
    }
}

impl Held {
    fn counts_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    fn say(&self, catalog: &Catalog, row: &HeldRow, found: &mut CustomerRows) {
        let key = &self.offers[row.offer as usize];
        if key == EVERY_OFFER {
            found.denied_all |= self.kind == Kind::Denials;
            return;
        }
        let Some(offer) = catalog.offer_place(key) else {
            return;
        };
        match self.kind {
            Kind::Scores => found.scores.push((offer, f64::from(row.figure))),
            Kind::Assignments => found.ranks.push((offer, row.figure as u32)),
            Kind::Denials => found.denied.push(offer),
        }
    }

    async fn read(db: &Db, table: &CustomerTable) -> Result<Held, store::Error> {
        let mut offers: Vec<String> = vec![];
        let mut rows: HashMap<CustomerId, Vec<HeldRow>> = HashMap::new();
        let mut after = (CustomerId(0), String::new());
        loop {
            let page = db::rows_of_table(db, &table.key, &after, CHUNK).await?;
            let Some(last) = page.last() else { break };
            after = (last.customer_id, last.offer.clone());
            let whole = page.len() as i64 == CHUNK;
            for row in page {
                let known = offers.iter().position(|key| *key == row.offer);
                let offer = known.unwrap_or_else(|| {
                    offers.push(row.offer);
                    offers.len() - 1
                });
                rows.entry(row.customer_id).or_default().push(HeldRow {
                    offer: offer as u32,
                    figure: row.figure as f32,
                    expires_at: row.expires_at.map_or(i64::MAX, |at| at.0),
                });
            }
            if !whole {
                break;
            }
        }
        let boxed = |(id, rows): (CustomerId, Vec<HeldRow>)| (id, rows.into_boxed_slice());
        Ok(Held {
            kind: table.kind,
            revision: table.revision,
            expires_at: table.expires_at,
            offers,
            rows: rows.into_iter().map(boxed).collect(),
        })
    }
}
