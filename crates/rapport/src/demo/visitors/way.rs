//! How a simulated visitor comes and with what: made up, and the same for the same visitor.

use serde_json::{Value, json};

const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
     Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/17.5 Mobile/15E148 Safari/604.1",
];

/// Campaign, or the page before; nothing for a third of the visitors.
const WAYS: [(Option<[&str; 3]>, &str); 8] = [
    (Some(["spring", "google", "cpc"]), ""),
    (Some(["newsletter_week_9", "newsletter", "email"]), ""),
    (None, "https://www.google.co.uk/"),
    (None, "https://www.bing.com/"),
    (None, "https://www.instagram.com/"),
    (None, "https://giftideas.example/lists/kitchen"),
    (None, ""),
    (None, ""),
];

/// A number that only the visitor's name decides.
fn number(name: &str) -> u64 {
    let spread = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, spread);
    hash ^ (hash >> 29)
}

/// What the context of an event tells of the way and the browser; `first` marks the first page.
pub(super) fn context(name: &str, path: &str, first: bool) -> Value {
    let number = number(name);
    let agent = AGENTS[(number % 16).min(5) as usize];
    let (campaign, referrer) = WAYS[(number / 16 % 8) as usize];
    let mut page = json!({ "path": path });
    if first && !referrer.is_empty() {
        page["referrer"] = json!(referrer);
    }
    let mut context = json!({ "page": page, "userAgent": agent });
    if let (Some([name, source, medium]), true) = (campaign, first) {
        context["campaign"] = json!({ "name": name, "source": source, "medium": medium });
    }
    context
}
