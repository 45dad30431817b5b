//! Events from rows: cells become identifiers, attributes and properties, lines become totals.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Identity;
use super::decimal::Decimal;
use super::mapping::{Field, FieldKind, Mapping, Place, Rule, Target, Unidentified};
use super::read::Row;
use super::time;
use super::words::{shown, truth, whole};
use crate::event::wire::{EventKind, IDENTIFIER_LIMIT_BYTES, WireEvent};
use crate::identity::blocked;

/// Largest event, in bytes: an invoice may have hundreds of lines.
const EVENT_LIMIT_BYTES: usize = 1 << 20;

/// Why a row is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowProblem {
    /// The row, from 1, without the header.
    pub row: u64,
    /// The column, when one is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What stands there.
    pub value: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// What became of a row or a group of rows.
#[derive(Debug)]
pub enum Built {
    /// An event.
    Event(Box<WireEvent>),
    /// Left out, as a rule says.
    Skipped,
    /// Not taken in; every problem that was found.
    Rejected(Vec<RowProblem>),
}

/// A mapping made ready for a file.
pub struct Builder {
    mapping: Mapping,
    columns: Vec<String>,
    places: HashMap<String, usize>,
    zone: TimeZone,
    /// How its events are known again.
    pub(crate) identity: Identity,
}

/// A value that could not be read: what is wrong, and what to do.
pub(super) type Wrong = (String, String);

impl Builder {
    /// Makes a mapping ready; it must have no problems.
    pub fn new(mapping: Mapping, columns: Vec<String>) -> Builder {
        let places = columns
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), at))
            .collect();
        let zone = mapping.time.as_ref().map(|time| time.zone.as_str());
        let zone = zone
            .and_then(|zone| TimeZone::get(zone).ok())
            .unwrap_or(TimeZone::UTC);
        Builder {
            mapping,
            columns,
            places,
            zone,
            identity: Identity::Place(String::new()),
        }
    }

    fn place(&self, column: &str) -> usize {
        self.places.get(column).copied().unwrap_or(usize::MAX)
    }

    /// The value that rows of one event share; `None` when each row is one.
    pub fn group_key(&self, row: &Row) -> Option<String> {
        let group = self.mapping.group.as_ref()?;
        // Rows without a value are events of their own and fail there.
        let own = || format!("\0row {}", row.number);
        Some(row.text(self.place(&group.column)).unwrap_or_else(own))
    }

    /// Whether rows are grouped at all.
    pub fn grouped(&self) -> bool {
        self.mapping.group.is_some()
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The event of one row, or of the rows of one group.
    pub fn build(&self, rows: &[Row]) -> Built {
        let mut problems = vec![];
        for row in rows {
            if let Some(why) = &row.broken {
                problems.push(RowProblem {
                    row: row.number,
                    column: None,
                    value: shown(row.cell(0)),
                    message: why.clone(),
                    remedy: "repair the row".to_owned(),
                });
            }
        }
        if !problems.is_empty() {
            return Built::Rejected(with_company(problems, rows));
        }
        let Some(first) = rows.first() else {
            return Built::Skipped;
        };
        let rule = self.rule(first);
        if rule.is_some_and(|rule| rule.skip) {
            return Built::Skipped;
        }
        let event = self.event(rows, rule, &mut problems);
        match event {
            Some(event) if problems.is_empty() => Built::Event(Box::new(event)),
            Some(_) | None => Built::Rejected(with_company(problems, rows)),
        }
    }

    fn rule(&self, row: &Row) -> Option<&Rule> {
        let rules = &self.mapping.event.as_ref()?.rules;
        rules.iter().find(|rule| {
            let value = row.text(self.place(&rule.column)).unwrap_or_default();
            match (&rule.starts_with, &rule.equals) {
                (Some(beginning), _) => value.starts_with(beginning.as_str()),
                (None, Some(whole)) => value == *whole,
                (None, None) => false,
            }
        })
    }

    fn event(
        &self,
        rows: &[Row],
        rule: Option<&Rule>,
        problems: &mut Vec<RowProblem>,
    ) -> Option<WireEvent> {
        let first = rows.first()?;
        let negate = rule.map(|rule| rule.negate.as_slice()).unwrap_or_default();
        let (mut properties, mut attributes) = (Map::new(), Map::new());
        match self.mapping.target {
            Target::Events => properties.extend(self.mapping.constants.clone()),
            Target::Customers => attributes.extend(self.mapping.constants.clone()),
        }
        self.fields(rows, negate, &mut properties, &mut attributes, problems);
        let mut name = self.name(first, rule, problems);
        let message_id = self.message_id(first);
        let user_id = self.identifier(rows, self.mapping.user_id.as_deref(), problems);
        let mut anonymous_id =
            self.identifier(rows, self.mapping.anonymous_id.as_deref(), problems);
        if user_id.is_none() && anonymous_id.is_none() {
            match self.mapping.unidentified {
                Unidentified::Anonymous => anonymous_id = Some(message_id.clone()),
                Unidentified::Reject => problems.push(self.problem(
                    first,
                    self.mapping.user_id.as_deref(),
                    (
                        "the row names nobody".into(),
                        "fill in who the customer is".into(),
                    ),
                )),
            }
        }
        let timestamp = self.timestamp(first, problems);
        let kind = match self.mapping.target {
            Target::Events => EventKind::Track,
            Target::Customers => EventKind::Identify,
        };
        if kind == EventKind::Identify {
            (properties, name) = (std::mem::take(&mut attributes), String::new());
        }
        let properties = serde_json::value::to_raw_value(&properties).ok()?;
        if properties.get().len() > EVENT_LIMIT_BYTES {
            let message = format!("the event has {} bytes", properties.get().len());
            let remedy = format!("at most {EVENT_LIMIT_BYTES} fit; group by another column");
            problems.push(self.problem(first, None, (message, remedy)));
        }
        Some(WireEvent {
            kind,
            name,
            message_id: Some(message_id),
            user_id,
            anonymous_id,
            previous_id: None,
            group_id: None,
            timestamp,
            sent_at: None,
            raw_len: properties.get().len(),
            properties,
            attributes: match attributes.is_empty() {
                true => None,
                false => Some(serde_json::value::to_raw_value(&attributes).ok()?),
            },
            attributes_once: None,
            context: None,
        })
    }

    /// An id that this row has in every import of the same content.
    fn message_id(&self, row: &Row) -> String {
        let own = self.mapping.message_id.as_deref();
        if let Some(id) = own.and_then(|column| row.text(self.place(column)))
            && id.chars().count() <= 100
        {
            return id;
        }
        let (within, key) = match &self.identity {
            Identity::Place(content) => (content, self.group_key(row)),
            Identity::Content(feed) => (feed, serde_json::to_string(&row.cells).ok()),
        };
        let key = key.unwrap_or_else(|| row.number.to_string());
        let target: &[u8] = match self.mapping.target {
            Target::Events => b"events\0",
            Target::Customers => b"customers\0",
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(target).update(within.as_bytes()).update(&[0]);
        format!(
            "imp-{}",
            &hasher.update(key.as_bytes()).finalize().to_hex()[..32]
        )
    }

    fn name(&self, row: &Row, rule: Option<&Rule>, problems: &mut Vec<RowProblem>) -> String {
        let Some(event) = &self.mapping.event else {
            return String::new();
        };
        if let Some(name) = rule.and_then(|rule| rule.name.as_ref()) {
            return name.clone();
        }
        let said = event
            .column
            .as_ref()
            .and_then(|column| row.text(self.place(column)));
        match said.or_else(|| event.name.clone()) {
            Some(name) if name.chars().count() <= 100 => name,
            Some(_) | None => {
                let wrong = (
                    "the event has no name of 1 to 100 characters",
                    "name the event",
                );
                let wrong = (wrong.0.to_owned(), wrong.1.to_owned());
                problems.push(self.problem(row, event.column.as_deref(), wrong));
                String::new()
            }
        }
    }

    /// An identifier that all rows of an event agree on.
    fn identifier(
        &self,
        rows: &[Row],
        column: Option<&str>,
        problems: &mut Vec<RowProblem>,
    ) -> Option<String> {
        let column = column?;
        let place = self.place(column);
        let mut found: Option<String> = None;
        for row in rows {
            let Some(value) = row.text(place).map(whole).filter(|value| !blocked(value)) else {
                continue;
            };
            if value.len() > IDENTIFIER_LIMIT_BYTES {
                let message = format!("an identifier has at most {IDENTIFIER_LIMIT_BYTES} bytes");
                problems.push(self.problem(row, Some(column), (message, "shorten it".into())));
            }
            match &found {
                Some(known) if *known != value => {
                    let message = format!("another row of this group names {known}");
                    let remedy = "group by a column that belongs to one customer";
                    problems.push(self.problem(row, Some(column), (message, remedy.into())));
                }
                Some(_) => {}
                None => found = Some(value),
            }
        }
        found
    }

    fn timestamp(&self, row: &Row, problems: &mut Vec<RowProblem>) -> Option<i64> {
        let wanted = self.mapping.time.as_ref()?;
        let text = row.text(self.place(&wanted.column)).unwrap_or_default();
        let read = time::parse(&text, wanted.format, &self.zone);
        if read.is_none() {
            let message = match text.is_empty() {
                true => "the time is missing".to_owned(),
                false => "this is no time in the chosen format".to_owned(),
            };
            let remedy = format!("write it like {}", wanted.format.example());
            problems.push(self.problem(row, Some(&wanted.column), (message, remedy)));
        }
        read
    }

    fn fields(
        &self,
        rows: &[Row],
        negate: &[String],
        properties: &mut Map<String, Value>,
        attributes: &mut Map<String, Value>,
        problems: &mut Vec<RowProblem>,
    ) {
        let mut lines: Vec<Value> = vec![];
        let mut total = Decimal::default();
        for row in rows {
            let mut line = Map::new();
            let mut numbers: HashMap<&str, Decimal> = HashMap::new();
            for field in &self.mapping.fields {
                let value = match self.value(row, field, negate) {
                    Ok(Some(value)) => value,
                    Ok(None) => continue,
                    Err(wrong) => {
                        problems.push(self.problem(row, Some(&field.column), wrong));
                        continue;
                    }
                };
                let target = match field.to {
                    Place::Property => &mut *properties,
                    Place::Attribute => &mut *attributes,
                    Place::Line => &mut line,
                };
                if field.to == Place::Line
                    && let Cell::Number(number) = value
                {
                    numbers.insert(&field.name, number);
                }
                // Of what all rows share the first value counts.
                target
                    .entry(field.name.clone())
                    .or_insert_with(|| value.json());
            }
            if let Some(sum) = self.line_total(row, &numbers, problems) {
                total = total.plus(sum);
            }
            lines.push(line.into());
        }
        if let Some(group) = &self.mapping.group {
            properties.insert(group.lines.clone(), lines.into());
            if let Some(wanted) = &group.total {
                properties.insert(wanted.name.clone(), total.to_json());
            }
        }
    }

    fn line_total(
        &self,
        row: &Row,
        numbers: &HashMap<&str, Decimal>,
        problems: &mut Vec<RowProblem>,
    ) -> Option<Decimal> {
        let wanted = self.mapping.group.as_ref()?.total.as_ref()?;
        let mut product = Decimal::ONE;
        for name in &wanted.multiply {
            let Some(number) = numbers.get(name.as_str()) else {
                let named = |field: &&Field| field.to == Place::Line && field.name == *name;
                let field = self.mapping.fields.iter().find(named);
                let column = field.map(|field| field.column.as_str());
                // A wrong number has its own problem already.
                if column.is_some_and(|column| row.text(self.place(column)).is_none()) {
                    let message = format!("the total needs the {name} of every line");
                    problems.push(self.problem(row, column, (message, "fill it in".into())));
                }
                return None;
            };
            product = match product.times(*number) {
                Some(product) => product,
                None => {
                    let wrong = ("the total is too large".into(), "check the numbers".into());
                    problems.push(self.problem(row, None, wrong));
                    return None;
                }
            };
        }
        Some(product)
    }

    fn value(&self, row: &Row, field: &Field, negate: &[String]) -> Result<Option<Cell>, Wrong> {
        let value = row.cell(self.place(&field.column));
        if value.is_null() {
            return Ok(None);
        }
        let text = || {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        Ok(Some(match field.kind {
            FieldKind::Auto => Cell::Json(value.clone()),
            FieldKind::Text => Cell::Json(whole(text()).into()),
            FieldKind::Number => {
                let number = Decimal::of(value, self.mapping.decimal).ok_or_else(|| {
                    let remedy = "write a number like 1234.5, or read the column as text";
                    ("this is no number".to_owned(), remedy.to_owned())
                })?;
                let opposite = negate.contains(&field.name);
                Cell::Number(if opposite { number.negated() } else { number })
            }
            FieldKind::Boolean => Cell::Json(truth(&text())?.into()),
            FieldKind::Time => {
                let format = self.mapping.time.as_ref().map(|time| time.format);
                let read = time::parse(&text(), format.unwrap_or_default(), &self.zone)
                    .or_else(|| time::parse(&text(), time::TimeFormat::Iso, &self.zone));
                let ms = read.ok_or_else(|| {
                    let remedy = format!("write it like {}", format.unwrap_or_default().example());
                    ("this is no time".to_owned(), remedy)
                })?;
                Cell::Json(store::Timestamp(ms).to_string().into())
            }
        }))
    }

    fn problem(&self, row: &Row, column: Option<&str>, (message, remedy): Wrong) -> RowProblem {
        let value = column.map_or_else(String::new, |column| shown(row.cell(self.place(column))));
        RowProblem {
            row: row.number,
            column: column.map(str::to_owned),
            value,
            message,
            remedy,
        }
    }
}

/// A value on its way into an event.
enum Cell {
    Number(Decimal),
    Json(Value),
}

impl Cell {
    fn json(self) -> Value {
        match self {
            Cell::Number(number) => number.to_json(),
            Cell::Json(value) => value,
        }
    }
}

/// Rows that are left out because another row of their event has a problem are told, too.
fn with_company(mut problems: Vec<RowProblem>, rows: &[Row]) -> Vec<RowProblem> {
    let Some(first) = problems.first().map(|problem| problem.row) else {
        return problems;
    };
    for row in rows {
        if !problems.iter().any(|problem| problem.row == row.number) {
            problems.push(RowProblem {
                row: row.number,
                column: None,
                value: String::new(),
                message: format!("it belongs to one event with row {first}, which has a problem"),
                remedy: format!("repair row {first}"),
            });
        }
    }
    problems.sort_by_key(|problem| problem.row);
    problems
}
