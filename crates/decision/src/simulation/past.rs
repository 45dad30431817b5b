//! The past: the rules as they stood when a decision was made, from the versions its record names.

use std::collections::BTreeSet;

use store::Db;
use store::definition::{self, Definition, State};

use crate::catalog::Catalog;
use crate::catalog::record::CatalogRecord;
use crate::{cap, offer, offer_list, placement, policy, segment, suppression, targeting};

/// Kinds of which records name no versions: what is published of them now is used.
const AS_NOW: [&str; 3] = [
    segment::KIND.name,
    offer_list::KIND.name,
    suppression::KIND.name,
];

/// The definitions that a record names, and those of today that it refers to without a version;
/// those that are not there any more are left out.
pub async fn definitions(db: &Db, record: &CatalogRecord) -> Result<Vec<Definition>, store::Error> {
    let offers = record
        .offers
        .iter()
        .map(|o| (offer::KIND.name, &o.key, o.version));
    let placements = record
        .placements
        .iter()
        .map(|p| (placement::KIND.name, &p.key, p.version));
    let policies = record
        .policies
        .iter()
        .map(|(key, version)| (policy::KIND.name, key, *version));
    let caps = record.caps.iter();
    let caps = caps.map(|cap| (cap::KIND.name, &cap.key, cap.version));
    let own = record.placements.iter().filter_map(|p| p.strategy.as_ref());
    let strategies: BTreeSet<_> = record.strategy.iter().chain(own).collect();
    let strategies = strategies.into_iter();
    let strategies =
        strategies.map(|(key, version)| (targeting::strategy::KIND.name, key, *version));
    let named = offers.chain(placements).chain(policies).chain(caps);
    let mut found = definition::published(db).await?;
    found.retain(|one| AS_NOW.contains(&one.kind.as_str()));
    for (kind, key, version) in named.chain(strategies) {
        if let Some(mut definition) = definition::version(db, kind, key, version).await? {
            definition.state = State::Published;
            found.push(definition);
        }
    }
    Ok(found)
}

/// The rules of a record made ready again; `None` when they do not come out as they were.
pub async fn catalog(
    db: &Db,
    hash: &str,
    record: &CatalogRecord,
) -> Result<Option<Catalog>, store::Error> {
    let (catalog, _) = Catalog::compile(&definitions(db, record).await?);
    Ok((catalog.hash == hash).then_some(catalog))
}
