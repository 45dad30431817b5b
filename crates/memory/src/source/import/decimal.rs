//! Decimals: amounts are added and multiplied exactly, as nobody forgives a wrong total.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Digits kept after the point: six of each factor of a product.
const SCALE: u32 = 12;
const ONE: i128 = 10i128.pow(SCALE);
/// Digits of a number as it is written in a file.
const DIGITS_LIMIT: usize = 18;

/// Which sign separates the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// 1,234.50
    #[default]
    Point,
    /// 1.234,50
    Comma,
}

/// An exact number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Decimal(i128);

impl Decimal {
    /// One.
    pub const ONE: Decimal = Decimal(ONE);

    /// Reads a number as people write it: with spaces, a currency sign, separators of thousands,
    /// a minus before it or brackets around it.
    pub fn parse(text: &str, mark: DecimalMark) -> Option<Decimal> {
        let (point, thousands) = match mark {
            DecimalMark::Point => ('.', ','),
            DecimalMark::Comma => (',', '.'),
        };
        let text = text.trim();
        let bracketed = text
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'));
        let mut text = bracketed.unwrap_or(text).trim_matches(|sign: char| {
            sign.is_whitespace() || matches!(sign, '£' | '$' | '€' | '¥')
        });
        let mut negative = bracketed.is_some();
        if let Some(rest) = text.strip_prefix('-') {
            (negative, text) = (!negative, rest.trim_start_matches(['£', '$', '€', '¥']));
        } else if let Some(rest) = text.strip_prefix('+') {
            text = rest;
        }
        let (whole, fraction) = text.split_once(point).unwrap_or((text, ""));
        let whole: String = whole
            .chars()
            .filter(|sign| *sign != thousands && *sign != ' ' && *sign != '\u{a0}')
            .collect();
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let empty = whole.is_empty() && fraction.is_empty();
        if empty || !digits(&whole) || !digits(fraction) || whole.len() > DIGITS_LIMIT {
            return None;
        }
        let mut value = whole.parse::<i128>().unwrap_or(0) * ONE;
        let mut place = ONE / 10;
        for digit in fraction.bytes().take(SCALE as usize) {
            value += i128::from(digit - b'0') * place;
            place /= 10;
        }
        Some(Decimal(if negative { -value } else { value }))
    }

    /// The number of a JSON value, if it is one.
    pub fn of(value: &serde_json::Value, mark: DecimalMark) -> Option<Decimal> {
        match value {
            serde_json::Value::Number(number) => {
                Decimal::parse(&number.to_string(), DecimalMark::Point).or_else(|| {
                    // A number in exponent form.
                    let number = number.as_f64().filter(|number| number.abs() < 1e15)?;
                    Some(Decimal((number * ONE as f64).round() as i128))
                })
            }
            serde_json::Value::String(text) => Decimal::parse(text, mark),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        }
    }

    /// The product; `None` when it is too large to be exact.
    pub fn times(self, other: Decimal) -> Option<Decimal> {
        // Six digits after the point of each are enough for money and weights.
        let half = 10i128.pow(SCALE / 2);
        if self.0 % half == 0 && other.0 % half == 0 {
            return (self.0 / half).checked_mul(other.0 / half).map(Decimal);
        }
        self.0
            .checked_mul(other.0)
            .map(|product| Decimal(product / ONE))
    }

    /// The sum.
    pub fn plus(self, other: Decimal) -> Decimal {
        Decimal(self.0.saturating_add(other.0))
    }

    /// The same with the other sign.
    pub fn negated(self) -> Decimal {
        Decimal(-self.0)
    }

    /// As JSON: a whole number where it is one.
    pub fn to_json(self) -> serde_json::Value {
        if self.0 % ONE == 0
            && let Ok(whole) = i64::try_from(self.0 / ONE)
        {
            return whole.into();
        }
        let number = self.to_string().parse::<f64>().unwrap_or_default();
        serde_json::json!(number)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.abs() / ONE, self.0.abs() % ONE);
        let fraction = format!("{fraction:012}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let table = [
            ("6.95", DecimalMark::Point, Some("6.95")),
            (" £1,234.50 ", DecimalMark::Point, Some("1234.5")),
            ("1.234,50 €", DecimalMark::Comma, Some("1234.5")),
            ("-12", DecimalMark::Point, Some("-12")),
            ("(3.5)", DecimalMark::Point, Some("-3.5")),
            (".5", DecimalMark::Point, Some("0.5")),
            ("1 000", DecimalMark::Point, Some("1000")),
            ("twelve", DecimalMark::Point, None),
            ("1.2.3", DecimalMark::Point, None),
            ("", DecimalMark::Point, None),
            ("-", DecimalMark::Point, None),
        ];
        for (text, mark, expected) in table {
            let read = Decimal::parse(text, mark).map(|number| number.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn totals_are_exact() {
        let number = |text| Decimal::parse(text, DecimalMark::Point).unwrap();
        let mut total = Decimal::default();
        for (quantity, price) in [("12", "6.95"), ("48", "2.1"), ("24", "0.85"), ("3", "0.1")] {
            total = total.plus(number(quantity).times(number(price)).unwrap());
        }
        assert_eq!(total.to_string(), "204.9");
        assert_eq!(total.to_json(), serde_json::json!(204.9));
        assert_eq!(number("3").negated().to_json(), serde_json::json!(-3));
        assert_eq!(
            number("0.0000001").times(number("10")).unwrap().to_string(),
            "0.000001"
        );
    }
}
