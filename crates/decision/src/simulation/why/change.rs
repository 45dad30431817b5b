//! The change of a rule that would lift a reason against an offer.

use memory::criteria::{self, Criteria, Explanation};
use memory::customer::CustomerFacts;
use serde_json::{Value, json};
use store::Timestamp;
use store::definition::Definition;

use super::{ChangedField, DAY_MS, LARGEST_RAISE, NeededChange, Past};
use crate::catalog::{Catalog, OfferEntry};
use crate::policy::limits::Room;
use crate::targeting::asked::values;
use crate::targeting::pipeline::zone_of;
use crate::targeting::reason::Reason;

impl Past {
    /// The changes that take a reason away; `None` when none does.
    pub(super) fn change(
        &self,
        reason: Reason,
        offer: &OfferEntry,
        catalog: &Catalog,
    ) -> Option<Vec<NeededChange>> {
        let mine = |what, field: &str, from: Value, to: Value| {
            Some(vec![of_offer(what, &offer.key, field, from, to)])
        };
        let suppress = &offer.body.suppress;
        match reason {
            Reason::NotValidYet => mine(
                ChangedField::ValidFrom,
                "/valid_from",
                json!(offer.body.valid_from),
                json!(self.at),
            ),
            Reason::Expired => mine(
                ChangedField::ValidUntil,
                "/valid_until",
                json!(offer.body.valid_until),
                json!(self.at.plus_ms(1)),
            ),
            Reason::LeverZero => self.lever_above_zero(offer, catalog),
            Reason::NotEligible => Some(vec![self.eligible(offer, catalog)]),
            Reason::Accepted(until) => mine(
                ChangedField::RestAfterAccept,
                "/suppress/after_accept_days",
                json!(suppress.after_accept_days),
                json!(self.days_since(until, offer.accept_rest_ms?)),
            ),
            Reason::Rejected(until) => mine(
                ChangedField::RestAfterReject,
                "/suppress/after_reject_days",
                json!(suppress.after_reject_days),
                json!(self.days_since(until, offer.reject_rest_ms?)),
            ),
            Reason::Viewed(views) => mine(
                ChangedField::Views,
                "/suppress/after_views",
                json!(suppress.after_views),
                json!(views + 1),
            ),
            Reason::Related(other, _) => {
                let other = &catalog.offers[usize::from(other)];
                let from = &other.body.suppress.related;
                let to: Vec<&String> = from.iter().filter(|key| **key != offer.key).collect();
                let field = "/suppress/related";
                let (from, to) = (json!(from), json!(to));
                Some(vec![of_offer(
                    ChangedField::Related,
                    &other.key,
                    field,
                    from,
                    to,
                )])
            }
            Reason::Limit(limit) => self.raised(limit, catalog).map(|change| vec![change]),
            _ => None,
        }
    }

    /// Whole days between a reaction and the decision; so long a rest would have been over.
    fn days_since(&self, until: Timestamp, rest_ms: i64) -> i64 {
        self.at.since_ms(until.plus_ms(-rest_ms)).max(0) / DAY_MS
    }

    pub(super) fn lever_above_zero(
        &self,
        offer: &OfferEntry,
        catalog: &Catalog,
    ) -> Option<Vec<NeededChange>> {
        let known = self.placement().of(&self.record)?;
        let (_, stated) = known.candidates.get(usize::from(self.candidate))?;
        if stated.lever > 0.0 {
            // A table says 0 for this customer: no rule changes that.
            return None;
        }
        let mut changes = vec![];
        if offer.body.lever == 0.0 {
            let field = ChangedField::Lever;
            changes.push(of_offer(
                field,
                &offer.key,
                "/lever",
                json!(0.0),
                json!(1.0),
            ));
        }
        let mut names = vec![
            format!("offer:{}", offer.key),
            format!("category:{}", offer.body.category),
            format!("channel:{}", known.channel),
        ];
        names.extend(offer.lists.iter().map(|list| format!("list:{list}")));
        // The strategy of this placement, which is not always the one in use elsewhere.
        let (strategy, _) = known.strategy.clone().unwrap_or_default();
        let mut strategies = catalog.strategies.iter();
        let body = strategies.find(|s| s.key == strategy).map(|s| &s.body);
        for name in names {
            if body.is_some_and(|body| body.levers.get(&name) == Some(&0.0)) {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                changes.push(NeededChange {
                    what: ChangedField::Lever,
                    kind: crate::targeting::strategy::KIND.name.to_owned(),
                    key: strategy.clone(),
                    field: format!("/levers/{escaped}"),
                    from: json!(0.0),
                    to: json!(1.0),
                    condition: None,
                });
            }
        }
        (!changes.is_empty()).then_some(changes)
    }

    /// Eligibility without the conditions that were not met.
    fn eligible(&self, offer: &OfferEntry, catalog: &Catalog) -> NeededChange {
        let rule = offer.body.eligibility.clone().unwrap_or_default();
        let mut change = of_offer(
            ChangedField::Eligibility,
            &offer.key,
            "/eligibility",
            rule.clone(),
            Value::Null,
        );
        let Ok(read) = criteria::read(&rule) else {
            return change;
        };
        let (Ok((_, id, state)), Criteria::All(parts)) = (&self.again, &read) else {
            change.condition = Some(self.language.sentence(&read));
            return change;
        };
        let context = values(&self.stored.context);
        let facts = CustomerFacts::new(state, &context, &catalog.default_zone)
            .in_segments(&self.around.memberships, *id);
        let met = |part: &&Criteria| {
            let part = catalog.segments.resolved(part);
            criteria::Compiled::new(&part).matches(&facts, self.at.0)
        };
        let (kept, dropped): (Vec<&Criteria>, Vec<&Criteria>) = parts.iter().partition(met);
        if !kept.is_empty() {
            let kept = Criteria::All(kept.into_iter().cloned().collect());
            change.to = criteria::write(&kept);
        }
        let dropped = match &dropped[..] {
            [one] => (*one).clone(),
            several => Criteria::All(several.iter().map(|part| (*part).clone()).collect()),
        };
        change.condition = Some(self.language.sentence(&dropped));
        change
    }

    pub(super) fn explained(&self, offer: &OfferEntry, catalog: &Catalog) -> Option<Explanation> {
        let (_, id, state) = self.again.as_ref().ok()?;
        let rule = criteria::read(offer.body.eligibility.as_ref()?).ok()?;
        let rule = catalog.segments.resolved(&rule);
        let context = values(&self.stored.context);
        let facts = CustomerFacts::new(state, &context, &catalog.default_zone)
            .in_segments(&self.around.memberships, *id);
        Some(criteria::explain(&rule, &facts, self.at.0, self.language))
    }

    /// A limit raised until it would have allowed one more contact.
    fn raised(&self, limit: u16, catalog: &Catalog) -> Option<NeededChange> {
        let ready = catalog.limits.get(usize::from(limit))?;
        let of_policy = catalog.limits.iter().filter(|l| l.policy == ready.policy);
        let place = of_policy.take_while(|l| l.key != ready.key).count();
        let mut to = ready.at_most + 1;
        if let Ok((_, _, state)) = &self.again {
            let zone = zone_of(state, &catalog.default_zone);
            let allows = |at_most: &u32| {
                let raised = crate::policy::limits::Ready {
                    at_most: *at_most,
                    ..ready.clone()
                };
                Room::of(&[raised], state, self.at, &zone).allows(0)
            };
            to = (to..=to + LARGEST_RAISE).find(allows)?;
        }
        Some(NeededChange {
            what: ChangedField::Limit,
            kind: crate::policy::KIND.name.to_owned(),
            key: ready.policy.clone(),
            field: format!("/limits/{place}/at_most"),
            from: json!(ready.at_most),
            to: json!(to),
            condition: None,
        })
    }
}

pub(super) fn of_offer(
    what: ChangedField,
    key: &str,
    field: &str,
    from: Value,
    to: Value,
) -> NeededChange {
    NeededChange {
        what,
        kind: crate::offer::KIND.name.to_owned(),
        key: key.to_owned(),
        field: field.to_owned(),
        from,
        to,
        condition: None,
    }
}

/// Definitions with changes made.
pub(super) fn edited(definitions: &[Definition], changes: &[NeededChange]) -> Vec<Definition> {
    let mut definitions = definitions.to_vec();
    for change in changes {
        let found = definitions
            .iter_mut()
            .find(|d| d.kind == change.kind && d.key == change.key);
        let Some(definition) = found else { continue };
        let Some((parent, field)) = change.field.rsplit_once('/') else {
            continue;
        };
        let field = &field.replace("~1", "/").replace("~0", "~");
        match definition.body.pointer_mut(parent) {
            Some(Value::Object(fields)) if change.to.is_null() => {
                fields.remove(field);
            }
            Some(Value::Object(fields)) => {
                fields.insert(field.clone(), change.to.clone());
            }
            _ => {}
        }
    }
    definitions
}
