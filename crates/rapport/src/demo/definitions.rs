//! The definitions a shop would have: offers, placements, policy, strategy, templates, journey.

use rust_embed::RustEmbed;
use serde_json::Value;

#[derive(RustEmbed)]
#[folder = "src/demo/definitions"]
struct Files;

/// A definition as a file: `{kind}/{key}.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// For example `offer`.
    pub kind: String,
    /// The readable name within its kind.
    pub key: String,
    /// What the department would author.
    pub body: Value,
}

/// In an order in which each may name those before it.
pub const KINDS: [&str; 7] = [
    "offer_template",
    "template",
    "offer",
    "placement",
    "policy",
    "strategy",
    "journey",
];

/// All definitions of the demo, in the order of [`KINDS`], each kind by key.
pub fn all() -> Vec<Definition> {
    let mut all: Vec<Definition> = Files::iter()
        .filter_map(|path| {
            let (kind, key) = path.strip_suffix(".json")?.split_once('/')?;
            let file = Files::get(&path)?;
            Some(Definition {
                kind: kind.to_owned(),
                key: key.to_owned(),
                body: serde_json::from_slice(&file.data).expect("the files are JSON"),
            })
        })
        .collect();
    let place = |kind: &str| KINDS.iter().position(|known| *known == kind);
    all.sort_by(|a, b| (place(&a.kind), &a.key).cmp(&(place(&b.kind), &b.key)));
    all
}
