//! The pass: rows in order of customer become verdicts, one customer after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::error::DataFusionError;
use jiff::tz::TimeZone;
use roaring::RoaringTreemap;

use super::super::aggregate::{Match, SlotId};
use super::super::facts::{ContactView, Facts, ResponseView};
use super::super::leaf::Leaf;
use super::super::value::AttributeValue;
use super::column::{Result, Texts, Truths, Wholes, has};
use super::reader::EventReader;
use super::rows::Zones;
use super::selection::Selection;

/// What rows of one table say of the customer that is being read.
pub(super) struct Gathered {
    ids: Vec<SlotId>,
    matches: Vec<Vec<Match>>,
    contacts: Vec<ContactRow>,
    responses: Vec<ResponseRow>,
    consents: Vec<ConsentRow>,
    said: Vec<Said>,
    attributes: BTreeMap<String, (i64, AttributeValue)>,
    zone: TimeZone,
}

/// What somebody said of an attribute.
struct Said {
    seq: i64,
    at_ms: i64,
    key: String,
    json: serde_json::Value,
    /// Whether it is only taken where nothing is known.
    once: bool,
}

struct ContactRow {
    at_ms: i64,
    channel: String,
    placement: Option<String>,
    offer: Option<String>,
    category: Option<String>,
}

struct ResponseRow {
    at_ms: i64,
    kind: String,
    offer: Option<String>,
    category: Option<String>,
    inferred: bool,
    value_cents: Option<i64>,
}

struct ConsentRow {
    channel: String,
    purpose: String,
    granted: bool,
    at_ms: i64,
    until_ms: Option<i64>,
}

impl Gathered {
    fn clear(&mut self) {
        self.matches.iter_mut().for_each(Vec::clear);
        self.contacts.clear();
        self.responses.clear();
        self.consents.clear();
        self.said.clear();
        self.attributes.clear();
    }

    fn sort(&mut self) {
        for matches in &mut self.matches {
            // Rows come in order of time; only what happened at the same moment may be swapped.
            if !matches.is_sorted() {
                matches.sort_unstable();
            }
        }
        // What is only taken where nothing is known depends on what had arrived before it.
        self.said.sort_by_key(|said| said.seq);
        for said in std::mem::take(&mut self.said) {
            self.state(said);
        }
    }

    /// The newest statement of an attribute stands, the greater of two at one moment; null takes
    /// it away.
    fn state(&mut self, said: Said) {
        let known = self.attributes.get(&said.key);
        match AttributeValue::from_json(&said.json) {
            Some(_) if said.once && known.is_some() => {}
            Some(value) if known.is_none_or(|(at, old)| (said.at_ms, &value) >= (*at, old)) => {
                self.attributes.insert(said.key, (said.at_ms, value));
            }
            None if said.json.is_null() && !said.once => {
                if known.is_some_and(|(at, _)| *at <= said.at_ms) {
                    self.attributes.remove(&said.key);
                }
            }
            Some(_) | None => {}
        }
    }

    /// The newest statement stands, a denial wins a tie.
    fn say(&mut self, said: ConsentRow) {
        let same = |c: &&mut ConsentRow| c.channel == said.channel && c.purpose == said.purpose;
        match self.consents.iter_mut().find(same) {
            Some(old) if (said.at_ms, !said.granted) >= (old.at_ms, !old.granted) => *old = said,
            Some(_) => {}
            None => self.consents.push(said),
        }
    }
}

impl Facts for Gathered {
    fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        self.attributes.get(key).map(|(_, value)| value)
    }

    fn matches(&self, slot: SlotId) -> &[Match] {
        let place = self.ids.iter().position(|id| *id == slot);
        place.map_or(&[], |place| &self.matches[place])
    }

    fn contacts(&self, visit: &mut dyn FnMut(ContactView<'_>)) {
        for row in &self.contacts {
            visit(ContactView {
                at_ms: row.at_ms,
                channel: &row.channel,
                offer: row.offer.as_deref(),
                category: row.category.as_deref(),
                placement: row.placement.as_deref(),
            });
        }
    }

    fn responses(&self, visit: &mut dyn FnMut(ResponseView<'_>)) {
        for row in &self.responses {
            visit(ResponseView {
                at_ms: row.at_ms,
                kind: &row.kind,
                offer: row.offer.as_deref(),
                category: row.category.as_deref(),
                inferred: row.inferred,
                value_cents: row.value_cents,
            });
        }
    }

    fn consent(&self, channel: &str, purpose: &str, now_ms: i64) -> Option<bool> {
        let same = |c: &&ConsentRow| c.channel == channel && c.purpose == purpose;
        let said = self.consents.iter().find(same)?;
        Some(said.granted && said.until_ms.is_none_or(|until| now_ms < until))
    }

    fn segment(&self, _key: &str) -> bool {
        false
    }

    fn context(&self, _key: &str) -> Option<&AttributeValue> {
        None
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

/// What is read.
pub(super) enum Table {
    Events(Box<EventReader>),
    Contacts,
    Responses,
    Consents,
    /// The times of what these slots look back on, a list in a column for each.
    Times(Vec<SlotId>),
    /// Statements of these attributes.
    Statements(BTreeSet<String>),
}

/// Reads one stream and notes who differs from a customer without rows.
pub(super) struct Pass {
    table: Table,
    leaves: Vec<Leaf>,
    base: Vec<bool>,
    differ: Vec<RoaringTreemap>,
    gathered: Gathered,
    customer: Option<u64>,
    zones: Arc<Zones>,
    now_ms: i64,
}

impl Pass {
    pub(super) fn new(table: Table, leaves: Vec<Leaf>, zones: Arc<Zones>, now_ms: i64) -> Self {
        let ids = match &table {
            Table::Events(reader) => reader.ids(),
            Table::Times(slots) => slots.clone(),
            Table::Contacts | Table::Responses | Table::Consents | Table::Statements(_) => vec![],
        };
        let gathered = Gathered {
            matches: vec![vec![]; ids.len()],
            ids,
            contacts: vec![],
            responses: vec![],
            consents: vec![],
            said: vec![],
            attributes: BTreeMap::new(),
            zone: zones.of(u64::MAX).clone(),
        };
        Self {
            base: leaves
                .iter()
                .map(|leaf| leaf.holds(&gathered, now_ms))
                .collect(),
            differ: vec![RoaringTreemap::new(); leaves.len()],
            table,
            leaves,
            gathered,
            customer: None,
            zones,
            now_ms,
        }
    }

    /// Reads a batch.
    pub(super) fn feed(&mut self, batch: &RecordBatch) -> Result<()> {
        let table = std::mem::replace(&mut self.table, Table::Consents);
        let done = match &table {
            Table::Events(reader) => reader.read(batch, &mut |customer, slot, found| {
                self.turn_to(customer);
                self.gathered.matches[slot].push(found);
            }),
            Table::Times(slots) => self.times(batch, slots.len()),
            Table::Contacts => self.contacts(batch),
            Table::Responses => self.responses(batch),
            Table::Consents => self.consents(batch),
            Table::Statements(wanted) => self.statements(batch, wanted),
        };
        self.table = table;
        done
    }

    /// The selections of the conditions, in their order.
    pub(super) fn finish(mut self) -> Vec<Selection> {
        self.judge();
        let base = self.base.into_iter();
        base.zip(self.differ)
            .map(|(base, differ)| match base {
                true => Selection::except(differ),
                false => Selection::only(differ),
            })
            .collect()
    }

    fn turn_to(&mut self, customer: u64) {
        if self.customer != Some(customer) {
            self.judge();
            self.customer = Some(customer);
        }
    }

    /// The verdicts on the customer whose rows have all been read.
    fn judge(&mut self) {
        let Some(customer) = self.customer.take() else {
            return;
        };
        self.gathered.sort();
        self.gathered.zone.clone_from(self.zones.of(customer));
        for (place, leaf) in self.leaves.iter().enumerate() {
            if leaf.holds(&self.gathered, self.now_ms) != self.base[place] {
                self.differ[place].insert(customer);
            }
        }
        self.gathered.clear();
    }

    fn times(&mut self, batch: &RecordBatch, slots: usize) -> Result<()> {
        let customers = Wholes::of(batch, "customer_id")?;
        for row in 0..batch.num_rows() {
            let Some(customer) = customers.get(row) else {
                continue;
            };
            self.turn_to(customer as u64);
            for slot in 0..slots {
                let Some(lists) = batch.column(slot + 1).as_list_opt::<i32>() else {
                    let found = batch.column(slot + 1).data_type();
                    return Err(DataFusionError::Plan(format!(
                        "{found} is no list of times"
                    )));
                };
                if lists.is_null(row) {
                    continue;
                }
                let times = lists.value(row);
                let times = times.as_primitive_opt::<Int64Type>().into_iter();
                let times = times.flat_map(|times| times.iter().flatten());
                self.gathered.matches[slot].extend(times.map(Match::at));
            }
        }
        Ok(())
    }

    fn contacts(&mut self, batch: &RecordBatch) -> Result<()> {
        let customers = Wholes::of(batch, "customer_id")?;
        // A promised contact happens when it is presented.
        let times = Wholes::of(batch, "presented_at")?;
        let [channels, placements, offers, categories] =
            texts(batch, ["channel", "placement", "offer", "category"])?;
        let statuses = Texts::of(batch, "status")?;
        let controls = Truths::of(batch, "control")?;
        for row in 0..batch.num_rows() {
            let (Some(customer), Some(at_ms)) = (customers.get(row), times.get(row)) else {
                continue;
            };
            if statuses.get(row) != Some("presented") || controls.get(row) {
                continue;
            }
            self.turn_to(customer as u64);
            self.gathered.contacts.push(ContactRow {
                at_ms,
                channel: owned(&channels, row).unwrap_or_default(),
                placement: owned(&placements, row),
                offer: owned(&offers, row),
                category: owned(&categories, row),
            });
        }
        Ok(())
    }

    fn responses(&mut self, batch: &RecordBatch) -> Result<()> {
        let (customers, times) = keys(batch)?;
        let [kinds, names, offers, categories] =
            texts(batch, ["kind", "name", "offer", "category"])?;
        let inferred = Truths::of(batch, "inferred")?;
        let in_control = Truths::of(batch, "in_control")?;
        let values = Wholes::of(batch, "value_cents")?;
        for row in 0..batch.num_rows() {
            let (Some(customer), Some(at_ms)) = (customers.get(row), times.get(row)) else {
                continue;
            };
            if in_control.get(row) {
                continue;
            }
            self.turn_to(customer as u64);
            let kind = owned(&names, row).or_else(|| owned(&kinds, row));
            self.gathered.responses.push(ResponseRow {
                at_ms,
                kind: kind.unwrap_or_default(),
                offer: owned(&offers, row),
                category: owned(&categories, row),
                inferred: inferred.get(row),
                value_cents: values.get(row),
            });
        }
        Ok(())
    }

    fn statements(&mut self, batch: &RecordBatch, wanted: &BTreeSet<String>) -> Result<()> {
        let (customers, times) = keys(batch)?;
        let seqs = Wholes::of(batch, "seq")?;
        let bodies = Texts::of(batch, "body")?;
        for row in 0..batch.num_rows() {
            let (Some(customer), Some(at_ms)) = (customers.get(row), times.get(row)) else {
                continue;
            };
            let Some(body) = bodies.get(row).filter(|_| at_ms <= self.now_ms) else {
                continue;
            };
            // A key may be written with escapes.
            let named = |key: &String| body.contains(key.as_str());
            if !body.contains('\\') && !wanted.iter().any(named) {
                continue;
            }
            self.turn_to(customer as u64);
            let Ok(body) = serde_json::from_str::<serde_json::Value>(body) else {
                continue;
            };
            for (part, once) in [
                ("properties", false),
                ("traits", false),
                ("traits_once", true),
            ] {
                for key in wanted {
                    if let Some(json) = body[part].get(key) {
                        self.gathered.said.push(Said {
                            seq: seqs.get(row).unwrap_or_default(),
                            at_ms,
                            key: key.clone(),
                            json: json.clone(),
                            once,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    fn consents(&mut self, batch: &RecordBatch) -> Result<()> {
        let (customers, times) = keys(batch)?;
        let [channels, purposes, states, _] =
            texts(batch, ["channel", "purpose", "state", "state"])?;
        let ends = match has(batch, "expires_at") {
            true => Some(Wholes::of(batch, "expires_at")?),
            false => None,
        };
        for row in 0..batch.num_rows() {
            let (Some(customer), Some(at_ms)) = (customers.get(row), times.get(row)) else {
                continue;
            };
            // What was said after the moment that is asked about was not said yet.
            if at_ms > self.now_ms {
                continue;
            }
            self.turn_to(customer as u64);
            self.gathered.say(ConsentRow {
                channel: owned(&channels, row).unwrap_or_default(),
                purpose: owned(&purposes, row).unwrap_or_default(),
                granted: states.get(row) == Some("granted"),
                at_ms,
                until_ms: ends.as_ref().and_then(|ends| ends.get(row)),
            });
        }
        Ok(())
    }
}

fn keys(batch: &RecordBatch) -> Result<(Wholes<'_>, Wholes<'_>)> {
    let customers = Wholes::of(batch, "customer_id")?;
    Ok((customers, Wholes::of(batch, "occurred_at")?))
}

fn texts<'b>(batch: &'b RecordBatch, names: [&str; 4]) -> Result<[Texts<'b>; 4]> {
    let [a, b, c, d] = names;
    Ok([
        Texts::of(batch, a)?,
        Texts::of(batch, b)?,
        Texts::of(batch, c)?,
        Texts::of(batch, d)?,
    ])
}

fn owned(texts: &Texts<'_>, row: usize) -> Option<String> {
    texts.get(row).map(str::to_owned)
}
