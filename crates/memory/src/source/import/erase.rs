//! Uploaded files and reports of rejected rows when a customer is erased: blanks stand where their
//! identifiers stood, so that every other row keeps its place and an import that is under way goes
//! on. A row without an identifier means nobody, and is rejected.
//!
//! Files lie on the machine that took the upload. Where several share a store, an erasure reaches
//! those of the machine that erases; on the others they go with the end of the import, and reports
//! when the import is deleted.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use store::{Db, Error};

use super::file::Format;
use super::read::Rows;
use super::{Import, ImportId, db};
use crate::erasure::mention::{Mentions, Wanted};

/// Imports of one page.
const PAGE: i64 = 200;

/// Every import.
pub(crate) async fn all(store: &Db) -> Result<Vec<Import>, Error> {
    let (mut all, mut before) = (vec![], ImportId(u64::MAX));
    loop {
        let page = db::list(store, before, PAGE).await?;
        let whole = (page.len() as i64) < PAGE;
        before = page.last().map_or(before, |import| import.id);
        all.extend(page);
        if whole {
            return Ok(all);
        }
    }
}

/// Takes mentions out of the files of imports that lie here.
pub(crate) fn files(data: &Path, imports: &[Import], mentions: &Mentions) -> std::io::Result<()> {
    for import in imports {
        let report = import.report_path(data);
        if report.exists() {
            blank(&report, mentions)?;
        }
        let path = import.path(data);
        if !path.exists() {
            continue;
        }
        match (import.facts.format, import.facts.gzip) {
            (Format::Parquet, _) => {
                // Its columns are packed; whoever needs it uploads it again.
                if mentioned(&path, import, mentions) {
                    std::fs::remove_file(&path)?;
                }
            }
            (Format::Csv | Format::Jsonl | Format::AccessLog, true) => repack(&path, mentions)?,
            (Format::Csv | Format::Jsonl | Format::AccessLog, false) => blank(&path, mentions)?,
        }
    }
    Ok(())
}

/// Writes blanks over mentions, line by line, in place.
fn blank(path: &Path, mentions: &Mentions) -> std::io::Result<()> {
    let mut lines = BufReader::new(File::open(path)?);
    let mut file = OpenOptions::new().write(true).open(path)?;
    let (mut at, mut line) = (0, vec![]);
    while lines.read_until(b'\n', &mut line)? > 0 {
        if mentions.blank(&mut line) {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&line)?;
        }
        at += line.len() as u64;
        line.clear();
    }
    file.sync_all()
}

/// The same for a packed file, which is written anew when it mentions them.
fn repack(path: &Path, mentions: &Mentions) -> std::io::Result<()> {
    let mut lines = BufReader::new(MultiGzDecoder::new(BufReader::new(File::open(path)?)));
    let anew = path.with_extension("anew");
    let mut packed = GzEncoder::new(File::create(&anew)?, Compression::default());
    let (mut any, mut line) = (false, vec![]);
    while lines.read_until(b'\n', &mut line)? > 0 {
        any |= mentions.blank(&mut line);
        packed.write_all(&line)?;
        line.clear();
    }
    packed.finish()?.sync_all()?;
    match any {
        true => std::fs::rename(&anew, path),
        false => std::fs::remove_file(&anew),
    }
}

fn mentioned(path: &Path, import: &Import, mentions: &Mentions) -> bool {
    // What cannot be read might hold them.
    let Ok(mut rows) = Rows::open(path, &import.facts) else {
        return true;
    };
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                let cells = serde_json::Value::Array(row.cells).to_string();
                if !mentions
                    .places(cells.as_bytes(), Wanted::Identifiers)
                    .is_empty()
                {
                    return true;
                }
            }
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}
