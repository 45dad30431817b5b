//! The tables of the lake: which rows of the log each holds, and its columns.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use store::lake::Shape;

use super::column::Columns;
use crate::log::RowKind;

/// A table that queries see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// What customers did.
    Events,
    /// What we presented, with what became of it.
    Contacts,
    /// How customers reacted.
    Responses,
    /// What customers allowed or forbade.
    Consents,
    /// What sources said of who customers are.
    Identifies,
    /// What we decided to say.
    Decisions,
    /// What is known of each customer now.
    Customers,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 7] = [
        Table::Events,
        Table::Contacts,
        Table::Responses,
        Table::Consents,
        Table::Identifies,
        Table::Decisions,
        Table::Customers,
    ];

    /// Its name in SQL.
    pub fn word(self) -> &'static str {
        match self {
            Table::Events => "events",
            Table::Contacts => "contacts",
            Table::Responses => "responses",
            Table::Consents => "consents",
            Table::Identifies => "identifies",
            Table::Decisions => "decisions",
            Table::Customers => "customers",
        }
    }
}

/// A table of files that hold rows of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kept {
    Events,
    Contacts,
    Moves,
    Responses,
    Consents,
    Identifies,
    Decisions,
}

impl Kept {
    pub(crate) const ALL: [Kept; 7] = [
        Kept::Events,
        Kept::Contacts,
        Kept::Moves,
        Kept::Responses,
        Kept::Consents,
        Kept::Identifies,
        Kept::Decisions,
    ];

    /// Its name in the list of files.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kept::Events => "events",
            Kept::Contacts => "contacts",
            Kept::Moves => "moves",
            Kept::Responses => "responses",
            Kept::Consents => "consents",
            Kept::Identifies => "identifies",
            Kept::Decisions => "decisions",
        }
    }

    /// The kind of its rows.
    pub(crate) fn kind(self) -> RowKind {
        match self {
            Kept::Events => RowKind::Event,
            Kept::Contacts => RowKind::Contact,
            Kept::Moves => RowKind::ContactMoved,
            Kept::Responses => RowKind::Response,
            Kept::Consents => RowKind::Consent,
            Kept::Identifies => RowKind::Identify,
            Kept::Decisions => RowKind::Decision,
        }
    }

    /// Where a row of the log goes; merges and splits stay in the log, where an index finds them.
    pub(crate) fn of(kind: RowKind) -> Option<Kept> {
        Kept::ALL.into_iter().find(|kept| kept.kind() == kind)
    }

    /// Every column of its files.
    pub(crate) fn schema(self, columns: &Columns) -> SchemaRef {
        let mut fields = vec![
            whole("customer_id"),
            whole("leaf_id"),
            whole("seq"),
            whole("occurred_at"),
            whole("received_at"),
            whole("source_id"),
        ];
        fields.extend(match self {
            Kept::Events => vec![word("name"), text("properties"), text("context")],
            Kept::Contacts => contact_fields(),
            Kept::Moves => vec![maybe("contact_id"), word("status"), word("reason")],
            Kept::Responses => response_fields(),
            Kept::Consents => vec![
                word("channel"),
                word("purpose"),
                word("state"),
                word("source"),
                maybe("stated_at"),
                maybe("expires_at"),
            ],
            Kept::Identifies | Kept::Decisions => vec![],
        });
        fields.push(Field::new("message_hash", DataType::Binary, true));
        fields.push(maybe("body_hash"));
        fields.push(text("body"));
        if self == Kept::Events {
            fields.extend(columns.fields());
        }
        Arc::new(Schema::new(fields))
    }

    /// How its files are written.
    pub(crate) fn shape(self) -> Shape {
        let long = match self {
            Kept::Events => vec!["properties", "context", "body"],
            _ => vec!["body"],
        };
        Shape {
            sorted_by: vec![0, 3, 2],
            long: long.into_iter().map(str::to_owned).collect(),
            rising: [
                "customer_id",
                "leaf_id",
                "seq",
                "occurred_at",
                "received_at",
            ]
            .map(str::to_owned)
            .to_vec(),
            looked_up: vec!["message_hash".to_owned()],
        }
    }
}

fn contact_fields() -> Vec<Field> {
    vec![
        word("channel"),
        word("placement"),
        text("message"),
        word("offer"),
        maybe("offer_version"),
        word("category"),
        word("status"),
        truth("counts"),
        truth("control"),
        maybe("expires_at"),
        maybe("decision_id"),
    ]
}

fn response_fields() -> Vec<Field> {
    vec![
        word("kind"),
        word("name"),
        maybe("contact_id"),
        word("offer"),
        word("category"),
        word("channel"),
        truth("inferred"),
        truth("in_control"),
        maybe("value_cents"),
        word("currency"),
        Field::new("credit", DataType::Float64, true),
    ]
}

/// A whole number that is always there.
pub(super) fn whole(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

/// A whole number that may be missing.
pub(super) fn maybe(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

/// One of few texts.
pub(super) fn word(name: &str) -> Field {
    Field::new(name, words(), true)
}

/// The type of columns with few different texts.
pub(super) fn words() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Any text.
pub(super) fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

/// Yes or no.
pub(super) fn truth(name: &str) -> Field {
    Field::new(name, DataType::Boolean, true)
}
