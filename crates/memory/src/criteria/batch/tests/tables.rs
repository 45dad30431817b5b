//! Random customers as the tables of the lake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::datasource::MemTable;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use serde_json::Value;
use store::lake::{Ground, Shape, encode};

use crate::criteria::batch::{Promoted, Sources, Zones};
use crate::criteria::property::visit_property;
use crate::criteria::tests::customer::{Event, Known};
use crate::criteria::{AttributeValue, Kind, ValueView};

/// A customer and what they did, in the order of arrival.
#[derive(Debug, Clone)]
pub struct Person {
    pub known: Known,
    pub events: Vec<Event>,
}

/// Customers as tables.
pub struct Tables {
    events: RecordBatch,
    contacts: RecordBatch,
    responses: RecordBatch,
    customers: RecordBatch,
    consents: RecordBatch,
    promoted: BTreeMap<(String, String), Promoted>,
    attributes: BTreeMap<String, (String, Kind)>,
    pub zones: Zones,
    pub promote: bool,
}

const PATHS: [&str; 8] = [
    "total",
    "category",
    "tags",
    "products.price",
    "products.id",
    "context.page.path",
    "properties.total",
    "nothing",
];

fn batch(columns: Vec<(String, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

fn texts(values: Vec<Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

fn wholes(values: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

fn truths(values: Vec<bool>) -> ArrayRef {
    Arc::new(BooleanArray::from(values))
}

/// The only value of a property: a text, a number, nothing, or what no column holds.
fn single(event: &Event, path: &str) -> Result<Option<Value>, ()> {
    let mut found = Ok(None);
    visit_property(&event.view(), path, &mut |value| {
        found = match (&found, value) {
            (Ok(None), ValueView::Number(number)) => Ok(Some(Value::from(number))),
            (Ok(None), ValueView::Text(text)) => Ok(Some(Value::from(text))),
            _ => Err(()),
        };
    });
    found
}

impl Tables {
    /// Tables with columns of their own for what columns can hold, if `promote`.
    pub fn of(people: &[Person], promote: bool) -> Self {
        let mut rows: Vec<(i64, &Event)> = vec![];
        for (id, person) in people.iter().enumerate() {
            rows.extend(person.events.iter().map(|event| (id as i64 + 1, event)));
        }
        rows.sort_by_key(|(id, event)| (*id, event.occurred_ms));
        let mut promoted = BTreeMap::new();
        let mut columns: Vec<(String, ArrayRef)> = vec![
            (
                "customer_id".into(),
                wholes(rows.iter().map(|r| Some(r.0)).collect()),
            ),
            (
                "occurred_at".into(),
                wholes(rows.iter().map(|r| Some(r.1.occurred_ms)).collect()),
            ),
            (
                "name".into(),
                texts(rows.iter().map(|r| Some(r.1.name.clone())).collect()),
            ),
            (
                "properties".into(),
                texts(
                    rows.iter()
                        .map(|r| Some(r.1.properties.to_string()))
                        .collect(),
                ),
            ),
            (
                "context".into(),
                texts(rows.iter().map(|r| Some(r.1.context.to_string())).collect()),
            ),
        ];
        if promote {
            columns.extend(promote_columns(&rows, &mut promoted));
        }
        let mut zones = Zones::new(jiff::tz::TimeZone::UTC);
        for (id, person) in people.iter().enumerate() {
            let name = format!("{:?}", person.known.zone);
            zones.put_zone(id as u64 + 1, &name, person.known.zone.clone());
        }
        let (customers, attributes) = customers(people);
        Self {
            events: batch(columns),
            contacts: contacts(people),
            responses: responses(people),
            consents: consents(people),
            customers,
            promoted,
            attributes,
            zones,
            promote,
        }
    }

    pub fn promoted(&self, event: &str, path: &str) -> Promoted {
        let key = (event.to_owned(), path.to_owned());
        self.promoted.get(&key).cloned().unwrap_or_default()
    }

    pub fn attribute(&self, key: &str) -> Option<(String, Kind)> {
        self.attributes.get(key).cloned()
    }

    /// The tables as streams; events and contacts cut at a customer.
    pub fn sources(&self, cut: i64) -> Sources {
        Sources {
            events: split(&self.events, cut),
            contacts: split(&self.contacts, cut),
            responses: split(&self.responses, cut),
            customers: split(&self.customers, cut),
            ..Sources::default()
        }
    }

    /// The tables in a session.
    pub fn session(&self) -> SessionContext {
        let session = SessionContext::new();
        self.register(&session);
        session
    }

    /// Registers the tables in a session of this process.
    pub fn register(&self, session: &SessionContext) {
        for (name, batch) in self.named() {
            let table = MemTable::try_new(batch.schema(), vec![vec![batch.clone()]]).unwrap();
            session.register_table(name, Arc::new(table)).unwrap();
        }
    }

    /// Registers the tables as files that every executor of a cluster reaches.
    pub async fn register_files(&self, ground: &Ground, session: &SessionContext) {
        for (name, batch) in self.named() {
            let file = format!("{name}.parquet");
            let bytes = encode(std::slice::from_ref(batch), &Shape::default()).unwrap();
            ground.files.put(&file, bytes).await.unwrap();
            let table = ground.table(&[file], batch.schema()).unwrap();
            session.register_table(name, table).unwrap();
        }
    }

    fn named(&self) -> [(&'static str, &RecordBatch); 5] {
        [
            ("events", &self.events),
            ("contacts", &self.contacts),
            ("responses", &self.responses),
            ("customers", &self.customers),
            ("consents", &self.consents),
        ]
    }
}

/// What customers said, as it stands, and before it the opposite.
fn consents(people: &[Person]) -> RecordBatch {
    let mut rows = vec![];
    for (id, person) in people.iter().enumerate() {
        for ((channel, purpose), granted) in &person.known.consents {
            for (at, granted) in [(2, *granted), (1, !*granted)] {
                rows.push((id as i64 + 1, channel, purpose, granted, at));
            }
        }
    }
    let each = || rows.iter();
    let state = |granted: bool| if granted { "granted" } else { "denied" };
    batch(vec![
        (
            "customer_id".into(),
            wholes(each().map(|r| Some(r.0)).collect()),
        ),
        (
            "seq".into(),
            wholes((0..rows.len() as i64).map(Some).collect()),
        ),
        (
            "channel".into(),
            texts(each().map(|r| Some(r.1.clone())).collect()),
        ),
        (
            "purpose".into(),
            texts(each().map(|r| Some(r.2.clone())).collect()),
        ),
        (
            "state".into(),
            texts(each().map(|r| Some(state(r.3).to_owned())).collect()),
        ),
        (
            "stated_at".into(),
            wholes(each().map(|r| Some(r.4)).collect()),
        ),
        ("expires_at".into(), wholes(each().map(|_| None).collect())),
    ])
}

fn split(batch: &RecordBatch, cut: i64) -> Vec<SendableRecordBatchStream> {
    let ids = batch
        .column(0)
        .as_any()
        .downcast_ref::<Int64Array>()
        .unwrap();
    let place = ids.values().partition_point(|id| *id < cut);
    let parts = [
        batch.slice(0, place),
        batch.slice(place, batch.num_rows() - place),
    ];
    let stream = |part: RecordBatch| -> SendableRecordBatchStream {
        let rows = futures::stream::iter(vec![Ok(part.clone())]);
        Box::pin(RecordBatchStreamAdapter::new(part.schema(), rows))
    };
    parts.into_iter().map(stream).collect()
}

fn promote_columns(
    rows: &[(i64, &Event)],
    promoted: &mut BTreeMap<(String, String), Promoted>,
) -> Vec<(String, ArrayRef)> {
    let names: BTreeSet<&str> = rows.iter().map(|(_, event)| event.name.as_str()).collect();
    let mut columns: Vec<(String, ArrayRef)> = vec![];
    for (n, path) in PATHS.iter().enumerate() {
        let (text, number) = (format!("t{n}"), format!("n{n}"));
        let mut held: Vec<Option<Value>> = vec![None; rows.len()];
        for name in &names {
            let of_name = || {
                rows.iter()
                    .enumerate()
                    .filter(|(_, (_, e))| e.name == *name)
            };
            if of_name().any(|(_, (_, event))| single(event, path).is_err()) {
                continue;
            }
            let (mut texts, mut numbers) = (false, false);
            for (row, (_, event)) in of_name() {
                held[row] = single(event, path).unwrap();
                texts |= held[row].as_ref().is_some_and(Value::is_string);
                numbers |= held[row].as_ref().is_some_and(Value::is_number);
            }
            let columns = Promoted {
                text: texts.then(|| text.clone()),
                number: (numbers || !texts).then(|| number.clone()),
            };
            promoted.insert(((*name).to_owned(), (*path).to_owned()), columns);
        }
        let as_text = held
            .iter()
            .map(|value| value.as_ref()?.as_str().map(str::to_owned));
        columns.push((text, texts(as_text.collect())));
        let as_number = held.iter().map(|value| value.as_ref()?.as_f64());
        columns.push((number, Arc::new(as_number.collect::<Float64Array>())));
    }
    columns
}

fn contacts(people: &[Person]) -> RecordBatch {
    let mut rows = vec![];
    for (id, person) in people.iter().enumerate() {
        rows.extend(
            person
                .known
                .contacts
                .iter()
                .map(|contact| (id as i64 + 1, contact)),
        );
    }
    let each = || rows.iter();
    batch(vec![
        (
            "customer_id".into(),
            wholes(each().map(|r| Some(r.0)).collect()),
        ),
        (
            "presented_at".into(),
            wholes(each().map(|r| Some(r.1.at_ms)).collect()),
        ),
        (
            "channel".into(),
            texts(each().map(|r| Some(r.1.channel.clone())).collect()),
        ),
        (
            "placement".into(),
            texts(each().map(|r| r.1.placement.clone()).collect()),
        ),
        (
            "offer".into(),
            texts(each().map(|r| r.1.offer.clone()).collect()),
        ),
        (
            "category".into(),
            texts(each().map(|r| r.1.category.clone()).collect()),
        ),
        (
            "status".into(),
            texts(each().map(|_| Some("presented".to_owned())).collect()),
        ),
        ("control".into(), truths(each().map(|_| false).collect())),
    ])
}

fn responses(people: &[Person]) -> RecordBatch {
    let mut rows = vec![];
    for (id, person) in people.iter().enumerate() {
        rows.extend(
            person
                .known
                .responses
                .iter()
                .map(|response| (id as i64 + 1, response)),
        );
    }
    let each = || rows.iter();
    batch(vec![
        (
            "customer_id".into(),
            wholes(each().map(|r| Some(r.0)).collect()),
        ),
        (
            "occurred_at".into(),
            wholes(each().map(|r| Some(r.1.at_ms)).collect()),
        ),
        (
            "kind".into(),
            texts(each().map(|r| Some(r.1.kind.clone())).collect()),
        ),
        ("name".into(), texts(each().map(|_| None).collect())),
        (
            "offer".into(),
            texts(each().map(|r| r.1.offer.clone()).collect()),
        ),
        ("category".into(), texts(each().map(|_| None).collect())),
        (
            "inferred".into(),
            truths(each().map(|r| r.1.inferred).collect()),
        ),
        ("in_control".into(), truths(each().map(|_| false).collect())),
        (
            "value_cents".into(),
            wholes(each().map(|r| r.1.value_cents).collect()),
        ),
    ])
}

type Attributes = BTreeMap<String, (String, Kind)>;

fn customers(people: &[Person]) -> (RecordBatch, Attributes) {
    let all: Vec<BTreeMap<String, AttributeValue>> = people
        .iter()
        .map(|person| {
            let scores = person.known.scores.iter();
            let scores = scores.map(|(key, n)| (key.clone(), AttributeValue::Number(*n)));
            person
                .known
                .attributes
                .clone()
                .into_iter()
                .chain(scores)
                .collect()
        })
        .collect();
    let consents = people.iter().map(|person| {
        let said = person
            .known
            .consents
            .iter()
            .map(|((channel, purpose), granted)| {
                serde_json::json!({ "channel": channel, "purpose": purpose, "source": "test",
                "state": if *granted { "granted" } else { "denied" },
                "at": "1970-01-01T00:00:00Z" })
            });
        Some(Value::from(said.collect::<Vec<_>>()).to_string())
    });
    let mut columns: Vec<(String, ArrayRef)> = vec![
        (
            "customer_id".into(),
            wholes((0..people.len()).map(|id| Some(id as i64 + 1)).collect()),
        ),
        (
            "first_seen_at".into(),
            wholes(people.iter().map(|_| Some(0)).collect()),
        ),
        (
            "zone".into(),
            texts(
                people
                    .iter()
                    .map(|p| Some(format!("{:?}", p.known.zone)))
                    .collect(),
            ),
        ),
        (
            "attributes".into(),
            texts(all.iter().map(|a| serde_json::to_string(a).ok()).collect()),
        ),
        ("consents".into(), texts(consents.collect())),
    ];
    let mut attributes = Attributes::new();
    for key in ["country", "age", "tags", "missing", "churn"] {
        let mut kinds = all
            .iter()
            .filter_map(|a| a.get(key))
            .map(AttributeValue::kind);
        let kind = kinds.next().unwrap_or(Kind::Number);
        if kind == Kind::List || kinds.any(|other| other != kind) {
            continue;
        }
        let (each, name) = (all.iter().map(|a| a.get(key)), format!("a_{key}"));
        let array: ArrayRef = match kind {
            Kind::Number => Arc::new(each.map(number).collect::<Float64Array>()),
            Kind::Boolean => Arc::new(each.map(truth).collect::<BooleanArray>()),
            Kind::Instant => Arc::new(each.map(instant).collect::<Int64Array>()),
            Kind::Text | Kind::List => texts(each.map(|v| Some(v?.to_string())).collect()),
        };
        columns.push((name.clone(), array));
        attributes.insert(key.to_owned(), (name, kind));
    }
    (batch(columns), attributes)
}

fn number(value: Option<&AttributeValue>) -> Option<f64> {
    match value? {
        AttributeValue::Number(number) => Some(*number),
        _ => None,
    }
}

fn truth(value: Option<&AttributeValue>) -> Option<bool> {
    match value? {
        AttributeValue::Bool(truth) => Some(*truth),
        _ => None,
    }
}

fn instant(value: Option<&AttributeValue>) -> Option<i64> {
    match value? {
        AttributeValue::Instant(ms) => Some(*ms),
        _ => None,
    }
}
