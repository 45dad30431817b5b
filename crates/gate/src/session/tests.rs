//! Sessions through the router, on both stores.

use serde_json::{Value, json};
use store::Db;

use super::{ABSOLUTE_MS, IDLE_MS};
use crate::test_support::{Answer, Caller, call, gate, router, sign_in};
use crate::user::Role;

const PASSWORD: &str = "violet tractor 9";

fn first() -> Option<Value> {
    Some(json!({ "email": "Ann@Example.com", "name": "Ann", "password": PASSWORD }))
}

fn credentials(email: &str, password: &str) -> Option<Value> {
    Some(json!({ "email": email, "password": password }))
}

/// The browser that an answer has signed in.
fn browser(answer: &Answer) -> Caller {
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=604800"),
        "{cookie}"
    );
    let token = cookie
        .strip_prefix("__Host-rapport=")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    Caller::Browser(token.to_owned())
}

store::test! {
    async fn the_first_administrator_is_made_once_even_by_two_at_a_time(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let nobody = Caller::Stranger;
        let state = call(&router, &nobody, "GET /api/setup", &[], None).await;
        assert_eq!(state.body, json!({ "needed": true }));
        let weak = json!({ "email": "ann", "name": "", "password": "short" });
        let refused = call(&router, &nobody, "POST /api/setup", &[], Some(weak)).await;
        let paths = refused.error_paths();
        assert_eq!((refused.status, paths), (422, vec!["/email", "/name", "/password"]));
        let (one, two) = tokio::join!(
            call(&router, &nobody, "POST /api/setup", &[], first()),
            call(&router, &nobody, "POST /api/setup", &[], first()),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let state = call(&router, &nobody, "GET /api/setup", &[], None).await;
        assert_eq!(state.body, json!({ "needed": false }));
    }
}

store::test! {
    async fn a_person_signs_in_and_out(db: Db) {
        let router = router(&gate(&db, &[]).await);
        call(&router, &Caller::Stranger, "POST /api/setup", &[], first()).await;
        let right = credentials("ann@example.com", PASSWORD);
        let signed = call(&router, &Caller::Stranger, "POST /api/session", &[], right).await;
        let ann = browser(&signed);
        let session = call(&router, &ann, "GET /api/session", &[], None).await;
        assert_eq!(session.status, 200);
        assert_eq!(session.body["user"]["role"], "administrator");
        assert_eq!(session.body["csrf_token"], signed.body["csrf_token"]);
        assert_eq!(call(&router, &ann, "DELETE /api/session", &[], None).await.status, 204);
        assert_eq!(call(&router, &ann, "GET /api/session", &[], None).await.status, 401);
    }
}

store::test! {
    async fn a_wrong_password_and_an_unknown_account_are_answered_alike(db: Db) {
        let router = router(&gate(&db, &[]).await);
        call(&router, &Caller::Stranger, "POST /api/setup", &[], first()).await;
        let mut answers = Vec::new();
        for email in ["ann@example.com", "bob@example.com"] {
            let wrong = credentials(email, "violet tractor 8");
            let mut answer = call(&router, &Caller::Stranger, "POST /api/session", &[], wrong).await;
            answer.body["trace_id"].take();
            answers.push((answer.status, answer.body));
        }
        assert_eq!((answers[0].0, &answers[0].1["code"]), (401, &json!("wrong_credentials")));
        assert_eq!(answers[0], answers[1]);
    }
}

store::test! {
    async fn too_many_sign_ins_have_to_wait(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let mut last = None;
        for _ in 0..11 {
            let wrong = credentials("ann@example.com", "violet tractor 8");
            last = Some(call(&router, &Caller::Stranger, "POST /api/session", &[], wrong).await);
        }
        let last = last.unwrap();
        assert_eq!((last.status, &last.body["code"]), (429, &json!("too_many_requests")));
        assert!(last.headers.contains_key("retry-after"));
    }
}

store::test! {
    async fn a_session_ends_when_idle_and_at_the_latest_after_a_week(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let status = async |caller: &Caller| {
            call(&router, caller, "GET /api/session", &[], None).await.status
        };
        let idle = sign_in(&db, Role::Viewer).await;
        db.clock().advance_ms(IDLE_MS - 1);
        assert_eq!(status(&idle).await, 200);
        db.clock().advance_ms(IDLE_MS);
        assert_eq!(status(&idle).await, 401);
        let busy = sign_in(&db, Role::Viewer).await;
        for _ in 1..ABSOLUTE_MS / (IDLE_MS / 2) {
            db.clock().advance_ms(IDLE_MS / 2);
            assert_eq!(status(&busy).await, 200);
        }
        db.clock().advance_ms(IDLE_MS / 2);
        assert_eq!(status(&busy).await, 401);
    }
}

store::test! {
    async fn what_the_store_holds_opens_no_door(db: Db) {
        let router = router(&gate(&db, &[]).await);
        sign_in(&db, Role::Administrator).await;
        let rows: Vec<(String,)> = db
            .fetch_all("SELECT token_hash FROM sessions", vec![])
            .await
            .unwrap();
        let thief = Caller::Browser(rows[0].0.clone());
        assert_eq!(call(&router, &thief, "GET /api/users", &[], None).await.status, 401);
    }
}

store::test! {
    async fn a_change_by_cookie_needs_the_token_against_forgery(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let Caller::Browser(token) = sign_in(&db, Role::Administrator).await else { panic!() };
        let cookie = format!("other=1; __Host-rapport={token}");
        let wrong = "0".repeat(43);
        let other = super::csrf_token("another session");
        for sent in [None, Some(&wrong), Some(&other)] {
            let mut headers = vec![("cookie", cookie.as_str())];
            headers.extend(sent.map(|value| ("x-csrf-token", value.as_str())));
            let body = Some(json!({ "name": "x", "scopes": ["ingest"] }));
            let answer = call(&router, &Caller::Stranger, "POST /api/keys", &headers, body).await;
            assert_eq!((answer.status, &answer.body["code"]), (403, &json!("csrf_token")));
        }
        let read = [("cookie", cookie.as_str())];
        let answer = call(&router, &Caller::Stranger, "GET /api/keys", &read, None).await;
        assert_eq!(answer.status, 200);
    }
}
