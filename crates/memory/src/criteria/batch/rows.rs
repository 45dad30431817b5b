//! What a pass reads: streams of rows in order of customer, and the zones of customers.

use std::collections::HashMap;

use datafusion::execution::SendableRecordBatchStream;
use jiff::tz::TimeZone;

/// The streams of each table that a rule needs. Streams of one table cover disjoint customers;
/// each is ordered by `customer_id`. A table that is not needed stays empty.
#[derive(Default)]
pub struct Sources {
    /// Events: `customer_id`, `occurred_at`, `name`, then promoted columns or `properties` and
    /// `context`.
    pub events: Vec<SendableRecordBatchStream>,
    /// Contacts: `customer_id`, `presented_at`, `status`, `control` and what filters look at.
    pub contacts: Vec<SendableRecordBatchStream>,
    /// Responses.
    pub responses: Vec<SendableRecordBatchStream>,
    /// Statements of consent, for the past.
    pub consents: Vec<SendableRecordBatchStream>,
    /// Statements of attributes, for the past: `seq` and `body`.
    pub statements: Vec<SendableRecordBatchStream>,
    /// What is known of customers now: `attributes` and `consents` in JSON.
    pub customers: Vec<SendableRecordBatchStream>,
}

/// The zones of customers, for windows that follow the calendar.
#[derive(Debug, Clone)]
pub struct Zones {
    default: TimeZone,
    known: Vec<(String, TimeZone)>,
    by_customer: HashMap<u64, u16>,
}

impl Zones {
    /// Everybody in one zone.
    #[must_use]
    pub fn new(default: TimeZone) -> Self {
        Self {
            default,
            known: vec![],
            by_customer: HashMap::new(),
        }
    }

    /// Notes the zone of a customer by its name; a name that is no zone is not noted.
    pub fn put(&mut self, customer: u64, name: &str) {
        let place = self.known.iter().position(|(known, _)| known == name);
        let place = place.or_else(|| {
            let zone = TimeZone::get(name).ok()?;
            self.known.push((name.to_owned(), zone));
            Some(self.known.len() - 1)
        });
        if let Some(place) = place.and_then(|place| u16::try_from(place).ok()) {
            self.by_customer.insert(customer, place);
        }
    }

    /// The zones that were noted, by name.
    pub(super) fn known(&self) -> &[(String, TimeZone)] {
        &self.known
    }

    /// Notes a zone that has no entry in the database of zones.
    #[cfg(test)]
    pub(super) fn put_zone(&mut self, customer: u64, name: &str, zone: TimeZone) {
        if !self.known.iter().any(|(known, _)| known == name) {
            self.known.push((name.to_owned(), zone));
        }
        let place = self
            .known
            .iter()
            .position(|(known, _)| known == name)
            .unwrap();
        self.by_customer.insert(customer, place as u16);
    }

    /// The zone of a customer.
    #[must_use]
    pub fn of(&self, customer: u64) -> &TimeZone {
        let place = self.by_customer.get(&customer);
        place.map_or(&self.default, |place| &self.known[usize::from(*place)].1)
    }
}
