//! Rows of the log as columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int64Array,
    StringArray, StringDictionaryBuilder,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use store::Timestamp;

use super::column::{Columns, Held};
use super::table::Kept;
use crate::Error;
use crate::consent::Consent;
use crate::interaction::{Contact, ContactStatus, DecisionId, Response};
use crate::log::{ContactMoved, Entry, EventBody, LogRow, MessageMark};

/// A row of the log and the customer it belongs to now.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub root: i64,
    pub row: LogRow,
    pub message: Option<MessageMark>,
}

/// What is known of the rows of a file: the events in it, and for each the properties whose
/// columns say everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub events: BTreeMap<String, BTreeSet<String>>,
    /// Keys of attributes whose columns say everything.
    #[serde(default)]
    pub keys: BTreeSet<String>,
    /// Of the events, those that state no attribute of their customer.
    #[serde(default)]
    pub silent: BTreeSet<String>,
}

impl Facts {
    /// What holds for the rows of both.
    pub(crate) fn join(&mut self, other: &Facts) {
        let speaks = |facts: &Facts, event: &String| {
            facts.events.contains_key(event) && !facts.silent.contains(event)
        };
        let mut silent: BTreeSet<String> = self.silent.union(&other.silent).cloned().collect();
        silent.retain(|event| !speaks(self, event) && !speaks(other, event));
        self.silent = silent;
        for (event, theirs) in &other.events {
            match self.events.get_mut(event) {
                Some(ours) => ours.retain(|path| theirs.contains(path)),
                None => {
                    self.events.insert(event.clone(), theirs.clone());
                }
            }
        }
    }
}

type Texts = DictionaryArray<Int32Type>;

/// The rows of one table as a batch, in the order they are given, and what is known of them.
pub(crate) fn batch(
    kept: Kept,
    rows: &[Placed],
    columns: &Columns,
) -> Result<(RecordBatch, Facts), Error> {
    let whole = |value: &dyn Fn(&Placed) -> i64| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<Int64Array>())
    };
    let mut arrays: Vec<ArrayRef> = vec![
        whole(&|placed| placed.root),
        whole(&|placed| placed.row.customer_id.0 as i64),
        whole(&|placed| placed.row.seq as i64),
        whole(&|placed| placed.row.occurred_at.0),
        whole(&|placed| placed.row.received_at.0),
        whole(&|placed| placed.row.source_id),
    ];
    let mut facts = Facts::default();
    let mut promoted = vec![];
    match kept {
        Kept::Events => (arrays, promoted, facts) = events(arrays, rows, columns)?,
        Kept::Contacts => contacts(&mut arrays, rows),
        Kept::Moves => moves(&mut arrays, rows),
        Kept::Responses => responses(&mut arrays, rows),
        Kept::Consents => consents(&mut arrays, rows),
        Kept::Identifies | Kept::Decisions => {}
    }
    let digest = |placed: &Placed| placed.message.map(|mark| mark.digest);
    let digests: Vec<Option<[u8; 16]>> = rows.iter().map(digest).collect();
    let hashes = rows
        .iter()
        .map(|placed| placed.message.map(|mark| mark.body_hash));
    arrays.push(Arc::new(BinaryArray::from_iter(digests)));
    arrays.push(Arc::new(hashes.collect::<Int64Array>()));
    let bodies: Result<Vec<String>, Error> = rows.iter().map(|placed| body(&placed.row)).collect();
    arrays.push(Arc::new(StringArray::from(bodies?)));
    arrays.extend(promoted);
    let batch = RecordBatch::try_new(kept.schema(columns), arrays).map_err(store::Error::from)?;
    Ok((batch, facts))
}

/// What no other column says of a row.
fn body(row: &LogRow) -> Result<String, Error> {
    match &row.entry {
        Entry::Event(event) => rest(event),
        other => Ok(other.to_json()?),
    }
}

/// An event without what has columns of its own.
pub(super) fn rest(event: &EventBody) -> Result<String, Error> {
    let rest = EventBody {
        name: String::new(),
        properties: RawValue::NULL.to_owned(),
        context: None,
        ..event.clone()
    };
    Ok(serde_json::to_string(&rest)?)
}

/// The event that the columns of a row say.
pub(super) fn event(
    name: String,
    properties: String,
    context: Option<String>,
    body: &str,
) -> Result<EventBody, Error> {
    let rest: EventBody = serde_json::from_str(body)?;
    Ok(EventBody {
        name,
        properties: RawValue::from_string(properties)?,
        context: context.map(RawValue::from_string).transpose()?,
        ..rest
    })
}

fn entries<'a, T>(rows: &'a [Placed], of: fn(&'a Entry) -> Option<&'a T>) -> Vec<Option<&'a T>> {
    rows.iter().map(|placed| of(&placed.row.entry)).collect()
}

fn dictionary<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<Texts>())
}

type Events = (Vec<ArrayRef>, Vec<ArrayRef>, Facts);

fn events(mut arrays: Vec<ArrayRef>, rows: &[Placed], columns: &Columns) -> Result<Events, Error> {
    let bodies = entries(rows, |entry| match entry {
        Entry::Event(body) => Some(body),
        _ => None,
    });
    let each = || bodies.iter().map(|body| body.as_ref());
    arrays.push(dictionary(each().map(|body| Some(body?.name.as_str()))));
    let properties = each().map(|body| Some(body?.properties.get()));
    arrays.push(Arc::new(properties.collect::<StringArray>()));
    let contexts = each().map(|body| Some(body?.context.as_ref()?.get()));
    arrays.push(Arc::new(contexts.collect::<StringArray>()));
    let told = each().map(|body| {
        body.map_or(("", "null", None), |body| {
            let context = body.context.as_ref().map(|raw| raw.get());
            (body.name.as_str(), body.properties.get(), context)
        })
    });
    let (promoted, mut facts) = promote(told, columns)?;
    let states = |body: &&EventBody| body.traits.is_some() || body.traits_once.is_some();
    let stating = each().flatten().copied().filter(states);
    let stating: BTreeSet<&str> = stating.map(|body| body.name.as_str()).collect();
    let silent = facts.events.keys();
    let silent = silent.filter(|event| !stating.contains(event.as_str()));
    facts.silent = silent.cloned().collect();
    Ok((arrays, promoted, facts))
}

/// The columns of properties of some events: name, properties and context of each.
pub(super) fn promote<'a>(
    events: impl Iterator<Item = (&'a str, &'a str, Option<&'a str>)>,
    columns: &Columns,
) -> Result<(Vec<ArrayRef>, Facts), Error> {
    let paths: Vec<(&str, _)> = columns.paths().collect();
    let mut texts: Vec<StringDictionaryBuilder<Int32Type>> = paths
        .iter()
        .map(|_| StringDictionaryBuilder::new())
        .collect();
    let mut numbers: Vec<Vec<Option<f64>>> = paths.iter().map(|_| vec![]).collect();
    let mut facts = Facts::default();
    let mut count = 0;
    for (at, (name, properties, context)) in events.enumerate() {
        count = at + 1;
        if !facts.events.contains_key(name) {
            let known = columns.paths_of(name).map(str::to_owned);
            facts.events.insert(name.to_owned(), known.collect());
        }
        if columns.paths_of(name).next().is_none() {
            continue;
        }
        let properties: Value = serde_json::from_str(properties)?;
        let context: Value = context.map_or(Ok(Value::Null), serde_json::from_str)?;
        for (path, held) in columns.look(name, &properties, &context) {
            match held {
                Held::Nothing => {}
                Held::Other => {
                    if let Some(whole) = facts.events.get_mut(name) {
                        whole.remove(paths[path].0);
                    }
                }
                Held::Text(text) => {
                    let column = &mut texts[path];
                    column.append_nulls(at - column.len());
                    column.append_value(text);
                }
                Held::Number(number) => {
                    numbers[path].resize(at, None);
                    numbers[path].push(Some(number));
                }
            }
        }
    }
    let mut promoted: Vec<ArrayRef> = vec![];
    for (at, (_, names)) in paths.iter().enumerate() {
        if names.text.is_some() {
            let column = &mut texts[at];
            column.append_nulls(count - column.len());
            promoted.push(Arc::new(column.finish()));
        }
        if names.number.is_some() {
            numbers[at].resize(count, None);
            let numbers = std::mem::take(&mut numbers[at]);
            promoted.push(Arc::new(Float64Array::from(numbers)));
        }
    }
    Ok((promoted, facts))
}

fn status_word(status: ContactStatus) -> &'static str {
    match status {
        ContactStatus::Reserved => "reserved",
        ContactStatus::Presented => "presented",
        ContactStatus::Released => "released",
    }
}

fn instant(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.0)
}

fn contacts(arrays: &mut Vec<ArrayRef>, rows: &[Placed]) {
    let all: Vec<Option<&Contact>> = entries(rows, |entry| match entry {
        Entry::Contact(contact) => Some(contact),
        _ => None,
    });
    let each = || all.iter().copied();
    let decisions = rows.iter().zip(each()).map(|(placed, contact)| {
        let contact = contact?;
        let offset = || Some(DecisionId(placed.row.seq - contact.decision_offset?));
        contact.decision_id.or_else(offset).map(|id| id.0 as i64)
    });
    let messages = each().map(|contact| contact?.message.as_deref());
    let versions = each().map(|contact| contact?.offer_version);
    let counts = each().map(|contact| Some(contact?.counts));
    let controls = each().map(|contact| Some(contact?.control));
    let expiries = each().map(|contact| instant(contact?.expires_at));
    arrays.extend([
        dictionary(each().map(|contact| Some(contact?.channel.as_str()))),
        dictionary(each().map(|contact| contact?.placement.as_deref())),
        Arc::new(messages.collect::<StringArray>()),
        dictionary(each().map(|contact| contact?.offer.as_deref())),
        Arc::new(versions.collect::<Int64Array>()),
        dictionary(each().map(|contact| contact?.category.as_deref())),
        dictionary(each().map(|contact| Some(status_word(contact?.status)))),
        Arc::new(counts.collect::<BooleanArray>()),
        Arc::new(controls.collect::<BooleanArray>()),
        Arc::new(expiries.collect::<Int64Array>()),
        Arc::new(decisions.collect::<Int64Array>()),
    ]);
}

fn moves(arrays: &mut Vec<ArrayRef>, rows: &[Placed]) {
    let all: Vec<Option<&ContactMoved>> = entries(rows, |entry| match entry {
        Entry::ContactMoved(moved) => Some(moved),
        _ => None,
    });
    let each = || all.iter().copied();
    let contacts = each().map(|moved| Some(moved?.contact_id.0 as i64));
    arrays.extend([
        Arc::new(contacts.collect::<Int64Array>()),
        dictionary(each().map(|moved| Some(status_word(moved?.status)))),
        dictionary(each().map(|moved| moved?.reason.as_deref())),
    ]);
}

fn responses(arrays: &mut Vec<ArrayRef>, rows: &[Placed]) {
    let all: Vec<Option<&Response>> = entries(rows, |entry| match entry {
        Entry::Response(response) => Some(response),
        _ => None,
    });
    let each = || all.iter().copied();
    let contacts = each().map(|response| Some(response?.contact_id?.0 as i64));
    let inferred = each().map(|response| Some(response?.inferred));
    let controls = each().map(|response| Some(response?.in_control));
    let values = each().map(|response| response?.value_cents);
    let credits = each().map(|response| response?.credit);
    arrays.extend([
        dictionary(each().map(|response| Some(response?.kind.word()))),
        dictionary(each().map(|response| response?.name.as_deref())),
        Arc::new(contacts.collect::<Int64Array>()),
        dictionary(each().map(|response| response?.offer.as_deref())),
        dictionary(each().map(|response| response?.category.as_deref())),
        dictionary(each().map(|response| response?.channel.as_deref())),
        Arc::new(inferred.collect::<BooleanArray>()),
        Arc::new(controls.collect::<BooleanArray>()),
        Arc::new(values.collect::<Int64Array>()),
        dictionary(each().map(|response| response?.currency.as_deref())),
        Arc::new(credits.collect::<Float64Array>()),
    ]);
}

fn consents(arrays: &mut Vec<ArrayRef>, rows: &[Placed]) {
    let all: Vec<Option<&Consent>> = entries(rows, |entry| match entry {
        Entry::Consent(consent) => Some(consent),
        _ => None,
    });
    let each = || all.iter().copied();
    let states = each().map(|consent| match consent?.state {
        crate::consent::ConsentState::Granted => Some("granted"),
        crate::consent::ConsentState::Denied => Some("denied"),
    });
    let stated = each().map(|consent| Some(consent?.at.0));
    let expiries = each().map(|consent| instant(consent?.expires_at));
    arrays.extend([
        dictionary(each().map(|consent| Some(consent?.channel.as_str()))),
        dictionary(each().map(|consent| Some(consent?.purpose.as_str()))),
        dictionary(states),
        dictionary(each().map(|consent| Some(consent?.source.as_str()))),
        Arc::new(stated.collect::<Int64Array>()),
        Arc::new(expiries.collect::<Int64Array>()),
    ]);
}
