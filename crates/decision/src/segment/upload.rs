//! Uploads: identifiers in text or CSV, one a line, that name customers.

use memory::identity::{IdentifierKind, KINDS};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines of one upload.
pub const LINES_LIMIT: usize = 1_000_000;
/// Characters of a value.
const VALUE_LIMIT: usize = 320;
/// Unknown values that a report names.
pub const NAMED_LIMIT: usize = 100;

/// What becomes of the customers that an upload names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UploadWay)]
pub enum Way {
    /// They become members, too.
    #[default]
    Add,
    /// They are the members from now on, and nobody else.
    Replace,
    /// They are members no more.
    Remove,
}

/// What an upload is made of.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// What becomes of whom it names.
    #[serde(default)]
    pub way: Way,
    /// What the values are; told from each value (or the heading of the column) when absent.
    #[serde(default)]
    pub kind: Option<IdentifierKind>,
    /// One identifier a line; of a CSV file the first column counts, or the one whose heading
    /// names a kind of identifier.
    pub text: String,
}

/// One value of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// Our own id of a customer.
    Customer(memory::CustomerId),
    /// An identifier.
    Identifier(IdentifierKind, String),
}

/// What came of an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadReport {
    /// Lines that were read, without the heading and empty ones.
    pub lines: u64,
    /// Customers that were found.
    pub known: u64,
    /// Customers that became members.
    pub added: u64,
    /// Customers that are members no more.
    pub removed: u64,
    /// Lines that name a customer of an earlier line.
    pub repeated: u64,
    /// Lines that name nobody we know.
    pub unknown: u64,
    /// The first of these lines.
    pub unknown_values: Vec<String>,
}

/// The values of an upload in order.
pub fn read(upload: &Upload) -> Vec<Listed> {
    let mut lines = upload.text.lines().take(LINES_LIMIT + 1);
    let mut kind = upload.kind;
    let (mut column, mut values) = (0, vec![]);
    let Some(first) = lines.next() else {
        return values;
    };
    let heading: Vec<String> = cells(first)
        .map(|cell| plain(&cell).to_lowercase())
        .collect();
    let named = heading.iter().enumerate();
    let mut named = named.filter_map(|(place, cell)| Some((place, heading_kind(cell)?)));
    match named.next() {
        Some((place, named)) => {
            column = place;
            kind = kind.or(named);
        }
        None => values.extend(value(first, column, kind)),
    }
    values.extend(lines.filter_map(|line| value(line, column, kind)));
    values
}

/// The kind that a heading names; `Some(None)` for our own ids.
fn heading_kind(cell: &str) -> Option<Option<IdentifierKind>> {
    let cell = cell.replace([' ', '-'], "_");
    let other = match cell.as_str() {
        "customer_id" => return Some(None),
        "e_mail" | "email_address" => Some(IdentifierKind::Email),
        "userid" | "customer_number" => Some(IdentifierKind::UserId),
        "telephone" | "mobile" => Some(IdentifierKind::Phone),
        _ => None,
    };
    let known = KINDS.into_iter().find(|kind| kind.word() == cell);
    other.or(known).map(Some)
}

fn cells(line: &str) -> impl Iterator<Item = String> {
    let separator = if line.contains('\t') {
        '\t'
    } else if line.contains(';') && !line.contains(',') {
        ';'
    } else {
        ','
    };
    line.split(separator)
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

fn plain(cell: &str) -> &str {
    cell.trim_start_matches('\u{feff}')
        .trim()
        .trim_matches('"')
        .trim()
}

fn value(line: &str, column: usize, kind: Option<IdentifierKind>) -> Option<Listed> {
    let cell = cells(line).nth(column)?;
    let text = plain(&cell);
    if text.is_empty() || text.chars().count() > VALUE_LIMIT {
        return None;
    }
    if let (None, Ok(id)) = (kind, text.parse()) {
        return Some(Listed::Customer(id));
    }
    let guessed = if text.contains('@') {
        IdentifierKind::Email
    } else if text.starts_with('+') && text[1..].chars().all(|c| c.is_ascii_digit() || c == ' ') {
        IdentifierKind::Phone
    } else {
        IdentifierKind::UserId
    };
    Some(Listed::Identifier(kind.unwrap_or(guessed), text.to_owned()))
}

#[test]
fn files_of_all_sorts_are_read() {
    let listed = |kind, text: &str| {
        read(&Upload {
            way: Way::Add,
            kind,
            text: text.to_owned(),
        })
    };
    let email = |text: &str| Listed::Identifier(IdentifierKind::Email, text.to_owned());
    let user = |text: &str| Listed::Identifier(IdentifierKind::UserId, text.to_owned());
    assert_eq!(
        listed(None, "a@b.org\n\n u-7 \n"),
        [email("a@b.org"), user("u-7")]
    );
    assert_eq!(
        listed(None, "name,e-mail\nAda,\"a@b.org\"\n"),
        [email("a@b.org")]
    );
    assert_eq!(listed(None, "\u{feff}user_id;x\n12;y\n"), [user("12")]);
    let card = IdentifierKind::LoyaltyCard;
    let cards = [Listed::Identifier(card, "77".to_owned())];
    assert_eq!(listed(Some(card), "77"), cards);
    let id = memory::CustomerId(5);
    assert_eq!(
        listed(None, &format!("customer_id\n{id}")),
        [Listed::Customer(id)]
    );
}
