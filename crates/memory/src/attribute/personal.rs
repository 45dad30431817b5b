//! What of a rule asks who somebody is: whoever may not be told must not find out by counting.

use super::Attributes;
use crate::criteria::{Aggregate, Criteria, Occurrence, Pattern};
use crate::vocabulary::personal_path;

impl Attributes {
    /// Whether a property of events is personal.
    pub fn personal_property(&self, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path);
        let said = self.get(last).is_some_and(|known| known.personal);
        personal_path(path) || (said && path != "products.name")
    }

    /// The first personal property that a pattern of events tests.
    pub fn personal_in_events<'a>(&self, pattern: &'a Pattern) -> Option<&'a str> {
        let mut names = pattern.tests.iter().map(|test| test.name.as_str());
        names.find(|name| self.personal_property(name))
    }

    /// The first personal attribute or property that a rule asks for.
    pub fn personal_in<'a>(&self, rule: &'a Criteria) -> Option<&'a str> {
        let mut found = None;
        rule.walk(&mut |node| {
            if found.is_none() {
                found = self.personal_here(node);
            }
        });
        found
    }

    fn personal_here<'a>(&self, node: &'a Criteria) -> Option<&'a str> {
        match node {
            Criteria::Attribute(named) | Criteria::Context(named) => {
                self.personal(&named.name).then_some(named.name.as_str())
            }
            Criteria::Aggregate(aggregate) => self.personal_in_aggregate(aggregate),
            Criteria::Sequence(sequence) => {
                let mut patterns = sequence.steps.iter().chain(&sequence.without);
                patterns.find_map(|pattern| self.personal_in_events(pattern))
            }
            Criteria::All(_)
            | Criteria::Any(_)
            | Criteria::Not(_)
            | Criteria::Score(_)
            | Criteria::Segment(_)
            | Criteria::Consent(_) => None,
        }
    }

    fn personal_in_aggregate<'a>(&self, aggregate: &'a Aggregate) -> Option<&'a str> {
        let Occurrence::Events(pattern) = &aggregate.of else {
            return None;
        };
        let measured = aggregate.measure.property();
        let measured = measured.filter(|property| self.personal_property(property));
        measured.or_else(|| self.personal_in_events(pattern))
    }
}

#[test]
fn personal_names_are_found_wherever_they_stand() {
    let attributes = Attributes::default();
    let found = |json: serde_json::Value| {
        let rule = crate::criteria::read(&json).unwrap();
        attributes.personal_in(&rule).map(str::to_owned)
    };
    use serde_json::json;
    let order = |path: &str| {
        json!({ "event": "Order Completed",
        "where": [{ "property": path, "equals": "x" }] })
    };
    let cases = [
        (json!({ "attribute": "country", "equals": "France" }), None),
        (
            json!({ "not": { "any": [{ "attribute": "email", "equals": "x" }] } }),
            Some("email"),
        ),
        (order("products.name"), None),
        (order("shipping.postcode"), Some("shipping.postcode")),
        (
            json!({ "event": "Called", "measure": "last", "of": "phone", "equals": "1" }),
            Some("phone"),
        ),
        (
            json!({ "sequence": [order("total"), order("email")] }),
            Some("email"),
        ),
    ];
    for (rule, name) in cases {
        assert_eq!(found(rule.clone()).as_deref(), name, "{rule}");
    }
}
