//! Columns of a batch, read as what they hold whatever their encoding is.

use datafusion::arrow::array::{
    Array, AsArray, BooleanArray, Float64Array, Int64Array, LargeStringArray, RecordBatch,
    StringArray, StringViewArray, UInt64Array,
};
use datafusion::arrow::datatypes::{
    DataType, Int8Type, Int16Type, Int32Type, UInt8Type, UInt16Type, UInt32Type,
};
use datafusion::error::DataFusionError;

/// What reading can come to.
pub(super) type Result<T> = std::result::Result<T, DataFusionError>;

/// Whole numbers.
pub(super) enum Wholes<'a> {
    Signed(&'a Int64Array),
    Unsigned(&'a UInt64Array),
}

impl<'a> Wholes<'a> {
    pub(super) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self> {
        let column = column(batch, name)?;
        if let Some(array) = column.as_any().downcast_ref::<Int64Array>() {
            return Ok(Self::Signed(array));
        }
        let array = column.as_any().downcast_ref::<UInt64Array>();
        array
            .map(Self::Unsigned)
            .ok_or_else(|| unfit(name, column.data_type()))
    }

    pub(super) fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::Signed(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Unsigned(array) => array.is_valid(row).then(|| array.value(row) as i64),
        }
    }
}

/// Texts.
pub(super) enum Texts<'a> {
    Plain(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
    /// Keys into values; -1 is nothing.
    Keyed(Vec<i32>, Box<Texts<'a>>),
}

impl<'a> Texts<'a> {
    pub(super) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self> {
        Self::read(column(batch, name)?, name)
    }

    fn read(column: &'a dyn Array, name: &str) -> Result<Self> {
        macro_rules! keyed {
            ($key:ty) => {{
                let array = column.as_dictionary::<$key>();
                let keys = array.keys().iter();
                let keys = keys.map(|key| key.map_or(-1, |key| key as i32)).collect();
                let values = Self::read(array.values().as_ref(), name)?;
                Ok(Self::Keyed(keys, Box::new(values)))
            }};
        }
        match column.data_type() {
            DataType::Utf8 => Ok(Self::Plain(column.as_string())),
            DataType::LargeUtf8 => Ok(Self::Large(column.as_string())),
            DataType::Utf8View => Ok(Self::View(column.as_string_view())),
            DataType::Dictionary(key, _) => match key.as_ref() {
                DataType::Int8 => keyed!(Int8Type),
                DataType::Int16 => keyed!(Int16Type),
                DataType::Int32 => keyed!(Int32Type),
                DataType::UInt8 => keyed!(UInt8Type),
                DataType::UInt16 => keyed!(UInt16Type),
                DataType::UInt32 => keyed!(UInt32Type),
                other => Err(unfit(name, other)),
            },
            other => Err(unfit(name, other)),
        }
    }

    /// The key of every row, below 0 where there is nothing, and the texts that keys stand for;
    /// `None` where texts stand for themselves.
    pub(super) fn keyed(&self) -> Option<(&[i32], Vec<Option<&'a str>>)> {
        let Self::Keyed(keys, values) = self else {
            return None;
        };
        let known = keys.iter().max().map_or(0, |most| (most + 1).max(0));
        let texts = (0..known as usize).map(|key| values.get(key)).collect();
        Some((keys, texts))
    }

    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Keyed(keys, values) => {
                let key = usize::try_from(keys[row]).ok()?;
                values.get(key)
            }
        }
    }
}

/// Numbers, nothing where there is none.
pub(super) struct Numbers<'a>(&'a Float64Array);

impl<'a> Numbers<'a> {
    pub(super) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self> {
        let column = column(batch, name)?;
        let array = column.as_any().downcast_ref::<Float64Array>();
        array
            .map(Self)
            .ok_or_else(|| unfit(name, column.data_type()))
    }

    pub(super) fn get(&self, row: usize) -> Option<f64> {
        self.0.is_valid(row).then(|| self.0.value(row) + 0.0)
    }
}

/// Truth, false where there is nothing.
pub(super) struct Truths<'a>(&'a BooleanArray);

impl<'a> Truths<'a> {
    pub(super) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self> {
        let column = column(batch, name)?;
        let array = column.as_any().downcast_ref::<BooleanArray>();
        array
            .map(Self)
            .ok_or_else(|| unfit(name, column.data_type()))
    }

    pub(super) fn get(&self, row: usize) -> bool {
        self.0.is_valid(row) && self.0.value(row)
    }
}

/// Whether a batch has a column.
pub(super) fn has(batch: &RecordBatch, name: &str) -> bool {
    batch.column_by_name(name).is_some()
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array> {
    let column = batch.column_by_name(name);
    column
        .map(AsRef::as_ref)
        .ok_or_else(|| DataFusionError::Plan(format!("a table has no column {name}")))
}

fn unfit(name: &str, found: &DataType) -> DataFusionError {
    DataFusionError::Plan(format!("the column {name} holds {found}"))
}
