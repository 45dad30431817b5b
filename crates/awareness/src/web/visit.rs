//! Visits: what the sessions of one visitor tell.

use std::collections::HashMap;
use std::ops::Range;

use super::agent::{Agent, agent};
use super::session::Rules;
use super::source::{Hints, Source, site, source};
use crate::explore::plan::Plan;
use crate::explore::run::NAME_PATH;
use crate::explore::timeline::{Cell, Names, Timeline};

/// The names of events that show a page.
pub const PAGES: [&str; 3] = ["Page Viewed", "Screen Viewed", "$pageview"];
/// The names of events of a site search; `query` holds what was looked for.
pub const SEARCHES: [&str; 2] = ["Products Searched", "Site Searched"];

/// Where the columns of visits stand in a plan.
#[derive(Debug, Clone)]
pub struct Columns {
    name: usize,
    path: [usize; 2],
    url: [usize; 2],
    title: usize,
    referrer: [usize; 2],
    campaign: usize,
    content: usize,
    term: usize,
    source: usize,
    medium: usize,
    agent: [usize; 2],
    country: usize,
    locale: usize,
    query: usize,
    order_value: Option<usize>,
}

/// What happens in visits besides pages, by the numbers of patterns.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Goals.
    pub goals: Vec<usize>,
    /// Orders.
    pub order: Option<usize>,
}

impl Columns {
    /// Notes the columns in a plan; `order` is the number of the pattern of orders with the path
    /// of their value.
    pub fn of(plan: &mut Plan, order: Option<(usize, &str)>) -> Columns {
        let mut all = |path: &str| plan.column(None, path);
        Columns {
            name: all(NAME_PATH),
            path: [all("context.page.path"), all("path")],
            url: [all("context.page.url"), all("url")],
            title: all("context.page.title"),
            referrer: [all("context.page.referrer"), all("referrer")],
            campaign: all("context.campaign.name"),
            content: all("context.campaign.content"),
            term: all("context.campaign.term"),
            source: all("context.campaign.source"),
            medium: all("context.campaign.medium"),
            agent: [all("context.userAgent"), all("user_agent")],
            country: all("context.location.country"),
            locale: all("context.locale"),
            query: all("query"),
            order_value: order.map(|(pattern, path)| plan.column(Some(pattern), path)),
        }
    }
}

/// One visit; texts by number.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// The positions of its events.
    pub events: Range<usize>,
    /// When it began.
    pub start_ms: i64,
    /// When its last event was.
    pub end_ms: i64,
    /// The pages that were looked at, in order, with repeats.
    pub pages: Vec<u32>,
    /// What the site was searched for.
    pub searches: Vec<u32>,
    /// What happened, by name, without pages.
    pub happened: Vec<u32>,
    /// Where it comes from.
    pub source: Source,
    /// The site it comes from.
    pub referrer: Option<String>,
    /// The browser and its device.
    pub agent: Agent,
    /// The country, where an event tells it.
    pub country: Option<u32>,
    /// The language of the browser.
    pub language: Option<String>,
    /// How often each goal was reached.
    pub goals: Vec<u32>,
    /// Orders.
    pub orders: u32,
    /// Their value, in millionths.
    pub millionths: i128,
}

impl Visit {
    /// Whether it saw one page and did nothing.
    pub fn bounced(&self) -> bool {
        self.pages.len() <= 1 && self.happened.is_empty()
    }

    /// How long it took, in seconds.
    pub fn seconds(&self) -> u64 {
        u64::try_from((self.end_ms - self.start_ms) / 1_000).unwrap_or_default()
    }
}

/// How visits are made of events.
#[derive(Debug, Clone)]
pub struct Visits {
    /// Where to look.
    pub columns: Columns,
    /// What happens besides pages.
    pub marks: Marks,
    /// How sessions end.
    pub rules: Rules,
    /// Every session is a visit, also one without a page.
    pub everything: bool,
}

/// Agents and sources that were met before: there are few of them.
#[derive(Debug, Default)]
pub struct Known {
    agents: HashMap<u32, Agent>,
    sites: HashMap<u32, Option<String>>,
}

impl Visits {
    fn text(&self, timeline: &Timeline<'_>, place: usize, column: usize) -> Option<u32> {
        match timeline.cell(place, column) {
            Cell::Text(number) => Some(*number),
            Cell::Missing | Cell::Number(_) | Cell::Many(_) => None,
        }
    }

    fn either(&self, timeline: &Timeline<'_>, place: usize, columns: [usize; 2]) -> Option<u32> {
        let [first, second] = columns;
        self.text(timeline, place, first)
            .or_else(|| self.text(timeline, place, second))
    }

    /// Whether an event shows a page.
    pub fn is_page(&self, timeline: &Timeline<'_>, place: usize, names: &Names) -> bool {
        let name = self.text(timeline, place, self.columns.name);
        name.is_some_and(|name| one_of(names.text(name), &PAGES))
    }

    /// The visits of a visitor; sessions without a page are none.
    pub fn of(
        &self,
        timeline: &Timeline<'_>,
        names: &mut Names,
        known: &mut Known,
        see: &mut dyn FnMut(&Visit, &mut Names),
    ) {
        let campaign = |place| {
            let campaign = self.text(timeline, place, self.columns.campaign);
            campaign.map_or(0, |campaign| campaign + 1)
        };
        let events = timeline.events.iter().enumerate();
        let events = events.map(|(place, event)| (event.at_ms, campaign(place)));
        for events in self.rules.sessions(events) {
            if let Some(visit) = self.visit(timeline, events, names, known) {
                see(&visit, names);
            }
        }
    }

    fn visit(
        &self,
        timeline: &Timeline<'_>,
        events: Range<usize>,
        names: &mut Names,
        known: &mut Known,
    ) -> Option<Visit> {
        let columns = &self.columns;
        let first = timeline.events[events.start];
        let last = timeline.events[events.end - 1];
        let mut visit = Visit {
            events: events.clone(),
            start_ms: first.at_ms,
            end_ms: last.at_ms,
            pages: Vec::new(),
            searches: Vec::new(),
            happened: Vec::new(),
            source: source(&Hints::default(), None),
            referrer: None,
            agent: agent(""),
            country: None,
            language: None,
            goals: vec![0; self.marks.goals.len()],
            orders: 0,
            millionths: 0,
        };
        let mut web = self.everything;
        let mut came: Option<Source> = None;
        for place in events {
            let path = self.either(timeline, place, columns.path);
            let event = &timeline.events[place];
            let name = self.text(timeline, place, columns.name);
            let is_page = name.is_some_and(|name| one_of(names.text(name), &PAGES));
            web |= path.is_some() || is_page;
            if is_page {
                visit.pages.push(self.page(timeline, place, path, names));
            } else if let Some(name) = name {
                if one_of(names.text(name), &SEARCHES) {
                    visit
                        .searches
                        .extend(self.text(timeline, place, columns.query));
                }
                visit.happened.push(name);
            }
            self.note_agent(timeline, place, names, known, &mut visit);
            if came.is_none() {
                came = self.source(timeline, place, names, known, &mut visit);
            }
            for (goal, count) in self.marks.goals.iter().zip(&mut visit.goals) {
                *count += u32::from(event.is(*goal));
            }
            if self.marks.order.is_some_and(|order| event.is(order)) {
                visit.orders += 1;
                if let Some(Cell::Number(value)) = columns
                    .order_value
                    .map(|column| timeline.cell(place, column))
                {
                    visit.millionths += crate::explore::tally::millionths(*value);
                }
            }
        }
        if let Some(came) = came {
            visit.source = came;
        }
        web.then_some(visit)
    }

    /// What a page is called: its path, or its title where there is none.
    fn page(
        &self,
        timeline: &Timeline<'_>,
        place: usize,
        path: Option<u32>,
        names: &mut Names,
    ) -> u32 {
        if let Some(path) = path {
            return path;
        }
        if let Some(url) = self.either(timeline, place, self.columns.url) {
            let text = names.text(url);
            let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
            let path = rest.find('/').map_or("/", |start| &rest[start..]);
            let path = path.split(['?', '#']).next().unwrap_or("/").to_owned();
            return names.number(&format!("t{path}"));
        }
        let title = self.text(timeline, place, self.columns.title);
        title.unwrap_or_else(|| names.number("t(unnamed)"))
    }

    fn note_agent(
        &self,
        timeline: &Timeline<'_>,
        place: usize,
        names: &Names,
        known: &mut Known,
        visit: &mut Visit,
    ) {
        if let Some(text) = self.either(timeline, place, self.columns.agent) {
            let read = || agent(names.text(text).get(1..).unwrap_or_default());
            visit.agent = *known.agents.entry(text).or_insert_with(read);
        }
        if visit.country.is_none() {
            visit.country = self.text(timeline, place, self.columns.country);
        }
        if visit.language.is_none()
            && let Some(locale) = self.text(timeline, place, self.columns.locale)
        {
            let locale = names.text(locale).get(1..).unwrap_or_default();
            let language = locale.split(['-', '_']).next().unwrap_or_default();
            visit.language = Some(language.to_ascii_lowercase()).filter(|text| !text.is_empty());
        }
    }

    /// Where the visit comes from, by the first event that tells.
    fn source(
        &self,
        timeline: &Timeline<'_>,
        place: usize,
        names: &Names,
        known: &mut Known,
        visit: &mut Visit,
    ) -> Option<Source> {
        let columns = &self.columns;
        let said = |number: Option<u32>| number.and_then(|number| names.text(number).get(1..));
        let url = self.either(timeline, place, columns.url);
        let referrer = self.either(timeline, place, columns.referrer);
        let hints = Hints {
            source: said(self.text(timeline, place, columns.source)),
            medium: said(self.text(timeline, place, columns.medium)),
            campaign: said(self.text(timeline, place, columns.campaign)),
            content: said(self.text(timeline, place, columns.content)),
            term: said(self.text(timeline, place, columns.term)),
            referrer: said(referrer),
            address: said(url),
        };
        if hints == Hints::default() {
            return None;
        }
        let own = url.and_then(|url| {
            let read = || names.text(url).get(1..).and_then(site);
            known.sites.entry(url).or_insert_with(read).clone()
        });
        let from = hints.referrer.and_then(site);
        visit.referrer = from.filter(|from| Some(from) != own.as_ref());
        Some(source(&hints, own.as_deref()))
    }
}

fn one_of(text: &str, names: &[&str]) -> bool {
    text.get(1..).is_some_and(|name| names.contains(&name))
}
