//! Properties of events: the values a path leads to, and whether they satisfy a pattern.

use serde_json::Value;

use super::aggregate::EventView;
use super::operator::Outcome;
use super::tree::Pattern;
use super::value::ValueView;

/// Whether an event has the name and satisfies the tests of a pattern.
#[must_use]
pub fn matches_pattern(pattern: &Pattern, event: &EventView<'_>) -> bool {
    pattern.event == event.name
        && pattern.tests.iter().all(|named| {
            let mut outcome = Outcome::new(&named.test, event.occurred_ms);
            visit_property(event, &named.name, &mut |value| outcome.see(value));
            outcome.verdict()
        })
}

/// Calls `see` with every value that a path leads to; lists on the way are walked through.
pub fn visit_property<'a>(event: &EventView<'a>, path: &str, see: &mut impl FnMut(ValueView<'a>)) {
    match path.strip_prefix("context.") {
        Some(rest) => visit_path(event.context, rest, see),
        None => visit_path(event.properties, normal_path(path), see),
    }
}

fn visit_path<'a>(json: &'a Value, path: &str, see: &mut impl FnMut(ValueView<'a>)) {
    match json {
        Value::Object(entries) => {
            if let Some(value) = entries.get(path) {
                if let Some(view) = ValueView::from_json(value) {
                    see(view);
                }
            } else if let Some((head, rest)) = path.split_once('.')
                && let Some(inner) = entries.get(head)
            {
                visit_path(inner, rest, see);
            }
        }
        Value::Array(items) => {
            for item in items {
                visit_path(item, path, see);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(super) fn visit_singles<'a>(value: ValueView<'a>, see: &mut impl FnMut(ValueView<'a>)) {
    match value {
        ValueView::Items(items) => {
            for item in items {
                match ValueView::from_json(item) {
                    None | Some(ValueView::Items(_) | ValueView::Texts(_)) => {}
                    Some(single) => see(single),
                }
            }
        }
        ValueView::Texts(texts) => {
            for text in texts {
                see(ValueView::Text(text));
            }
        }
        ValueView::Bool(_) | ValueView::Number(_) | ValueView::Text(_) | ValueView::Instant(_) => {
            see(value);
        }
    }
}

pub(super) fn normal_path(path: &str) -> &str {
    path.strip_prefix("properties.").unwrap_or(path)
}
