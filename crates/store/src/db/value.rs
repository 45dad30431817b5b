//! Values that go into SQL and come out of it.

use crate::Timestamp;

/// One parameter or column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, of a known kind (PostgreSQL wants to know which).
    Null(Kind),
    /// BIGINT; booleans are 0 and 1, instants are milliseconds.
    Int(i64),
    /// DOUBLE PRECISION.
    Float(f64),
    /// TEXT.
    Text(String),
    /// BLOB or BYTEA.
    Blob(Vec<u8>),
}

impl Value {
    /// The kind of column it goes into.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Null(kind) => *kind,
            Value::Int(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::Text(_) => Kind::Text,
            Value::Blob(_) => Kind::Blob,
        }
    }
}

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// BIGINT.
    Int,
    /// DOUBLE PRECISION.
    Float,
    /// TEXT.
    Text,
    /// BLOB or BYTEA.
    Blob,
}

/// Which kind of column a Rust type maps to; lets `Option<T>` become a typed NULL.
pub trait HasKind {
    /// The kind.
    const KIND: Kind;
}

macro_rules! into_value {
    ($($type:ty => $kind:ident, $with:expr;)*) => {$(
        impl HasKind for $type {
            const KIND: Kind = Kind::$kind;
        }
        impl From<$type> for Value {
            fn from(from: $type) -> Value {
                let convert: fn($type) -> Value = $with;
                convert(from)
            }
        }
    )*};
}

into_value! {
    i64 => Int, Value::Int;
    i32 => Int, |n| Value::Int(n.into());
    u32 => Int, |n| Value::Int(n.into());
    u64 => Int, |n| Value::Int(n as i64);
    usize => Int, |n| Value::Int(n as i64);
    bool => Int, |b| Value::Int(b.into());
    f64 => Float, Value::Float;
    String => Text, Value::Text;
    Vec<u8> => Blob, Value::Blob;
    Timestamp => Int, |at| Value::Int(at.0);
}

impl HasKind for &str {
    const KIND: Kind = Kind::Text;
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(text.clone())
    }
}

impl HasKind for &[u8] {
    const KIND: Kind = Kind::Blob;
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Value {
        Value::Blob(bytes.to_vec())
    }
}

impl<T: HasKind + Into<Value>> From<Option<T>> for Value {
    fn from(from: Option<T>) -> Value {
        from.map_or(Value::Null(T::KIND), Into::into)
    }
}

/// Parameters of a statement: `params![customer_id, now]`.
#[macro_export]
macro_rules! params {
    () => { Vec::<$crate::Value>::new() };
    ($($value:expr),+ $(,)?) => { vec![$($crate::Value::from($value)),+] };
}
