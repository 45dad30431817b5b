//! Mappings: which column of a file means what.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::definition::Problem;
use utoipa::ToSchema;

use super::decimal::DecimalMark;
use super::time::TimeFormat;

/// Longest name of a field or event, in characters.
const NAME_LIMIT_CHARS: usize = 100;
/// Most fields of a mapping.
const FIELDS_LIMIT: usize = 500;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Each row says who a customer is.
    Customers,
    /// Each row, or group of rows, is something a customer did.
    Events,
}

/// What happens with rows that name nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unidentified {
    /// They are rejected.
    #[default]
    Reject,
    /// Each makes an anonymous customer of its own, so that totals stay right.
    Anonymous,
}

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What the rows are.
    #[serde(rename = "as")]
    pub target: Target,
    /// Column with the company's number of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Column with a browser or device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// What happens with rows that name nobody.
    #[serde(default)]
    pub unidentified: Unidentified,
    /// What the events are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventName>,
    /// When it happened; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeColumn>,
    /// Which rows together are one event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Grouping>,
    /// What the other columns mean.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Properties (of events) or attributes (of customers) that every row has.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub constants: Map<String, Value>,
    /// Column with an id of the row that never changes; made of content and place when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Which sign separates the fraction of numbers.
    #[serde(default)]
    pub decimal: DecimalMark,
}

/// What events are called.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventName {
    /// The name of all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Or the column that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Exceptions; the first that fits decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// An exception for some rows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The column that is looked at.
    pub column: String,
    /// Fits when it begins so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<String>,
    /// Fits when it is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
    /// What the event is called then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Fields whose sign changes, for example the quantity of what was sent back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negate: Vec<String>,
    /// True: such rows are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
}

/// When it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeColumn {
    /// The column.
    pub column: String,
    /// How it writes times.
    #[serde(default)]
    pub format: TimeFormat,
    /// The zone of times that name none.
    #[serde(default = "utc")]
    #[schema(example = "Europe/London")]
    pub zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Which rows together are one event, for example the lines of an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// Rows with the same value are one event.
    pub column: String,
    /// The property that lists the lines.
    #[serde(default = "products")]
    pub lines: String,
    /// The sum over the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

fn products() -> String {
    "products".to_owned()
}

/// A sum over lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Total {
    /// The property that holds it.
    pub name: String,
    /// The fields of a line whose product is added.
    pub multiply: Vec<String>,
}

/// What a column means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The column.
    pub column: String,
    /// Where its value goes.
    pub to: Place,
    /// Under which name.
    pub name: String,
    /// What kind of value it must be.
    #[serde(default)]
    pub kind: FieldKind,
}

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A property of the event.
    Property,
    /// A field of each line of a grouped event.
    Line,
    /// An attribute of the customer.
    Attribute,
}

/// What kind of value a cell must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// As it stands: text of a CSV file stays text.
    #[default]
    Auto,
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false; yes and no, 1 and 0 count as well.
    Boolean,
    /// A time.
    Time,
}

impl Mapping {
    /// What is wrong with the mapping for a file with these columns.
    pub fn problems(&self, columns: &[String]) -> Vec<Problem> {
        let mut problems = vec![];
        let mut check = |path: String, column: &str| {
            if !columns.iter().any(|known| known == column) {
                let problem = Problem::new(path, format!("the file has no column {column:?}"));
                problems.push(problem.hint(format!("it has {}", columns.join(", "))));
            }
        };
        let alone = [
            ("/user_id", &self.user_id),
            ("/anonymous_id", &self.anonymous_id),
            ("/message_id", &self.message_id),
        ];
        for (path, column) in alone {
            if let Some(column) = column {
                check(path.to_owned(), column);
            }
        }
        if let Some(time) = &self.time {
            check("/time/column".to_owned(), &time.column);
        }
        if let Some(group) = &self.group {
            check("/group/column".to_owned(), &group.column);
        }
        for (index, field) in self.fields.iter().enumerate() {
            check(format!("/fields/{index}/column"), &field.column);
        }
        if let Some(event) = &self.event {
            if let Some(column) = &event.column {
                check("/event/column".to_owned(), column);
            }
            for (index, rule) in event.rules.iter().enumerate() {
                check(format!("/event/rules/{index}/column"), &rule.column);
            }
        }
        self.identity_problems(&mut problems);
        self.event_problems(&mut problems);
        self.field_problems(&mut problems);
        problems
    }

    /// Every column that it speaks of.
    pub fn columns(&self) -> Vec<String> {
        let alone = [&self.user_id, &self.anonymous_id, &self.message_id];
        let mut columns: Vec<String> = alone.into_iter().flatten().cloned().collect();
        columns.extend(self.time.iter().map(|time| time.column.clone()));
        columns.extend(self.group.iter().map(|group| group.column.clone()));
        columns.extend(self.fields.iter().map(|field| field.column.clone()));
        if let Some(event) = &self.event {
            columns.extend(event.column.clone());
            columns.extend(event.rules.iter().map(|rule| rule.column.clone()));
        }
        columns
    }

    fn identity_problems(&self, problems: &mut Vec<Problem>) {
        let nobody = self.user_id.is_none() && self.anonymous_id.is_none();
        if nobody && self.unidentified == Unidentified::Reject {
            let problem = Problem::new("/user_id", "no column says who the customer is");
            problems.push(problem.hint("give user_id or anonymous_id"));
        }
        if let Some(time) = &self.time
            && jiff::tz::TimeZone::get(&time.zone).is_err()
        {
            let message = format!("there is no time zone {:?}", time.zone);
            let problem = Problem::new("/time/zone", message);
            problems.push(problem.hint("write it like Europe/London, or UTC"));
        }
    }

    fn event_problems(&self, problems: &mut Vec<Problem>) {
        let events = self.target == Target::Events;
        let named = self.event.as_ref().is_some_and(|event| {
            event.column.is_some() || event.name.as_ref().is_some_and(|name| fits(name))
        });
        if events && !named {
            let problem = Problem::new("/event", "the events have no name");
            problems.push(
                problem.hint("give event.name, for example Order Completed, or event.column"),
            );
        }
        if !events && (self.event.is_some() || self.group.is_some()) {
            let path = if self.event.is_some() {
                "/event"
            } else {
                "/group"
            };
            let problem = Problem::new(path, "customers are no events");
            problems.push(problem.hint("import as events, or leave this out"));
        }
        for (index, rule) in self.event.iter().flat_map(|event| &event.rules).enumerate() {
            let path = format!("/event/rules/{index}");
            if rule.starts_with.is_some() == rule.equals.is_some() {
                let message = "a rule needs either starts_with or equals";
                problems.push(Problem::new(path.clone(), message));
            }
            if !rule.skip && rule.name.is_none() && rule.negate.is_empty() {
                let problem = Problem::new(path, "the rule does nothing");
                problems.push(problem.hint("give name, negate or skip"));
            }
        }
        let Some(total) = self.group.as_ref().and_then(|group| group.total.as_ref()) else {
            return;
        };
        for (index, name) in total.multiply.iter().enumerate() {
            let line = self
                .fields
                .iter()
                .find(|field| field.to == Place::Line && field.name == *name);
            if line.is_none_or(|field| field.kind != FieldKind::Number) {
                let path = format!("/group/total/multiply/{index}");
                let message = format!("no field of a line is a number called {name:?}");
                problems.push(Problem::new(path, message));
            }
        }
        if total.multiply.is_empty() {
            let message = "a total needs at least one field of a line";
            problems.push(Problem::new("/group/total/multiply", message));
        }
    }

    fn field_problems(&self, problems: &mut Vec<Problem>) {
        if self.fields.len() > FIELDS_LIMIT {
            let message = format!("a mapping has at most {FIELDS_LIMIT} fields");
            problems.push(Problem::new("/fields", message));
        }
        for (index, field) in self.fields.iter().enumerate() {
            if !fits(&field.name) {
                let message = format!("a name has 1 to {NAME_LIMIT_CHARS} characters");
                problems.push(Problem::new(format!("/fields/{index}/name"), message));
            }
            let path = format!("/fields/{index}/to");
            if field.to == Place::Line && self.group.is_none() {
                let problem = Problem::new(path, "there are no lines without a group");
                problems.push(problem.hint("give group.column, or make it a property"));
            } else if field.to != Place::Attribute && self.target == Target::Customers {
                let problem = Problem::new(path, "customers have attributes only");
                problems.push(problem.hint("write \"to\": \"attribute\""));
            }
        }
    }
}

fn fits(name: &str) -> bool {
    let length = name.trim().chars().count();
    length > 0 && length <= NAME_LIMIT_CHARS
}
