//! Reading: from JSON to the syntax tree, with the place and remedy of every mistake.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use store::definition::{Problem, ProblemCode, Said};

use super::read_test;
use super::suggest::{did_you_mean, nearest};
use super::tree::{Answer, Consent, Criteria, Named};
use super::value::AttributeValue;
use super::window::Window;

/// How deep groups may be nested: deeper ones nobody can read.
pub const MAX_DEPTH: usize = 16;

/// The keys that say what a condition is about; each has exactly one.
const SUBJECTS: [&str; 12] = [
    "all",
    "any",
    "not",
    "attribute",
    "context",
    "score",
    "segment",
    "consent",
    "event",
    "contacts",
    "responses",
    "sequence",
];

/// Reads the JSON form; the paths of problems are pointers into it.
pub fn read(json: &Value) -> Result<Criteria, Vec<Problem>> {
    let mut reader = Reader::default();
    match reader.criteria(json, "", 1) {
        Some(criteria) if reader.problems.is_empty() => Ok(criteria),
        Some(_) | None => Err(reader.problems),
    }
}

impl<'de> Deserialize<'de> for Criteria {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        read(&json).map_err(|problems| {
            let texts: Vec<String> = problems.iter().map(in_one_line).collect();
            serde::de::Error::custom(texts.join("; "))
        })
    }
}

fn in_one_line(problem: &Problem) -> String {
    let place = if problem.path.is_empty() {
        "/"
    } else {
        &problem.path
    };
    match &problem.hint {
        Some(hint) => format!("criteria at {place}: {}; {hint}", problem.message),
        None => format!("criteria at {place}: {}", problem.message),
    }
}

/// Collects problems while reading.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    /// Notes a problem and gives up on this part.
    pub(super) fn fail<T>(&mut self, path: &str, message: impl Into<Said>) -> Option<T> {
        self.problems.push(Problem::new(path, message));
        None
    }

    pub(super) fn fail_with<T>(
        &mut self,
        path: &str,
        message: impl Into<Said>,
        hint: impl Into<String>,
    ) -> Option<T> {
        self.problems.push(Problem::new(path, message).hint(hint));
        None
    }

    fn criteria(&mut self, json: &Value, path: &str, depth: usize) -> Option<Criteria> {
        let Some(entries) = json.as_object() else {
            let hint = r#"for example {"attribute": "country", "equals": "France"}"#;
            return self.fail_with(path, "a condition is an object", hint);
        };
        if depth > MAX_DEPTH {
            let message = format!("conditions are nested more than {MAX_DEPTH} deep");
            return self.fail_with(path, message, "make a segment of the inner part");
        }
        match self.subject(entries, path)? {
            "all" => self.group(entries, "all", path, depth).map(Criteria::All),
            "any" => self.group(entries, "any", path, depth).map(Criteria::Any),
            "not" => {
                self.only(entries, path, &["not"]);
                let part = self.criteria(&entries["not"], &format!("{path}/not"), depth + 1)?;
                Some(Criteria::Not(Box::new(part)))
            }
            "segment" => {
                self.only(entries, path, &["segment"]);
                self.text(entries, "segment", path).map(Criteria::Segment)
            }
            "consent" => self.consent(entries, path).map(Criteria::Consent),
            "sequence" => self.sequence(entries, path).map(Criteria::Sequence),
            "attribute" => self
                .named(entries, "attribute", path)
                .map(Criteria::Attribute),
            "context" => self.named(entries, "context", path).map(Criteria::Context),
            "score" => self.named(entries, "score", path).map(Criteria::Score),
            subject => self
                .aggregate(entries, subject, path)
                .map(Criteria::Aggregate),
        }
    }

    fn subject(&mut self, entries: &Map<String, Value>, path: &str) -> Option<&'static str> {
        let found: Vec<&'static str> = SUBJECTS
            .into_iter()
            .filter(|key| entries.contains_key(*key))
            .collect();
        match found[..] {
            [subject] => Some(subject),
            [] => {
                let meant = entries.keys().find_map(|key| nearest(key, SUBJECTS));
                let hint = did_you_mean(meant)
                    .unwrap_or_else(|| format!("it has one of: {}", SUBJECTS.join(", ")));
                self.fail_with(path, "the condition does not say what it is about", hint)
            }
            [first, second, ..] => {
                let message = format!("a condition is about one thing, not {first} and {second}");
                self.fail_with(path, message, "join two conditions with \"all\" or \"any\"")
            }
        }
    }

    fn group(
        &mut self,
        entries: &Map<String, Value>,
        key: &str,
        path: &str,
        depth: usize,
    ) -> Option<Vec<Criteria>> {
        self.only(entries, path, &[key]);
        let path = format!("{path}/{key}");
        let Some(items) = entries[key].as_array() else {
            return self.fail(&path, format!("\"{key}\" holds a list of conditions"));
        };
        let mut parts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            parts.extend(self.criteria(item, &format!("{path}/{index}"), depth + 1));
        }
        (parts.len() == items.len()).then_some(parts)
    }

    fn consent(&mut self, entries: &Map<String, Value>, path: &str) -> Option<Consent> {
        self.only(entries, path, &["consent", "is"]);
        let inner = format!("{path}/consent");
        let Some(about) = entries["consent"].as_object() else {
            let hint = r#"for example {"channel": "email", "purpose": "marketing"}"#;
            return self.fail_with(&inner, "\"consent\" is an object", hint);
        };
        self.only(about, &inner, &["channel", "purpose"]);
        let channel = self.text(about, "channel", &inner);
        let purpose = self.text(about, "purpose", &inner);
        let answer = match entries.get("is").and_then(Value::as_str) {
            Some("granted") => Some(Answer::Granted),
            Some("denied") => Some(Answer::Denied),
            Some("unknown") => Some(Answer::Unknown),
            Some(_) | None => {
                let hint = "one of: granted, denied, unknown";
                self.fail_with(&format!("{path}/is"), "consent is tested by \"is\"", hint)
            }
        };
        Some(Consent {
            channel: channel?,
            purpose: purpose?,
            answer: answer?,
        })
    }

    pub(super) fn named(
        &mut self,
        entries: &Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<Named> {
        let name = self.text(entries, key, path);
        self.only_with_test(entries, path, &[key]);
        let test = read_test::required(self, entries, path);
        Some(Named {
            name: name?,
            test: test?,
        })
    }

    pub(super) fn window(&mut self, entries: &Map<String, Value>, path: &str) -> Option<Window> {
        match entries.get("within") {
            None => Some(Window::Ever),
            Some(json) => read_test::window(self, json, &format!("{path}/within")),
        }
    }

    /// Reports every key that does not belong here.
    pub(super) fn only(&mut self, entries: &Map<String, Value>, path: &str, known: &[&str]) {
        for key in entries.keys().filter(|key| !known.contains(&key.as_str())) {
            let hint = did_you_mean(nearest(key, known.iter().copied()))
                .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
            let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
            self.fail_with::<()>(&path, format!("unknown key \"{key}\""), hint);
        }
    }

    pub(super) fn only_with_test(
        &mut self,
        entries: &Map<String, Value>,
        path: &str,
        known: &[&str],
    ) {
        let mut keys = known.to_vec();
        keys.extend(read_test::KEYS);
        self.only(entries, path, &keys);
    }

    pub(super) fn text(
        &mut self,
        entries: &Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<String> {
        match entries.get(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::String(_)) => {
                let said = (ProblemCode::Empty, format!("\"{key}\" is a name"));
                self.fail(&format!("{path}/{key}"), said)
            }
            Some(_) => {
                let said = (ProblemCode::WrongType, format!("\"{key}\" is a name"));
                self.fail(&format!("{path}/{key}"), said)
            }
            None => {
                let said = (ProblemCode::Missing, format!("\"{key}\" is missing"));
                self.problems
                    .push(Problem::new(path, said).with("field", key));
                None
            }
        }
    }

    pub(super) fn optional_text(
        &mut self,
        entries: &Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<Option<String>> {
        match entries.get(key) {
            None => Some(None),
            Some(_) => self.text(entries, key, path).map(Some),
        }
    }

    /// A whole number that is not negative.
    pub(super) fn whole(
        &mut self,
        entries: &Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<i64> {
        match entries.get(key).and_then(Value::as_i64) {
            Some(number) if number >= 0 => Some(number),
            Some(_) | None => {
                let message = format!("\"{key}\" is a whole number, 0 or more");
                self.fail(&format!("{path}/{key}"), message)
            }
        }
    }

    pub(super) fn value(&mut self, json: &Value, path: &str) -> Option<AttributeValue> {
        match json {
            Value::Bool(_) | Value::Number(_) | Value::String(_) => AttributeValue::from_json(json),
            Value::Null => {
                let hint = "a missing value is tested by \"exists\": false";
                self.fail_with(path, "null is no value", hint)
            }
            Value::Array(_) | Value::Object(_) => {
                self.fail(path, "compare with text, a number, a date, true or false")
            }
        }
    }
}
