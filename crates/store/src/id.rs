//! Identifiers: dense numbers inside, readable `prefix_…` strings on the wire.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The most digits of a number in base 32.
const MOST: usize = 13;

/// Writes `value` in Crockford's base 32, lower case, without leading zeros.
pub fn encode(value: u64) -> String {
    digits(value, str::to_owned)
}

/// Hands on `value` in base 32 without putting it in a text of its own.
pub fn digits<T>(mut value: u64, then: impl FnOnce(&str) -> T) -> T {
    let (mut digits, mut at) = ([0; MOST], MOST);
    loop {
        at -= 1;
        digits[at] = ALPHABET[(value & 31) as usize];
        value >>= 5;
        if value == 0 {
            break;
        }
    }
    then(std::str::from_utf8(&digits[at..]).expect("the alphabet is ASCII"))
}

/// Reads Crockford's base 32 (either case; o, i and l count as 0, 1 and 1).
pub fn decode(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > MOST {
        return None;
    }
    let mut value: u64 = 0;
    for byte in text.bytes() {
        let digit = match byte.to_ascii_lowercase() {
            b'o' => 0,
            b'i' | b'l' => 1,
            other => ALPHABET.iter().position(|a| *a == other)? as u64,
        };
        value = value.checked_mul(32)?.checked_add(digit)?;
    }
    Some(value)
}

/// Declares an identifier type: `id!(/// A customer. CustomerId, "cus")`.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                $crate::id::digits(self.0, |digits| f.write_str(digits))
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then($crate::id::decode)
                    .map($name)
                    .ok_or_else(|| concat!("expected an id like ", $prefix, "_1a2b").to_owned())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl From<$name> for $crate::Value {
            fn from(id: $name) -> $crate::Value {
                $crate::Value::Int(id.0 as i64)
            }
        }

        impl $crate::FromValue for $name {
            const EXPECTED: &'static str = concat!("id ", $prefix);
            fn from_value(value: $crate::Value) -> Result<Self, $crate::Value> {
                <i64 as $crate::FromValue>::from_value(value).map(|n| $name(n as u64))
            }
        }

        impl $crate::db::value::HasKind for $name {
            const KIND: $crate::ValueKind = $crate::ValueKind::Int;
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .examples([concat!($prefix, "_1a2b")])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

#[cfg(test)]
mod tests {
    id!(
        /// For the tests.
        ThingId,
        "thg"
    );

    #[test]
    fn ids_are_readable_and_come_back() {
        assert_eq!(ThingId(1_000_000).to_string(), "thg_ygj0");
        for value in [0, 1, 31, 32, u64::MAX] {
            assert_eq!(ThingId(value).to_string().parse(), Ok(ThingId(value)));
        }
        assert_eq!(
            "THG_1".parse::<ThingId>().unwrap_err(),
            "expected an id like thg_1a2b"
        );
        assert!("thg_".parse::<ThingId>().is_err());
    }
}
