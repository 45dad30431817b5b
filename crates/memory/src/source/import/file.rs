//! Files: what they are, found out from their first bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::access;
use super::decimal::{Decimal, DecimalMark};
use super::read::{Row, Rows, columns_of};
use super::time::{self, TimeFormat};

/// Bytes that are looked at to find out the format.
const SAMPLE_BYTES: usize = 64 * 1024;
/// Rows that are looked at to find out the columns.
const SAMPLE_ROWS: usize = 1_000;
/// Different values shown of a column.
const EXAMPLES: usize = 3;
/// Longest value shown, in characters.
const EXAMPLE_CHARS: usize = 60;
/// Most columns of a file.
const COLUMNS_LIMIT: usize = 1_000;

/// A file that cannot be read, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Unreadable {
    /// What is wrong, and what to do.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Unreadable {
        let (message, hint) = (message.into(), hint.into());
        Unreadable { message, hint }
    }
}

impl From<std::io::Error> for Unreadable {
    fn from(error: std::io::Error) -> Unreadable {
        Unreadable::new(
            format!("the file cannot be read: {error}"),
            "upload it again",
        )
    }
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Lines of cells.
    Csv,
    /// One JSON object per line.
    Jsonl,
    /// Parquet.
    Parquet,
    /// Lines of a web server's access log, common or combined.
    AccessLog,
}

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Latin-1, as Windows writes it.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// What the values of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Texts.
    Text,
    /// Numbers.
    Number,
    /// True or false.
    Boolean,
    /// Times.
    Time,
    /// Lists or objects.
    Nested,
    /// Nothing.
    Empty,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values look like.
    pub kind: ColumnKind,
    /// The share of the first rows that have a value.
    pub filled: f64,
    /// Some of its values.
    pub examples: Vec<String>,
    /// How it writes times, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_format: Option<TimeFormat>,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Facts {
    /// Its format.
    pub format: Format,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
    /// How its text is written.
    pub encoding: Encoding,
    /// What stands between the cells of a CSV file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How large it is as it was uploaded.
    pub size_bytes: u64,
    /// Which sign separates the fraction of its numbers.
    #[serde(default)]
    pub decimal: DecimalMark,
    /// What visitors of an access log are hashed with; never shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(ignore)]
    pub visitor_salt: String,
}

impl Facts {
    /// The names of the columns.
    pub fn names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    }
}

/// Finds out what a file is; `salt` is what visitors of an access log are hashed with.
pub fn inspect(path: &Path, salt: &str) -> Result<Facts, Unreadable> {
    let size_bytes = std::fs::metadata(path)?.len();
    let gzip = beginning(path, false, 2)?.starts_with(&[0x1f, 0x8b]);
    let sample = beginning(path, gzip, SAMPLE_BYTES)?;
    let mut facts = Facts {
        format: format_of(&sample)?,
        gzip,
        encoding: encoding_of(&sample),
        delimiter: None,
        columns: vec![],
        size_bytes,
        decimal: DecimalMark::Point,
        visitor_salt: String::new(),
    };
    if facts.format == Format::AccessLog {
        facts.visitor_salt = salt.to_owned();
    }
    if facts.format == Format::Parquet && gzip {
        let hint = "unpack it first; Parquet is compressed inside";
        return Err(Unreadable::new("this is a Parquet file within gzip", hint));
    }
    if facts.format == Format::Csv {
        facts.delimiter = Some(delimiter_of(&sample));
    }
    let names = columns_of(path, &facts, SAMPLE_ROWS)?;
    if names.is_empty() || names.len() > COLUMNS_LIMIT {
        let message = format!("the file has {} columns", names.len());
        return Err(Unreadable::new(
            message,
            format!("1 to {COLUMNS_LIMIT} can be read"),
        ));
    }
    facts.columns = names.into_iter().map(unknown).collect();
    let mut rows = Rows::open(path, &facts)?;
    let mut sample = vec![];
    while sample.len() < SAMPLE_ROWS
        && let Some(row) = rows.next()?
    {
        sample.push(row);
    }
    describe(&mut facts, &sample);
    Ok(facts)
}

fn unknown(name: String) -> Column {
    Column {
        name,
        kind: ColumnKind::Empty,
        filled: 0.0,
        examples: vec![],
        time_format: None,
    }
}

/// The first bytes of a file, unpacked.
fn beginning(path: &Path, gzip: bool, limit: usize) -> Result<Vec<u8>, Unreadable> {
    let file = File::open(path)?;
    let mut bytes = vec![];
    let read = match gzip {
        true => MultiGzDecoder::new(file)
            .take(limit as u64)
            .read_to_end(&mut bytes),
        false => file.take(limit as u64).read_to_end(&mut bytes),
    };
    read.map_err(|error| {
        let message = format!("the compressed file is damaged: {error}");
        Unreadable::new(message, "pack it again and upload it again")
    })?;
    Ok(bytes)
}

fn format_of(sample: &[u8]) -> Result<Format, Unreadable> {
    if sample.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    if sample.starts_with(b"PK\x03\x04") {
        let hint = "save it as CSV, or unpack it first";
        return Err(Unreadable::new("this is a spreadsheet or a ZIP file", hint));
    }
    if sample.starts_with(&[0xff, 0xfe]) || sample.starts_with(&[0xfe, 0xff]) {
        return Err(Unreadable::new(
            "the file is written in UTF-16",
            "save it as UTF-8",
        ));
    }
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(Unreadable::new("the file is empty", "upload another one")),
        Some(b'{') => Ok(Format::Jsonl),
        Some(b'[') => {
            let hint = "write one object per line (JSONL), without brackets and commas around";
            Err(Unreadable::new("the file is one JSON list", hint))
        }
        Some(_) if text.iter().take(1_000).any(|byte| *byte == 0) => Err(Unreadable::new(
            "the file is binary",
            "CSV, JSONL and Parquet can be read",
        )),
        Some(_) if access::looks_like(&String::from_utf8_lossy(text)) => Ok(Format::AccessLog),
        Some(_) => Ok(Format::Csv),
    }
}

fn encoding_of(sample: &[u8]) -> Encoding {
    match std::str::from_utf8(sample) {
        Ok(_) => Encoding::Utf8,
        // The sample may end within a letter.
        Err(error) if error.error_len().is_none() => Encoding::Utf8,
        Err(_) => Encoding::Latin1,
    }
}

/// The sign that stands most often in the header, outside quotes, and as often in the lines below.
fn delimiter_of(sample: &[u8]) -> char {
    let text = String::from_utf8_lossy(sample);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty())
        .take(20)
        .collect();
    let count = |line: &str, sign: char| {
        let mut quoted = false;
        let mut count = 0usize;
        for letter in line.chars() {
            quoted ^= letter == '"';
            count += usize::from(letter == sign && !quoted);
        }
        count
    };
    let score = |sign: char| {
        let header = lines.first().map_or(0, |line| count(line, sign));
        let same = lines
            .iter()
            .filter(|line| count(line, sign) == header)
            .count();
        if header == 0 {
            0
        } else {
            same * 1_000 + header
        }
    };
    let best = [',', ';', '\t', '|']
        .into_iter()
        .rev()
        .max_by_key(|sign| score(*sign));
    best.unwrap_or(',')
}

/// Says of each column what its values look like.
fn describe(facts: &mut Facts, rows: &[Row]) {
    if facts.format == Format::Csv && facts.delimiter == Some(';') {
        facts.decimal = commas(rows);
    }
    let mark = facts.decimal;
    for (index, column) in facts.columns.iter_mut().enumerate() {
        let values = || {
            rows.iter()
                .map(|row| row.cell(index))
                .filter(|value| !value.is_null())
        };
        let count = values().count();
        column.filled = count as f64 / rows.len().max(1) as f64;
        column.time_format = time::guess(values().filter_map(Value::as_str))
            .filter(|format| !format.only_digits() || tells_time(&column.name));
        column.kind = kind(values, mark, column.time_format.is_some());
        for value in values() {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let text: String = text.chars().take(EXAMPLE_CHARS).collect();
            if !column.examples.contains(&text) {
                column.examples.push(text);
            }
            if column.examples.len() == EXAMPLES {
                break;
            }
        }
    }
}

/// Whether the name of a column speaks of time: numbers of articles and telephones have ten or
/// thirteen digits, too.
fn tells_time(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = ["time", "date", "stamp", "created", "occurred", "_at", " at"];
    words.iter().any(|word| name.contains(word)) || name == "at" || name == "ts"
}

/// Whether numbers like 3,50 stand in the file, and none like 3.50.
fn commas(rows: &[Row]) -> DecimalMark {
    let looks = |mark: char| {
        rows.iter()
            .flat_map(|row| &row.cells)
            .filter_map(Value::as_str)
            .any(|text| {
                let (whole, fraction) = text.trim().split_once(mark).unwrap_or_default();
                let digits =
                    |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                digits(whole.trim_start_matches('-')) && digits(fraction)
            })
    };
    if looks(',') && !looks('.') {
        DecimalMark::Comma
    } else {
        DecimalMark::Point
    }
}

fn kind<'a, V: Iterator<Item = &'a Value> + Clone>(
    values: impl Fn() -> V,
    mark: DecimalMark,
    times: bool,
) -> ColumnKind {
    let count = values().count();
    if count == 0 {
        return ColumnKind::Empty;
    }
    if values().any(|value| value.is_array() || value.is_object()) {
        return ColumnKind::Nested;
    }
    let truth = |value: &Value| {
        value.is_boolean() || matches!(value.as_str(), Some("true" | "false" | "TRUE" | "FALSE"))
    };
    if values().all(truth) {
        return ColumnKind::Boolean;
    }
    if times {
        return ColumnKind::Time;
    }
    let numbers = values()
        .filter(|value| Decimal::of(value, mark).is_some())
        .count();
    // Sizes are 36 and M; a column of numbers has hardly anything else.
    match numbers * 10 >= count * 9 {
        true => ColumnKind::Number,
        false => ColumnKind::Text,
    }
}
