//! Reading: from batches of events to timelines, one customer after the other.

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use memory::criteria::{EventView, ValueView, matches_pattern, visit_property};
use memory::event::noted;
use serde_json::Value;

use super::plan::Plan;
use super::timeline::{Cell, Event, Names, Timeline};

/// Columns of the lake that hold everything criteria see of a property of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promoted {
    /// Where its texts stand.
    pub text: Option<String>,
    /// Where its numbers stand.
    pub number: Option<String>,
}

/// Why a batch cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the column {0} is missing or of another kind")]
pub struct Unreadable(pub &'static str);

/// How events are read: the plan, and which properties have columns of their own.
#[derive(Debug, Clone)]
pub struct Reader {
    plan: Plan,
    /// For each column of the plan and each pattern it is read of: columns of the lake.
    promoted: Vec<Promoted>,
    properties: bool,
    context: bool,
}

impl Reader {
    /// A reader for a plan; `promoted` knows the columns of a property of an event, `events` are
    /// the names of all events there are.
    pub fn new(plan: Plan, events: &[String], promoted: impl Fn(&str, &str) -> Promoted) -> Reader {
        // A column is read of all events only when it says everything about each of them.
        let of_all = |path: &str| {
            let mut columns = events.iter().map(|event| promoted(event, path));
            let first = columns.next().unwrap_or_default();
            match columns.all(|other| other == first) {
                true => first,
                false => Promoted::default(),
            }
        };
        let of = |column: &super::plan::Column| match column.pattern {
            Some(pattern) => promoted(&plan.patterns[pattern].event, &column.path),
            None => of_all(&column.path),
        };
        let promoted: Vec<Promoted> = plan.columns.iter().map(of).collect();
        let tests = plan.patterns.iter().flat_map(|pattern| &pattern.tests);
        let mut paths: Vec<&str> = tests.map(|test| test.name.as_str()).collect();
        for (column, promoted) in plan.columns.iter().zip(&promoted) {
            if *promoted == Promoted::default() {
                paths.push(&column.path);
            }
        }
        let context = paths.iter().any(|path| path.starts_with("context."));
        let properties = paths
            .iter()
            .any(|path| !path.starts_with("context.") && *path != super::run::NAME_PATH);
        Reader {
            promoted,
            properties,
            context,
            plan,
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The columns of the lake that are read.
    pub fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = ["customer_id", "occurred_at", "name"]
            .map(str::to_owned)
            .into();
        if self.properties {
            columns.push("properties".to_owned());
        }
        if self.context {
            columns.push("context".to_owned());
        }
        if self.plan.others.as_ref().is_some_and(Vec::is_empty) {
            columns.push("source_id".to_owned());
        }
        for promoted in &self.promoted {
            columns.extend(promoted.text.iter().cloned());
            columns.extend(promoted.number.iter().cloned());
        }
        columns.sort();
        columns.dedup();
        columns
    }
}

/// Events of one customer on their way to a timeline.
#[derive(Debug, Default)]
pub struct Page {
    customer_id: Option<u64>,
    events: Vec<Event>,
    cells: Vec<Cell>,
}

impl Page {
    /// Takes a batch; `see` gets every customer whose events are complete.
    pub fn take(
        &mut self,
        reader: &Reader,
        batch: &RecordBatch,
        names: &mut Names,
        see: &mut impl FnMut(&Timeline<'_>, &mut Names),
    ) -> Result<(), Unreadable> {
        let ids = wholes(batch, "customer_id")?;
        let times = wholes(batch, "occurred_at")?;
        let words = Words::of(batch, "name")?;
        let wanted = words.wanted(reader);
        let rows = Rows::of(reader, batch)?;
        // Our own notes about customers are nothing they did, wherever all events are looked at.
        let sources = match &reader.plan.others {
            Some(others) if others.is_empty() => Some(wholes(batch, "source_id")?),
            Some(_) | None => None,
        };
        for row in 0..batch.num_rows() {
            let customer_id = ids.value(row) as u64;
            if self.customer_id != Some(customer_id) {
                self.finish(reader, names, see);
                self.customer_id = Some(customer_id);
            }
            let Some(patterns) = wanted.get(words.key(row)).copied().flatten() else {
                continue;
            };
            let named = patterns.plain | patterns.tested != 0;
            if !named && sources.is_some_and(|of| noted(words.text(row), of.value(row))) {
                continue;
            }
            self.add(
                reader,
                &rows,
                row,
                times.value(row),
                (words.text(row), patterns),
                names,
            );
        }
        Ok(())
    }

    /// Shows the last customer.
    pub fn finish(
        &mut self,
        reader: &Reader,
        names: &mut Names,
        see: &mut impl FnMut(&Timeline<'_>, &mut Names),
    ) {
        if let Some(customer_id) = self.customer_id.take() {
            let timeline = Timeline {
                customer_id,
                events: &self.events,
                cells: &self.cells,
                width: reader.plan.columns.len(),
            };
            see(&timeline, names);
        }
        self.events.clear();
        self.cells.clear();
    }

    fn add(
        &mut self,
        reader: &Reader,
        rows: &Rows<'_>,
        row: usize,
        at_ms: i64,
        (name, patterns): (&str, Asked),
        names: &mut Names,
    ) {
        let plan = &reader.plan;
        let mut said = Said::default();
        let mut mask = patterns.plain;
        for (place, pattern) in plan.patterns.iter().enumerate() {
            if patterns.tested & (1 << place) != 0 {
                let event = said.event(rows, row, name, at_ms);
                if matches_pattern(pattern, &event) {
                    mask |= 1 << place;
                }
            }
        }
        if mask == 0 && plan.others.is_none() {
            return;
        }
        for (place, column) in plan.columns.iter().enumerate() {
            let of_it = column
                .pattern
                .is_none_or(|pattern| mask & (1 << pattern) != 0);
            let cell = if !of_it {
                Cell::Missing
            } else if column.path == super::run::NAME_PATH {
                names.cell(ValueView::Text(name))
            } else {
                rows.cell(place, row, names).unwrap_or_else(|| {
                    let event = said.event(rows, row, name, at_ms);
                    let mut found = Vec::new();
                    visit_property(&event, &column.path, &mut |value| {
                        found.push(names.cell(value));
                    });
                    found.retain(|cell| *cell != Cell::Missing);
                    Cell::joined(found)
                })
            };
            self.cells.push(cell);
        }
        self.events.push(Event { at_ms, mask });
    }
}

/// The JSON of one event, read when it is first needed.
#[derive(Default)]
struct Said(Option<(Value, Value)>);

impl Said {
    fn event<'a>(
        &'a mut self,
        rows: &Rows<'_>,
        row: usize,
        name: &'a str,
        at_ms: i64,
    ) -> EventView<'a> {
        let (properties, context) = self
            .0
            .get_or_insert_with(|| (read(rows.properties, row), read(rows.context, row)));
        EventView {
            name,
            occurred_ms: at_ms,
            properties,
            context,
        }
    }
}

fn read(texts: Option<&StringArray>, row: usize) -> Value {
    let text = texts
        .filter(|texts| texts.is_valid(row))
        .map(|texts| texts.value(row));
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(Value::Null)
}

/// Which patterns an event of one name may satisfy: without a look at it, and with one.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    plain: u64,
    tested: u64,
}

/// The names of the events of a batch.
enum Words<'a> {
    Few(&'a Int32Words, &'a StringArray),
    Many(&'a StringArray),
}

type Int32Words = datafusion::arrow::array::DictionaryArray<Int32Type>;

impl<'a> Words<'a> {
    fn of(batch: &'a RecordBatch, name: &'static str) -> Result<Words<'a>, Unreadable> {
        let column = batch.column_by_name(name).ok_or(Unreadable(name))?;
        if let Some(words) = column.as_dictionary_opt::<Int32Type>() {
            let texts = words.values().as_string_opt::<i32>();
            return Ok(Words::Few(words, texts.ok_or(Unreadable(name))?));
        }
        let texts = column.as_string_opt::<i32>();
        texts.map(Words::Many).ok_or(Unreadable(name))
    }

    fn key(&self, row: usize) -> usize {
        match self {
            Words::Few(words, _) => words.key(row).unwrap_or(usize::MAX),
            Words::Many(_) => row,
        }
    }

    fn text(&self, row: usize) -> &'a str {
        match self {
            Words::Few(words, texts) => words.key(row).map_or("", |key| texts.value(key)),
            Words::Many(texts) => texts.value(row),
        }
    }

    /// What is asked of the events of each key; `None` where they do not matter.
    fn wanted(&self, reader: &Reader) -> Vec<Option<Asked>> {
        let texts = match self {
            Words::Few(_, texts) => texts,
            Words::Many(texts) => texts,
        };
        let plan = &reader.plan;
        let asked = |place: usize| {
            if texts.is_null(place) {
                return None;
            }
            let name = texts.value(place);
            let mut asked = Asked::default();
            for (number, pattern) in plan.patterns.iter().enumerate() {
                match pattern.event == name {
                    true if pattern.tests.is_empty() => asked.plain |= 1 << number,
                    true => asked.tested |= 1 << number,
                    false => {}
                }
            }
            let other = plan.others.as_ref().is_some_and(|others| {
                others.is_empty() || others.iter().any(|other| other == name)
            });
            (other || asked.plain | asked.tested != 0).then_some(asked)
        };
        (0..texts.len()).map(asked).collect()
    }
}

/// The columns of a batch that hold what is wanted of an event.
struct Rows<'a> {
    properties: Option<&'a StringArray>,
    context: Option<&'a StringArray>,
    columns: Vec<Option<Held<'a>>>,
}

struct Held<'a> {
    text: Option<&'a dyn Array>,
    number: Option<&'a dyn Array>,
}

impl<'a> Rows<'a> {
    fn of(reader: &Reader, batch: &'a RecordBatch) -> Result<Rows<'a>, Unreadable> {
        let texts = |name: &'static str, wanted: bool| {
            if !wanted {
                return Ok(None);
            }
            let column = batch.column_by_name(name).ok_or(Unreadable(name))?;
            column
                .as_string_opt::<i32>()
                .map(Some)
                .ok_or(Unreadable(name))
        };
        let held = |promoted: &Promoted| {
            let column = |name: &Option<String>| {
                name.as_ref()
                    .and_then(|name| batch.column_by_name(name))
                    .map(|column| &**column)
            };
            let held = Held {
                text: column(&promoted.text),
                number: column(&promoted.number),
            };
            (held.text.is_some() || held.number.is_some()).then_some(held)
        };
        Ok(Rows {
            properties: texts("properties", reader.properties)?,
            context: texts("context", reader.context)?,
            columns: reader.promoted.iter().map(held).collect(),
        })
    }

    /// The value in a column of the lake; `None` when the JSON has to be read.
    fn cell(&self, column: usize, row: usize, names: &mut Names) -> Option<Cell> {
        let held = self.columns[column].as_ref()?;
        if let Some(numbers) = held
            .number
            .and_then(|one| one.as_primitive_opt::<Float64Type>())
            && numbers.is_valid(row)
        {
            return Some(Cell::Number(numbers.value(row) + 0.0));
        }
        if let Some(text) = held.text.and_then(|texts| text_at(texts, row)) {
            return Some(names.cell(ValueView::Text(text)));
        }
        Some(Cell::Missing)
    }
}

/// A text in a column of plain or of few different texts.
pub fn text_at(column: &dyn Array, row: usize) -> Option<&str> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Utf8 => Some(column.as_string::<i32>().value(row)),
        DataType::Utf8View => Some(column.as_string_view().value(row)),
        DataType::Dictionary(_, _) => {
            let words = column.as_dictionary_opt::<Int32Type>()?;
            let texts = words.values().as_string_opt::<i32>()?;
            words.key(row).map(|key| texts.value(key))
        }
        _ => None,
    }
}

/// A column of whole numbers.
pub fn wholes<'a>(
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a Int64Array, Unreadable> {
    let column = batch.column_by_name(name).ok_or(Unreadable(name))?;
    column
        .as_primitive_opt::<Int64Type>()
        .ok_or(Unreadable(name))
}
