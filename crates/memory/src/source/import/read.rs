//! Rows of a file, one after another, whatever its format.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use parking_lot::Mutex;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row as ParquetRow};
use serde_json::{Map, Value};

use super::access;
use super::file::{Encoding, Facts, Format, Unreadable};

/// Longest row, in bytes: a quote that is never closed must not fill the memory.
const ROW_LIMIT_BYTES: u64 = 16 << 20;
/// Most bytes of an unpacked file, against bombs.
const UNPACKED_LIMIT_BYTES: u64 = 64 << 30;
/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// A row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Its number, from 1, without the header.
    pub number: u64,
    /// Its cells in the order of the columns; null where there is nothing.
    pub cells: Vec<Value>,
    /// Why it cannot be used at all.
    pub broken: Option<String>,
}

impl Row {
    /// A cell; null where there is none.
    pub fn cell(&self, index: usize) -> &Value {
        self.cells.get(index).unwrap_or(&Value::Null)
    }

    /// A cell as text; `None` where there is nothing.
    pub fn text(&self, index: usize) -> Option<String> {
        match self.cell(index) {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

/// A hash over what was read, shared with whoever wants it at the end.
pub type ContentHash = Arc<Mutex<blake3::Hasher>>;

/// The bytes of a file: unpacked, hashed, and bounded per row.
struct Source {
    inner: Box<dyn Read + Send>,
    hash: Option<ContentHash>,
    since_row: Arc<AtomicU64>,
    left: u64,
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let read = self.since_row.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
        if read > ROW_LIMIT_BYTES + BUFFER_BYTES as u64 {
            let message = "a row is longer than 16 MB; is there a quote that is never closed?";
            return Err(std::io::Error::other(message));
        }
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| std::io::Error::other("the unpacked file is larger than 64 GB"))?;
        if let Some(hash) = &self.hash {
            hash.lock().update(&buffer[..count]);
        }
        Ok(count)
    }
}

enum Reader {
    Csv {
        reader: Box<csv::Reader<Source>>,
        record: csv::ByteRecord,
    },
    Lines(BufReader<Source>),
    AccessLog {
        lines: BufReader<Source>,
        salt: String,
    },
    Parquet(Box<RowIter<'static>>),
}

/// The rows of a file.
pub struct Rows {
    reader: Reader,
    columns: Vec<String>,
    encoding: Encoding,
    number: u64,
    since_row: Arc<AtomicU64>,
}

impl Rows {
    /// Opens a file.
    pub fn open(path: &Path, facts: &Facts) -> Result<Rows, Unreadable> {
        Rows::hashing(path, facts, None)
    }

    /// Opens a file; what is read goes into a hash, too.
    pub fn hashing(
        path: &Path,
        facts: &Facts,
        hash: Option<ContentHash>,
    ) -> Result<Rows, Unreadable> {
        let since_row = Arc::new(AtomicU64::new(0));
        let reader = match facts.format {
            Format::Parquet => parquet_reader(path, hash)?,
            Format::Csv | Format::Jsonl | Format::AccessLog => {
                let file = File::open(path)?;
                let inner: Box<dyn Read + Send> = match facts.gzip {
                    true => Box::new(MultiGzDecoder::new(BufReader::new(file))),
                    false => Box::new(file),
                };
                let source = Source {
                    inner,
                    hash,
                    since_row: since_row.clone(),
                    left: UNPACKED_LIMIT_BYTES,
                };
                text_reader(source, facts)
            }
        };
        Ok(Rows {
            reader,
            columns: facts.names(),
            encoding: facts.encoding,
            number: 0,
            since_row,
        })
    }

    /// The next row; a broken one says why and does not end the file.
    pub fn next(&mut self) -> Result<Option<Row>, Unreadable> {
        let row = match &mut self.reader {
            Reader::Csv { reader, record } => {
                match reader.read_byte_record(record) {
                    Ok(false) => return Ok(None),
                    Ok(true) => {}
                    Err(error) => return Err(cut_short(self.number, &error)),
                }
                csv_row(record, self.columns.len(), self.encoding)
            }
            Reader::Lines(lines) => match next_line(lines, self.number)? {
                None => return Ok(None),
                Some(line) => json_row(&line, &self.columns, self.encoding),
            },
            Reader::AccessLog { lines, salt } => match next_line(lines, self.number)? {
                None => return Ok(None),
                Some(line) => access_row(&text(&line, self.encoding), salt),
            },
            Reader::Parquet(rows) => match rows.next() {
                None => return Ok(None),
                Some(Ok(row)) => object_row(parquet_object(&row), &self.columns),
                Some(Err(error)) => return Err(cut_short(self.number, &error)),
            },
        };
        self.since_row.store(0, Ordering::Relaxed);
        self.number += 1;
        Ok(Some(Row {
            number: self.number,
            ..row
        }))
    }
}

fn cut_short(number: u64, error: &dyn std::fmt::Display) -> Unreadable {
    let message = format!("the file cannot be read after row {number}: {error}");
    Unreadable::new(message, "repair the file there and upload it again")
}

fn text_reader(source: Source, facts: &Facts) -> Reader {
    if facts.format == Format::Jsonl {
        return Reader::Lines(BufReader::with_capacity(BUFFER_BYTES, source));
    }
    if facts.format == Format::AccessLog {
        return Reader::AccessLog {
            lines: BufReader::with_capacity(BUFFER_BYTES, source),
            salt: facts.visitor_salt.clone(),
        };
    }
    let delimiter = facts.delimiter.unwrap_or(',');
    let reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .flexible(true)
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(source);
    Reader::Csv {
        reader: Box::new(reader),
        record: csv::ByteRecord::new(),
    }
}

fn parquet_reader(path: &Path, hash: Option<ContentHash>) -> Result<Reader, Unreadable> {
    if let Some(hash) = hash {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hash.lock().update(&buffer[..count]);
        }
    }
    let damaged = |error: parquet::errors::ParquetError| {
        let message = format!("the Parquet file cannot be read: {error}");
        Unreadable::new(
            message,
            "write it with Snappy, Zstandard, gzip or no compression",
        )
    };
    let reader = SerializedFileReader::new(File::open(path)?).map_err(damaged)?;
    Ok(Reader::Parquet(Box::new(RowIter::from_file_into(
        Box::new(reader),
    ))))
}

/// Text of a file; what is not UTF-8 is Latin-1 as Windows writes it.
fn text(bytes: &[u8], encoding: Encoding) -> String {
    if encoding == Encoding::Utf8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text.replace('\0', "");
    }
    bytes
        .iter()
        .filter(|byte| **byte != 0)
        .map(|byte| windows(*byte))
        .collect()
}

/// A letter of Windows-1252, which differs from Latin-1 between 128 and 159.
fn windows(byte: u8) -> char {
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

fn csv_row(record: &csv::ByteRecord, columns: usize, encoding: Encoding) -> Row {
    let cell = |bytes: &[u8]| match text(bytes, encoding).trim() {
        "" => Value::Null,
        text => Value::String(text.to_owned()),
    };
    let cells: Vec<Value> = record.iter().map(cell).collect();
    let wrong = cells.len() != columns;
    let broken = wrong.then(|| format!("the row has {} cells, the header {columns}", cells.len()));
    Row {
        number: 0,
        cells,
        broken,
    }
}

/// The next line that is not empty.
fn next_line(lines: &mut BufReader<Source>, number: u64) -> Result<Option<Vec<u8>>, Unreadable> {
    loop {
        let mut line = vec![];
        let count = lines.read_until(b'\n', &mut line);
        if count.map_err(|error| cut_short(number, &error))? == 0 {
            return Ok(None);
        }
        if !line.trim_ascii().is_empty() {
            return Ok(Some(line));
        }
    }
}

fn json_row(line: &[u8], columns: &[String], encoding: Encoding) -> Row {
    let text = text(line, encoding);
    let text = text.trim_start_matches('\u{feff}');
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(object) => object_row(object, columns),
        Err(error) => Row {
            cells: vec![Value::String(text.trim().chars().take(200).collect())],
            broken: Some(format!("the line is no JSON object: {error}")),
            number: 0,
        },
    }
}

fn access_row(line: &str, salt: &str) -> Row {
    match access::line(line) {
        Some(read) => Row {
            number: 0,
            cells: read.cells(salt),
            broken: None,
        },
        None => Row {
            number: 0,
            cells: vec![],
            broken: Some("the line is none of a common or combined access log".to_owned()),
        },
    }
}

fn object_row(mut object: Map<String, Value>, columns: &[String]) -> Row {
    let taken = |name: &String| match object.remove(name) {
        Some(Value::String(text)) if text.trim().is_empty() => Value::Null,
        Some(value) => value,
        None => Value::Null,
    };
    Row {
        number: 0,
        cells: columns.iter().map(taken).collect(),
        broken: None,
    }
}

fn parquet_object(row: &ParquetRow) -> Map<String, Value> {
    let cells = row.get_column_iter();
    cells
        .map(|(name, field)| (name.clone(), json(field)))
        .collect()
}

/// A Parquet value as JSON; times become texts that name UTC.
fn json(field: &Field) -> Value {
    let instant = |ms: i64| Value::String(store::Timestamp(ms).to_string());
    match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => (*truth).into(),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        Field::Float16(number) => f64::from(*number).into(),
        Field::Float(number) => f64::from(*number).into(),
        Field::Double(number) => (*number).into(),
        Field::Str(text) => text.replace('\0', "").into(),
        Field::Bytes(bytes) => text(bytes.data(), Encoding::Utf8).into(),
        Field::Date(days) => {
            let text = store::Timestamp(i64::from(*days) * 86_400_000).to_string();
            text.chars().take(10).collect::<String>().into()
        }
        Field::TimestampMillis(ms) => instant(*ms),
        Field::TimestampMicros(us) => instant(us.div_euclid(1_000)),
        Field::TimeMillis(_) | Field::TimeMicros(_) | Field::Decimal(_) => {
            field.to_string().trim_matches('"').to_owned().into()
        }
        Field::Group(row) => parquet_object(row).into(),
        Field::ListInternal(list) => list.elements().iter().map(json).collect(),
        Field::MapInternal(map) => {
            let entries = map.entries().iter();
            let entry = |(key, value): &(Field, Field)| {
                let key = key.to_string();
                (key.trim_matches('"').to_owned(), json(value))
            };
            Value::Object(entries.map(entry).collect())
        }
    }
}

/// The names of a file's columns: the header, or every field of the first rows.
pub fn columns_of(path: &Path, facts: &Facts, rows: usize) -> Result<Vec<String>, Unreadable> {
    let mut reader = Rows::open(path, facts)?;
    let mut names: Vec<String> = vec![];
    match &mut reader.reader {
        Reader::Csv { reader, .. } => {
            let header = reader
                .byte_headers()
                .map_err(|error| cut_short(0, &error))?;
            for (index, cell) in header.iter().enumerate() {
                let name = text(cell, facts.encoding);
                names.push(unique(
                    name.trim().trim_start_matches('\u{feff}'),
                    index,
                    &names,
                ));
            }
        }
        Reader::Lines(lines) => {
            for number in 0..rows as u64 {
                let Some(line) = next_line(lines, number)? else {
                    break;
                };
                let line = text(&line, facts.encoding);
                let line = line.trim_start_matches('\u{feff}');
                let object: Map<String, Value> = serde_json::from_str(line).unwrap_or_default();
                for name in object.keys() {
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
            }
        }
        Reader::AccessLog { .. } => names.extend(access::COLUMNS.map(str::to_owned)),
        Reader::Parquet(_) => {
            let reader = SerializedFileReader::new(File::open(path)?);
            let reader = reader.map_err(|error| cut_short(0, &error))?;
            let schema = reader.metadata().file_metadata().schema();
            names.extend(
                schema
                    .get_fields()
                    .iter()
                    .map(|field| field.name().to_owned()),
            );
        }
    }
    Ok(names)
}

/// A name that no column before has.
fn unique(name: &str, index: usize, names: &[String]) -> String {
    let name = match name {
        "" => format!("column_{}", index + 1),
        name => name.to_owned(),
    };
    let taken = |name: &String| names.contains(name);
    if !taken(&name) {
        return name;
    }
    let mut number = 2;
    while taken(&format!("{name}_{number}")) {
        number += 1;
    }
    format!("{name}_{number}")
}
