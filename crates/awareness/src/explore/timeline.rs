//! Timelines: the events of one customer in order, reduced to what a question needs of them.

use std::collections::HashMap;

use memory::criteria::{AttributeValue, ValueView};

/// One event: when, and which of the wanted patterns it satisfies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When it happened, in milliseconds since the epoch.
    pub at_ms: i64,
    /// One bit per wanted pattern.
    pub mask: u64,
}

impl Event {
    /// Whether it satisfies the pattern of a number.
    pub fn is(&self, pattern: usize) -> bool {
        self.mask & (1 << pattern) != 0
    }
}

/// A wanted value of an event.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// There is none.
    #[default]
    Missing,
    /// A number, and its text by number.
    Number(f64),
    /// Something else, by the number of its text.
    Text(u32),
    /// Several values.
    Many(Box<[Cell]>),
}

impl Cell {
    /// Calls `see` with every single value.
    pub fn each(&self, see: &mut impl FnMut(&Cell)) {
        match self {
            Cell::Missing => {}
            Cell::Number(_) | Cell::Text(_) => see(self),
            Cell::Many(cells) => cells.iter().for_each(see),
        }
    }

    /// The value of a path that leads to several, put together.
    pub fn joined(mut found: Vec<Cell>) -> Cell {
        match found.len() {
            0 => Cell::Missing,
            1 => found.remove(0),
            _ => Cell::Many(found.into()),
        }
    }
}

/// One customer with events, oldest first; ties in the order of arrival.
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'a> {
    /// The customer.
    pub customer_id: u64,
    /// What happened.
    pub events: &'a [Event],
    /// The wanted values of the events, `width` for each.
    pub cells: &'a [Cell],
    /// How many values each event has.
    pub width: usize,
}

impl Timeline<'_> {
    /// A wanted value of an event.
    pub fn cell(&self, event: usize, column: usize) -> &Cell {
        &self.cells[event * self.width + column]
    }
}

/// Texts by number. A text begins with a letter for its kind: `t` text, `n` number, `b` boolean,
/// `d` instant, `l` a label of ours.
#[derive(Debug, Clone, Default)]
pub struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Names {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).expect("fewer than 2^32 different values");
        self.numbers.insert(text.into(), number);
        self.texts.push(text.into());
        number
    }

    /// The number of a label of ours.
    pub fn label(&mut self, label: &str) -> u32 {
        self.number(&format!("l{label}"))
    }

    /// How many different texts there are; their numbers begin with 0.
    pub fn count(&self) -> u32 {
        u32::try_from(self.texts.len()).expect("fewer than 2^32 different values")
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// The cell of a value; lists become several.
    pub fn cell(&mut self, value: ValueView<'_>) -> Cell {
        match value {
            ValueView::Number(number) => Cell::Number(number + 0.0),
            ValueView::Bool(truth) => {
                Cell::Text(self.number(if truth { "btrue" } else { "bfalse" }))
            }
            ValueView::Text(text) => Cell::Text(self.number(&format!("t{text}"))),
            ValueView::Instant(ms) => Cell::Text(self.number(&format!("d{ms}"))),
            ValueView::Texts(texts) => {
                let cells = texts.iter().map(|text| self.cell(ValueView::Text(text)));
                Cell::joined(cells.collect())
            }
            ValueView::Items(items) => {
                let views: Vec<ValueView<'_>> =
                    items.iter().filter_map(ValueView::from_json).collect();
                let singles = views
                    .into_iter()
                    .filter(|view| !matches!(view, ValueView::Items(_) | ValueView::Texts(_)));
                let cells: Vec<Cell> = singles.map(|view| self.cell(view)).collect();
                Cell::joined(cells)
            }
        }
    }

    /// The number of the text of a single cell.
    pub fn of_cell(&mut self, cell: &Cell) -> Option<u32> {
        match cell {
            Cell::Number(number) => Some(self.number(&format!("n{number}"))),
            Cell::Text(number) => Some(*number),
            Cell::Missing | Cell::Many(_) => None,
        }
    }
}

/// The value that a text of [`Names`] stands for; labels of ours stand for none.
pub fn value_of(text: &str) -> Option<AttributeValue> {
    let (kind, rest) = text.split_at_checked(1)?;
    match kind {
        "t" => Some(AttributeValue::from_text(rest)),
        "n" => rest.parse().ok().and_then(AttributeValue::number),
        "b" => Some(AttributeValue::Bool(rest == "true")),
        "d" => rest.parse().ok().map(AttributeValue::Instant),
        _ => None,
    }
}

/// A label of ours in a text of [`Names`].
pub fn label_of(text: &str) -> Option<&str> {
    text.strip_prefix('l')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_for_the_value_it_came_from() {
        let mut names = Names::default();
        for value in [
            AttributeValue::Text("France".into()),
            AttributeValue::Bool(true),
            AttributeValue::Number(12.5),
            AttributeValue::Instant(1_772_442_000_000),
        ] {
            let cell = names.cell(value.view());
            let number = names.of_cell(&cell).unwrap();
            assert_eq!(value_of(names.text(number)), Some(value));
        }
        let other = names.label("other");
        assert_eq!(value_of(names.text(other)), None);
        assert_eq!(label_of(names.text(other)), Some("other"));
    }

    #[test]
    fn a_list_is_several_values() {
        let mut names = Names::default();
        let items = [
            serde_json::json!("a"),
            serde_json::json!(2),
            serde_json::json!(null),
        ];
        let cell = names.cell(ValueView::Items(&items));
        let mut seen = 0;
        cell.each(&mut |_| seen += 1);
        assert_eq!(seen, 2);
    }
}
