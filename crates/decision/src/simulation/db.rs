//! Simulations in the store: what was asked, what came of it, and whom it is about.

use memory::CustomerId;
use roaring::RoaringTreemap;
use store::job::JobId;
use store::{Db, Error, FromRow, Row, Timestamp, Tx, params};

use super::{NewSimulation, SimulationId, SimulationResult};

/// A simulation as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its id.
    pub id: SimulationId,
    /// The job that runs it.
    pub job: JobId,
    /// What was asked.
    pub request: NewSimulation,
    /// What came of it.
    pub result: Option<SimulationResult>,
    /// Who asked.
    pub author: String,
    /// When.
    pub created_at: Timestamp,
}

impl FromRow for Kept {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let (id, job, request) = (row.next()?, row.next()?, row.json()?);
        let result: Option<String> = row.next()?;
        Ok(Kept {
            id,
            job,
            request,
            result: result.map(|text| serde_json::from_str(&text)).transpose()?,
            author: row.next()?,
            created_at: row.next()?,
        })
    }
}

/// A group of customers of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Place of the side.
    pub side: usize,
    /// The placement.
    pub placement: String,
    /// What they have in common, for example `nothing` or `offer:winter_sale`.
    pub name: String,
    /// Who.
    pub customers: RoaringTreemap,
}

const COLUMNS: &str = "id, job_id, request, result, author, created_at";

/// Keeps a new simulation.
pub async fn insert(
    db: &Db,
    id: SimulationId,
    job: JobId,
    request: &NewSimulation,
    author: &str,
) -> Result<(), Error> {
    db.execute(
        "INSERT INTO simulations (id, job_id, request, author, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        params![id, job, serde_json::to_string(request)?, author, db.now()],
    )
    .await?;
    Ok(())
}

/// One simulation.
pub async fn get(db: &Db, id: SimulationId) -> Result<Option<Kept>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM simulations WHERE id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// The simulation that a job runs.
pub async fn of_job(db: &Db, job: JobId) -> Result<Option<Kept>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM simulations WHERE job_id = $1");
    db.fetch_optional(&sql, params![job]).await
}

/// Simulations without their results, newest first, older than `before`.
pub async fn page(db: &Db, before: SimulationId, limit: i64) -> Result<Vec<Kept>, Error> {
    let before = i64::try_from(before.0).unwrap_or(i64::MAX);
    db.fetch_all(
        "SELECT id, job_id, request, NULL, author, created_at FROM simulations
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
        params![before, limit],
    )
    .await
}

/// Keeps what came of a simulation, with the customers it is about.
pub async fn finish(
    tx: &mut Tx,
    id: SimulationId,
    result: &SimulationResult,
    groups: &[Group],
) -> Result<(), Error> {
    tx.execute(
        "UPDATE simulations SET result = $2 WHERE id = $1",
        params![id, serde_json::to_string(result)?],
    )
    .await?;
    tx.execute(
        "DELETE FROM simulation_groups WHERE simulation_id = $1",
        params![id],
    )
    .await?;
    let mut rows = Vec::with_capacity(groups.len());
    for group in groups {
        let bytes = bytes_of(&group.customers);
        let side = group.side as i64;
        rows.push(params![
            id,
            side,
            group.placement.as_str(),
            group.name.as_str(),
            bytes
        ]);
    }
    let columns = ["simulation_id", "side", "placement", "name", "customers"];
    tx.insert_many("simulation_groups", &columns, rows, "")
        .await?;
    Ok(())
}

fn bytes_of(customers: &RoaringTreemap) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(customers.serialized_size());
    let written = customers.serialize_into(&mut bytes);
    written.expect("memory takes all bytes");
    bytes
}

/// Some customers of a result; `None` when there is no such group.
pub async fn group(
    db: &Db,
    id: SimulationId,
    side: i64,
    placement: &str,
    name: &str,
) -> Result<Option<RoaringTreemap>, Error> {
    let row: Option<(Vec<u8>,)> = db
        .fetch_optional(
            "SELECT customers FROM simulation_groups
             WHERE simulation_id = $1 AND side = $2 AND placement = $3 AND name = $4",
            params![id, side, placement, name],
        )
        .await?;
    Ok(row.and_then(|(bytes,)| RoaringTreemap::deserialize_from(&bytes[..]).ok()))
}

/// Removes a simulation with everything that belongs to it.
pub async fn delete(db: &Db, id: SimulationId) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    tx.execute(
        "DELETE FROM simulation_groups WHERE simulation_id = $1",
        params![id],
    )
    .await?;
    tx.execute("DELETE FROM simulations WHERE id = $1", params![id])
        .await?;
    tx.commit().await
}

/// Takes customers out of every group.
pub async fn forget(tx: &mut Tx, customers: &[CustomerId]) -> Result<(), Error> {
    /// Groups of one page.
    const PAGE: usize = 100;
    type Key = (i64, i64, String, String);
    let mut after: Key = (-1, -1, String::new(), String::new());
    loop {
        let (id, side, placement, name) = after.clone();
        let sql = format!(
            "SELECT simulation_id, side, placement, name, customers FROM simulation_groups
             WHERE (simulation_id, side, placement, name) > ($1, $2, $3, $4)
             ORDER BY simulation_id, side, placement, name LIMIT {PAGE}"
        );
        let page: Vec<(i64, i64, String, String, Vec<u8>)> = tx
            .fetch_all(&sql, params![id, side, placement, name])
            .await?;
        let whole = page.len() < PAGE;
        for (id, side, placement, name, bytes) in page {
            after = (id, side, placement.clone(), name.clone());
            let Ok(mut group) = RoaringTreemap::deserialize_from(&bytes[..]) else {
                continue;
            };
            let removed = customers.iter().filter(|customer| group.remove(customer.0));
            if removed.count() > 0 {
                tx.execute(
                    "UPDATE simulation_groups SET customers = $5 WHERE simulation_id = $1
                         AND side = $2 AND placement = $3 AND name = $4",
                    params![id, side, placement, name, bytes_of(&group)],
                )
                .await?;
            }
        }
        if whole {
            return Ok(());
        }
    }
}
