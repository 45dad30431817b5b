//! Accounts through the router, on both stores.

use serde_json::json;
use store::Db;

use super::Role;
use crate::test_support::{Caller, call, gate, router, sign_in};

const PASSWORD: &str = "violet tractor 9";

store::test! {
    async fn an_administrator_makes_accounts_and_closes_them(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let ann = sign_in(&db, Role::Administrator).await;
        let new = json!({
            "email": " Bob@Example.com ", "name": "Bob", "role": "agent", "password": PASSWORD
        });
        let made = call(&router, &ann, "POST /api/users", &[], Some(new.clone())).await;
        assert_eq!((made.status, &made.body["email"]), (201, &json!("bob@example.com")));
        let again = call(&router, &ann, "POST /api/users", &[], Some(new)).await;
        assert_eq!((again.status, &again.body["code"]), (409, &json!("conflict")));
        let line = format!("PATCH /api/users/{}", made.body["id"].as_str().unwrap());
        let closed = call(&router, &ann, &line, &[], Some(json!({ "disabled": true }))).await;
        assert_eq!(closed.body["disabled"], true);
        let body = Some(json!({ "email": "bob@example.com", "password": PASSWORD }));
        let refused = call(&router, &Caller::Stranger, "POST /api/session", &[], body).await;
        assert_eq!(refused.status, 401);
        let page = call(&router, &ann, "GET /api/users?limit=1", &[], None).await;
        let line = format!("GET /api/users?cursor={}", page.body["next_cursor"].as_str().unwrap());
        let rest = call(&router, &ann, &line, &[], None).await;
        assert_eq!(rest.body["items"][0]["name"], "Bob");
        assert!(rest.body.get("next_cursor").is_none());
    }
}

store::test! {
    async fn one_administrator_always_remains(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let ann = sign_in(&db, Role::Administrator).await;
        for change in [json!({ "disabled": true }), json!({ "role": "marketer" })] {
            let answer = call(&router, &ann, "PATCH /api/users/usr_1", &[], Some(change)).await;
            assert_eq!((answer.status, &answer.body["code"]), (409, &json!("last_administrator")));
        }
        let bob = sign_in(&db, Role::Administrator).await;
        // Each wants the other gone at the same moment: one of them must stay.
        let off = Some(json!({ "disabled": true }));
        let (one, two) = tokio::join!(
            call(&router, &ann, "PATCH /api/users/usr_2", &[], off.clone()),
            call(&router, &bob, "PATCH /api/users/usr_1", &[], off),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert!(statuses == [200, 401] || statuses == [200, 409], "{statuses:?}");
    }
}

store::test! {
    async fn a_closed_account_is_out_at_once_and_a_new_role_counts_at_once(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let ann = sign_in(&db, Role::Administrator).await;
        let bob = sign_in(&db, Role::Viewer).await;
        let promoted = Some(json!({ "role": "administrator" }));
        call(&router, &ann, "PATCH /api/users/usr_2", &[], promoted).await;
        assert_eq!(call(&router, &bob, "GET /api/users", &[], None).await.status, 200);
        let off = Some(json!({ "disabled": true }));
        call(&router, &ann, "PATCH /api/users/usr_2", &[], off).await;
        assert_eq!(call(&router, &bob, "GET /api/users", &[], None).await.status, 401);
    }
}

store::test! {
    async fn a_new_password_ends_the_sessions(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let ann = sign_in(&db, Role::Administrator).await;
        let bob = sign_in(&db, Role::Viewer).await;
        let weak = Some(json!({ "password": "password1234" }));
        let refused = call(&router, &ann, "POST /api/users/usr_2/password", &[], weak).await;
        assert_eq!((refused.status, &refused.errors()[0]["path"]), (422, &json!("/password")));
        let new = Some(json!({ "password": PASSWORD }));
        let answer = call(&router, &ann, "POST /api/users/usr_2/password", &[], new).await;
        assert_eq!(answer.status, 204);
        assert_eq!(call(&router, &bob, "GET /api/session", &[], None).await.status, 401);
    }
}

store::test! {
    async fn ones_own_password_needs_the_old_one_and_keeps_this_session(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let first = Some(json!({ "email": "ann@example.com", "name": "Ann", "password": PASSWORD }));
        let made = call(&router, &Caller::Stranger, "POST /api/setup", &[], first).await;
        let cookie = made.headers["set-cookie"].to_str().unwrap();
        let token = cookie.split(['=', ';']).nth(1).unwrap();
        let ann = Caller::Browser(token.to_owned());
        let change = |old: &str| Some(json!({ "current": old, "password": "violet tractor 10" }));
        let line = "POST /api/session/password";
        assert_eq!(call(&router, &ann, line, &[], change("violet tractor 8")).await.status, 422);
        assert_eq!(call(&router, &ann, line, &[], change(PASSWORD)).await.status, 204);
        assert_eq!(call(&router, &ann, "GET /api/session", &[], None).await.status, 200);
    }
}
