//! Everything of a kind, row by row, from one consistent state.

use datafusion::arrow::array::{Array, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use futures::StreamExt;
use store::Timestamp;

use super::table::Table;
use super::view::{Scan, View};
use crate::criteria::EventView;
use crate::interaction::{Contact, ContactId, ContactStatus, Response};
use crate::{CustomerId, Error};

impl View {
    /// Shows every event of some names, with the customer (root) it belongs to now; by customer
    /// and time within one of several ranges of customers.
    pub async fn each_event(
        &self,
        names: Vec<String>,
        since: Option<Timestamp>,
        see: &mut (impl FnMut(CustomerId, &EventView<'_>) + Send),
    ) -> Result<(), Error> {
        let columns = [
            "customer_id",
            "occurred_at",
            "name",
            "properties",
            "context",
        ];
        self.each_batch(Table::Events, &columns, Some(names), since, &mut |batch| {
            events(batch, see)
        })
        .await
    }

    /// Shows every contact with what became of it.
    pub async fn each_contact(
        &self,
        since: Option<Timestamp>,
        see: &mut (impl FnMut(CustomerId, Timestamp, ContactId, Contact) + Send),
    ) -> Result<(), Error> {
        let columns = ["customer_id", "occurred_at", "seq", "body", "status"];
        self.each_batch(Table::Contacts, &columns, None, since, &mut |batch| {
            let seqs = batch.column(2).as_primitive::<Int64Type>();
            let (bodies, states) = (text(batch, 3)?, text(batch, 4)?);
            for (at, (customer, time)) in whose(batch).enumerate() {
                let mut contact: Contact = serde_json::from_str(bodies.value(at))?;
                contact.status = match states.value(at) {
                    "presented" => ContactStatus::Presented,
                    "released" => ContactStatus::Released,
                    _ => ContactStatus::Reserved,
                };
                see(customer, time, ContactId(seqs.value(at) as u64), contact);
            }
            Ok(())
        })
        .await
    }

    /// Shows every response.
    pub async fn each_response(
        &self,
        since: Option<Timestamp>,
        see: &mut (impl FnMut(CustomerId, Timestamp, Response) + Send),
    ) -> Result<(), Error> {
        let columns = ["customer_id", "occurred_at", "body"];
        self.each_batch(Table::Responses, &columns, None, since, &mut |batch| {
            let bodies = text(batch, 2)?;
            for (at, (customer, time)) in whose(batch).enumerate() {
                see(customer, time, serde_json::from_str(bodies.value(at))?);
            }
            Ok(())
        })
        .await
    }

    async fn each_batch(
        &self,
        table: Table,
        columns: &[&str],
        names: Option<Vec<String>>,
        since: Option<Timestamp>,
        see: &mut (dyn FnMut(&RecordBatch) -> Result<(), Error> + Send),
    ) -> Result<(), Error> {
        let scan = Scan {
            table,
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            names,
            since,
            until: None,
            rough: false,
        };
        for mut stream in self.scan(&scan).await? {
            while let Some(batch) = stream.next().await {
                see(&batch.map_err(store::Error::from)?)?;
            }
        }
        Ok(())
    }
}

fn text(batch: &RecordBatch, at: usize) -> Result<StringArray, Error> {
    let plain = cast(batch.column(at), &DataType::Utf8).map_err(store::Error::from)?;
    Ok(plain.as_string::<i32>().clone())
}

/// Customer and time of every row: the first two columns.
fn whose(batch: &RecordBatch) -> impl Iterator<Item = (CustomerId, Timestamp)> {
    let customers = batch.column(0).as_primitive::<Int64Type>().values().iter();
    let occurred = batch.column(1).as_primitive::<Int64Type>().values().iter();
    customers
        .zip(occurred)
        .map(|(customer, at)| (CustomerId(*customer as u64), Timestamp(*at)))
}

fn events(
    batch: &RecordBatch,
    see: &mut (impl FnMut(CustomerId, &EventView<'_>) + Send),
) -> Result<(), Error> {
    let (names, properties, contexts) = (text(batch, 2)?, text(batch, 3)?, text(batch, 4)?);
    for (at, (customer, time)) in whose(batch).enumerate() {
        let properties = serde_json::from_str(properties.value(at))?;
        let context = match contexts.is_valid(at) {
            true => serde_json::from_str(contexts.value(at))?,
            false => serde_json::Value::Null,
        };
        let event = EventView {
            name: names.value(at),
            occurred_ms: time.0,
            properties: &properties,
            context: &context,
        };
        see(customer, &event);
    }
    Ok(())
}
