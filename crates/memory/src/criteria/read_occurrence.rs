//! Reading what happened: aggregates, patterns, filters and sequences from JSON.

use serde_json::{Map, Value};

use super::operator::Test;
use super::read::Reader;
use super::read_test;
use super::suggest::{did_you_mean, nearest};
use super::tree::{
    Aggregate, ContactFilter, Measure, Named, Occurrence, Pattern, ResponseFilter, Sequence,
};

impl Reader {
    pub(super) fn aggregate(
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

    pub(super) fn sequence(
        &mut self,
        entries: &Map<String, Value>,
        path: &str,
    ) -> Option<Sequence> {
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
}
