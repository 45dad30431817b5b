//! Rows, read by position.

use super::value::Value;
use crate::{Error, Timestamp};

/// One row of an answer; columns are taken in order.
#[derive(Debug)]
pub struct Row {
    values: std::vec::IntoIter<Value>,
    taken: usize,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Row {
        Row {
            values: values.into_iter(),
            taken: 0,
        }
    }

    /// The next column.
    #[expect(
        clippy::should_implement_trait,
        reason = "each column has a type of its own, which an iterator cannot say"
    )]
    pub fn next<T: FromValue>(&mut self) -> Result<T, Error> {
        let column = self.taken;
        self.taken += 1;
        let value = self
            .values
            .next()
            .unwrap_or(Value::Null(super::value::Kind::Text));
        T::from_value(value).map_err(|value| Error::Column {
            column,
            expected: T::EXPECTED,
            found: match value {
                Value::Null(_) => "NULL",
                Value::Int(_) => "integer",
                Value::Float(_) => "float",
                Value::Text(_) => "text",
                Value::Blob(_) => "blob",
            },
        })
    }

    /// The next column, a JSON text, read into `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Error> {
        Ok(serde_json::from_str(&self.next::<String>()?)?)
    }
}

/// A type that one column can be read into.
pub trait FromValue: Sized {
    /// What is expected, for the error.
    const EXPECTED: &'static str;
    /// Reads the value, or gives it back when it has another kind.
    fn from_value(value: Value) -> Result<Self, Value>;
}

macro_rules! from_value {
    ($($type:ty, $expected:literal, $($pattern:pat => $with:expr),+;)*) => {$(
        impl FromValue for $type {
            const EXPECTED: &'static str = $expected;
            fn from_value(value: Value) -> Result<Self, Value> {
                match value { $($pattern => Ok($with),)+ other => Err(other) }
            }
        }
    )*};
}

from_value! {
    i64, "integer", Value::Int(n) => n;
    u64, "integer", Value::Int(n) => n as u64;
    bool, "0 or 1", Value::Int(n) => n != 0;
    f64, "float", Value::Float(n) => n, Value::Int(n) => n as f64;
    String, "text", Value::Text(text) => text;
    Vec<u8>, "blob", Value::Blob(bytes) => bytes;
    Timestamp, "integer", Value::Int(ms) => Timestamp(ms);
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Null(_) => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// A type that one row can be read into.
pub trait FromRow: Sized {
    /// Reads the columns in order.
    fn from_row(row: &mut Row) -> Result<Self, Error>;
}

macro_rules! tuple_from_row {
    ($($name:ident)+) => {
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &mut Row) -> Result<Self, Error> {
                Ok(($(row.next::<$name>()?,)+))
            }
        }
    };
}

tuple_from_row!(A);
tuple_from_row!(A B);
tuple_from_row!(A B C);
tuple_from_row!(A B C D);
tuple_from_row!(A B C D E);
tuple_from_row!(A B C D E F);
tuple_from_row!(A B C D E F G);
tuple_from_row!(A B C D E F G H);
tuple_from_row!(A B C D E F G H I);
tuple_from_row!(A B C D E F G H I J);
tuple_from_row!(A B C D E F G H I J K);
tuple_from_row!(A B C D E F G H I J K L);
tuple_from_row!(A B C D E F G H I J K L M);
tuple_from_row!(A B C D E F G H I J K L M N);
tuple_from_row!(A B C D E F G H I J K L M N O);
tuple_from_row!(A B C D E F G H I J K L M N O P);
