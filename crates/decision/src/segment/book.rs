//! The published segments, compiled: an immutable snapshot.

use std::collections::BTreeMap;

use memory::criteria::{self, AggregateSpec, Criteria, Tangle, aggregates, expand};
use store::definition::{Definition, Problem};

use super::validate::tangled;
use super::{Household, KIND, Membership, Segment};
use crate::Name;
use crate::body::read;

/// A segment in use.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: Name,
    /// The version in use.
    pub version: i64,
    /// Where its members come from.
    pub membership: Membership,
    /// Households, if it groups customers.
    pub household: Option<Household>,
    /// Its rule with the rules of other segments put in.
    pub rule: Option<Criteria>,
    /// Names the rule: members follow from it.
    pub hash: String,
}

impl Entry {
    /// Whether members come and go with every event.
    pub fn follows(&self) -> bool {
        self.membership == Membership::Live && self.household.is_none()
    }

    /// Whether decisions must be told who is a member, because no rule on one customer says it.
    pub fn told(&self) -> bool {
        !self.follows()
    }
}

/// The published segments by key.
#[derive(Debug, Clone, Default)]
pub struct Book {
    entries: BTreeMap<String, Entry>,
    rules: BTreeMap<String, Criteria>,
}

impl Book {
    /// Compiles definitions; one that cannot be used is left out, with its problems.
    pub fn compile(definitions: &[Definition]) -> (Book, Vec<Problem>) {
        let (mut book, mut problems) = (Book::default(), vec![]);
        let mut bodies: Vec<(&Definition, Segment)> = vec![];
        for definition in definitions.iter().filter(|d| d.kind == KIND.name) {
            let at = |problem: Problem| Problem {
                path: format!("/segment/{}{}", definition.key, problem.path),
                ..problem
            };
            let wrong = (KIND.validate)(&definition.body);
            match read::<Segment>(&definition.body) {
                Ok(segment) if wrong.is_empty() => bodies.push((definition, segment)),
                Ok(_) => problems.extend(wrong.into_iter().map(at)),
                Err(wrong) => problems.extend(wrong.into_iter().map(at)),
            }
        }
        for (definition, segment) in &bodies {
            let live = segment.membership == Membership::Live && segment.household.is_none();
            if let Some(rule) = rule_of(segment).filter(|_| live) {
                book.rules.insert(definition.key.clone(), rule);
            }
        }
        for (definition, segment) in bodies {
            let rule = rule_of(&segment).map(|rule| book.resolve(&rule));
            match rule.transpose() {
                Ok(rule) => book.add(definition, segment, rule),
                Err(tangle) => {
                    let path = format!("/segment/{}/criteria", definition.key);
                    problems.push(tangled(path, &tangle));
                }
            }
        }
        (book, problems)
    }

    fn add(&mut self, definition: &Definition, segment: Segment, rule: Option<Criteria>) {
        let content = format!(
            "{:?} {:?} {:?}",
            segment.membership, segment.household, rule
        );
        let entry = Entry {
            key: definition.key.clone(),
            name: segment.name,
            version: definition.version,
            membership: segment.membership,
            household: segment.household,
            rule,
            hash: blake3::hash(content.as_bytes()).to_hex()[..16].to_owned(),
        };
        self.entries.insert(entry.key.clone(), entry);
    }

    /// The rule with the rules of live segments in the place of their names. Names of static
    /// segments and of households stay: their members are told.
    pub fn resolve(&self, criteria: &Criteria) -> Result<Criteria, Tangle> {
        expand(criteria, &|key: &str| self.rules.get(key))
    }

    /// The same for a rule that must be usable: one that leads back to itself holds for nobody.
    pub fn resolved(&self, criteria: &Criteria) -> Criteria {
        self.resolve(criteria)
            .unwrap_or_else(|_| Criteria::Any(vec![]))
    }

    /// A segment.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// All segments by key.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// What memory must keep of events so that members can be told.
    pub fn aggregates(&self) -> Vec<AggregateSpec> {
        let rules = self
            .entries
            .values()
            .filter_map(|entry| entry.rule.as_ref());
        rules.flat_map(aggregates).collect()
    }
}

fn rule_of(segment: &Segment) -> Option<Criteria> {
    criteria::read(segment.criteria.as_ref()?).ok()
}
