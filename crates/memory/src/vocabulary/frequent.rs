//! The frequent values among many, counted with little memory.

use std::collections::BTreeMap;

/// Values counted at a time; the frequent ones among many stay (Misra and Gries, 1982).
const HELD: usize = 24;

/// Values with how often they were seen at least. A value that makes up more than one in
/// `HELD + 1` is never lost; values that are all different leave nothing behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frequent(BTreeMap<String, i64>);

impl Frequent {
    /// Counts a value.
    pub fn note(&mut self, value: &str) {
        if let Some(count) = self.0.get_mut(value) {
            *count += 1;
        } else if self.0.len() < HELD {
            self.0.insert(value.to_owned(), 1);
        } else {
            self.lower(1);
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Frequent) {
        for (value, count) in &other.0 {
            *self.0.entry(value.clone()).or_default() += count;
        }
        if self.0.len() > HELD {
            let mut counts: Vec<i64> = self.0.values().copied().collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            self.lower(counts[HELD]);
        }
    }

    fn lower(&mut self, by: i64) {
        self.0.retain(|_, count| {
            *count -= by;
            *count > 0
        });
    }

    /// The most frequent values, at most so many, the most frequent first. Seen once is chance.
    pub fn most(&self, limit: usize) -> Vec<String> {
        let mut values: Vec<(&String, i64)> = self.0.iter().map(|(v, n)| (v, *n)).collect();
        values.retain(|(_, count)| *count > 1);
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        values.truncate(limit);
        values.into_iter().map(|(value, _)| value.clone()).collect()
    }

    /// The form in the store.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    /// Reads the form in the store; nothing where it cannot be read.
    pub(super) fn from_json(json: &str) -> Frequent {
        Frequent(serde_json::from_str(json).unwrap_or_default())
    }
}

#[test]
fn what_is_frequent_stays_and_what_is_unique_goes() {
    let mut frequent = Frequent::default();
    for order in 0..1_000 {
        frequent.note(if order % 3 == 0 { "Garden" } else { "Kitchen" });
        frequent.note(&format!("order {order}"));
    }
    assert_eq!(frequent.most(12)[..2], ["Kitchen", "Garden"]);
    let mut unique = Frequent::default();
    for order in 0..1_000 {
        unique.note(&format!("order {order}"));
    }
    assert_eq!(unique.most(12), Vec::<String>::new());
    unique.add(&frequent);
    unique.add(&frequent);
    assert_eq!(unique.most(1), ["Kitchen"]);
    assert!(Frequent::from_json(&unique.to_json()) == unique && unique.0.len() <= HELD);
}
