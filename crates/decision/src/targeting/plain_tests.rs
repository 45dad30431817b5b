//! Plain candidates take a short way through the pipeline; it leads where the long one does.

use std::collections::{BTreeSet, HashMap};

use memory::consent::{Consent, ConsentState};
use memory::criteria::AttributeValue;
use memory::customer::Memberships;
use memory::interaction::{ContactId, ContactMark, ContactStatus};
use memory::{CustomerId, CustomerState};
use serde_json::json;
use store::definition::Definition;
use store::{Random, Timestamp};

use super::pipeline::{Care, Considered, MARKETING, Question, consider};
use crate::Catalog;
use crate::cap::CapRoom;
use crate::customer_table::CustomerRows;
use crate::experiment::party::Party;
use crate::learning::Learned;
use crate::test_support::{catalog, offer, placement, policy};
use crate::worth::Worths;

const NOW: Timestamp = Timestamp(1_772_442_000_000);
const HOUR: i64 = 3_600_000;
/// Customers that are tried.
const CUSTOMERS: u64 = 2_000;

fn definitions() -> Vec<Definition> {
    let limits = json!([
        {"key": "hour", "at_most": 3, "window": {"rolling_ms": HOUR}},
        {"key": "hats", "categories": ["hats"], "at_most": 1, "window": {"rolling_ms": HOUR}},
    ]);
    let quiet = json!({"from": "22:00", "until": "07:00", "channels": ["web"]});
    let mut all = vec![
        placement("home", "web", json!({"count": 2})),
        policy(limits, json!({"quiet_hours": quiet})),
    ];
    for number in 0..12 {
        let category = ["bags", "hats", "toys"][number % 3];
        let rule = json!({"context": "tier", "at_least": number % 4});
        let mut body = json!({
            "category": category, "value_cents": 500 + 10 * number, "eligibility": rule,
            "suppress": {"after_views": 3, "after_accept_days": 7, "after_reject_days": 7},
        });
        match number {
            3 => body["valid_until"] = json!("2020-01-01T00:00:00Z"),
            4 => body["lever"] = json!(0.0),
            5 => body["suppress"]["related"] = json!(["offer_1"]),
            6 => _ = body.as_object_mut().unwrap().remove("eligibility"),
            _ => {}
        }
        all.push(offer(&format!("offer_{number}"), body));
    }
    all
}

/// Somebody whom most checks concern now and then.
fn somebody(random: &Random) -> CustomerState {
    let mut state = CustomerState::default();
    let chance = |one_in: u64| random.u64().is_multiple_of(one_in);
    if chance(4) {
        state.consents.push(Consent {
            channel: "web".into(),
            purpose: MARKETING.into(),
            state: if chance(2) {
                ConsentState::Denied
            } else {
                ConsentState::Granted
            },
            source: "test".into(),
            at: NOW,
            expires_at: None,
            proof: None,
        });
    }
    for number in 0..random.u64() % 5 {
        let category = ["bags", "hats", "toys"][(random.u64() % 3) as usize];
        state.contacts.push(ContactMark {
            contact_id: ContactId(number + 1),
            at: NOW.plus_ms(-((random.u64() % 3) as i64) * HOUR / 2),
            channel: "web".into(),
            placement: Some(if chance(4) { "home" } else { "elsewhere" }.into()),
            message: None,
            offer: Some(format!("offer_{}", random.u64() % 12)),
            offer_version: Some(1),
            variant: None,
            category: Some(category.into()),
            status: ContactStatus::Presented,
            counts: true,
            control: false,
            expires_at: Some(NOW.plus_ms(HOUR)),
            decision_id: None,
            claims: vec![],
        });
    }
    state
}

#[test]
fn the_short_way_leads_where_the_long_one_does() {
    let short = catalog(&definitions());
    let mut long = catalog(&definitions());
    let candidates = |catalog: &Catalog| catalog.placements[0].candidates.clone();
    let plain = candidates(&short).iter().filter(|one| one.plain).count();
    assert_eq!(plain, 9, "all but the three with something special");
    for candidate in &mut long.placements[0].candidates {
        candidate.plain = false;
    }
    let random = Random::seeded(7);
    let (mut chosen, mut told) = (0, BTreeSet::new());
    for number in 0..CUSTOMERS {
        let state = somebody(&random);
        let tier = AttributeValue::Number((random.u64() % 5) as f64);
        let context = HashMap::from([("tier".to_owned(), tier)]);
        let night = if random.u64().is_multiple_of(5) {
            14 * HOUR
        } else {
            0
        };
        let contended = random.u64().is_multiple_of(8);
        let rows = CustomerRows {
            denied: if random.u64().is_multiple_of(8) {
                vec![2]
            } else {
                vec![]
            },
            ..CustomerRows::default()
        };
        let closed = random.u64().is_multiple_of(10);
        let ask = |catalog: &Catalog| -> Vec<Considered> {
            consider(&Question {
                catalog,
                learned: &Learned::default(),
                customer: Some(CustomerId(number + 1)),
                state: &state,
                now: NOW.plus_ms(night),
                slots: &[(0, 2)],
                context: &context,
                language: None,
                caps: &CapRoom::default(),
                rows: &rows,
                care: Care {
                    contended,
                    ..Care::default()
                },
                memberships: &Memberships::default(),
                closed: &|_| closed,
                party: &Party::default(),
                group: 0,
                worths: &Worths::default(),
            })
        };
        let (short, long) = (ask(&short), ask(&long));
        assert_eq!(format!("{short:?}"), format!("{long:?}"), "{state:?}");
        chosen += short[0].chosen.len();
        told.extend(short[0].against.iter().map(|(_, reason)| reason.code()));
    }
    assert!(chosen > CUSTOMERS as usize / 2, "{chosen}");
    let all = [
        "not_eligible",
        "consent_denied",
        "suppressed",
        "contact_policy",
        "quiet_hours",
        "contended",
    ];
    for code in all {
        assert!(told.contains(code), "{code} is not among {told:?}");
    }
}
