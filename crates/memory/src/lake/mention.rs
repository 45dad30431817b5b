//! Taking what other customers' rows tell of somebody who is erased out of files.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::prelude::ident;
use futures::StreamExt;
use store::lake::db::File;

use super::Lake;
use crate::erasure::others::Others;
use crate::{CustomerId, Error};

/// A batch without mentions; `None` when it has none. `owner` is the column that says whose a row
/// is.
pub(super) fn without(
    batch: &RecordBatch,
    owner: &str,
    others: &Others,
) -> Result<Option<RecordBatch>, Error> {
    let owners = batch.column_by_name(owner).ok_or(store::Error::NoRow)?;
    let owners = owners.as_primitive::<Int64Type>().values();
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    let mut changed = false;
    for column in &mut columns {
        let kind = column.data_type().clone();
        if !texts(&kind) {
            continue;
        }
        let plain = cast(column, &DataType::Utf8).map_err(store::Error::from)?;
        let plain = plain.as_string::<i32>();
        let rest: Vec<Option<String>> = (0..plain.len())
            .map(|row| {
                let text = plain.is_valid(row).then(|| plain.value(row))?;
                others.replaced(CustomerId(owners[row].cast_unsigned()), text)
            })
            .collect();
        if rest.iter().all(Option::is_none) {
            continue;
        }
        changed = true;
        let rest = rest.iter().enumerate().map(|(row, rest)| match rest {
            Some(rest) => Some(rest.as_str()),
            None => plain.is_valid(row).then(|| plain.value(row)),
        });
        let rest: StringArray = rest.collect();
        *column = cast(&rest, &kind).map_err(store::Error::from)?;
    }
    if !changed {
        return Ok(None);
    }
    let batch = RecordBatch::try_new(batch.schema(), columns);
    Ok(Some(batch.map_err(store::Error::from)?))
}

fn texts(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 => true,
        DataType::Dictionary(_, values) => **values == DataType::Utf8,
        _ => false,
    }
}

impl Lake {
    /// Whether rows of a file mention somebody who is erased.
    pub(super) async fn mentions(
        &self,
        file: &File,
        schema: &SchemaRef,
        owner: &str,
        others: &Arc<Others>,
    ) -> Result<bool, Error> {
        if others.nothing() {
            return Ok(false);
        }
        let ground = self.0.ground.embedding();
        let table = ground.table(std::slice::from_ref(&file.path), schema.clone())?;
        let wanted = schema.fields().iter();
        let wanted = wanted.filter(|field| texts(field.data_type()) || field.name() == owner);
        let frame = ground
            .embedded(1)
            .read_table(table)
            .and_then(|frame| {
                frame.select(wanted.map(|field| ident(field.name())).collect::<Vec<_>>())
            })
            .map_err(store::Error::from)?;
        let mut rows = frame.execute_stream().await.map_err(store::Error::from)?;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(store::Error::from)?;
            if without(&batch, owner, others)?.is_some() {
                return Ok(true);
            }
            tokio::task::consume_budget().await;
        }
        Ok(false)
    }
}
