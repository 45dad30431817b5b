//! API keys through the router, on both stores.

use axum::http::{HeaderMap, HeaderValue};
use serde_json::json;
use store::Db;

use super::{Holder, Scope, presented};
use crate::problem::code;
use crate::test_support::{Caller, call, gate, program, router, sign_in};
use crate::user::Role;

store::test! {
    async fn a_key_is_shown_once_revoked_at_once_and_rotated(db: Db) {
        let gate = gate(&db, &[]).await;
        let router = router(&gate);
        let ann = sign_in(&db, Role::Administrator).await;
        let new = Some(json!({ "name": "shop", "scopes": ["manage", "manage"] }));
        let issued = call(&router, &ann, "POST /api/keys", &[], new).await;
        let secret = issued.body["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("rpk_") && secret.len() == 36);
        assert_eq!(issued.body["scopes"], json!(["manage"]));
        let kept: Vec<(String,)> = db
            .fetch_all("SELECT secret_hash FROM api_keys", vec![])
            .await
            .unwrap();
        assert_ne!(kept[0].0, secret);
        let list = call(&router, &ann, "GET /api/keys", &[], None).await;
        assert!(!list.body.to_string().contains(&secret));
        let shop = Caller::Program(secret);
        assert_eq!(call(&router, &shop, "GET /api/definitions", &[], None).await.status, 200);
        let rotated = call(&router, &ann, "POST /api/keys/key_1/rotate", &[], None).await;
        let new = Caller::Program(rotated.body["secret"].as_str().unwrap().to_owned());
        assert_eq!(call(&router, &shop, "GET /api/definitions", &[], None).await.status, 401);
        assert_eq!(call(&router, &new, "GET /api/definitions", &[], None).await.status, 200);
        assert_eq!(call(&router, &ann, "DELETE /api/keys/key_1", &[], None).await.status, 204);
        assert_eq!(call(&router, &new, "GET /api/definitions", &[], None).await.status, 401);
        gate.keys.write_use(&db).await.unwrap();
        let list = call(&router, &ann, "GET /api/keys", &[], None).await;
        assert_eq!(list.body["items"][0]["last_used_at"], json!(db.now()));
        let again = call(&router, &ann, "POST /api/keys/key_1/rotate", &[], None).await;
        assert_eq!(again.status, 409);
    }
}

store::test! {
    async fn a_key_opens_only_what_its_scopes_name(db: Db) {
        let gate = gate(&db, &[]).await;
        let router = router(&gate);
        let Caller::Program(secret) = program(&db, &[Scope::Ingest]).await else { panic!() };
        let key = gate.keys.find(&db, &secret, "local").await.unwrap();
        assert!(key.require(Scope::Ingest).is_ok());
        assert_eq!(key.require(Scope::Decide).unwrap_err().code(), code::SCOPE_MISSING);
        assert_eq!(key.require_or_page(Scope::Ingest).unwrap(), Holder::Program);
        assert_eq!(key.require_or_page(Scope::Decide).unwrap_err().code(), code::SCOPE_MISSING);
        let Caller::Program(page) = program(&db, &[Scope::Page]).await else { panic!() };
        let page = gate.keys.find(&db, &page, "local").await.unwrap();
        assert_eq!(page.require_or_page(Scope::Decide).unwrap(), Holder::Page);
        assert_eq!(page.require(Scope::Decide).unwrap_err().code(), code::SCOPE_MISSING);
        let shop = Caller::Program(secret);
        let refused = call(&router, &shop, "GET /api/definitions", &[], None).await;
        assert_eq!((refused.status, &refused.body["code"]), (403, &json!("scope_missing")));
    }
}

store::test! {
    async fn a_key_for_management_cannot_make_people_or_keys(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let robot = program(&db, &[Scope::Manage]).await;
        for line in ["GET /api/users", "GET /api/keys"] {
            assert_eq!(call(&router, &robot, line, &[], None).await.status, 403, "{line}");
        }
        assert_eq!(call(&router, &robot, "GET /api/audit", &[], None).await.status, 200);
    }
}

store::test! {
    async fn a_new_key_says_what_is_wrong_with_it(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let ann = sign_in(&db, Role::Administrator).await;
        let new = Some(json!({ "name": " ", "scopes": [], "source_id": "src_77" }));
        let refused = call(&router, &ann, "POST /api/keys", &[], new).await;
        let paths = refused.error_paths();
        assert_eq!((refused.status, paths), (422, vec!["/name", "/scopes", "/source_id"]));
        let typo = Some(json!({ "name": "x", "scopes": ["ingest", "decied"] }));
        let refused = call(&router, &ann, "POST /api/keys", &[], typo).await;
        assert_eq!(refused.errors()[0]["path"], "/scopes/1");
    }
}

#[test]
fn a_secret_is_found_in_every_form_that_clients_send() {
    let secret_in = |name: &'static str, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        presented(&headers)
    };
    for (name, value) in [
        ("authorization", "Bearer rpk_x"),
        ("authorization", "Basic cnBrX3g6"),
        ("authorization", "basic cnBrX3g="),
        ("x-api-key", "rpk_x"),
        ("x-write-key", "rpk_x"),
    ] {
        assert_eq!(
            secret_in(name, value).as_deref(),
            Some("rpk_x"),
            "{name}: {value}"
        );
    }
    assert_eq!(secret_in("authorization", "Digest x"), None);
}
