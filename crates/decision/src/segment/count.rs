//! Counting: exactly who satisfies a rule that nobody has published, now or at a past moment.

use memory::criteria::Criteria;
use memory::criteria::batch::{self, Counted};
use store::Timestamp;

use crate::{Decider, Error};

/// The moment that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Now.
    Now,
    /// A moment in the past: what had happened and been said until then.
    Past(Timestamp),
}

/// Counts the customers of a rule whose references to live segments are replaced already.
/// Dropping the future stops the work.
pub async fn count(decider: &Decider, rule: &Criteria, moment: Moment) -> Result<Counted, Error> {
    let memory = decider.memory();
    let catalog = decider.catalog();
    let memberships = memory.memberships();
    let request = batch::Request {
        criteria: rule,
        now_ms: match moment {
            Moment::Now => memory.db().now().0,
            Moment::Past(at) => at.0,
        },
        past: moment != Moment::Now,
        zone: catalog.default_zone.clone(),
        segment: &|key: &str| memberships.of(key).cloned(),
    };
    let view = memory.lake().view().await?;
    Ok(batch::over_lake(&view, request).await?)
}
