//! Reading tests, moments and windows from JSON.

use serde_json::{Map, Value};

use super::operator::Test;
use super::read::Reader;
use super::value::{AttributeValue, DAY_MS, recognise_instant};
use super::window::{CalendarUnit, Moment, Window};

/// The keys of operators.
pub(super) const KEYS: [&str; 14] = [
    "equals",
    "not_equals",
    "one_of",
    "none_of",
    "contains",
    "starts_with",
    "greater",
    "at_least",
    "less",
    "at_most",
    "between",
    "before",
    "after",
    "exists",
];

/// The one test of an object, which must be there.
pub(super) fn required(
    reader: &mut Reader,
    entries: &Map<String, Value>,
    path: &str,
) -> Option<Test> {
    match optional(reader, entries, path)? {
        Some(test) => Some(test),
        None => {
            let hint = if entries.contains_key("is") {
                "did you mean \"equals\"?".to_owned()
            } else {
                format!("add one of: {}", KEYS.join(", "))
            };
            reader.fail_with(path, "the condition has no operator", hint)
        }
    }
}

/// The test of an object, if it has one; `None` after a mistake.
pub(super) fn optional(
    reader: &mut Reader,
    entries: &Map<String, Value>,
    path: &str,
) -> Option<Option<Test>> {
    let found: Vec<&str> = KEYS
        .into_iter()
        .filter(|key| entries.contains_key(*key))
        .collect();
    match found[..] {
        [] => Some(None),
        [key] => test(reader, key, &entries[key], &format!("{path}/{key}")).map(Some),
        [first, second, ..] => {
            let message = format!("a condition has one operator, not {first} and {second}");
            reader.fail_with(
                path,
                message,
                "write two conditions and join them with \"all\"",
            )
        }
    }
}

fn test(reader: &mut Reader, key: &str, json: &Value, path: &str) -> Option<Test> {
    Some(match key {
        "equals" => Test::Equals(reader.value(json, path)?),
        "not_equals" => Test::NotEquals(reader.value(json, path)?),
        "one_of" => Test::OneOf(values(reader, json, path)?),
        "none_of" => Test::NoneOf(values(reader, json, path)?),
        "contains" => Test::Contains(part(reader, json, path)?),
        "starts_with" => Test::StartsWith(part(reader, json, path)?),
        "greater" => Test::Greater(number(reader, json, path)?),
        "at_least" => Test::AtLeast(number(reader, json, path)?),
        "less" => Test::Less(number(reader, json, path)?),
        "at_most" => Test::AtMost(number(reader, json, path)?),
        "between" => between(reader, json, path)?,
        "before" => Test::Before(moment(reader, json, path)?),
        "after" => Test::After(moment(reader, json, path)?),
        _ => match json.as_bool() {
            Some(true) => Test::Exists,
            Some(false) => Test::Missing,
            None => return reader.fail(path, "\"exists\" is true or false"),
        },
    })
}

fn values(reader: &mut Reader, json: &Value, path: &str) -> Option<Vec<AttributeValue>> {
    let Some(items) = json.as_array() else {
        let hint = "for example [\"France\", \"Spain\"]";
        return reader.fail_with(path, "expected a list of values", hint);
    };
    let read = |(index, item)| reader.value(item, &format!("{path}/{index}"));
    items.iter().enumerate().map(read).collect()
}

fn part(reader: &mut Reader, json: &Value, path: &str) -> Option<String> {
    match json.as_str() {
        Some(text) => Some(text.to_owned()),
        None => reader.fail_with(path, "expected text", "write it in quotes"),
    }
}

fn number(reader: &mut Reader, json: &Value, path: &str) -> Option<f64> {
    match json.as_f64() {
        Some(number) if number.is_finite() => Some(number + 0.0),
        Some(_) | None => {
            let hint = match json.as_str() {
                Some(text) if text.trim().parse::<f64>().is_ok() => "write it without quotes",
                Some(text) if recognise_instant(text).is_some() => {
                    "dates are compared with \"before\" and \"after\""
                }
                Some(_) | None => "text is compared with \"equals\"",
            };
            reader.fail_with(path, "expected a number", hint)
        }
    }
}

fn between(reader: &mut Reader, json: &Value, path: &str) -> Option<Test> {
    match json.as_array().map(Vec::as_slice) {
        Some([low, high]) => {
            let low = number(reader, low, &format!("{path}/0"));
            let high = number(reader, high, &format!("{path}/1"));
            Some(Test::Between(low?, high?))
        }
        Some(_) | None => reader.fail_with(
            path,
            "\"between\" holds two numbers",
            "for example [18, 30]",
        ),
    }
}

pub(super) fn moment(reader: &mut Reader, json: &Value, path: &str) -> Option<Moment> {
    const HINT: &str = r#"for example "2026-03-01", {"days_ago": 30} or {"days_ahead": 7}"#;
    const KEYS: [&str; 4] = ["days_ago", "ms_ago", "days_ahead", "ms_ahead"];
    if let Some(text) = json.as_str() {
        return match recognise_instant(text) {
            Some(ms) => Some(Moment::At(ms)),
            None => reader.fail_with(path, format!("\"{text}\" is not a date"), HINT),
        };
    }
    let Some(entries) = json.as_object() else {
        return reader.fail_with(path, "expected a date", HINT);
    };
    reader.only(entries, path, &KEYS);
    let mut keys = KEYS.into_iter().filter(|key| entries.contains_key(*key));
    match (keys.next(), keys.next()) {
        (Some(key), None) => {
            let amount = reader.whole(entries, key, path)?;
            Some(match key {
                "days_ago" => Moment::Ago(days(reader, amount, path)?),
                "ms_ago" => Moment::Ago(amount),
                "days_ahead" => Moment::Ahead(days(reader, amount, path)?),
                _ => Moment::Ahead(amount),
            })
        }
        (None, _) | (Some(_), Some(_)) => reader.fail_with(path, "expected one moment", HINT),
    }
}

fn days(reader: &mut Reader, amount: i64, path: &str) -> Option<i64> {
    match amount.checked_mul(DAY_MS) {
        Some(ms) => Some(ms),
        None => reader.fail(path, "so many days are more than time has"),
    }
}

pub(super) fn window(reader: &mut Reader, json: &Value, path: &str) -> Option<Window> {
    const HINT: &str = r#"for example {"rolling_days": 90}, {"calendar": "month", "ago": 0}, "#;
    const MORE: &str = r#"{"from": "2026-01-01"} or {"before_days": 30}"#;
    const KEYS: [&str; 8] = [
        "rolling_days",
        "rolling_ms",
        "from",
        "until",
        "calendar",
        "ago",
        "before_days",
        "before_ms",
    ];
    let hint = format!("{HINT}{MORE}");
    let Some(entries) = json.as_object() else {
        return reader.fail_with(path, "\"within\" is an object", hint);
    };
    reader.only(entries, path, &KEYS);
    let mut keys: Vec<&str> = KEYS
        .into_iter()
        .filter(|key| entries.contains_key(*key))
        .collect();
    keys.sort_unstable();
    match keys[..] {
        ["rolling_days"] => {
            let amount = reader.whole(entries, "rolling_days", path)?;
            days(reader, amount, path).map(Window::Rolling)
        }
        ["rolling_ms"] => reader
            .whole(entries, "rolling_ms", path)
            .map(Window::Rolling),
        ["before_days"] => {
            let amount = reader.whole(entries, "before_days", path)?;
            days(reader, amount, path).map(Window::Before)
        }
        ["before_ms"] => reader.whole(entries, "before_ms", path).map(Window::Before),
        ["calendar"] | ["ago", "calendar"] => calendar(reader, entries, path),
        ["from"] | ["until"] | ["from", "until"] => {
            let mut side = |key: &str| match entries.get(key) {
                None => Some(None),
                Some(json) => moment(reader, json, &format!("{path}/{key}")).map(Some),
            };
            Some(Window::Between {
                from: side("from")?,
                until: side("until")?,
            })
        }
        _ => reader.fail_with(path, "\"within\" says one stretch of time", hint),
    }
}

fn calendar(reader: &mut Reader, entries: &Map<String, Value>, path: &str) -> Option<Window> {
    let unit = match entries.get("calendar").and_then(Value::as_str) {
        Some("day") => CalendarUnit::Day,
        Some("week") => CalendarUnit::Week,
        Some("month") => CalendarUnit::Month,
        Some("year") => CalendarUnit::Year,
        Some(_) | None => {
            let path = format!("{path}/calendar");
            return reader.fail_with(&path, "unknown unit", "one of: day, week, month, year");
        }
    };
    let ago = match entries.get("ago") {
        None => 0,
        Some(_) => reader.whole(entries, "ago", path)?,
    };
    match u32::try_from(ago) {
        Ok(ago) => Some(Window::Calendar { unit, ago }),
        Err(_) => reader.fail(&format!("{path}/ago"), "that is longer than time has"),
    }
}
