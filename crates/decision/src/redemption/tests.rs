//! Redemptions: once, with whoever comes first, and the acceptance in the customer's log.

use axum::Router;
use gate::test_support::{Answer, Caller, call, gate, program, sign_in};
use gate::{Role, Scope};
use memory::interaction::ResponseKind;
use memory::log::Entry;
use memory::{CustomerId, Memory};
use serde_json::{Value, json};
use store::Db;

use super::{REDEEMED, db};
use crate::Decider;
use crate::code::db as code_db;
use crate::code::promise::PromiseState;
use crate::test_support::{ask, catalog, decider, known, offer, placement, react, with};

struct Shop {
    memory: Memory,
    decider: Decider,
    router: Router,
    till: Caller,
    marketer: Caller,
}

fn definitions() -> Vec<store::definition::Definition> {
    let creative = json!({"channel": "web", "language": "en", "title": "Sale"});
    let web = json!({"channels": ["web"], "creatives": [creative]});
    let of = |more| with(web.clone(), more);
    let bound = json!({"kind": "coupon", "worth_cents": 500, "valid_days": 2});
    let bearer = json!({"kind": "coupon", "bearer": true});
    vec![
        offer(
            "pool",
            of(json!({"code": {"kind": "pool"}, "placements": ["home"]})),
        ),
        offer(
            "bound",
            of(json!({"code": bound, "placements": ["cart"], "category": "b"})),
        ),
        offer(
            "bearer",
            of(
                json!({"code": bearer, "placements": ["side"], "category": "c",
                "variants": [{"key": "half", "value_cents": 450}]}),
            ),
        ),
        placement("home", "web", json!({})),
        placement("cart", "web", json!({})),
        placement("side", "web", json!({})),
    ]
}

async fn shop(db: &Db) -> Shop {
    let memory = Memory::open(db.clone()).await.unwrap();
    let decider = decider(&memory, &definitions()).await;
    let codes: Vec<String> = (0..50).map(|n| format!("CODE-{n:04}")).collect();
    code_db::add(db, "pool", &codes).await.unwrap();
    decider.refresh_stopped().await.unwrap();
    let (router, _) = crate::routes().split_for_parts();
    let gate = gate(db, &[]).await;
    Shop {
        router: gate::enter(router.with_state(decider.clone()), gate),
        till: program(db, &[Scope::Redeem]).await,
        marketer: sign_in(db, Role::Marketer).await,
        memory,
        decider,
    }
}

impl Shop {
    async fn code(&self, user: &str, placement: &str) -> String {
        let answer = self.decider.decide(&ask(user, &[placement])).await;
        let offer = answer.placements[0].offers[0].clone();
        offer.code.expect("it comes with a code")
    }

    async fn redeem(&self, body: Value) -> Answer {
        let body = with(json!({"redemption_id": "r1", "till": "till-1"}), body);
        call(
            &self.router,
            &self.till,
            "POST /v1/redemptions",
            &[],
            Some(body),
        )
        .await
    }

    /// How redemptions stand in a customer's log: kind, channel and till.
    async fn told(&self, customer: CustomerId) -> Vec<(ResponseKind, String, String)> {
        let page = self
            .memory
            .lake()
            .older(&[customer], u64::MAX, 100)
            .await
            .unwrap();
        let responses = page.into_iter().filter_map(|row| match row.entry {
            Entry::Response(response) if response.name.as_deref() == Some(REDEEMED) => {
                Some((response.kind, response.channel?, response.note?))
            }
            _ => None,
        });
        responses.collect()
    }

    async fn acceptances(&self, customer: CustomerId) -> usize {
        let customer = self.memory.customer(customer).await.unwrap().unwrap();
        let all = customer.state.responses.iter();
        all.filter(|response| response.kind == ResponseKind::Accept)
            .count()
    }
}

store::test! {
    async fn a_code_is_redeemed_once_and_accepts_its_offer(db: Db) {
        let shop = shop(&db).await;
        let u1 = known(&shop.memory, "u1", json!({})).await;
        let code = shop.code("u1", "home").await;
        let first = shop.redeem(json!({"code": format!(" {} ", code.to_lowercase()), "value_cents": 4200})).await;
        assert_eq!((first.status, &first.body["outcome"]), (200, &json!("redeemed")), "{}", first.body);
        assert_eq!((&first.body["offer"], &first.body["offer_version"]), (&json!("pool"), &json!(1)));
        assert_eq!(shop.acceptances(u1).await, 1);
        let repeated = shop.redeem(json!({"code": code})).await;
        assert_eq!((repeated.status, &repeated.body["outcome"]), (200, &json!("repeated")));
        db.clock().advance_ms(60_000);
        let second = shop.redeem(json!({"code": code, "redemption_id": "r2"})).await;
        assert_eq!((second.status, &second.body["code"]), (409, &json!("already_redeemed")));
        assert_eq!(second.body["first"]["redeemed_at"], first.body["first"]["redeemed_at"]);
        assert_eq!(second.body["first"]["till"], "till-1");
        // A till that was offline has given it away: kept for somebody to look at.
        let merged = shop.redeem(json!({"code": code, "redemption_id": "r3", "till": "till-2", "offline": true})).await;
        assert_eq!((merged.status, &merged.body["outcome"]), (200, &json!("double")));
        assert_eq!(shop.acceptances(u1).await, 1);
        let doubles = call(&shop.router, &shop.marketer, "GET /api/offers/pool/double-redemptions", &[], None).await;
        assert_eq!((&doubles.body[0]["till"], &doubles.body[0]["first_till"]), (&json!("till-2"), &json!("till-1")));
        let listed = call(&shop.router, &shop.marketer, "GET /api/offers/pool/redemptions", &[], None).await;
        assert_eq!(listed.body["items"][0]["value_cents"], 4200, "{}", listed.body);
        // The promise runs out: what was redeemed never goes back to the pool.
        db.clock().advance_ms(86_400_000);
        assert_eq!(shop.decider.sweep_codes().await.unwrap(), 0);
        assert_eq!(shop.redeem(json!({"code": "CODE-9999", "redemption_id": "r4"})).await.status, 404);
        assert_eq!(shop.redeem(json!({"code": "CODE-0040", "redemption_id": "r4"})).await.status, 404);
    }
}

store::test! {
    async fn a_redemption_stands_in_the_log_also_when_a_purchase_accepted_the_offer(db: Db) {
        let shop = shop(&db).await;
        let u1 = known(&shop.memory, "u1", json!({})).await;
        let answer = shop.decider.decide(&ask("u1", &["home"])).await;
        let offer = answer.placements[0].offers[0].clone();
        let contact = offer.contact_id;
        react(&shop.memory, u1, ResponseKind::Accept, contact, "pool").await;
        react(&shop.memory, u1, ResponseKind::View, contact, "pool").await;
        let state = async || shop.decider.promises(u1).await.unwrap().remove(0);
        assert_eq!(state().await.state, PromiseState::Accepted);
        let taken = shop.redeem(json!({"code": offer.code, "value_cents": 2500})).await;
        assert_eq!(taken.status, 200, "{}", taken.body);
        let promise = state().await;
        assert_eq!(promise.state, PromiseState::Redeemed);
        assert_eq!(promise.redeemed.unwrap().till, "till-1");
        // Told again, it stands there once.
        db.execute("UPDATE redemptions SET told = 0", vec![]).await.unwrap();
        db.clock().advance_ms(10_000);
        shop.decider.tell_redemptions().await.unwrap();
        assert_eq!(shop.acceptances(u1).await, 1);
        let told = shop.told(u1).await;
        assert_eq!(told, [(ResponseKind::Custom, "point_of_sale".into(), "till-1".into())]);

        // Without a purchase before, the redemption is the acceptance.
        let u2 = known(&shop.memory, "u2", json!({})).await;
        let code = shop.code("u2", "home").await;
        shop.redeem(json!({"code": code, "redemption_id": "r2"})).await;
        let told = shop.told(u2).await;
        assert_eq!(told, [(ResponseKind::Accept, "point_of_sale".into(), "till-1".into())]);
    }
}

store::test! {
    async fn coupons_are_redeemed_by_their_customer_in_time(db: Db) {
        let shop = shop(&db).await;
        let u1 = known(&shop.memory, "u1", json!({})).await;
        let bound = shop.code("u1", "cart").await;
        let bearer = shop.code("u1", "side").await;
        let nobody = shop.redeem(json!({"code": bound})).await;
        assert_eq!(nobody.body["errors"][0]["path"], "/user_id", "{}", nobody.body);
        let said = |answer: &Answer| answer.body["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(said(&nobody).contains("number is missing"), "{}", said(&nobody));
        let stranger = shop.redeem(json!({"code": bound, "user_id": "u2"})).await;
        assert_eq!(stranger.status, 422);
        assert!(said(&stranger).contains("another customer"), "{}", said(&stranger));
        let changed = bound.replace("RPC1.", "RPC1.e");
        let forged = shop.redeem(json!({"code": changed, "user_id": "u1"})).await;
        assert_eq!(forged.body["errors"][0]["path"], "/code");
        let good = shop.redeem(json!({"code": bound, "user_id": "u1"})).await;
        assert_eq!((good.status, &good.body["offer"]), (200, &json!("bound")), "{}", good.body);
        assert_eq!((&good.body["name"]["en"], &good.body["worth_cents"]), (&json!("Sale"), &json!(500)));
        assert_eq!(shop.acceptances(u1).await, 1);

        // The key is changed, and the offer is retired: what was made is honoured.
        shop.decider.rotate_coupon_keys().await.unwrap();
        shop.decider.install(catalog(&definitions()[3..])).await.unwrap();
        let body = json!({"redemptions": [
            {"redemption_id": "a", "till": "t", "code": bearer, "offline": true},
            {"redemption_id": "b", "till": "t", "code": bound, "user_id": "u1", "offline": true},
            {"redemption_id": "c", "till": "t", "code": "?"},
        ]});
        let line = "POST /v1/redemptions/batch";
        let merged = call(&shop.router, &shop.till, line, &[], Some(body)).await;
        let items = &merged.body["redemptions"];
        assert_eq!(items[0]["redeemed"]["outcome"], "redeemed", "{items}");
        assert_eq!(items[1]["redeemed"]["outcome"], "double");
        assert_eq!(items[2]["problem"], "not_found");
        let listed = call(&shop.router, &shop.marketer, "GET /api/offers/bearer/redemptions", &[], None).await;
        assert_eq!(listed.body["items"][0]["value_cents"], 450, "the variant's: {}", listed.body);

        known(&shop.memory, "u9", json!({})).await;
        shop.decider.install(catalog(&definitions())).await.unwrap();
        let late = shop.code("u9", "cart").await;
        db.clock().advance_ms(2 * 86_400_000);
        let ended = shop.redeem(json!({"code": late, "user_id": "u9", "redemption_id": "z"})).await;
        assert_eq!(ended.body["code"], "code_ended", "{}", ended.body);
    }
}

store::test! {
    async fn a_recall_refuses_what_was_given_out_unless_it_honours_it(db: Db) {
        let shop = shop(&db).await;
        known(&shop.memory, "u1", json!({})).await;
        let code = shop.code("u1", "home").await;
        let recall = async |honours: bool| {
            let body = json!({"reason": "a mistake", "honours": honours});
            let line = "PUT /api/offers/pool/recall";
            call(&shop.router, &shop.marketer, line, &[], Some(body)).await
        };
        assert_eq!(recall(false).await.status, 200);
        let refused = shop.redeem(json!({"code": code})).await;
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!("offer_recalled")));
        assert_eq!(refused.body["recall"]["reason"], "a mistake");
        recall(true).await;
        assert_eq!(shop.redeem(json!({"code": code})).await.status, 200);
    }
}

store::test! {
    async fn of_two_hundred_tills_one_redeems_a_code(db: Db) {
        let shop = shop(&db).await;
        let u1 = known(&shop.memory, "u1", json!({})).await;
        let code = shop.code("u1", "home").await;
        let mut nodes = vec![shop.decider.clone()];
        if !db.exclusive() {
            let second = Decider::new(Memory::open(db.clone()).await.unwrap());
            second.install(catalog(&definitions())).await.unwrap();
            nodes.push(second);
        }
        let mut tills = tokio::task::JoinSet::new();
        for n in 0..200 {
            let node = nodes[n % nodes.len()].clone();
            let new: super::NewRedemption = serde_json::from_value(json!({
                "redemption_id": format!("r{n}"), "till": format!("t{n}"), "code": code,
            })).unwrap();
            tills.spawn(async move { node.redeem(&new).await.unwrap() });
        }
        let (mut redeemed, mut refused) = (0, 0);
        while let Some(done) = tills.join_next().await {
            match done.unwrap() {
                Ok(_) => redeemed += 1,
                Err(super::Refused::Already(_)) => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((redeemed, refused), (1, 199));
        assert_eq!(shop.acceptances(u1).await, 1);
        assert_eq!(db::count(&db, "pool").await.unwrap(), 1);
        // A node that stopped before it told the log leaves that to whoever comes next.
        db.execute("UPDATE redemptions SET told = 0", vec![]).await.unwrap();
        db.clock().advance_ms(10_000);
        shop.decider.tell_redemptions().await.unwrap();
        assert_eq!(shop.acceptances(u1).await, 1);
        let before = db.now();
        assert!(db::untold(&db, before, 10).await.unwrap().is_empty());
    }
}

#[test]
fn every_problem_of_redemptions_has_a_page() {
    for code in super::api::CODES {
        let page = format!(
            "{}/../../docs/errors/{}.md",
            env!("CARGO_MANIFEST_DIR"),
            code.name
        );
        assert!(std::path::Path::new(&page).exists(), "{page}");
    }
}
