//! Customers as columns: what is known of each now.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray,
};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use serde_json::{Map, Value};
use store::lake::Shape;

use super::column::{AttributeColumn, Columns};
use super::table::{maybe, text, whole, word, words};
use crate::Error;
use crate::criteria::{AttributeValue, Kind};
use crate::customer::{CustomerState, Standing};

/// The name of the files of customers.
pub(super) const CUSTOMERS: &str = "customers";

/// Columns of the table of customers.
pub(super) fn schema(columns: &Columns) -> SchemaRef {
    let mut fields = vec![
        whole("customer_id"),
        maybe("first_seen_at"),
        maybe("last_seen_at"),
        word("standing"),
        word("zone"),
        word("language"),
        text("attributes"),
        text("consents"),
    ];
    for column in columns.attributes().values() {
        let kind = match column.kind {
            Kind::Text | Kind::List => words(),
            Kind::Number => DataType::Float64,
            Kind::Boolean => DataType::Boolean,
            Kind::Instant => DataType::Int64,
        };
        fields.push(Field::new(&column.name, kind, true));
    }
    Arc::new(Schema::new(fields))
}

/// How files of customers are written.
pub(super) fn shape() -> Shape {
    Shape {
        sorted_by: vec![0],
        long: vec!["attributes".to_owned(), "consents".to_owned()],
        rising: vec!["customer_id".to_owned()],
        looked_up: vec![],
    }
}

/// States as a batch, in the order they are given, and the keys whose columns say everything.
pub(super) fn batch(
    states: &[(i64, Arc<CustomerState>)],
    columns: &Columns,
) -> Result<(RecordBatch, BTreeSet<String>), Error> {
    let each = || states.iter().map(|(_, state)| state);
    // Who was never seen has no first time.
    let seen = |at: i64| (at != i64::MAX && at != 0).then_some(at);
    let mut attributes = vec![];
    let mut consents = vec![];
    for state in each() {
        let known = state.attributes.iter();
        let known =
            known.map(|(key, known)| Ok((key.clone(), serde_json::to_value(&known.value)?)));
        let known: Result<Map<String, Value>, serde_json::Error> = known.collect();
        attributes.push(serde_json::to_string(&known?)?);
        consents.push(serde_json::to_string(&state.consents)?);
    }
    let standing = |state: &Arc<CustomerState>| match state.standing() {
        Standing::Anonymous => Some("anonymous"),
        Standing::Known => Some("known"),
    };
    let words = |values: Vec<Option<&str>>| -> ArrayRef {
        let texts = values.into_iter();
        Arc::new(texts.collect::<datafusion::arrow::array::DictionaryArray<Int32Type>>())
    };
    let first = each().map(|state| seen(state.first_seen_at.0));
    let last = each().map(|state| seen(state.last_seen_at.0));
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new(states.iter().map(|(id, _)| *id).collect::<Int64Array>()),
        Arc::new(first.collect::<Int64Array>()),
        Arc::new(last.collect::<Int64Array>()),
        words(each().map(standing).collect()),
        words(each().map(|state| state.zone.as_deref()).collect()),
        words(each().map(|state| state.language.as_deref()).collect()),
        Arc::new(StringArray::from(attributes)),
        Arc::new(StringArray::from(consents)),
    ];
    let mut keys = BTreeSet::new();
    for (key, column) in columns.attributes() {
        let (array, whole) = attribute(states, key, column);
        arrays.push(array);
        if whole {
            keys.insert(key.clone());
        }
    }
    let batch = RecordBatch::try_new(schema(columns), arrays).map_err(store::Error::from)?;
    Ok((batch, keys))
}

/// The column of an attribute, and whether it says everything that is known of it.
fn attribute(
    states: &[(i64, Arc<CustomerState>)],
    key: &str,
    column: &AttributeColumn,
) -> (ArrayRef, bool) {
    let mut whole = true;
    let values: Vec<Option<&AttributeValue>> = states
        .iter()
        .map(|(_, state)| {
            let value = &state.attributes.get(key)?.value;
            let fits = matches!(
                (value, column.kind),
                (AttributeValue::Text(_), Kind::Text)
                    | (AttributeValue::Number(_), Kind::Number)
                    | (AttributeValue::Bool(_), Kind::Boolean)
                    | (AttributeValue::Instant(_), Kind::Instant)
            );
            whole &= fits;
            fits.then_some(value)
        })
        .collect();
    let each = values.into_iter();
    let array: ArrayRef = match column.kind {
        Kind::Text | Kind::List => {
            let texts = each.map(|value| match value {
                Some(AttributeValue::Text(text)) => Some(text.as_str()),
                _ => None,
            });
            Arc::new(texts.collect::<datafusion::arrow::array::DictionaryArray<Int32Type>>())
        }
        Kind::Number => Arc::new(Float64Array::from_iter(each.map(|value| match value {
            Some(AttributeValue::Number(number)) => Some(*number),
            _ => None,
        }))),
        Kind::Boolean => Arc::new(BooleanArray::from_iter(each.map(|value| match value {
            Some(AttributeValue::Bool(truth)) => Some(*truth),
            _ => None,
        }))),
        Kind::Instant => Arc::new(Int64Array::from_iter(each.map(|value| match value {
            Some(AttributeValue::Instant(ms)) => Some(*ms),
            _ => None,
        }))),
    };
    (array, whole)
}

/// The rows of other customers.
pub(super) fn without(batch: &RecordBatch, gone: &HashSet<i64>) -> Result<RecordBatch, Error> {
    let ids = batch.column(0).as_primitive::<Int64Type>();
    let keep: BooleanArray = ids
        .values()
        .iter()
        .map(|id| Some(!gone.contains(id)))
        .collect();
    filter_record_batch(batch, &keep).map_err(|error| store::Error::from(error).into())
}
