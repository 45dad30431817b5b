//! Uploads into customer tables: chunk after chunk, each counted once, whoever sends it again.

pub mod api;

use std::collections::HashMap;

use memory::criteria::recognise_instant;
use memory::identity::IdentifierKind;
use memory::{CustomerId, Memory};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use store::definition::{Problem, ProblemCode};
use utoipa::ToSchema;

use super::{CustomerTable, EVERY_OFFER, Kind};
use crate::catalog::Catalog;

/// The most rows of one chunk.
pub const LARGEST_CHUNK: usize = 5_000;

store::id!(
    /// An upload into a customer table.
    UploadId,
    "upl"
);

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Rows are being sent.
    Open,
    /// It is complete and in effect.
    Done,
}

impl UploadState {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            UploadState::Open => "open",
            UploadState::Done => "done",
        }
    }

    pub(super) fn of_word(word: &str) -> UploadState {
        match word {
            "done" => UploadState::Done,
            _ => UploadState::Open,
        }
    }
}

/// An upload into a customer table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TableUpload)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Key of the table.
    pub table: String,
    /// What it is called, for example the name of the file.
    pub name: String,
    /// Where it stands.
    pub state: UploadState,
    /// True when rows that it does not bring are removed at its end.
    pub replaces: bool,
    /// The number of the row to go on with, from 0.
    pub next_row: i64,
    /// Rows that can be used.
    pub accepted_count: i64,
    /// Rows that cannot, for example because nobody has that identifier.
    pub rejected_count: i64,
    /// Who sends it.
    pub author: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last went on.
    pub updated_at: Timestamp,
}

/// A row that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Whose.
    pub customer_id: CustomerId,
    /// Key of the offer.
    pub offer: String,
    /// The score or the rank.
    pub figure: f64,
    /// Until when it counts.
    pub expires_at: Option<Timestamp>,
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TableReject)]
pub struct Reject {
    /// Its number in the upload, from 0.
    pub row_number: i64,
    /// Why: `unknown_identifier`, `unknown_offer`, `wrong_figure`, `wrong_date`, `nobody_named`.
    pub reason: String,
    /// What stood there.
    pub detail: String,
}

/// Columns that name the customer, in the order in which they are asked.
const NAMES: [(&str, IdentifierKind); 5] = [
    ("user_id", IdentifierKind::UserId),
    ("email", IdentifierKind::Email),
    ("loyalty_card", IdentifierKind::LoyaltyCard),
    ("phone", IdentifierKind::Phone),
    ("anonymous_id", IdentifierKind::AnonymousId),
];

/// One row as it was sent: column → text.
pub type Sent = Map<String, Value>;

/// The rows of a CSV text with a line of headings.
pub fn csv_rows(text: &[u8]) -> Result<Vec<Sent>, Problem> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text);
    let headings = reader.headers().map_err(no_row)?.clone();
    let mut rows = vec![];
    for record in reader.records() {
        let record = record.map_err(no_row)?;
        let cells = headings.iter().zip(record.iter());
        let cells = cells.filter(|(_, cell)| !cell.is_empty());
        let cell = |(name, cell): (&str, &str)| {
            (
                name.trim_start_matches('\u{feff}').to_owned(),
                Value::from(cell),
            )
        };
        rows.push(cells.map(cell).collect());
    }
    Ok(rows)
}

/// What is wrong with a text that is no CSV.
fn no_row(error: csv::Error) -> Problem {
    let csv::ErrorKind::UnequalLengths {
        pos,
        expected_len: columns,
        len: cells,
    } = error.kind()
    else {
        let said = (ProblemCode::NotATable, format!("this is no CSV: {error}"));
        return Problem::new("", said).hint("send a line of headings, then the rows");
    };
    let line = pos.as_ref().map_or(0, csv::Position::line);
    let message = format!("line {line} has {cells} cells, the headings are {columns}");
    let hint = "give every row a cell for every heading, and quote cells that hold a comma";
    Problem::new("", (ProblemCode::UnevenRow, message))
        .with("line", line)
        .with("cells", *cells)
        .with("columns", *columns)
        .hint(hint)
}

/// The columns without which no row can be used, where none of some rows has them; the first one
/// stands for every way to name a customer.
pub fn missing_columns(kind: Kind, rows: &[Sent]) -> Vec<&'static str> {
    let has = |column: &str| rows.iter().any(|row| row.contains_key(column));
    let named = has("customer_id") || NAMES.iter().any(|(column, _)| has(column));
    let mut missing = vec![];
    if !named {
        missing.push(NAMES[0].0);
    }
    if !has("offer") {
        missing.push("offer");
    }
    let figure = kind.figure_column();
    missing.extend(figure.filter(|column| !has(column)));
    missing
}

/// Sorts a chunk into rows that can be used and rows that cannot; of two for the same customer
/// and offer the later one counts.
pub async fn sort(
    memory: &Memory,
    catalog: &Catalog,
    table: &CustomerTable,
    first_row: i64,
    rows: &[Sent],
) -> Result<(Vec<Given>, Vec<Reject>), memory::Error> {
    let mut wanted = vec![];
    for row in rows {
        wanted.extend(named(row));
    }
    let found = memory.find_many(&wanted).await?;
    let mut known = HashMap::new();
    for (who, id) in wanted.into_iter().zip(found) {
        known.insert(who, id);
    }
    let mut used: HashMap<(CustomerId, String), Given> = HashMap::new();
    let mut rejects = vec![];
    for (at, row) in rows.iter().enumerate() {
        match read(memory, catalog, table.kind, &known, row).await? {
            Ok(given) => {
                used.insert((given.customer_id, given.offer.clone()), given);
            }
            Err((reason, detail)) => rejects.push(Reject {
                row_number: first_row + at as i64,
                reason: reason.to_owned(),
                detail: detail.chars().take(200).collect(),
            }),
        }
    }
    let mut given: Vec<Given> = used.into_values().collect();
    given.sort_by(|a, b| (a.customer_id, &a.offer).cmp(&(b.customer_id, &b.offer)));
    Ok((given, rejects))
}

fn text(row: &Sent, column: &str) -> Option<String> {
    match row.get(column)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The identifier of a row, unless it has our own id.
fn named(row: &Sent) -> Option<(IdentifierKind, String)> {
    NAMES
        .iter()
        .find_map(|(column, kind)| Some((*kind, text(row, column)?)))
}

type Known = HashMap<(IdentifierKind, String), Option<CustomerId>>;

async fn read(
    memory: &Memory,
    catalog: &Catalog,
    kind: Kind,
    known: &Known,
    row: &Sent,
) -> Result<Result<Given, (&'static str, String)>, memory::Error> {
    let customer_id = match text(row, "customer_id") {
        Some(id) => {
            let Ok(parsed) = id.parse::<CustomerId>() else {
                return Ok(Err(("unknown_identifier", id)));
            };
            match memory.customer(parsed).await? {
                Some(_) => parsed,
                None => return Ok(Err(("unknown_identifier", id))),
            }
        }
        None => {
            let Some(who) = named(row) else {
                return Ok(Err(("nobody_named", String::new())));
            };
            match known.get(&who).copied().flatten() {
                Some(id) => id,
                None => return Ok(Err(("unknown_identifier", who.1))),
            }
        }
    };
    Ok(rest(catalog, kind, customer_id, row))
}

fn rest(
    catalog: &Catalog,
    kind: Kind,
    customer_id: CustomerId,
    row: &Sent,
) -> Result<Given, (&'static str, String)> {
    let offer = text(row, "offer").unwrap_or_default();
    let every = kind == Kind::Denials && offer == EVERY_OFFER;
    if !every && catalog.offer_place(&offer).is_none() {
        return Err(("unknown_offer", offer));
    }
    let figure = match kind.figure_column() {
        None => 0.0,
        Some(column) => {
            let given = text(row, column).unwrap_or_default();
            let figure = given.parse::<f64>().ok();
            let good = figure.filter(|figure| kind.figure_problem(*figure).is_none());
            good.ok_or(("wrong_figure", given))?
        }
    };
    let expires_at = match text(row, "expires_at") {
        None => None,
        Some(given) => Some(
            recognise_instant(&given)
                .map(Timestamp)
                .ok_or(("wrong_date", given))?,
        ),
    };
    Ok(Given {
        customer_id,
        offer,
        figure,
        expires_at,
    })
}
