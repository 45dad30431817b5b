//! Reading events: which rows add what to which slot, from columns where a property has one.

use std::collections::HashMap;

use datafusion::arrow::array::RecordBatch;
use serde_json::Value;

use super::super::aggregate::{AggregateSpec, EventView, Match, SlotId, Slots};
use super::super::operator::Outcome;
use super::super::property::{visit_property, visit_singles};
use super::super::value::ValueView;
use super::column::{Numbers, Result, Texts, Wholes, has};

/// The columns that hold a property of an event, if there are any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promoted {
    /// The column with its texts.
    pub text: Option<String>,
    /// The column with its numbers.
    pub number: Option<String>,
}

/// Reads events into the slots of a rule.
#[derive(Debug, Clone)]
pub(super) struct EventReader {
    slots: Vec<SlotPlan>,
    by_event: HashMap<String, Vec<usize>>,
    /// When what counts happened, in milliseconds: from and until, both included.
    times: (i64, i64),
}

/// One slot and the columns of its properties; `None` stands for reading the JSON.
#[derive(Debug, Clone)]
struct SlotPlan {
    spec: AggregateSpec,
    tests: Vec<Option<Promoted>>,
    measured: Option<Option<Promoted>>,
}

impl EventReader {
    pub(super) fn new(slots: &Slots, promoted: &dyn Fn(&str, &str) -> Promoted) -> Self {
        let mut reader = Self {
            slots: vec![],
            by_event: HashMap::new(),
            times: (i64::MIN, i64::MAX),
        };
        for spec in slots.iter() {
            let columns = |path: &str| {
                let columns = promoted(&spec.pattern.event, path);
                (columns != Promoted::default()).then_some(columns)
            };
            let plan = SlotPlan {
                tests: spec
                    .pattern
                    .tests
                    .iter()
                    .map(|test| columns(&test.name))
                    .collect(),
                measured: spec.measured.as_deref().map(columns),
                spec: spec.clone(),
            };
            let event = spec.pattern.event.clone();
            let places = reader.by_event.entry(event).or_default();
            places.push(reader.slots.len());
            reader.slots.push(plan);
        }
        reader
    }

    /// Leaves out what happened before or after these moments.
    pub(super) fn between(self, from_ms: i64, until_ms: i64) -> Self {
        Self {
            times: (from_ms, until_ms),
            ..self
        }
    }

    /// The slots in their order.
    pub(super) fn ids(&self) -> Vec<SlotId> {
        self.slots.iter().map(|plan| plan.spec.id).collect()
    }

    /// The slots for events of a name.
    fn places(&self, event: &str) -> &[usize] {
        self.by_event.get(event).map_or(&[], Vec::as_slice)
    }

    /// Every column that must be read.
    pub(super) fn columns(&self) -> Vec<String> {
        let mut columns = vec![];
        for plan in &self.slots {
            for way in plan.tests.iter().chain(&plan.measured) {
                match way {
                    Some(promoted) => columns.extend(promoted.text.iter().cloned()),
                    None => columns.extend(["properties", "context"].map(str::to_owned)),
                }
                let number = way.as_ref().and_then(|promoted| promoted.number.clone());
                columns.extend(number);
            }
        }
        columns.sort();
        columns.dedup();
        columns
    }

    /// Calls `add` with the customer, the slot and the match of everything that rows add, and
    /// `begin` for each row's customer before it.
    pub(super) fn read(
        &self,
        batch: &RecordBatch,
        add: &mut impl FnMut(u64, usize, Match),
    ) -> Result<()> {
        let customers = Wholes::of(batch, "customer_id")?;
        let times = Wholes::of(batch, "occurred_at")?;
        let names = Texts::of(batch, "name")?;
        let ways = self.ways(batch)?;
        let raw = Raw::of(batch)?;
        let mut wanted = Wanted::of(self, &names);
        for row in 0..batch.num_rows() {
            let places = wanted.places(row);
            if places.is_empty() {
                continue;
            }
            let (Some(customer), Some(at)) = (customers.get(row), times.get(row)) else {
                continue;
            };
            if at < self.times.0 || at > self.times.1 {
                continue;
            }
            let mut parsed = None;
            for place in places {
                let (plan, ways) = (&self.slots[*place], &ways[*place]);
                let mut event = Event {
                    at,
                    row,
                    raw: &raw,
                    parsed: &mut parsed,
                };
                event.measure(plan, ways, &mut |found| add(customer as u64, *place, found));
            }
        }
        Ok(())
    }

    fn ways<'b>(&self, batch: &'b RecordBatch) -> Result<Vec<Ways<'b>>> {
        let mut all = vec![];
        for plan in &self.slots {
            let tests: Result<Vec<_>> = plan.tests.iter().map(|way| Way::of(batch, way)).collect();
            let measured = plan.measured.as_ref().map(|way| Way::of(batch, way));
            all.push(Ways {
                tests: tests?,
                measured: measured.transpose()?,
            });
        }
        Ok(all)
    }
}

/// The slots that rows of one batch are for, by the names of their events.
struct Wanted<'a> {
    reader: &'a EventReader,
    names: &'a Texts<'a>,
    /// The keys of names, and the slots of each.
    keyed: Option<(&'a [i32], Vec<&'a [usize]>)>,
    /// The name that was looked up last, and its slots.
    last: (&'a str, &'a [usize]),
}

impl<'a> Wanted<'a> {
    fn of(reader: &'a EventReader, names: &'a Texts<'a>) -> Self {
        let keyed = names.keyed().map(|(keys, texts)| {
            let texts = texts.into_iter();
            let places = texts.map(|text| text.map_or(&[][..], |name| reader.places(name)));
            (keys, places.collect())
        });
        Self {
            reader,
            names,
            keyed,
            last: ("", &[]),
        }
    }

    fn places(&mut self, row: usize) -> &'a [usize] {
        if let Some((keys, places)) = &self.keyed {
            return usize::try_from(keys[row]).map_or(&[], |key| places[key]);
        }
        let Some(name) = self.names.get(row) else {
            return &[];
        };
        if name != self.last.0 {
            self.last = (name, self.reader.places(name));
        }
        self.last.1
    }
}

/// How the properties of a slot are read in one batch.
struct Ways<'b> {
    tests: Vec<Way<'b>>,
    measured: Option<Way<'b>>,
}

enum Way<'b> {
    Columns(Option<Texts<'b>>, Option<Numbers<'b>>),
    Json,
}

impl<'b> Way<'b> {
    fn of(batch: &'b RecordBatch, promoted: &Option<Promoted>) -> Result<Self> {
        let Some(promoted) = promoted else {
            return Ok(Way::Json);
        };
        let text = promoted.text.as_ref();
        let text = text.map(|name| Texts::of(batch, name)).transpose()?;
        let number = promoted.number.as_ref();
        let number = number.map(|name| Numbers::of(batch, name)).transpose()?;
        Ok(Way::Columns(text, number))
    }
}

/// The JSON of a batch, where it was asked for.
struct Raw<'b> {
    properties: Option<Texts<'b>>,
    context: Option<Texts<'b>>,
}

impl<'b> Raw<'b> {
    fn of(batch: &'b RecordBatch) -> Result<Self> {
        let texts = |name: &str| has(batch, name).then(|| Texts::of(batch, name));
        Ok(Self {
            properties: texts("properties").transpose()?,
            context: texts("context").transpose()?,
        })
    }
}

/// One row; its JSON is read once, and only if somebody asks.
struct Event<'a, 'b> {
    at: i64,
    row: usize,
    raw: &'a Raw<'b>,
    parsed: &'a mut Option<(Value, Value)>,
}

impl Event<'_, '_> {
    fn measure(&mut self, plan: &SlotPlan, ways: &Ways<'_>, add: &mut impl FnMut(Match)) {
        let tests = plan.spec.pattern.tests.iter().zip(&ways.tests);
        for (named, way) in tests {
            let mut outcome = Outcome::new(&named.test, self.at);
            self.visit(way, &named.name, &mut |value| outcome.see(value));
            if !outcome.verdict() {
                return;
            }
        }
        let at = self.at;
        match (&plan.spec.measured, &ways.measured) {
            (Some(path), Some(way)) => self.visit(way, path, &mut |value| {
                visit_singles(value, &mut |single| {
                    Match::of(at, single).into_iter().for_each(&mut *add);
                });
            }),
            (_, _) => add(Match::at(at)),
        }
    }

    fn visit(&mut self, way: &Way<'_>, path: &str, see: &mut impl FnMut(ValueView<'_>)) {
        match way {
            Way::Columns(texts, numbers) => {
                let text = texts.as_ref().and_then(|texts| texts.get(self.row));
                let number = numbers.as_ref().and_then(|numbers| numbers.get(self.row));
                match (text, number) {
                    (_, Some(number)) => see(ValueView::Number(number)),
                    (Some(text), None) => see(ValueView::Text(text)),
                    (None, None) => {}
                }
            }
            Way::Json => {
                let (raw, row) = (self.raw, self.row);
                let (properties, context) = self
                    .parsed
                    .get_or_insert_with(|| (parse(&raw.properties, row), parse(&raw.context, row)));
                let view = EventView {
                    name: "",
                    occurred_ms: self.at,
                    properties,
                    context,
                };
                visit_property(&view, path, &mut |value| see(value));
            }
        }
    }
}

fn parse(texts: &Option<Texts<'_>>, row: usize) -> Value {
    let text = texts.as_ref().and_then(|texts| texts.get(row));
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(Value::Null)
}
