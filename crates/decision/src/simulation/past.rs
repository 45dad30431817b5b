//! The past: the rules as they stood when a decision was made, from the versions its record names.

use store::Db;
use store::definition::{self, Definition, State};

use crate::catalog::Catalog;
use crate::catalog::record::CatalogRecord;
use crate::{cap, experiment, offer, placement, policy};

/// The definitions that a record names; those that are not there any more are left out.
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
    let caps = record
        .caps
        .iter()
        .map(|c| (cap::KIND.name, &c.key, c.version));
    let experiments = record
        .experiments
        .iter()
        .map(|(key, version)| (experiment::KIND.name, key, *version));
    let also = record
        .also
        .iter()
        .map(|(kind, key, version)| (kind.as_str(), key, *version));
    let mut found = vec![];
    let mut named: Vec<(&str, &String, i64)> = offers
        .chain(placements)
        .chain(policies)
        .chain(caps)
        .chain(experiments)
        .chain(also)
        .collect();
    // A placement stands in the record once more for each way in which experiments change it.
    named.sort_unstable();
    named.dedup();
    for (kind, key, version) in named {
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
