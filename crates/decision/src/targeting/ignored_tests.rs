//! Views that nobody answers become ignored, once, and the offer and its relatives rest.

use memory::Memory;
use memory::interaction::{ContactId, ResponseKind};
use serde_json::json;
use store::Db;

use crate::Decider;
use crate::test_support::{ask, decider, known, offer, placement, react};

const HOUR: i64 = 3_600_000;

async fn shown(decider: &Decider) -> Option<(String, ContactId)> {
    let answer = decider.decide(&ask("ann", &["home"])).await;
    let offer = answer.placements[0].offers.first()?;
    Some((offer.offer.clone(), offer.contact_id?))
}

store::test! {
    async fn a_view_without_a_reaction_counts_as_a_soft_no(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let suppress = json!({"after_ignored": 2, "ignored_days": 10, "related": ["cousin"]});
        let definitions = [
            offer("sale", json!({"suppress": suppress})),
            offer("cousin", json!({"category": "hats", "value_cents": 900})),
            offer("other", json!({"category": "ties", "value_cents": 800})),
            placement("home", "web", json!({"reserves_ms": 1_000, "ignored_after_ms": HOUR})),
        ];
        let decider = decider(&memory, &definitions).await;
        let ann = known(&memory, "ann", json!({})).await;
        for round in 0..2 {
            let (offer, contact) = shown(&decider).await.unwrap();
            assert_eq!(offer, "sale", "round {round}");
            react(&memory, ann, ResponseKind::View, Some(contact), &offer).await;
            db.clock().advance_ms(HOUR - 1);
            assert_eq!(decider.note_ignored().await.unwrap(), 0);
            db.clock().advance_ms(1);
            assert_eq!(decider.note_ignored().await.unwrap(), 1);
            assert_eq!(decider.note_ignored().await.unwrap(), 0, "once");
        }
        let (offer, contact) = shown(&decider).await.unwrap();
        assert_eq!(offer, "other", "the sale rests, and its cousin with it");
        react(&memory, ann, ResponseKind::View, Some(contact), &offer).await;
        react(&memory, ann, ResponseKind::Click, Some(contact), &offer).await;
        db.clock().advance_ms(2 * HOUR);
        assert_eq!(decider.note_ignored().await.unwrap(), 0, "it was answered");
        let answer = decider.decide(&ask("ann", &["home"])).await;
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        let codes: Vec<_> = record.proposals.iter()
            .map(|p| (p.offer.as_str(), p.reasons.first().map(|r| r.code))).collect();
        assert_eq!(codes, [("sale", Some("suppressed_after_ignored")),
            ("cousin", Some("related_offer")), ("other", None)]);
        db.clock().advance_ms(10 * 24 * HOUR);
        assert_eq!(shown(&decider).await.unwrap().0, "sale", "it has rested long enough");
    }
}
