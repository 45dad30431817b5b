//! Reports: visits counted, in all and by every dimension, in one pass.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::question::{Dimension, Only};
use super::visit::{Known, Visit, Visits};
use crate::explore::attributes::Attributes;
use crate::explore::calendar::Calendar;
use crate::explore::timeline::{Cell, Names, Timeline};

/// What visits come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Different visitors.
    pub visitors: u64,
    /// Visits.
    pub visits: u64,
    /// Pages that were looked at.
    pub pages: u64,
    /// Visits of one page on which nothing was done.
    pub bounces: u64,
    /// Seconds from the first to the last event.
    pub seconds: u64,
    /// Visits with a goal.
    pub converted: u64,
    /// Orders.
    pub orders: u64,
    /// Their value, in millionths.
    pub millionths: i128,
    newest: Option<u64>,
}

impl Sums {
    fn add(&mut self, customer_id: u64, visit: &Visit, pages: u64) {
        if self.newest != Some(customer_id) {
            self.newest = Some(customer_id);
            self.visitors += 1;
        }
        self.visits += 1;
        self.pages += pages;
        self.bounces += u64::from(visit.bounced());
        self.seconds += visit.seconds();
        self.converted += u64::from(visit.goals.iter().any(|count| *count > 0));
        self.orders += u64::from(visit.orders);
        self.millionths += visit.millionths;
    }

    fn join(&mut self, other: &Sums) {
        self.visitors += other.visitors;
        self.visits += other.visits;
        self.pages += other.pages;
        self.bounces += other.bounces;
        self.seconds += other.seconds;
        self.converted += other.converted;
        self.orders += other.orders;
        self.millionths += other.millionths;
    }
}

/// Everything that is counted.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In all.
    pub total: Sums,
    /// By value of each dimension.
    pub by: BTreeMap<(Dimension, String), Sums>,
    /// By unit of the calendar.
    pub series: BTreeMap<i64, Sums>,
    /// Visits of bots, which are not in the rest.
    pub bots: u64,
    /// Visitors that were asked for, in order.
    pub customers: Vec<u64>,
}

impl Report {
    /// What the visits of one value of a dimension come to.
    pub fn of(&self, dimension: Dimension, value: &str) -> Option<&Sums> {
        self.by.get(&(dimension, value.to_owned()))
    }

    /// The values of a dimension.
    pub fn values(&self, dimension: Dimension) -> impl Iterator<Item = (&str, &Sums)> {
        let rows = self.by.range((dimension, String::new())..);
        let here = rows.take_while(move |((known, _), _)| *known == dimension);
        here.map(|((_, value), sums)| (value.as_str(), sums))
    }

    /// Adds what was counted of other visitors.
    pub fn join(&mut self, other: Report) {
        self.total.join(&other.total);
        for (cell, sums) in other.by {
            self.by.entry(cell).or_default().join(&sums);
        }
        for (unit, sums) in other.series {
            self.series.entry(unit).or_default().join(&sums);
        }
        self.bots += other.bots;
        self.customers.extend(other.customers);
    }
}

/// How visits are counted.
#[derive(Debug, Clone)]
pub struct Counting {
    /// How visits are made.
    pub visits: Arc<Visits>,
    /// Only visits that begin in this stretch of time.
    pub range: memory::criteria::Range,
    /// The units of the chart.
    pub calendar: Calendar,
    /// Only visits with these values.
    pub only: Vec<Only>,
    /// Bots are counted, too.
    pub with_bots: bool,
    /// The goals, in the order of their marks.
    pub goals: Vec<String>,
    /// Attributes with the country of customers.
    pub attributes: Arc<Attributes>,
    /// List the visitors instead of counting by dimension.
    pub list: bool,
}

/// Of each event of a visitor, whether the visit it is in counts; nothing for events outside visits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorted(Vec<Option<bool>>);

impl Sorted {
    /// Whether the event at a place is in a visit that counts.
    pub fn counted(&self, place: usize) -> Option<bool> {
        self.0[place]
    }
}

/// Counts visits, one visitor after the other.
pub struct Counter {
    how: Counting,
    known: Known,
    total: Sums,
    by: HashMap<(Dimension, u32), Sums>,
    series: BTreeMap<i64, Sums>,
    bots: u64,
    customers: Vec<u64>,
}

impl Counter {
    /// Nothing counted yet.
    pub fn new(how: Counting) -> Counter {
        Counter {
            how,
            known: Known::default(),
            total: Sums::default(),
            by: HashMap::new(),
            series: BTreeMap::new(),
            bots: 0,
            customers: Vec::new(),
        }
    }

    /// What was counted.
    pub fn finish(self, names: &Names) -> Report {
        let text = |number: u32| names.text(number).get(1..).unwrap_or_default().to_owned();
        let by = self.by.into_iter();
        Report {
            total: self.total,
            by: by
                .map(|((dimension, value), sums)| ((dimension, text(value)), sums))
                .collect(),
            series: self.series,
            bots: self.bots,
            customers: self.customers,
        }
    }

    /// Counts the visits of a visitor, and tells which events are in visits that count.
    pub fn sort(&mut self, timeline: &Timeline<'_>, names: &mut Names) -> Sorted {
        let visits = self.how.visits.clone();
        let mut known = std::mem::take(&mut self.known);
        let mut sorted = Sorted(vec![None; timeline.events.len()]);
        visits.of(timeline, names, &mut known, &mut |visit, names| {
            let counted = self.take(timeline.customer_id, visit, names);
            sorted.0[visit.events.clone()].fill(Some(counted));
        });
        self.known = known;
        sorted
    }

    /// Counts a visit; false when it is none of those that are asked for.
    pub fn take(&mut self, customer_id: u64, visit: &Visit, names: &mut Names) -> bool {
        if !self.how.range.contains(visit.start_ms) {
            return false;
        }
        if visit.agent.bot && !self.how.with_bots {
            self.bots += 1;
            return false;
        }
        let mut values = Vec::new();
        self.values(customer_id, visit, names, &mut values);
        let wanted = self.how.only.iter().all(|only| {
            values.iter().any(|(dimension, value, _)| {
                *dimension == only.dimension
                    && names.text(*value).get(1..) == Some(only.value.as_str())
            })
        });
        if !wanted {
            return false;
        }
        if self.how.list {
            if self.customers.last() != Some(&customer_id) {
                self.customers.push(customer_id);
            }
            return true;
        }
        let pages = visit.pages.len() as u64;
        self.total.add(customer_id, visit, pages);
        let unit = self.how.calendar.number(visit.start_ms);
        self.series
            .entry(unit)
            .or_default()
            .add(customer_id, visit, pages);
        for (dimension, value, seen) in values {
            let pages = if dimension == Dimension::Page {
                seen
            } else {
                pages
            };
            self.by
                .entry((dimension, value))
                .or_default()
                .add(customer_id, visit, pages);
        }
        true
    }

    /// Every value of a visit, with how often it occurs in it.
    fn values(
        &self,
        customer_id: u64,
        visit: &Visit,
        names: &mut Names,
        values: &mut Vec<(Dimension, u32, u64)>,
    ) {
        let mut one = |dimension: Dimension, text: &str, names: &mut Names| {
            values.push((dimension, names.number(&format!("t{text}")), 1));
        };
        one(Dimension::Channel, visit.source.channel.word(), names);
        if !visit.source.source.is_empty() {
            one(Dimension::Source, &visit.source.source, names);
        }
        let source = &visit.source;
        for (dimension, said) in [
            (Dimension::Campaign, &source.campaign),
            (Dimension::Content, &source.content),
            (Dimension::Term, &source.term),
        ] {
            if let Some(said) = said {
                one(dimension, said, names);
            }
        }
        if let Some(referrer) = &visit.referrer {
            one(Dimension::Referrer, referrer, names);
        }
        one(Dimension::Device, visit.agent.device, names);
        one(Dimension::Browser, visit.agent.browser, names);
        one(Dimension::Os, visit.agent.os, names);
        if let Some(language) = &visit.language {
            one(Dimension::Language, language, names);
        }
        for (goal, count) in self.how.goals.iter().zip(&visit.goals) {
            if *count > 0 {
                one(Dimension::Goal, goal, names);
            }
        }
        let attribute = self.how.attributes.cell(customer_id, "country");
        let country = visit.country.or(match attribute {
            Some(Cell::Text(number)) => Some(*number),
            _ => None,
        });
        values.extend(country.map(|country| (Dimension::Country, country, 1)));
        values.extend(
            visit
                .pages
                .first()
                .map(|page| (Dimension::Landing, *page, 1)),
        );
        values.extend(visit.pages.last().map(|page| (Dimension::Exit, *page, 1)));
        counted(Dimension::Page, &visit.pages, values);
        counted(Dimension::Search, &visit.searches, values);
        counted(Dimension::Event, &visit.happened, values);
    }
}

/// Different values with how often each occurs.
fn counted(dimension: Dimension, found: &[u32], values: &mut Vec<(Dimension, u32, u64)>) {
    let mut found = found.to_vec();
    found.sort_unstable();
    for equal in found.chunk_by(|one, other| one == other) {
        values.push((dimension, equal[0], equal.len() as u64));
    }
}
