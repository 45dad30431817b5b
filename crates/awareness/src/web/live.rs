//! Now: what happens on the site in the last half hour.

use std::sync::Arc;

use memory::criteria::Range;
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::answer::{Breakdown, Numbers};
use super::engine::{ask, breakdown};
use super::question::{Dimension, Question};
use super::report::{Counter, Counting, Report};
use super::visit::{Columns, Known, Marks, Visits};
use crate::explore::Error;
use crate::explore::calendar::Calendar;
use crate::explore::engine::Engine;
use crate::explore::pass::Fold;
use crate::explore::plan::Plan;
use crate::explore::protect::shown_steps;
use crate::explore::question::Unit;
use crate::explore::timeline::{Names, Timeline};

/// What counts as now, in minutes.
pub const MINUTES: usize = 30;
/// Who did something in the last minutes is there.
const THERE_MINUTES: i64 = 5;
/// How long before that a visit that still goes on may have begun; of longer ones the rest counts.
const BEFORE_MINUTES: i64 = 120;
const MINUTE_MS: i64 = 60_000;
/// Values shown of a dimension.
const ROWS_LIMIT: usize = 8;

/// What happens now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebLive)]
pub struct Live {
    /// The moment.
    pub as_of: Timestamp,
    /// Visitors who did something in the last five minutes; absent when they are too few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitors: Option<u64>,
    /// Visits in which something happened in the last half hour.
    pub total: Numbers,
    /// Pages looked at in each of the last thirty minutes, oldest first.
    pub pages: Vec<u64>,
    /// Pages, sources and countries, the most visits first.
    pub breakdowns: Vec<Breakdown>,
}

struct Watch {
    counter: Counter,
    visits: Arc<Visits>,
    known: Known,
    now_ms: i64,
    there: u64,
    pages: [u64; MINUTES],
}

impl Fold for Watch {
    fn see(&mut self, timeline: &Timeline<'_>, names: &mut Names) {
        let ago = |at_ms: i64| (self.now_ms - at_ms).div_euclid(MINUTE_MS);
        let mut there = false;
        let (counter, pages, visits) = (&mut self.counter, &mut self.pages, &self.visits);
        visits.of(timeline, names, &mut self.known, &mut |visit, names| {
            if ago(visit.end_ms) >= MINUTES as i64
                || !counter.take(timeline.customer_id, visit, names)
            {
                return;
            }
            there |= ago(visit.end_ms) < THERE_MINUTES;
            for place in visit.events.clone() {
                let minute = usize::try_from(ago(timeline.events[place].at_ms)).unwrap_or_default();
                if minute < MINUTES && visits.is_page(timeline, place, names) {
                    pages[MINUTES - 1 - minute] += 1;
                }
            }
        });
        self.there += u64::from(there);
    }
}

/// What happens now.
pub async fn live(engine: &Engine, least: u64) -> Result<Live, Error> {
    let asked = ask(engine, &Question::default(), &[]).await?;
    let now_ms = engine.now.0;
    let range = Range {
        from: now_ms - (MINUTES as i64 + BEFORE_MINUTES) * MINUTE_MS,
        until: now_ms + 1,
    };
    let mut plan = Plan {
        since_ms: Some(range.from),
        until_ms: Some(range.until),
        others: Some(Vec::new()),
        ..Plan::default()
    };
    let visits = Arc::new(Visits {
        columns: Columns::of(&mut plan, None),
        marks: Marks::default(),
        rules: Question::default().sessions.rules(&jiff::tz::TimeZone::UTC),
        everything: false,
    });
    let counting = Counting {
        visits: visits.clone(),
        range,
        calendar: Calendar::new(Unit::Hour, jiff::tz::TimeZone::UTC),
        only: Vec::new(),
        with_bots: false,
        goals: Vec::new(),
        attributes: asked.attributes.clone(),
        list: false,
    };
    let make = |_: &mut Names| Watch {
        counter: Counter::new(counting.clone()),
        visits: visits.clone(),
        known: Known::default(),
        now_ms,
        there: 0,
        pages: [0; MINUTES],
    };
    let folds = engine
        .pass(plan, &asked.crowd, &asked.attributes.names, make)
        .await?;
    let mut report = Report::default();
    let mut pages = vec![0; MINUTES];
    let mut there = 0;
    for (fold, names) in folds {
        there += fold.there;
        for (sum, count) in pages.iter_mut().zip(fold.pages) {
            *sum += count;
        }
        report.join(fold.counter.finish(&names));
    }
    let seen = report.total.visitors;
    if seen < least {
        report = Report::default();
        pages.fill(0);
    }
    let visitors = shown_steps(&[seen, there], least)[1].then_some(there);
    let shown = [
        Dimension::Page,
        Dimension::Channel,
        Dimension::Country,
        Dimension::Event,
    ];
    Ok(Live {
        as_of: engine.now,
        visitors,
        total: Numbers::from(&report.total),
        pages,
        breakdowns: shown
            .map(|dimension| breakdown(&report, None, dimension, (least, ROWS_LIMIT)))
            .into(),
    })
}
