//! Reading: from JSON to the syntax tree, with the place and remedy of every mistake.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use store::definition::Problem;

use super::suggest::{did_you_mean, nearest};
use super::tree::{
    Aggregate, Answer, Consent, ContactFilter, Criteria, Measure, Named, Occurrence, Pattern,
    ResponseFilter, Sequence,
};
use super::value::AttributeValue;
use super::window::Window;
use super::{Test, read_test};

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
    pub(super) fn fail<T>(&mut self, path: &str, message: impl Into<String>) -> Option<T> {
        self.problems.push(Problem::new(path, message));
        None
    }

    pub(super) fn fail_with<T>(
        &mut self,
        path: &str,
        message: impl Into<String>,
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

    fn named(&mut self, entries: &Map<String, Value>, key: &str, path: &str) -> Option<Named> {
        let name = self.text(entries, key, path);
        self.only_with_test(entries, path, &[key]);
        let test = read_test::required(self, entries, path);
        Some(Named {
            name: name?,
            test: test?,
        })
    }

    fn aggregate(
        &mut self,
        entries: &Map<String, Value>,
        subject: &'static str,
        path: &str,
    ) -> Option<Aggregate> {
        self.only_with_test(
            entries,
            path,
            &[subject, "where", "measure", "of", "within"],
        );
        let of = match subject {
            "event" => self.pattern(entries, path).map(Occurrence::Events),
            _ if entries.contains_key("where") => {
                let message = format!("\"where\" belongs to events, not to {subject}");
                let hint = format!("put what they are like into \"{subject}\"");
                self.fail_with(&format!("{path}/where"), message, hint)
            }
            "contacts" => self.contacts(entries, path).map(Occurrence::Contacts),
            _ => self.responses(entries, path).map(Occurrence::Responses),
        };
        let measure = self.measure(entries, path);
        let window = self.window(entries, path);
        let test = match (&measure, read_test::optional(self, entries, path)?) {
            (_, Some(test)) => Some(test),
            (Some(Measure::Count), None) => Some(Test::AtLeast(1.0)),
            (_, None) => read_test::required(self, entries, path),
        };
        Some(Aggregate {
            of: of?,
            measure: measure?,
            window: window?,
            test: test?,
        })
    }

    fn measure(&mut self, entries: &Map<String, Value>, path: &str) -> Option<Measure> {
        const WORDS: [&str; 8] = [
            "count", "sum", "average", "min", "max", "distinct", "last", "first",
        ];
        let of = match entries.get("of") {
            None => None,
            Some(_) => Some(self.text(entries, "of", path)?),
        };
        let word = match entries.get("measure") {
            None => "count",
            Some(word) => word.as_str().unwrap_or_default(),
        };
        match (word, of) {
            ("count", None) => Some(Measure::Count),
            ("last", None) => Some(Measure::LastTime),
            ("first", None) => Some(Measure::FirstTime),
            ("sum", Some(of)) => Some(Measure::Sum(of)),
            ("average", Some(of)) => Some(Measure::Average(of)),
            ("min", Some(of)) => Some(Measure::Min(of)),
            ("max", Some(of)) => Some(Measure::Max(of)),
            ("distinct", Some(of)) => Some(Measure::Distinct(of)),
            ("last", Some(of)) => Some(Measure::LastValue(of)),
            ("first", Some(of)) => Some(Measure::FirstValue(of)),
            ("count", Some(_)) => {
                let hint = "drop \"of\", or count different values with \"distinct\"";
                self.fail_with(
                    &format!("{path}/of"),
                    "\"count\" measures no property",
                    hint,
                )
            }
            (word, None) if WORDS.contains(&word) => {
                let hint = "name the property in \"of\", for example \"of\": \"total\"";
                self.fail_with(path, format!("\"{word}\" of what?"), hint)
            }
            (word, _) => {
                let hint = did_you_mean(nearest(word, WORDS))
                    .unwrap_or_else(|| format!("one of: {}", WORDS.join(", ")));
                let message = format!("unknown measure \"{word}\"");
                self.fail_with(&format!("{path}/measure"), message, hint)
            }
        }
    }

    fn pattern(&mut self, entries: &Map<String, Value>, path: &str) -> Option<Pattern> {
        let event = self.text(entries, "event", path);
        let mut tests = Vec::new();
        let inner = format!("{path}/where");
        match entries.get("where") {
            None => {}
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    tests.push(self.property(item, &format!("{inner}/{index}")));
                }
            }
            Some(_) => {
                let hint = r#"for example [{"property": "total", "greater": 50}]"#;
                return self.fail_with(&inner, "\"where\" holds a list of property tests", hint);
            }
        }
        Some(Pattern {
            event: event?,
            tests: tests.into_iter().collect::<Option<_>>()?,
        })
    }

    fn property(&mut self, json: &Value, path: &str) -> Option<Named> {
        match json.as_object() {
            Some(entries) => self.named(entries, "property", path),
            None => {
                let hint = r#"for example {"property": "total", "greater": 50}"#;
                self.fail_with(path, "a property test is an object", hint)
            }
        }
    }

    fn contacts(&mut self, entries: &Map<String, Value>, path: &str) -> Option<ContactFilter> {
        let path = format!("{path}/contacts");
        let Some(filter) = entries["contacts"].as_object() else {
            return self.fail_with(&path, "\"contacts\" is an object", "all contacts are {}");
        };
        self.only(
            filter,
            &path,
            &["channel", "offer", "category", "placement"],
        );
        Some(ContactFilter {
            channel: self.optional_text(filter, "channel", &path)?,
            offer: self.optional_text(filter, "offer", &path)?,
            category: self.optional_text(filter, "category", &path)?,
            placement: self.optional_text(filter, "placement", &path)?,
        })
    }

    fn responses(&mut self, entries: &Map<String, Value>, path: &str) -> Option<ResponseFilter> {
        let path = format!("{path}/responses");
        let Some(filter) = entries["responses"].as_object() else {
            return self.fail_with(&path, "\"responses\" is an object", "all responses are {}");
        };
        self.only(filter, &path, &["kind", "offer", "category", "inferred"]);
        let inferred = match filter.get("inferred") {
            None => None,
            Some(Value::Bool(inferred)) => Some(*inferred),
            Some(_) => {
                return self.fail(&format!("{path}/inferred"), "\"inferred\" is true or false");
            }
        };
        Some(ResponseFilter {
            kind: self.optional_text(filter, "kind", &path)?,
            offer: self.optional_text(filter, "offer", &path)?,
            category: self.optional_text(filter, "category", &path)?,
            inferred,
        })
    }

    fn sequence(&mut self, entries: &Map<String, Value>, path: &str) -> Option<Sequence> {
        self.only(
            entries,
            path,
            &["sequence", "within_ms", "without", "within"],
        );
        let inner = format!("{path}/sequence");
        let Some(items) = entries["sequence"].as_array() else {
            let hint = r#"for example [{"event": "Product Added"}, {"event": "Order Completed"}]"#;
            return self.fail_with(&inner, "\"sequence\" holds a list of events", hint);
        };
        let mut steps = Vec::new();
        for (index, item) in items.iter().enumerate() {
            steps.push(self.step(item, &format!("{inner}/{index}")));
        }
        let without = match entries.get("without") {
            None => None,
            Some(step) => Some(self.step(step, &format!("{path}/without"))?),
        };
        let within_ms = match entries.get("within_ms") {
            None => None,
            Some(_) => Some(self.whole(entries, "within_ms", path)?),
        };
        let window = self.window(entries, path);
        let steps = steps.into_iter().collect::<Option<_>>()?;
        Some(Sequence {
            steps,
            within_ms,
            without,
            window: window?,
        })
    }

    fn step(&mut self, json: &Value, path: &str) -> Option<Pattern> {
        let Some(entries) = json.as_object() else {
            return self.fail_with(path, "a step is an object", r#"for example {"event": "…"}"#);
        };
        self.only(entries, path, &["event", "where"]);
        self.pattern(entries, path)
    }

    fn window(&mut self, entries: &Map<String, Value>, path: &str) -> Option<Window> {
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

    fn only_with_test(&mut self, entries: &Map<String, Value>, path: &str, known: &[&str]) {
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
            Some(_) => self.fail(&format!("{path}/{key}"), format!("\"{key}\" is a name")),
            None => self.fail(path, format!("\"{key}\" is missing")),
        }
    }

    fn optional_text(
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
