//! A rule as one query over the tables of the lake, for engines that run elsewhere.
//!
//! Only functions that every DataFusion has. What SQL cannot say exactly as the language means it
//! (properties without a column or with several values, dates inside text, lists) is refused, never approximated; such a
//! rule is answered by the pass.

use roaring::RoaringTreemap;

use super::demand::{self, Held, quoted};
use crate::criteria::Kind;
use crate::criteria::batch::plan::Plan;
use crate::criteria::batch::reader::Promoted;
use crate::criteria::batch::rows::Zones;
use crate::criteria::leaf::{Leaf, Origin};
use crate::criteria::tree::{Answer, Consent, Criteria, Measure, Occurrence, Pattern, Sequence};
use crate::criteria::window::{Range, Window};

/// What a query is compiled with.
pub struct SqlGiven<'a> {
    /// The moment that is asked about.
    pub now_ms: i64,
    /// The zones there are.
    pub zones: &'a Zones,
    /// The columns of a property of an event.
    pub promoted: &'a dyn Fn(&str, &str) -> Promoted,
    /// The column of an attribute, with the kind of all its values.
    pub attribute: &'a dyn Fn(&str) -> Option<(String, Kind)>,
    /// The members of a segment; nobody when it is not known.
    pub segment: &'a dyn Fn(&str) -> Option<RoaringTreemap>,
}

/// Members of a segment that one query names.
const MEMBERS: u64 = 100_000;

/// A condition that no query can express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inexpressible(pub &'static str);

type Result<T> = std::result::Result<T, Inexpressible>;

/// The query that answers `customer_id` of everybody who satisfies a rule.
pub fn sql(criteria: &Criteria, given: &SqlGiven<'_>) -> Result<String> {
    let plan = Plan::new(criteria);
    let mut query = Query {
        given,
        plan: &plan,
        tables: vec![],
        next: 0,
    };
    let condition = query.node(criteria)?;
    let joins: String = query
        .tables
        .iter()
        .enumerate()
        .map(|(n, table)| {
            format!(" LEFT JOIN ({table}) AS l{n} ON l{n}.customer_id = c.customer_id")
        })
        .collect();
    Ok(format!(
        "SELECT c.customer_id FROM customers AS c{joins} WHERE {condition}"
    ))
}

struct Query<'a> {
    given: &'a SqlGiven<'a>,
    plan: &'a Plan,
    tables: Vec<String>,
    next: usize,
}

impl Query<'_> {
    fn node(&mut self, criteria: &Criteria) -> Result<String> {
        Ok(match criteria {
            Criteria::All(parts) => self.group(parts, " AND ", "TRUE")?,
            Criteria::Any(parts) => self.group(parts, " OR ", "FALSE")?,
            Criteria::Not(part) => format!("(NOT {})", self.node(part)?),
            leaf => {
                let place = self.plan.order[self.next];
                self.next += 1;
                self.leaf(leaf, &self.plan.leaves[place].0.clone())?
            }
        })
    }

    fn group(&mut self, parts: &[Criteria], word: &str, empty: &str) -> Result<String> {
        let parts: Result<Vec<String>> = parts.iter().map(|part| self.node(part)).collect();
        let parts = parts?;
        Ok(match parts.is_empty() {
            true => empty.to_owned(),
            false => format!("({})", parts.join(word)),
        })
    }

    fn leaf(&mut self, criteria: &Criteria, leaf: &Leaf) -> Result<String> {
        let now_ms = self.given.now_ms;
        match (criteria, leaf) {
            (Criteria::Attribute(named), _) => {
                let Some((column, kind)) = (self.given.attribute)(&named.name) else {
                    return Err(Inexpressible("an attribute without a column"));
                };
                let held = Held::attribute(&format!("c.{}", ident(&column)), kind)?;
                demand::test(&named.test, &held, now_ms)
            }
            (Criteria::Score(named), _) => {
                let held = match (self.given.attribute)(&named.name) {
                    Some((column, Kind::Number)) => Held::number(&format!("c.{}", ident(&column))),
                    Some(_) => return Err(Inexpressible("a score that is no number")),
                    None => return Err(Inexpressible("a score without a column")),
                };
                demand::test(&named.test, &held, now_ms)
            }
            (Criteria::Context(named), _) => demand::test(&named.test, &Held::nothing(), now_ms),
            (Criteria::Aggregate(aggregate), Leaf::Aggregate { from, .. }) => {
                let (table, value) = match &aggregate.of {
                    Occurrence::Events(pattern) => {
                        let column = match aggregate.measure.property() {
                            Some(path) => Some(self.property(pattern, path)?),
                            None => None,
                        };
                        (self.events(pattern)?, column)
                    }
                    Occurrence::Contacts(_) | Occurrence::Responses(_) => {
                        let field = aggregate.measure.property().map(Held::field);
                        (interactions(from), field)
                    }
                };
                self.aggregate(
                    &aggregate.measure,
                    &table,
                    aggregate.window,
                    value,
                    |held| demand::test(&aggregate.test, held, now_ms),
                )
            }
            (Criteria::Sequence(sequence), _) => self.sequence(sequence),
            (Criteria::Segment(key), _) => self.members(key),
            (Criteria::Consent(consent), _) => Ok(self.consent(consent)),
            (_, _) => Err(Inexpressible("this condition")),
        }
    }

    fn members(&self, key: &str) -> Result<String> {
        let members = (self.given.segment)(key).unwrap_or_default();
        if members.len() > MEMBERS {
            return Err(Inexpressible("a segment with many members"));
        }
        let members: Vec<String> = members.iter().map(|id| id.to_string()).collect();
        Ok(match members.is_empty() {
            true => "FALSE".to_owned(),
            false => format!("(c.customer_id IN ({}))", members.join(", ")),
        })
    }

    /// The newest statement stands, and a denial wins a tie.
    fn consent(&mut self, consent: &Consent) -> String {
        let n = self.tables.len();
        let now_ms = self.given.now_ms;
        self.tables.push(format!(
            "SELECT e.customer_id, first_value(CASE WHEN e.state = 'granted' \
             AND COALESCE(e.expires_at > {now_ms}, TRUE) THEN 1 ELSE 0 END ORDER BY \
             e.stated_at DESC, e.state ASC, e.seq DESC) AS v FROM consents AS e \
             WHERE e.channel = {} AND e.purpose = {} GROUP BY e.customer_id",
            quoted(&consent.channel),
            quoted(&consent.purpose)
        ));
        match consent.answer {
            Answer::Granted => format!("COALESCE(l{n}.v = 1, FALSE)"),
            Answer::Denied => format!("COALESCE(l{n}.v = 0, FALSE)"),
            Answer::Unknown => format!("(l{n}.v IS NULL)"),
        }
    }

    /// The rows of events of a pattern: `customer_id`, `occurred_at` and all columns, as `e`.
    fn events(&self, pattern: &Pattern) -> Result<String> {
        let mut all = vec![format!("e.name = {}", quoted(&pattern.event))];
        for named in &pattern.tests {
            let held = self.property(pattern, &named.name)?;
            all.push(demand::test(&named.test, &held, 0)?);
        }
        Ok(format!("events AS e WHERE {}", all.join(" AND ")))
    }

    fn property(&self, pattern: &Pattern, path: &str) -> Result<Held> {
        let promoted = (self.given.promoted)(&pattern.event, path);
        let column = |name: &String| format!("e.{}", ident(name));
        match (&promoted.text, &promoted.number) {
            (None, None) => Err(Inexpressible("a property without a column")),
            (text, number) => Ok(Held::property(
                text.as_ref().map(column),
                number.as_ref().map(column),
            )),
        }
    }

    /// The part of a window, with the zone of the customer where it follows the calendar.
    fn window(&self, window: Window, time: &str) -> String {
        let (now_ms, zones) = (self.given.now_ms, self.given.zones);
        let usual = window.range(now_ms, zones.of(u64::MAX));
        if !matches!(window, Window::Calendar { .. }) {
            return within(usual, time);
        }
        let mut cases = String::new();
        for (name, zone) in zones.known() {
            let range = within(window.range(now_ms, zone), time);
            cases.push_str(&format!(" WHEN z.zone = {} THEN ({range})", quoted(name)));
        }
        match cases.is_empty() {
            true => within(usual, time),
            false => format!("CASE{cases} ELSE ({}) END", within(usual, time)),
        }
    }

    fn aggregate(
        &mut self,
        measure: &Measure,
        rows: &str,
        window: Window,
        value: Option<Held>,
        test: impl FnOnce(&Held) -> Result<String>,
    ) -> Result<String> {
        let n = self.tables.len();
        let v = format!("l{n}.v");
        let number = value.as_ref().and_then(|held| held.number.clone());
        let number = number.unwrap_or_else(|| "CAST(NULL AS DOUBLE)".to_owned());
        let millionths = format!("CAST(round({number} * 1000000.0) AS DECIMAL(38, 0))");
        let sum = format!("CAST(sum({millionths}) AS DOUBLE) / 1000000.0");
        let time = "e.occurred_at";
        let (what, held) = match measure {
            Measure::Count => (
                "count(*)".to_owned(),
                Held::number(&format!("COALESCE({v}, 0)")),
            ),
            Measure::Sum(_) => (sum, Held::number(&format!("COALESCE({v}, 0.0)"))),
            Measure::Average(_) => (format!("({sum}) / count({number})"), Held::number(&v)),
            Measure::Min(_) => (format!("min({number})"), Held::number(&v)),
            Measure::Max(_) => (format!("max({number})"), Held::number(&v)),
            Measure::LastTime => (format!("max({time})"), Held::instant(&v)),
            Measure::FirstTime => (format!("min({time})"), Held::instant(&v)),
            Measure::Distinct(_) => {
                let held = value.as_ref().filter(|held| held.single());
                let held = held.ok_or(Inexpressible("different values of text"))?;
                let distinct = format!("count(DISTINCT {})", held.only());
                (distinct, Held::number(&format!("COALESCE({v}, 0)")))
            }
            Measure::LastValue(_) | Measure::FirstValue(_) => {
                let only = value.as_ref().is_some_and(|held| held.numbers_only());
                if !only {
                    return Err(Inexpressible("the first or last value of text"));
                }
                let last = matches!(measure, Measure::LastValue(_));
                let way = if last { "DESC" } else { "ASC" };
                let order = format!("ORDER BY {time} {way}, {number} {way}");
                let first =
                    format!("first_value({number} {order}) FILTER (WHERE {number} IS NOT NULL)");
                (first, Held::number(&v))
            }
        };
        let join = zoned(rows, window);
        let inside = self.window(window, time);
        self.tables.push(format!(
            "SELECT e.customer_id, {what} AS v FROM {join} AND {inside} GROUP BY e.customer_id"
        ));
        test(&held)
    }

    /// Any choice of following steps will do if the earliest does, so existence is enough.
    fn sequence(&mut self, sequence: &Sequence) -> Result<String> {
        let now_ms = self.given.now_ms;
        let table = |pattern: &Pattern, window: Option<Window>| -> Result<String> {
            let mut rows = self.events(pattern)?;
            if let Some(window) = window {
                rows = zoned(&rows, window);
            }
            let inside = window.map(|window| self.window(window, "e.occurred_at"));
            let inside = inside.map_or(String::new(), |inside| format!(" AND ({inside})"));
            Ok(format!(
                "(SELECT e.customer_id, e.occurred_at AS t FROM {rows}{inside})"
            ))
        };
        let steps = sequence.steps.len();
        let Some(first) = sequence.steps.first() else {
            return Ok("FALSE".to_owned());
        };
        let mut from = format!("{} AS s0", table(first, Some(sequence.window))?);
        for (n, step) in sequence.steps.iter().enumerate().skip(1) {
            let before = n - 1;
            from.push_str(&format!(
                " JOIN {} AS s{n} ON s{n}.customer_id = s0.customer_id AND s{n}.t > s{before}.t",
                table(step, Some(sequence.window))?
            ));
        }
        let last = format!("s{}.t", steps - 1);
        let mut demands = vec![];
        let end = match (steps, sequence.within_ms, &sequence.without) {
            (1, Some(within), Some(_)) => {
                demands.push(format!("s0.t + {within} + 1 <= {now_ms}"));
                format!("s0.t + {within} + 1")
            }
            (1, None, Some(_)) => format!("{}", now_ms.saturating_add(1)),
            (1, _, None) => last,
            (_, within, _) => {
                demands.extend(within.map(|within| format!("{last} - s0.t <= {within}")));
                last
            }
        };
        if let Some(without) = &sequence.without {
            let pattern = table(without, None)?;
            demands.push(format!(
                "NOT EXISTS (SELECT 1 FROM {pattern} AS w WHERE w.customer_id = s0.customer_id \
                 AND w.t > s0.t AND w.t < {end})"
            ));
        }
        let demands = match demands.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", demands.join(" AND ")),
        };
        let n = self.tables.len();
        self.tables.push(format!(
            "SELECT DISTINCT s0.customer_id FROM {from}{demands}"
        ));
        Ok(format!("l{n}.customer_id IS NOT NULL"))
    }
}

/// Rows with their customers, where a window follows the calendar of the customer's zone.
fn zoned(rows: &str, window: Window) -> String {
    match window {
        Window::Calendar { .. } => rows.replacen(
            " AS e",
            " AS e JOIN customers AS z ON z.customer_id = e.customer_id",
            1,
        ),
        Window::Ever | Window::Rolling(_) | Window::Between { .. } | Window::Before(_) => {
            rows.to_owned()
        }
    }
}

fn within(range: Range, time: &str) -> String {
    let mut all = vec![];
    if range.from > i64::MIN {
        all.push(format!("{time} >= {}", range.from));
    }
    all.push(format!("{time} < {}", range.until));
    all.join(" AND ")
}

/// The contacts or responses of a filter, as `e`.
fn interactions(from: &Origin) -> String {
    let mut all = vec![];
    let mut equal = |column: &str, value: &Option<String>| {
        if let Some(value) = value {
            all.push(format!("e.{column} = {}", quoted(value)));
        }
    };
    let table = match from {
        Origin::Contacts(filter) => {
            equal("channel", &filter.channel);
            equal("offer", &filter.offer);
            equal("category", &filter.category);
            equal("placement", &filter.placement);
            all.push("e.status = 'presented' AND NOT COALESCE(e.control, FALSE)".to_owned());
            "contacts"
        }
        Origin::Responses(filter) => {
            equal("offer", &filter.offer);
            equal("category", &filter.category);
            if let Some(kind) = &filter.kind {
                all.push(format!("COALESCE(e.name, e.kind) = {}", quoted(kind)));
            }
            if let Some(inferred) = filter.inferred {
                all.push(format!("COALESCE(e.inferred, FALSE) = {inferred}"));
            }
            all.push("NOT COALESCE(e.in_control, FALSE)".to_owned());
            "responses"
        }
        Origin::Slot(_) => "events",
    };
    format!("{table} AS e WHERE {}", all.join(" AND "))
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
