//! Columns that hold one property of events, or one attribute of customers, so that queries need
//! not parse JSON. Which there are follows from what data has taught us.

use std::collections::{BTreeMap, HashMap};

use datafusion::arrow::datatypes::{DataType, Field};
use serde_json::Value;
use store::Db;
use store::lake::db::{self as files_db, ColumnRow};

use super::table::words;
use crate::criteria::{EventView, Kind, ValueView, visit_property};
use crate::{Error, attribute, vocabulary};

/// Columns of properties; each costs a little in every file.
const PROPERTIES_LIMIT: usize = 160;
/// Columns of attributes.
const ATTRIBUTES_LIMIT: usize = 200;
/// Characters of a column's name.
const NAME_CHARS: usize = 48;

/// The columns that hold a property of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PropertyColumns {
    /// Where its texts stand. With no column for either kind, `properties` has to be parsed.
    pub text: Option<String>,
    /// Where its numbers stand.
    pub number: Option<String>,
}

/// The column that holds an attribute of customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeColumn {
    /// Its name.
    pub name: String,
    /// What it holds: texts, numbers (`Float64`), truths or instants (`Int64`, milliseconds).
    pub kind: Kind,
}

/// What the values of a property are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Number,
    Both,
}

/// One property with columns of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Property {
    path: String,
    name: String,
    holds: Holds,
}

/// Every column there is, as one state of the registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    properties: Vec<Property>,
    /// Event → its properties, by position in `properties`.
    of_event: HashMap<String, Vec<usize>>,
    attributes: BTreeMap<String, AttributeColumn>,
}

/// What one event holds at a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    Nothing,
    Text(String),
    Number(f64),
    /// What no column can hold: several values, a truth.
    Other,
}

impl Columns {
    /// The columns of the registry; `events` tells which events have which properties.
    pub(crate) async fn load(db: &Db) -> Result<Columns, Error> {
        let paths = vocabulary::db::paths(db).await?;
        let limit = PROPERTIES_LIMIT as i64;
        let mut columns = Columns::default();
        for row in files_db::columns(db, "event", limit).await? {
            let holds = match row.kind.as_str() {
                "text" => Holds::Text,
                "number" => Holds::Number,
                _ => Holds::Both,
            };
            let (path, name) = (row.path, row.name);
            columns.properties.push(Property { path, name, holds });
        }
        for (event, paths) in paths {
            let mine = columns.properties.iter().enumerate();
            let mine = mine.filter(|(_, property)| paths.contains(&property.path));
            let mine: Vec<usize> = mine.map(|(at, _)| at).collect();
            columns.of_event.insert(event, mine);
        }
        for row in files_db::columns(db, "customer", ATTRIBUTES_LIMIT as i64).await? {
            let column = AttributeColumn {
                name: format!("a_{}", row.name),
                kind: attribute::db::kind_of_word(&row.kind),
            };
            columns.attributes.insert(row.path, column);
        }
        Ok(columns)
    }

    /// The fields of the columns of properties.
    pub(super) fn fields(&self) -> Vec<Field> {
        let mut fields = vec![];
        for property in &self.properties {
            let columns = property.columns();
            fields.extend(columns.text.map(|name| Field::new(name, words(), true)));
            let number = columns.number;
            fields.extend(number.map(|name| Field::new(name, DataType::Float64, true)));
        }
        fields
    }

    /// The paths of properties with columns, in the order of `fields`, with how many columns each.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, PropertyColumns)> {
        let each = self.properties.iter();
        each.map(|property| (property.path.as_str(), property.columns()))
    }

    /// The paths that an event has and that have columns.
    pub(super) fn paths_of(&self, event: &str) -> impl Iterator<Item = &str> {
        let mine = self.of_event.get(event).map(Vec::as_slice);
        let mine = mine.unwrap_or_default().iter();
        mine.map(|at| self.properties[*at].path.as_str())
    }

    /// What an event holds, by position in `paths`.
    pub(super) fn look(
        &self,
        event: &str,
        properties: &Value,
        context: &Value,
    ) -> impl Iterator<Item = (usize, Held)> {
        let mine = self.of_event.get(event).map(Vec::as_slice);
        mine.unwrap_or_default().iter().map(move |at| {
            let property = &self.properties[*at];
            let held = held(properties, context, &property.path);
            let fits = match held {
                Held::Nothing | Held::Other => true,
                Held::Text(_) => property.holds != Holds::Number,
                Held::Number(_) => property.holds != Holds::Text,
            };
            (*at, if fits { held } else { Held::Other })
        })
    }

    /// Whether batches of both have the same columns.
    pub(super) fn same_layout(&self, other: &Columns) -> bool {
        self.properties == other.properties && self.attributes == other.attributes
    }

    /// The columns of a path.
    pub(super) fn property(&self, path: &str) -> Option<PropertyColumns> {
        let found = self.properties.iter().find(|known| known.path == path);
        found.map(Property::columns)
    }

    /// The columns of attributes, by key.
    pub(super) fn attributes(&self) -> &BTreeMap<String, AttributeColumn> {
        &self.attributes
    }
}

impl Property {
    fn columns(&self) -> PropertyColumns {
        let text = (self.holds != Holds::Number).then(|| format!("p_{}", self.name));
        let number = (self.holds != Holds::Text).then(|| format!("n_{}", self.name));
        PropertyColumns { text, number }
    }
}

fn held(properties: &Value, context: &Value, path: &str) -> Held {
    let mut held = Held::Nothing;
    let view = EventView {
        name: "",
        occurred_ms: 0,
        properties,
        context,
    };
    visit_property(&view, path, &mut |value| {
        held = match (&held, value) {
            (Held::Nothing, ValueView::Text(text)) => Held::Text(text.to_owned()),
            (Held::Nothing, ValueView::Number(number)) => Held::Number(number),
            _ => Held::Other,
        };
    });
    held
}

/// Adds columns for what was learned since.
pub(crate) async fn learn(db: &Db) -> Result<(), Error> {
    learn_properties(db).await?;
    learn_attributes(db).await
}

async fn learn_properties(db: &Db) -> Result<(), Error> {
    let known = files_db::columns(db, "event", PROPERTIES_LIMIT as i64).await?;
    let mut wanted: BTreeMap<String, (Option<Kind>, i64)> = BTreeMap::new();
    for event in vocabulary::db::all(db).await?.into_values() {
        for (path, property) in event.properties {
            // How often the property occurs, over all events.
            let weight = event.seen_count * property.looked_count / event.looked_count.max(1);
            let entry = wanted.entry(path).or_insert((property.kind, 0));
            entry.1 += weight.max(1);
            if entry.0 != property.kind {
                entry.0 = None;
            }
        }
    }
    let mut wanted: Vec<(String, Option<Kind>, i64)> = wanted
        .into_iter()
        .map(|(path, (kind, n))| (path, kind, n))
        .collect();
    wanted.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    wanted.retain(|(path, kind, _)| {
        !matches!(kind, Some(Kind::List | Kind::Boolean))
            && known.iter().all(|column| column.path != *path)
    });
    let mut names: Vec<String> = known.iter().map(|column| column.name.clone()).collect();
    for (path, kind, _) in wanted.into_iter().take(PROPERTIES_LIMIT - known.len()) {
        let kind = match kind {
            Some(Kind::Text | Kind::Instant) => "text",
            Some(Kind::Number) => "number",
            Some(Kind::Boolean | Kind::List) | None => "both",
        };
        let name = free_name(&path, &mut names);
        let kind = kind.to_owned();
        files_db::add_column(db, "event", &ColumnRow { path, name, kind }).await?;
    }
    Ok(())
}

async fn learn_attributes(db: &Db) -> Result<(), Error> {
    let known = files_db::columns(db, "customer", ATTRIBUTES_LIMIT as i64).await?;
    let mut names: Vec<String> = known.iter().map(|column| column.name.clone()).collect();
    let mut wanted = attribute::db::list(db).await?;
    wanted.sort_by_key(|definition| std::cmp::Reverse(definition.seen_count));
    wanted.retain(|definition| {
        definition.kind != Kind::List && known.iter().all(|column| column.path != definition.key)
    });
    for definition in wanted.into_iter().take(ATTRIBUTES_LIMIT - known.len()) {
        let name = free_name(&definition.key, &mut names);
        let kind = attribute::db::kind_word(definition.kind).to_owned();
        let path = definition.key;
        files_db::add_column(db, "customer", &ColumnRow { path, name, kind }).await?;
    }
    Ok(())
}

/// A name for a path that SQL takes without quotes and nobody has yet.
fn free_name(path: &str, names: &mut Vec<String>) -> String {
    let mut name = String::new();
    let mut lower = false;
    for letter in path.chars().take(NAME_CHARS) {
        if letter.is_ascii_uppercase() && lower {
            name.push('_');
        }
        lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        name.push(match letter.is_ascii_alphanumeric() {
            true => letter.to_ascii_lowercase(),
            false => '_',
        });
    }
    let mut free = name.clone();
    let mut number = 2;
    while names.contains(&free) {
        free = format!("{name}_{number}");
        number += 1;
    }
    names.push(free.clone());
    free
}

#[test]
fn names_need_no_quotes_and_differ() {
    let mut names = vec![];
    for (path, name) in [
        ("product_id", "product_id"),
        ("productId", "product_id_2"),
        ("context.page.url", "context_page_url"),
        ("Größe", "gr__e"),
    ] {
        assert_eq!(free_name(path, &mut names), name);
    }
}
