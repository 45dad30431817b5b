//! The demo shop: a few pages that use the browser tag as any site would.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use serde_json::json;

use super::orders::Known;
use super::products::{Product, Products};

#[derive(RustEmbed)]
#[folder = "src/demo/shop"]
struct Files;

/// What the shop must know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A key of a page; everybody can read it, as on every site.
    pub key: String,
    /// A key that may redeem, as a till has one.
    pub till_key: String,
    /// Customers with a history whom a person can sign in as.
    pub customers: Vec<Known>,
}

struct Shop {
    settings: String,
    customers: String,
    till_key: String,
    products: String,
}

/// The shop under `/shop`.
pub fn routes(settings: &Settings, products: &Products) -> Router {
    let shelf: Vec<&Product> = products.shelf().collect();
    let shop = Shop {
        settings: format!("window.shopSettings = {}\n", json!({ "key": settings.key })),
        customers: format!("window.shopCustomers = {}\n", json!(settings.customers)),
        till_key: json!({ "key": settings.till_key }).to_string(),
        products: serde_json::to_string(&shelf).expect("products are plain data"),
    };
    // plain routes: pages of the shop, for browsers.
    Router::new()
        .route("/shop", get(home))
        .route("/shop/", get(home))
        .route("/shop/settings.js", get(configuration))
        .route("/shop/customers.js", get(customers))
        .route("/shop/products.json", get(shelf_list))
        .route("/shop/till-key.json", get(till_key))
        .route("/shop/till-worker.js", get(till_worker))
        .route("/shop/assets/{file}", get(asset))
        .route("/shop/{page}", get(plain_page))
        .route("/shop/{page}/{id}", get(page_of))
        .with_state(Arc::new(shop))
}

async fn home() -> Response {
    page("home")
}

async fn plain_page(Path(name): Path<String>) -> Response {
    page(&name)
}

async fn page_of(Path((name, _)): Path<(String, String)>) -> Response {
    page(&name)
}

async fn configuration(State(shop): State<Arc<Shop>>) -> Response {
    file("text/javascript", shop.settings.clone().into_bytes())
}

async fn customers(State(shop): State<Arc<Shop>>) -> Response {
    file("text/javascript", shop.customers.clone().into_bytes())
}

/// For the till alone, which asks whenever it redeems: nothing on the way may keep it.
async fn till_key(State(shop): State<Arc<Shop>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, shop.till_key.clone()).into_response()
}

/// Stands above the assets, because a browser lets a worker serve only what is beside or below it.
async fn till_worker() -> Response {
    let worker = Files::get("till-worker.js").expect("it is built into the program");
    file("text/javascript", worker.data.into_owned())
}

async fn shelf_list(State(shop): State<Arc<Shop>>) -> Response {
    file("application/json", shop.products.clone().into_bytes())
}

async fn asset(Path(name): Path<String>) -> Response {
    match Files::get(&format!("assets/{name}")) {
        Some(found) => file(found.metadata.mimetype(), found.data.into_owned()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A page is the layout with the page's own part in it.
fn page(name: &str) -> Response {
    let known = name != "layout" && !name.contains(['/', '.']);
    let part = known.then(|| Files::get(&format!("{name}.html"))).flatten();
    let (Some(layout), Some(part)) = (Files::get("layout.html"), part) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let layout = String::from_utf8_lossy(&layout.data).into_owned();
    let whole = layout.replace("<!-- main -->", &String::from_utf8_lossy(&part.data));
    file("text/html; charset=utf-8", whole.into_bytes())
}

fn file(kind: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use decision::coupon::{self, Coupon, CouponKey, PublicKey};
    use http_body_util::BodyExt;
    use store::Timestamp;
    use tower::ServiceExt;

    use super::*;
    use crate::demo::orders::Wish;
    use crate::demo::products;

    async fn get(path: &str) -> (StatusCode, String) {
        let settings = Settings {
            key: "key_1".to_owned(),
            till_key: "key_2".to_owned(),
            customers: vec![Known {
                email: "customer-17984@example.com".to_owned(),
                orders: 9,
                language: "en",
                mail: Wish::Granted,
            }],
        };
        let shop = routes(&settings, &products::load());
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = shop.oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn every_page_of_the_shop_answers_with_its_part_in_the_layout() {
        for (path, part) in [
            ("/shop", "home_banner"),
            ("/shop/", "home_banner"),
            ("/shop/category/lighting", "category_banner"),
            ("/shop/product/85123A", "id=\"add\""),
            ("/shop/cart", "cart_cross_sell"),
            ("/shop/checkout", "id=\"order\""),
            ("/shop/thanks/W1", "id=\"number\""),
            ("/shop/sign-in", "id=\"sign-in\""),
            ("/shop/till", "id=\"till\""),
        ] {
            let (status, body) = get(path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(body.contains(part) && body.contains("</html>"), "{path}");
        }
    }

    /// What the till's own verifier says of a coupon: the offer, or the text of its reason.
    fn verified(code: &str, keys: &[PublicKey], user: &str) -> String {
        let program = format!(
            "import {{ verify }} from '{}/src/demo/shop/assets/coupon.js'\n\
             const found = await verify({}, {}, {})\n\
             console.log(found.coupon?.o ?? found.reason)",
            env!("CARGO_MANIFEST_DIR"),
            json!(code),
            json!(keys),
            json!(user),
        );
        let mut node = std::process::Command::new("node");
        let output = node.args(["--input-type=module", "-e", &program]).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }

    #[test]
    fn the_till_verifies_coupons_without_asking() {
        let key = CouponKey::new(1, &[1; 32], Timestamp(0));
        let coupon = Coupon {
            key: 1,
            serial: 77,
            offer: "store_voucher".into(),
            worth_cents: 500,
            currency: "GBP".into(),
            ends_s: 32_503_680_000,
            holder: Some(coupon::holder(77, "C-1")),
        };
        let bound = key.sign(&coupon);
        let keys = [key.public()];
        assert_eq!(verified(&bound, &keys, "C-1"), "store_voucher");
        assert_eq!(verified(&bound, &keys, ""), "customerMissing");
        assert_eq!(verified(&bound, &keys, "C-2"), "customerOther");
        assert_eq!(verified(&bound, &[], "C-1"), "couponKey");
        let other = CouponKey::new(1, &[2; 32], Timestamp(0));
        assert_eq!(verified(&bound, &[other.public()], "C-1"), "couponWrong");
        let forged = bound.replace("RPC1.e", "RPC1.f");
        for changed in ["RPC1.", "RPC1.a.b", forged.as_str()] {
            assert_eq!(verified(changed, &keys, "C-1"), "couponWrong", "{changed}");
        }
        let ended = key.sign(&Coupon {
            ends_s: 1,
            holder: None,
            ..coupon
        });
        assert_eq!(verified(&ended, &keys, ""), "codeEnded");
    }

    #[tokio::test]
    async fn the_till_keeps_every_file_that_a_page_loads_and_nobodys_key_or_address() {
        let (_, worker) = get("/shop/till-worker.js").await;
        let (_, after) = worker.split_once("const files = [").unwrap();
        let (list, _) = after.split_once(']').unwrap();
        let quoted = |line| str::strip_suffix(str::strip_prefix(line, "'")?, "',");
        let kept: Vec<&str> = list.lines().map(str::trim).filter_map(quoted).collect();
        let assets = Files::iter().filter(|name| name.starts_with("assets/"));
        let assets: Vec<String> = assets.map(|name| format!("/shop/{name}")).collect();
        let mut wanted: Vec<&str> = assets.iter().map(String::as_str).collect();
        wanted.extend(["/shop/till", "/shop/settings.js", "/shop/products.json"]);
        wanted.push("/tag.js");
        assert_eq!(sorted(kept.clone()), sorted(wanted));
        for path in kept.into_iter().filter(|path| path.starts_with("/shop/")) {
            let (status, body) = get(path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            for secret in ["key_2", "customer-17984"] {
                assert!(!body.contains(secret), "{path}");
            }
        }
    }

    fn sorted(mut paths: Vec<&str>) -> Vec<&str> {
        paths.sort_unstable();
        paths
    }

    #[tokio::test]
    async fn what_is_not_a_page_is_not_found() {
        for path in ["/shop/layout", "/shop/nothing", "/shop/assets/nothing.js"] {
            assert_eq!(get(path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn the_shop_tells_its_scripts_the_key_and_the_products() {
        let (_, settings) = get("/shop/settings.js").await;
        assert_eq!(settings, "window.shopSettings = {\"key\":\"key_1\"}\n");
        let (_, customers) = get("/shop/customers.js").await;
        assert!(customers.contains("\"mail\":\"granted\""));
        assert_eq!(get("/shop/till-key.json").await.1, "{\"key\":\"key_2\"}");
        let (_, products) = get("/shop/products.json").await;
        let products: Vec<serde_json::Value> = serde_json::from_str(&products).unwrap();
        assert_eq!(products.len(), 288);
        assert_eq!(products[0]["product_id"], "85123A");
    }
}
