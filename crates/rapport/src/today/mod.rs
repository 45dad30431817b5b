//! Today: what waits for somebody, what is being said, and what is left of setting up.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use store::{Db, Error, Timestamp};
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// Milliseconds of an hour, a day, a week.
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;
/// Days that are kept counted: one per time zone in which somebody looks.
const LARGEST_DAYS: usize = 32;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureKey {
    /// Decisions taken.
    Decisions,
    /// Contacts presented.
    Contacts,
    /// Events of customers.
    Events,
    /// Responses to contacts.
    Responses,
    /// Orders completed.
    Orders,
}

impl FigureKey {
    /// All, in the order of the page.
    pub const ALL: [FigureKey; 5] = [
        FigureKey::Decisions,
        FigureKey::Contacts,
        FigureKey::Events,
        FigureKey::Responses,
        FigureKey::Orders,
    ];
}

/// One number of the day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figure {
    /// What is counted.
    pub key: FigureKey,
    /// How many so far.
    pub today: u64,
    /// How many on the whole same weekday last week.
    pub same_weekday_last_week: u64,
    /// The day hour by hour.
    pub by_hour: Vec<u64>,
}

/// Something that waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    /// Messages of which nobody knows whether they arrived.
    UncertainMessages,
    /// Messages that a provider refused, within a week.
    FailedMessages,
    /// Items that could not be understood.
    Quarantine,
    /// Published offers that end within a week.
    ExpiringOffers,
    /// Published offers whose pool of codes runs low.
    LowCodes,
    /// Offers that are recalled.
    RecalledOffers,
    /// Definitions with a newer draft than what is in use, or never published.
    Drafts,
}

/// How many of something wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    /// What waits.
    pub kind: WaitingKind,
    /// How many.
    pub count: u64,
}

/// A journey and how many are under way in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JourneyToday {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Under way.
    pub running: u64,
    /// Arrived at an end, ever.
    pub done: u64,
    /// Ended by an event, ever.
    pub cancelled: u64,
}

/// A step of setting up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKey {
    /// Events arrive.
    Events,
    /// An offer is published.
    Offer,
    /// A placement is published.
    Placement,
    /// A journey is published.
    Journey,
    /// A decision has been taken.
    Decision,
    /// A message has gone out.
    Message,
}

/// Whether a step of setting up is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    /// The step.
    pub key: StepKey,
    /// Whether it is done.
    pub done: bool,
}

/// The first page.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Today {
    /// When this was counted.
    pub as_of: Timestamp,
    /// When the day began.
    pub since: Timestamp,
    /// The numbers of the day.
    pub figures: Vec<Figure>,
    /// What waits for somebody; only what there is.
    pub waiting: Vec<Waiting>,
    /// Published journeys.
    pub journeys: Vec<JourneyToday>,
    /// Steps of setting up.
    pub steps: Vec<Step>,
}

/// Counts by figure and hour.
type Hours = [[u64; 24]; FigureKey::ALL.len()];

/// A day that is being counted.
#[derive(Debug, Clone, Default)]
struct Day {
    /// The last position of the log that is counted.
    counted_seq: i64,
    hours: Hours,
    last_week: [u64; FigureKey::ALL.len()],
}

/// Counts days of the log, each row once.
#[derive(Debug, Default)]
pub struct Counter(Mutex<HashMap<i64, Day>>);

impl Counter {
    /// The figures of the day that began at `since`.
    pub async fn figures(&self, db: &Db, since: Timestamp) -> Result<Vec<Figure>, Error> {
        let mut days = self.0.lock().await;
        let newest = db::newest(db).await?;
        if !days.contains_key(&since.0) {
            if days.len() >= LARGEST_DAYS {
                days.clear();
            }
            days.insert(since.0, begin(db, since).await?);
        }
        let day = days.entry(since.0).or_default();
        let day_end = since.plus_ms(DAY_MS);
        let rows = db::counts(db, (day.counted_seq, newest), (since, day_end)).await?;
        add(&mut day.hours, &rows);
        day.counted_seq = day.counted_seq.max(newest);
        let figure = |(place, key): (usize, FigureKey)| Figure {
            key,
            today: day.hours[place].iter().sum(),
            same_weekday_last_week: day.last_week[place],
            by_hour: day.hours[place].to_vec(),
        };
        Ok(FigureKey::ALL.into_iter().enumerate().map(figure).collect())
    }
}

/// A day of which nothing is counted yet, with last week's to compare.
async fn begin(db: &Db, since: Timestamp) -> Result<Day, Error> {
    let (from, to) = (since.plus_ms(-WEEK_MS), since.plus_ms(DAY_MS - WEEK_MS));
    let before = (
        db::last_seq_before(db, from).await?,
        db::last_seq_before(db, to).await?,
    );
    let mut hours = Hours::default();
    add(&mut hours, &db::counts(db, before, (from, to)).await?);
    Ok(Day {
        counted_seq: db::last_seq_before(db, since).await?,
        hours: Hours::default(),
        last_week: hours.map(|hours| hours.iter().sum()),
    })
}

/// Adds counted rows to the hours of a day.
fn add(hours: &mut Hours, rows: &[db::Counted]) {
    for row in rows {
        let figures: &[FigureKey] = match row.what {
            db::What::Decision => &[FigureKey::Decisions],
            db::What::Contact => &[FigureKey::Contacts],
            db::What::Response => &[FigureKey::Responses],
            db::What::Event => &[FigureKey::Events],
            db::What::Order => &[FigureKey::Events, FigureKey::Orders],
        };
        for figure in figures {
            let place = FigureKey::ALL.iter().position(|key| key == figure);
            if let Some(count) = place.and_then(|place| hours[place].get_mut(row.hour)) {
                *count += row.count;
            }
        }
    }
}
