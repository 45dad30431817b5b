//! Tests of the rule language as conditions of a query.

use super::Inexpressible;
use crate::criteria::Kind;
use crate::criteria::operator::Test;
use crate::criteria::value::AttributeValue;

type Result<T> = std::result::Result<T, Inexpressible>;

/// Where the value that is tested stands: at most one of the columns is not null.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    pub text: Option<String>,
    pub number: Option<String>,
    pub instant: Option<String>,
    pub truth: Option<String>,
    /// Whether the text is a word of ours, which never looks like a date.
    pub word: bool,
    /// Whether text that is a date stands in `instant`.
    pub dated: bool,
}

impl Held {
    pub(super) fn nothing() -> Held {
        Held {
            dated: true,
            ..Held::default()
        }
    }

    pub(super) fn number(column: &str) -> Held {
        Held {
            number: Some(column.to_owned()),
            ..Held::nothing()
        }
    }

    pub(super) fn instant(column: &str) -> Held {
        Held {
            instant: Some(column.to_owned()),
            ..Held::nothing()
        }
    }

    pub(super) fn property(text: Option<String>, number: Option<String>) -> Held {
        Held {
            dated: text.is_none(),
            text,
            number,
            ..Held::default()
        }
    }

    /// A field of contacts or responses.
    pub(super) fn field(name: &str) -> Held {
        let column = match name {
            "kind" => "COALESCE(e.name, e.kind)".to_owned(),
            other => format!("e.{other}"),
        };
        if name == "value_cents" {
            return Held::number(&format!("CAST({column} AS DOUBLE)"));
        }
        Held {
            text: Some(column),
            word: true,
            ..Held::nothing()
        }
    }

    pub(super) fn attribute(column: &str, kind: Kind) -> Result<Held> {
        let column = Some(column.to_owned());
        let mut held = Held::nothing();
        match kind {
            // An attribute that is a date is kept as an instant, never as text.
            Kind::Text => held.text = column,
            Kind::Number => held.number = column,
            Kind::Boolean => held.truth = column,
            Kind::Instant => held.instant = column,
            Kind::List => return Err(Inexpressible("a list")),
        }
        Ok(held)
    }

    /// Whether one column holds all values, each in one spelling.
    pub(super) fn single(&self) -> bool {
        self.numbers_only() || (self.word && self.number.is_none())
    }

    pub(super) fn numbers_only(&self) -> bool {
        self.number.is_some() && self.text.is_none()
    }

    pub(super) fn only(&self) -> String {
        let column = self.number.as_ref().or(self.text.as_ref());
        column.cloned().unwrap_or_else(|| "NULL".to_owned())
    }

    fn exists(&self) -> String {
        let columns = [&self.text, &self.number, &self.instant, &self.truth];
        let known = columns.into_iter().flatten();
        let known: Vec<String> = known
            .map(|column| format!("{column} IS NOT NULL"))
            .collect();
        match known.is_empty() {
            true => "FALSE".to_owned(),
            false => format!("({})", known.join(" OR ")),
        }
    }

    fn equals(&self, value: &AttributeValue) -> Result<String> {
        let same = |column: &Option<String>, value: String| match column {
            Some(column) => format!("COALESCE({column} = {value}, FALSE)"),
            None => "FALSE".to_owned(),
        };
        Ok(match value {
            AttributeValue::Text(text) => same(&self.text, quoted(text)),
            AttributeValue::Number(number) => same(&self.number, double(*number)),
            AttributeValue::Bool(truth) => same(&self.truth, truth.to_string()),
            AttributeValue::Instant(ms) if self.dated => same(&self.instant, ms.to_string()),
            AttributeValue::Instant(_) => return Err(Inexpressible("a date inside text")),
            AttributeValue::List(_) => "FALSE".to_owned(),
        })
    }

    fn one_of(&self, values: &[AttributeValue]) -> Result<String> {
        let equals: Result<Vec<String>> = values.iter().map(|value| self.equals(value)).collect();
        let equals = equals?;
        Ok(match equals.is_empty() {
            true => "FALSE".to_owned(),
            false => format!("({})", equals.join(" OR ")),
        })
    }
}

/// The condition that a test holds for what is held.
pub(super) fn test(test: &Test, held: &Held, now_ms: i64) -> Result<String> {
    let compare = |column: &Option<String>, demand: String| match column {
        Some(column) => format!("COALESCE({column} {demand}, FALSE)"),
        None => "FALSE".to_owned(),
    };
    let number = |demand: String| compare(&held.number, demand);
    Ok(match test {
        Test::Equals(value) => held.equals(value)?,
        Test::NotEquals(value) => format!("({} AND NOT {})", held.exists(), held.equals(value)?),
        Test::OneOf(values) => held.one_of(values)?,
        Test::NoneOf(values) => format!("({} AND NOT {})", held.exists(), held.one_of(values)?),
        Test::Contains(part) => match &held.text {
            Some(text) => {
                format!(
                    "COALESCE(strpos(CAST({text} AS VARCHAR), {}) > 0, FALSE)",
                    quoted(part)
                )
            }
            None => "FALSE".to_owned(),
        },
        Test::StartsWith(part) => match &held.text {
            Some(text) => {
                format!(
                    "COALESCE(starts_with(CAST({text} AS VARCHAR), {}), FALSE)",
                    quoted(part)
                )
            }
            None => "FALSE".to_owned(),
        },
        Test::Greater(bound) => number(format!("> {}", double(*bound))),
        Test::AtLeast(bound) => number(format!(">= {}", double(*bound))),
        Test::Less(bound) => number(format!("< {}", double(*bound))),
        Test::AtMost(bound) => number(format!("<= {}", double(*bound))),
        Test::Between(low, high) => {
            number(format!("BETWEEN {} AND {}", double(*low), double(*high)))
        }
        Test::Before(_) | Test::After(_) if !held.dated => {
            return Err(Inexpressible("a date inside text"));
        }
        Test::Before(moment) => compare(&held.instant, format!("< {}", moment.resolve(now_ms))),
        Test::After(moment) => compare(&held.instant, format!(">= {}", moment.resolve(now_ms))),
        Test::Exists => held.exists(),
        Test::Missing => format!("(NOT {})", held.exists()),
    })
}

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(number: f64) -> String {
    format!("CAST({number:?} AS DOUBLE)")
}
