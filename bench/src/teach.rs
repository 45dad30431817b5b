//! Teaching: customers accept and reject offers before B2 is timed, so that decisions rest on
//! models that have learned something.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, bail};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::decide::category_of;
use crate::program::Program;
use crate::work::{Chance, Work};

/// Requests under way at once.
const AT_ONCE: usize = 32;
/// How long learning may take to follow, in tenths of a second.
const PATIENCE: u32 = 300;
/// The seed of the lessons: other customers and chances than those that are timed.
const SEED: u64 = 5;

/// Lets so many customers be asked and react; returns how many reactions were learned.
pub async fn teach(program: &Program, customers: u64, lessons: u64) -> anyhow::Result<usize> {
    let told: BTreeSet<Option<String>> = stream::iter(0..lessons)
        .map(|number| lesson(program, customers, number))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let told = told.iter().flatten().count();
    for _ in 0..PATIENCE {
        if settled(program).await? >= told as f64 {
            return Ok(told);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("{told} reactions were not learned within half a minute")
}

/// One customer is asked and reacts to the offer, if there is one; the contact.
async fn lesson(program: &Program, customers: u64, number: u64) -> anyhow::Result<Option<String>> {
    let request = Work::Decide { customers }.body(SEED, number);
    let answer = program
        .send("/v1/decisions", serde_json::from_str(&request)?)
        .await?;
    let offers = answer["placements"][0]["offers"].as_array();
    let Some(shown) = offers.and_then(|offers| offers.first()) else {
        return Ok(None);
    };
    let contact = shown["contact_id"].as_str().context("an offer's contact")?;
    // A customer likes what has to do with the page.
    let offer = shown["offer"].as_str().context("an offer's key")?;
    let fits = request.contains(category_of(offer)?);
    let accepts = Chance::new(SEED, number).below(20) < if fits { 6 } else { 1 };
    let kind = if accepts { "accept" } else { "reject" };
    let told = json!({ "contact_id": contact, "kind": kind });
    program.send("/v1/responses", told).await?;
    Ok(Some(contact.to_owned()))
}

/// How many outcomes all models know.
async fn settled(program: &Program) -> anyhow::Result<f64> {
    let models = program.get("/api/learning/models?limit=500").await?;
    let models = models["items"].as_array().context("a list of models")?;
    let counts = models.iter().map(|model| model["settled_count"].as_f64());
    Ok(counts.map(Option::unwrap_or_default).sum())
}
