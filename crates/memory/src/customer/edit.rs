//! Attributes corrected by hand: an identify row of our own.

use serde_json::{Map, Value};
use store::definition::Problem as FieldProblem;

use super::Customer;
use crate::criteria::AttributeValue;
use crate::event::wire::EventKind;
use crate::identity::IdentifierKind;
use crate::identity::resolve::Named;
use crate::log::{Command, Entry, EventBody, Incoming, NewRow, addresses};
use crate::{Error, Memory};

/// Longest key of an attribute, in bytes.
pub const KEY_LIMIT_BYTES: usize = 100;
/// Longest text of an attribute set by hand, in bytes.
const TEXT_LIMIT_BYTES: usize = 4_096;
/// Attributes changed at once.
const AT_ONCE: usize = 100;

/// What is wrong with attributes that somebody wants to set.
pub fn problems(attributes: &Map<String, Value>) -> Vec<FieldProblem> {
    let mut problems = vec![];
    if attributes.is_empty() || attributes.len() > AT_ONCE {
        let message = format!("give 1 to {AT_ONCE} attributes");
        problems.push(FieldProblem::new("/attributes", message));
    }
    for (key, value) in attributes {
        let path = format!("/attributes/{}", key.replace('~', "~0").replace('/', "~1"));
        if key.is_empty() || key.len() > KEY_LIMIT_BYTES {
            let message = format!("a key has 1 to {KEY_LIMIT_BYTES} bytes");
            problems.push(FieldProblem::new(path, message));
        } else if value.is_object()
            || (!value.is_null() && AttributeValue::from_json(value).is_none())
        {
            let problem = FieldProblem::new(path, "an attribute holds a single value or a list");
            problems
                .push(problem.hint("a text, a number, true or false, a list of texts, or null"));
        } else if value
            .as_str()
            .is_some_and(|text| text.len() > TEXT_LIMIT_BYTES)
        {
            let message = format!("a text has at most {TEXT_LIMIT_BYTES} bytes");
            problems.push(FieldProblem::new(path, message));
        }
    }
    problems
}

impl Memory {
    /// Sets attributes of a customer by hand; `null` takes one away.
    pub async fn correct(&self, customer: &Customer, set: Map<String, Value>) -> Result<(), Error> {
        let body = EventBody::ours(self.db().random(), EventKind::Identify, "", &set)?;
        let found = addresses(&body.properties);
        let row = NewRow {
            occurred_at: self.db().now(),
            source_id: 0,
            message: None,
            entry: Entry::Identify(body),
        };
        let identifiers = &customer.state.identifiers;
        let named = |wanted: IdentifierKind| {
            let known = identifiers.iter().find(|known| known.kind == wanted)?;
            Some(known.value.as_str())
        };
        let user = named(IdentifierKind::UserId);
        let anonymous = named(IdentifierKind::AnonymousId).filter(|_| user.is_none());
        let named = Named::new(user, anonymous, None);
        if found.is_empty() || named.nobody() {
            let (customer, rows) = (customer.id, vec![row]);
            let command = Command {
                customer,
                rows,
                expect: None,
            };
            return self.append(command).await.map(|_| ());
        }
        // New addresses must be found by search, which only events teach.
        let incoming = Incoming {
            named,
            addresses: found,
            row,
        };
        self.ingest(vec![incoming]).await.map(|_| ())
    }
}
