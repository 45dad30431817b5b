//! The conditions of a rule as queries over the tables of the lake, for engines that run elsewhere.
//!
//! Only functions that every DataFusion has. A query reads one table once, whatever the number of
//! its conditions, and answers who differs from a customer without rows. What SQL cannot say
//! exactly as the language means it (properties without a column or with several values, dates
//! inside text, lists, consent after merges) is refused, never approximated; such a condition is
//! answered by the pass.

use std::collections::BTreeMap;

use super::demand::{self, Held, quoted};
use super::{Answers, Inexpressible, Queries, Query};
use crate::criteria::Kind;
use crate::criteria::aggregate::SlotId;
use crate::criteria::batch::plan::{Place, Plan};
use crate::criteria::batch::run::{Given, holds_of_nothing};
use crate::criteria::leaf::{Leaf, Origin};
use crate::criteria::tree::{Aggregate, Criteria, Measure, Named, Occurrence, Pattern};
use crate::criteria::window::{Range, Window};

/// Conditions that one query answers; longer ones take long to plan.
const CONDITIONS: usize = 16;

type Result<T> = std::result::Result<T, Inexpressible>;

/// The queries that answer the conditions of a plan, and which conditions none can answer.
pub fn queries(plan: &Plan, given: &Given<'_>) -> Queries {
    let writer = Writer { plan, given };
    let mut made = Queries::default();
    let mut tests: BTreeMap<(&str, bool), Vec<Part>> = BTreeMap::new();
    let mut sequences = vec![];
    for (place, (leaf, at)) in plan.leaves.iter().enumerate() {
        let part = match at {
            Place::Nowhere | Place::Segments => continue,
            Place::Consents | Place::Statements => Err(Inexpressible("what was said in the past")),
            Place::Customers | Place::Events | Place::Contacts | Place::Responses => {
                match (&plan.nodes[place], leaf) {
                    (_, Leaf::Sequence(_)) => match writer.sequence(leaf) {
                        Ok(slots) => {
                            sequences.push((place, slots));
                            continue;
                        }
                        Err(reason) => Err(reason),
                    },
                    (node, _) => writer.part(place, node, leaf),
                }
            }
        };
        match part {
            Ok((table, part)) => tests.entry((table, part.zoned)).or_default().push(part),
            Err(reason) => made.refused.push((place, reason)),
        }
    }
    for ((table, zoned), parts) in tests {
        for parts in parts.chunks(CONDITIONS) {
            let sql = match table {
                "customers" => of_customers(parts),
                _ => of_rows(table, zoned, parts),
            };
            let verdicts = parts.iter().map(|part| (part.place, part.base)).collect();
            let answers = Answers::Verdicts(verdicts);
            made.queries.push(Query { sql, answers });
        }
    }
    for sequences in sequences.chunks(CONDITIONS) {
        made.queries.push(writer.times(sequences));
    }
    made
}

/// One condition of a query.
struct Part {
    place: usize,
    /// What it says of a customer without rows.
    base: bool,
    /// Which rows it looks at, and what is made of them, where a customer has several.
    rows: String,
    value: String,
    /// The condition on what was made.
    holds: String,
    /// Whether the zone of the customer is needed.
    zoned: bool,
}

impl Part {
    fn differs(&self) -> String {
        match self.base {
            true => format!("NOT ({})", self.holds),
            false => format!("({})", self.holds),
        }
    }
}

fn joined(parts: impl Iterator<Item = String>, word: &str) -> String {
    let mut parts: Vec<String> = parts.collect();
    parts.sort();
    parts.dedup();
    parts.join(word)
}

fn verdicts(parts: &[Part]) -> String {
    let columns = parts
        .iter()
        .enumerate()
        .map(|(column, part)| format!("({}) AS b{column}", part.holds));
    columns.collect::<Vec<String>>().join(", ")
}

fn of_customers(parts: &[Part]) -> String {
    format!(
        "SELECT t.customer_id, {} FROM customers AS t WHERE {}",
        verdicts(parts),
        joined(parts.iter().map(Part::differs), " OR ")
    )
}

fn of_rows(table: &str, zoned: bool, parts: &[Part]) -> String {
    let values = parts.iter();
    let values: Vec<String> = values
        .map(|part| format!("{} AS v{}", part.value, part.place))
        .collect();
    let zones = match zoned {
        true => " JOIN customers AS z ON z.customer_id = e.customer_id",
        false => "",
    };
    format!(
        "SELECT t.customer_id, {} FROM (SELECT e.customer_id, {} FROM {table} AS e{zones} \
         WHERE {} GROUP BY e.customer_id) AS t WHERE {}",
        verdicts(parts),
        values.join(", "),
        joined(parts.iter().map(|part| format!("({})", part.rows)), " OR "),
        joined(parts.iter().map(Part::differs), " OR ")
    )
}

struct Writer<'a> {
    plan: &'a Plan,
    given: &'a Given<'a>,
}

impl Writer<'_> {
    fn part(&self, place: usize, node: &Criteria, leaf: &Leaf) -> Result<(&'static str, Part)> {
        let base = holds_of_nothing(leaf, self.given.now_ms);
        match (node, leaf) {
            (Criteria::Attribute(named) | Criteria::Score(named), _) => {
                let score = matches!(node, Criteria::Score(_));
                let part = Part {
                    place,
                    base,
                    rows: String::new(),
                    value: String::new(),
                    holds: self.attribute(named, score)?,
                    zoned: false,
                };
                Ok(("customers", part))
            }
            (Criteria::Aggregate(aggregate), Leaf::Aggregate { from, .. }) => {
                let (table, rows) = match &aggregate.of {
                    Occurrence::Events(pattern) => ("events", self.pattern(pattern)?),
                    Occurrence::Contacts(_) => ("contacts", interactions(from)),
                    Occurrence::Responses(_) => ("responses", interactions(from)),
                };
                let (inside, zoned) = self.window(aggregate.window, time_of(&aggregate.of));
                let rows = format!("{rows} AND {inside}");
                let (value, held) = self.measured(aggregate, place, &rows)?;
                let holds = demand::test(&aggregate.test, &held, self.given.now_ms)?;
                let part = Part {
                    place,
                    base,
                    rows,
                    value,
                    holds,
                    zoned,
                };
                Ok((table, part))
            }
            // Whose answer stands after a merge depends on when the merge was.
            (Criteria::Consent(_), _) => Err(Inexpressible("consent")),
            (_, _) => Err(Inexpressible("this condition")),
        }
    }

    fn attribute(&self, named: &Named, score: bool) -> Result<String> {
        let Some((column, kind)) = (self.given.attribute)(&named.name) else {
            return Err(Inexpressible("an attribute without a column"));
        };
        if score && kind != Kind::Number {
            return Err(Inexpressible("a score that is no number"));
        }
        let held = Held::attribute(&format!("t.{}", ident(&column)), kind)?;
        demand::test(&named.test, &held, self.given.now_ms)
    }

    /// Which rows of events, as `e`, are of a pattern.
    fn pattern(&self, pattern: &Pattern) -> Result<String> {
        let mut all = vec![format!("e.name = {}", quoted(&pattern.event))];
        for named in &pattern.tests {
            let held = self.property(pattern, &named.name)?;
            all.push(demand::test(&named.test, &held, 0)?);
        }
        Ok(all.join(" AND "))
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

    /// The part of a window, and whether it depends on the zone of the customer, as `z`.
    fn window(&self, window: Window, time: &str) -> (String, bool) {
        let (now_ms, zones) = (self.given.now_ms, &self.given.zones);
        let usual = within(window.range(now_ms, zones.of(u64::MAX)), time);
        if !matches!(window, Window::Calendar { .. }) {
            return (usual, false);
        }
        let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, zone) in zones.known() {
            let range = within(window.range(now_ms, zone), time);
            if range != usual {
                others.entry(range).or_default().push(quoted(name));
            }
        }
        if others.is_empty() {
            return (usual, false);
        }
        let mut cases = String::new();
        for (range, names) in others {
            cases.push_str(&format!(
                " WHEN z.zone IN ({}) THEN ({range})",
                names.join(", ")
            ));
        }
        (format!("CASE{cases} ELSE ({usual}) END"), true)
    }

    /// What is made of the rows of a customer, and what it holds when it is `t.v…`.
    fn measured(&self, aggregate: &Aggregate, place: usize, rows: &str) -> Result<(String, Held)> {
        let measure = &aggregate.measure;
        let value = match (&aggregate.of, measure.property()) {
            (_, None) => None,
            (Occurrence::Events(pattern), Some(path)) => Some(self.property(pattern, path)?),
            (Occurrence::Contacts(_) | Occurrence::Responses(_), Some(field)) => {
                Some(Held::field(field))
            }
        };
        let v = format!("t.v{place}");
        let number = value.as_ref().and_then(|held| held.number.clone());
        let number = number.unwrap_or_else(|| "CAST(NULL AS DOUBLE)".to_owned());
        let millionths = format!("CAST(round({number} * 1000000.0) AS DECIMAL(38, 0))");
        let only = format!("FILTER (WHERE {rows})");
        let sum = format!("CAST(sum({millionths}) {only} AS DOUBLE) / 1000000.0");
        let time = time_of(&aggregate.of);
        Ok(match measure {
            Measure::Count => (
                format!("count(*) {only}"),
                Held::number(&format!("COALESCE({v}, 0)")),
            ),
            Measure::Sum(_) => (sum, Held::number(&format!("COALESCE({v}, 0.0)"))),
            Measure::Average(_) => (
                format!("({sum}) / count({number}) {only}"),
                Held::number(&v),
            ),
            Measure::Min(_) => (format!("min({number}) {only}"), Held::number(&v)),
            Measure::Max(_) => (format!("max({number}) {only}"), Held::number(&v)),
            Measure::LastTime => (format!("max({time}) {only}"), Held::instant(&v)),
            Measure::FirstTime => (format!("min({time}) {only}"), Held::instant(&v)),
            Measure::Distinct(_) => {
                let held = value.as_ref().filter(|held| held.single());
                let held = held.ok_or(Inexpressible("different values of text"))?;
                (
                    format!("count(DISTINCT {}) {only}", held.only()),
                    Held::number(&format!("COALESCE({v}, 0)")),
                )
            }
            Measure::LastValue(_) | Measure::FirstValue(_) => {
                let numbers = value.as_ref().is_some_and(|held| held.numbers_only());
                if !numbers {
                    return Err(Inexpressible("the first or last value of text"));
                }
                let last = matches!(measure, Measure::LastValue(_));
                let way = if last { "DESC" } else { "ASC" };
                let order = format!("ORDER BY {time} {way}, {number} {way}");
                let first = format!(
                    "first_value({number} {order}) FILTER (WHERE {number} IS NOT NULL AND {rows})"
                );
                (first, Held::number(&v))
            }
        })
    }

    /// The slots of a sequence, if queries can tell them.
    fn sequence(&self, leaf: &Leaf) -> Result<Vec<SlotId>> {
        let slots = leaf.slots();
        if slots.is_empty() {
            return Err(Inexpressible("a sequence without steps"));
        }
        for slot in &slots {
            self.slot(*slot)?;
        }
        Ok(slots)
    }

    fn slot(&self, slot: SlotId) -> Result<String> {
        let Some(spec) = self.plan.slots.get(slot) else {
            return Err(Inexpressible("an unknown step"));
        };
        let now_ms = self.given.now_ms;
        let range = Range {
            from: spec.keep.floor(now_ms),
            until: now_ms.saturating_add(1),
        };
        let rows = self.pattern(&spec.pattern)?;
        Ok(format!("{rows} AND {}", within(range, "e.occurred_at")))
    }

    /// The times of everything that sequences speak of; who did not do a first step is left out.
    /// Walking along a sequence is left to whoever asks: joining a table with itself costs the
    /// square of what a customer did.
    fn times(&self, sequences: &[(usize, Vec<SlotId>)]) -> Query {
        let mut slots: Vec<SlotId> = sequences
            .iter()
            .flat_map(|(_, slots)| slots.clone())
            .collect();
        slots.sort_unstable();
        slots.dedup();
        let (mut inner, mut outer, mut rows) = (vec![], vec![], vec![]);
        for (column, slot) in slots.iter().enumerate() {
            let Ok(filter) = self.slot(*slot) else {
                continue;
            };
            inner.push(format!(
                "array_agg(e.occurred_at) FILTER (WHERE {filter}) AS s{column}, \
                 count(*) FILTER (WHERE {filter}) AS n{column}"
            ));
            outer.push(format!("t.s{column}"));
            rows.push(format!("({filter})"));
        }
        let first = |(_, of): &(usize, Vec<SlotId>)| {
            let first = slots.iter().position(|slot| Some(slot) == of.first());
            format!("t.n{} > 0", first.unwrap_or_default())
        };
        let sql = format!(
            "SELECT t.customer_id, {} FROM (SELECT e.customer_id, {} FROM events AS e WHERE {} \
             GROUP BY e.customer_id) AS t WHERE {}",
            outer.join(", "),
            inner.join(", "),
            joined(rows.into_iter(), " OR "),
            joined(sequences.iter().map(first), " OR ")
        );
        Query {
            sql,
            answers: Answers::Sequences {
                places: sequences.iter().map(|(place, _)| *place).collect(),
                slots,
            },
        }
    }
}

/// When something of a customer happened: a promised contact when it was presented.
fn time_of(of: &Occurrence) -> &'static str {
    match of {
        Occurrence::Contacts(_) => "e.presented_at",
        Occurrence::Events(_) | Occurrence::Responses(_) => "e.occurred_at",
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

/// Which rows of contacts or responses, as `e`, a filter admits.
fn interactions(from: &Origin) -> String {
    let mut all = vec![];
    let mut equal = |column: &str, value: &Option<String>| {
        if let Some(value) = value {
            all.push(format!("e.{column} = {}", quoted(value)));
        }
    };
    match from {
        Origin::Contacts(filter) => {
            equal("channel", &filter.channel);
            equal("offer", &filter.offer);
            equal("category", &filter.category);
            equal("placement", &filter.placement);
            all.push("e.status = 'presented' AND NOT COALESCE(e.control, FALSE)".to_owned());
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
        }
        Origin::Slot(_) => {}
    }
    all.join(" AND ")
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
