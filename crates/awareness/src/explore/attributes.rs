//! Attributes of all customers, as far as a question asks for them.

use std::collections::HashMap;

use super::timeline::{Cell, Names};

/// The customers there are, in order, and their values.
#[derive(Debug, Default)]
pub struct Attributes {
    /// Every customer, in order.
    pub ids: Vec<u64>,
    /// The texts that cells refer to.
    pub names: Names,
    columns: HashMap<String, Values>,
}

#[derive(Debug, Default)]
struct Values {
    cells: Vec<Cell>,
    lists: bool,
}

impl Attributes {
    /// Nobody yet, and these attributes.
    pub fn new(names: impl IntoIterator<Item = String>) -> Attributes {
        let columns = names.into_iter().map(|name| (name, Values::default()));
        Attributes {
            columns: columns.collect(),
            ..Attributes::default()
        }
    }

    /// The attributes that are read.
    pub fn wanted(&self) -> Vec<String> {
        let mut names: Vec<String> = self.columns.keys().cloned().collect();
        names.sort();
        names
    }

    /// Adds the next customer; ids rise.
    pub fn push(&mut self, id: u64, mut value: impl FnMut(&str, &mut Names) -> Cell) {
        self.ids.push(id);
        for (name, values) in &mut self.columns {
            let cell = value(name, &mut self.names);
            values.lists |= matches!(cell, Cell::Many(_));
            values.cells.push(cell);
        }
    }

    /// The value of a customer, if there is one.
    pub fn cell(&self, id: u64, name: &str) -> Option<&Cell> {
        let place = self.ids.binary_search(&id).ok()?;
        let cell = self.columns.get(name)?.cells.get(place)?;
        (*cell != Cell::Missing).then_some(cell)
    }

    /// Whether nobody has more than one value.
    pub fn single(&self, name: &str) -> bool {
        self.columns.get(name).is_some_and(|values| !values.lists)
    }
}
