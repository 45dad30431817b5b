//! Definitions through the router, on both stores.

use axum::Router;
use serde_json::{Value, json};
use store::Db;
use store::definition::{Definition, Kind, Problem};

use super::{Across, DefinitionUse, ManagedKind};
use crate::audit;
use crate::test_support::{Answer, Caller, call, gate, router, sign_in};
use crate::user::{Permission, Role};

fn validate(body: &Value) -> Vec<Problem> {
    if body["value"].is_i64() {
        return Vec::new();
    }
    vec![Problem::new("/value", "a number is missing").hint("write 100 for one pound")]
}

static KINDS: &[ManagedKind] = &[
    ManagedKind {
        kind: Kind {
            name: "offer",
            validate,
        },
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: Kind {
            name: "policy",
            validate,
        },
        edit: Permission::EditPolicies,
    },
];

const SALE: &str = "/api/definitions/offer/sale";

async fn started(db: &Db) -> (Router, Caller) {
    let router = router(&gate(db, KINDS).await);
    (router, sign_in(db, Role::Marketer).await)
}

async fn put(router: &Router, caller: &Caller, read: Option<&str>, value: Value) -> Answer {
    let headers: Vec<(&str, &str)> = read.map(|hash| ("if-match", hash)).into_iter().collect();
    let body = Some(json!({ "body": { "value": value, "name": { "en": "Sale" } } }));
    call(router, caller, &format!("PUT {SALE}"), &headers, body).await
}

store::test! {
    async fn a_definition_lives_from_draft_to_retirement(db: Db) {
        let (router, ann) = started(&db).await;
        let made = put(&router, &ann, None, json!(1)).await;
        assert_eq!((made.status, &made.body["state"]), (201, &json!("draft")));
        assert_eq!(made.body["title"], "Sale");
        let read = call(&router, &ann, &format!("GET {SALE}"), &[], None).await;
        let etag = read.headers["etag"].to_str().unwrap().to_owned();
        assert_eq!(etag, format!("\"{}\"", read.body["hash"].as_str().unwrap()));
        let line = format!("POST {SALE}/publish");
        let published = call(&router, &ann, &line, &[], Some(json!({}))).await;
        assert_eq!((published.status, &published.body["published_version"]), (200, &json!(1)));
        let changed = put(&router, &ann, Some(&etag), json!(2)).await;
        assert_eq!((changed.status, &changed.body["version"]), (200, &json!(2)));
        let same = put(&router, &ann, changed.body["hash"].as_str(), json!(2)).await;
        assert_eq!((same.status, &same.body["changed"]), (200, &json!(false)));
        let diff = call(&router, &ann, &format!("GET {SALE}/diff"), &[], None).await;
        let change = json!({ "path": "/value", "kind": "replaced", "before": 1, "after": 2 });
        assert_eq!(diff.body, json!({ "from": 1, "to": 2, "changes": [change] }));
        let hash = changed.body["hash"].as_str().unwrap();
        let line = format!("POST {SALE}/restore");
        let old = Some(json!({ "version": 1 }));
        let restored = call(&router, &ann, &line, &[("if-match", hash)], old).await;
        assert_eq!((&restored.body["version"], &restored.body["body"]["value"]), (&json!(3), &json!(1)));
        let versions = call(&router, &ann, &format!("GET {SALE}/versions?limit=2"), &[], None).await;
        assert_eq!(versions.body["items"][0]["note"], "restored version 1");
        assert!(versions.body["next_cursor"].is_string());
        let retired = call(&router, &ann, &format!("POST {SALE}/retire"), &[], None).await;
        assert_eq!(retired.body["state"], "retired");
        let list = "GET /api/definitions/offer?state=retired";
        assert_eq!(call(&router, &ann, list, &[], None).await.body["items"][0]["key"], "sale");
    }
}

store::test! {
    async fn a_page_of_one_state_is_full_while_there_are_more(db: Db) {
        let (router, ann) = started(&db).await;
        for key in ["a", "b", "c", "d", "e"] {
            let line = format!("PUT /api/definitions/offer/{key}");
            let body = Some(json!({ "body": { "value": 1, "name": { "en": key } } }));
            assert_eq!(call(&router, &ann, &line, &[], body).await.status, 201);
        }
        for key in ["a", "b", "d"] {
            let line = format!("POST /api/definitions/offer/{key}/publish");
            assert_eq!(call(&router, &ann, &line, &[], Some(json!({}))).await.status, 200);
        }
        let retire = "POST /api/definitions/offer/b/retire";
        assert_eq!(call(&router, &ann, retire, &[], None).await.status, 200);
        for (state, keys) in [("draft", ["c", "e"].as_slice()), ("published", &["a", "d"]),
            ("retired", &["b"])] {
            let (mut found, mut cursor) = (vec![], String::new());
            loop {
                let line = format!("GET /api/definitions/offer?state={state}&limit=1{cursor}");
                let page = call(&router, &ann, &line, &[], None).await.body;
                found.push(page["items"][0]["key"].as_str().unwrap().to_owned());
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(found, keys, "{state}");
        }
    }
}

store::test! {
    async fn nobody_overwrites_what_somebody_else_has_saved(db: Db) {
        let (router, ann) = started(&db).await;
        let made = put(&router, &ann, None, json!(1)).await;
        let read = made.body["hash"].as_str();
        let blind = put(&router, &ann, None, json!(2)).await;
        assert_eq!((blind.status, &blind.body["code"]), (428, &json!("if_match_required")));
        put(&router, &ann, read, json!(3)).await;
        let late = put(&router, &ann, read, json!(4)).await;
        assert_eq!((late.status, &late.body["code"]), (412, &json!("changed_meanwhile")));
        assert_eq!((&late.body["version"], &late.body["author"]), (&json!(2), &json!("marketer")));
        let missing = call(&router, &ann, &format!("PUT {SALE}2"), &[("if-match", "x")],
            Some(json!({ "body": { "value": 1 } }))).await;
        assert_eq!(missing.status, 404);
    }
}

store::test! {
    async fn what_is_wrong_is_named_with_place_and_remedy(db: Db) {
        let (router, ann) = started(&db).await;
        let refused = put(&router, &ann, None, json!("much")).await;
        let wrong = json!([{
            "path": "/value", "message": "a number is missing", "hint": "write 100 for one pound"
        }]);
        assert_eq!((refused.status, &refused.body["errors"]), (422, &wrong));
        let body = Some(json!({ "body": {} }));
        let line = "POST /api/definitions/offer/Winter/check";
        let checked = call(&router, &ann, line, &[], body).await;
        assert_eq!((checked.status, &checked.body["valid"]), (200, &json!(false)));
        assert_eq!(checked.errors()[0]["path"], "/key");
        let unknown = call(&router, &ann, "GET /api/definitions/ofer", &[], None).await;
        assert_eq!((unknown.status, &unknown.body["hint"]),
            (404, &json!("the kinds are offer, policy")));
    }
}

store::test! {
    async fn each_kind_has_its_permission(db: Db) {
        let (router, _) = started(&db).await;
        for role in [Role::Analyst, Role::Agent, Role::Viewer] {
            let caller = sign_in(&db, role).await;
            assert_eq!(put(&router, &caller, None, json!(1)).await.status, 403);
            let list = call(&router, &caller, "GET /api/definitions/offer", &[], None).await;
            assert_eq!(list.status, 200);
        }
    }
}

store::test! {
    async fn files_come_and_go_all_or_none(db: Db) {
        let (router, ann) = started(&db).await;
        let file = |path: &str, value: Value| json!({ "path": path, "body": { "value": value } });
        let line = "POST /api/definitions/import";
        let bad = json!({ "files": [
            file("offer/sale.json", json!(1)), file("offer/two.json", json!("x")),
            file("coupon/three.json", json!(1)), file("four.txt", json!(1)),
        ]});
        let refused = call(&router, &ann, line, &[], Some(bad)).await;
        let paths = refused.error_paths();
        assert_eq!(paths, ["/files/1/body/value", "/files/2/path", "/files/3/path"]);
        let files = json!([file("offer/sale.json", json!(1)), file("policy/all.json", json!(2))]);
        let good = json!({ "files": files, "publish": true });
        let done = call(&router, &ann, line, &[], Some(good.clone())).await;
        assert_eq!(done.body["published"], json!(["offer/sale.json", "policy/all.json"]));
        let again = call(&router, &ann, line, &[], Some(good)).await;
        assert_eq!(again.body["saved"], json!([]));
        assert_eq!(again.body["published"], json!([]));
        let all = call(&router, &ann, "GET /api/definitions/export", &[], None).await;
        assert_eq!(all.body["files"], files);
        let one = "GET /api/definitions/export?kind=policy&key=all";
        assert_eq!(call(&router, &ann, one, &[], None).await.body["files"], json!([files[1]]));
    }
}

/// No two offers have one value.
fn no_value_twice(_: &str, key: &str, body: &Value, all: &[Definition]) -> Vec<Problem> {
    let same = all
        .iter()
        .find(|other| other.key != key && other.body["value"] == body["value"]);
    same.map(|other| Problem::new("/value", format!("{} has it, too", other.key)))
        .into_iter()
        .collect()
}

store::test! {
    async fn files_that_do_not_go_together_change_nothing(db: Db) {
        let gate = gate(&db, KINDS).await;
        gate.check_across(Across { kinds: &[("offer", "offer")], validate: no_value_twice, uses: named });
        let router = router(&gate);
        let ann = sign_in(&db, Role::Marketer).await;
        let file = |path: &str, value: i64| json!({"path": path, "body": {"value": value}});
        let line = "POST /api/definitions/import";
        let push = async |files: Value| {
            let wanted = json!({"files": files, "publish": true});
            call(&router, &ann, line, &[], Some(wanted)).await
        };
        assert_eq!(push(json!([file("offer/a.json", 1), file("offer/b.json", 2)])).await.status, 200);
        let audited = audit::db::head(&db).await.unwrap();

        // The first and the last are good; the second has what the last one has, and the
        // third is there twice.
        let files = json!([file("offer/a.json", 5), file("offer/c.json", 7),
            file("policy/all.json", 1), file("offer/d.json", 7)]);
        let refused = push(files).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.error_paths(), ["/files/1/body/value", "/files/3/body/value"]);
        let message = &refused.errors()[0]["message"];
        assert_eq!(message, "offer/c.json: d has it, too");
        let twice = json!([file("offer/c.json", 8), file("offer/c.json", 9)]);
        assert_eq!(push(twice).await.error_paths(), ["/files/1/path"]);

        let all = call(&router, &ann, "GET /api/definitions/export", &[], None).await;
        let before = json!([file("offer/a.json", 1), file("offer/b.json", 2)]);
        assert_eq!(all.body["files"], before, "nothing is changed");
        assert_eq!(audit::db::head(&db).await.unwrap(), audited);

        // Two may change places: what counts is how they are in the end.
        let swapped = json!([file("offer/a.json", 2), file("offer/b.json", 1)]);
        let done = push(swapped).await;
        assert_eq!(done.body["published"], json!(["offer/a.json", "offer/b.json"]), "{}", done.body);
    }
}

store::test! {
    async fn what_is_retired_does_not_come_back_by_files(db: Db) {
        let (router, ann) = started(&db).await;
        put(&router, &ann, None, json!(1)).await;
        call(&router, &ann, &format!("POST {SALE}/publish"), &[], Some(json!({}))).await;
        call(&router, &ann, &format!("POST {SALE}/retire"), &[], None).await;
        let all = call(&router, &ann, "GET /api/definitions/export", &[], None).await;
        assert_eq!(all.body["files"], json!([]));
        let one = "GET /api/definitions/export?kind=offer&key=sale";
        let one = call(&router, &ann, one, &[], None).await.body;
        assert_eq!(one["files"][0]["path"], "offer/sale.json");
        // Who pushes and publishes it wants it back.
        let push = json!({"files": one["files"], "publish": true});
        let line = "POST /api/definitions/import";
        let done = call(&router, &ann, line, &[], Some(push)).await;
        assert_eq!(done.body["published"], json!(["offer/sale.json"]));
        let back = call(&router, &ann, &format!("GET {SALE}"), &[], None).await;
        assert_eq!(back.body["state"], "published");
    }
}

store::test! {
    async fn a_publication_elsewhere_is_followed(db: Db) {
        let here = gate(&db, KINDS).await;
        let stop = tokio::sync::watch::Sender::new(false);
        let keeper = tokio::spawn(here.clone().keep(stop.subscribe()));
        let mut followed = here.published.subscribe();
        let (elsewhere, ann) = started(&db).await;
        put(&elsewhere, &ann, None, json!(1)).await;
        call(&elsewhere, &ann, &format!("POST {SALE}/publish"), &[], Some(json!({}))).await;
        let arrived = followed.wait_for(|snapshot| snapshot.of_kind("offer").count() == 1);
        let within = std::time::Duration::from_secs(5);
        tokio::time::timeout(within, arrived).await.unwrap().unwrap();
        stop.send_replace(true);
        keeper.await.unwrap();
    }
}

/// Policies name one offer.
fn named(kind: &str, key: &str, definitions: &[Definition]) -> Vec<DefinitionUse> {
    let names = |one: &&Definition| kind == "offer" && one.body["offer"] == key;
    let uses = definitions.iter().filter(names).map(|one| DefinitionUse {
        kind: one.kind.clone(),
        key: one.key.clone(),
        title: one.title.clone(),
        path: "/offer".to_owned(),
    });
    uses.collect()
}

store::test! {
    async fn what_others_in_use_name_is_only_retired_when_that_is_said(db: Db) {
        let gate = gate(&db, KINDS).await;
        gate.check_across(Across { kinds: &[], validate: no_value_twice, uses: named });
        let (router, ann) = (router(&gate), sign_in(&db, Role::Marketer).await);
        let post = async |line: &str| call(&router, &ann, &format!("POST {line}"), &[], None).await;
        let begun = async |path: &str, body: Value| {
            let line = format!("PUT /api/definitions/{path}");
            let body = json!({ "body": body });
            assert_eq!(call(&router, &ann, &line, &[], Some(body)).await.status, 201);
        };
        begun("offer/sale", json!({"value": 1})).await;
        begun("policy/calm", json!({"value": 1, "name": {"en": "Calm"}, "offer": "sale"})).await;
        let line = format!("GET {SALE}/uses");
        let uses = call(&router, &ann, &line, &[], None).await;
        assert_eq!((uses.status, uses.body), (200, json!([])), "a draft uses nothing");
        let publish = "POST /api/definitions/policy/calm/publish";
        let published = call(&router, &ann, publish, &[], Some(json!({}))).await;
        // Marketers publish policies, too.
        assert_eq!(published.status, 200, "{}", published.body);
        let uses = call(&router, &ann, &line, &[], None).await.body;
        let calm = json!({"kind": "policy", "key": "calm", "title": "Calm", "path": "/offer"});
        assert_eq!(uses, json!([calm]));
        let refused = post(&format!("{SALE}/retire")).await;
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!("in_use")));
        let [error] = refused.body["errors"].as_array().unwrap().as_slice() else { panic!() };
        assert_eq!((&error["path"], &error["message"]),
            (&json!("/policy/calm/offer"), &json!("\"Calm\" names it")));
        assert!(refused.body["hint"].as_str().unwrap().contains("although_used=true"));
        let state = call(&router, &ann, &format!("GET {SALE}"), &[], None).await;
        assert_eq!(state.body["state"], "draft");
        let retired = post(&format!("{SALE}/retire?although_used=true")).await;
        assert_eq!((retired.status, &retired.body["state"]), (200, &json!("retired")));
        assert_eq!(post("/api/definitions/offer/nothing/retire").await.status, 404);
        assert_eq!(post("/api/definitions/policy/calm/retire").await.status, 200);
    }
}

store::test! {
    async fn a_version_that_is_not_there_is_named_with_where_they_are_listed(db: Db) {
        let (router, ann) = started(&db).await;
        let made = put(&router, &ann, None, json!(1)).await;
        let hash = made.body["hash"].as_str().unwrap().to_owned();
        let version = Some(json!({ "version": 9 }));
        for (line, body) in [
            (format!("GET {SALE}/versions/9"), None),
            (format!("GET {SALE}/diff?from=9"), None),
            (format!("POST {SALE}/publish"), version.clone()),
            (format!("POST {SALE}/restore"), version),
        ] {
            let told = call(&router, &ann, &line, &[("if-match", &hash)], body).await;
            assert_eq!(told.status, 404, "{line} {}", told.body);
            assert_eq!(told.body["detail"], "there is no version 9 of offer sale");
            let hint = format!("the newest is version 1; {SALE}/versions lists them");
            assert_eq!(told.body["hint"], hint, "{line}");
        }
        let none = call(&router, &ann, "GET /api/definitions/offer/no/versions/1", &[], None).await;
        assert_eq!((none.status, &none.body["detail"]), (404, &json!("there is no offer no")));
    }
}
