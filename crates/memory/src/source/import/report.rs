//! The report of rejected rows: a CSV file with every problem beside the row it is about.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use gate::spreadsheet;

use super::work::Rejected;

/// Largest report; the rest is only counted.
const LIMIT_BYTES: u64 = 64 << 20;
/// What stands before the columns of the file.
const OWN: [&str; 5] = ["row", "problem", "column", "value", "remedy"];

/// A report that grows.
pub struct Report {
    file: File,
    length: u64,
}

impl Report {
    /// Opens the report; what was written after a checkpoint is cut off again.
    pub fn open(path: &Path, length: u64, columns: &[String]) -> std::io::Result<Report> {
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        let known = file.metadata()?.len();
        let mut report = Report {
            length: length.min(known),
            file,
        };
        report.file.set_len(report.length)?;
        std::io::Seek::seek(&mut report.file, std::io::SeekFrom::End(0))?;
        if report.length == 0 {
            let cells = OWN.into_iter().chain(columns.iter().map(String::as_str));
            // A mark of UTF-8 at the beginning, for spreadsheets.
            let header = format!("\u{feff}{}", spreadsheet::line(&cells.collect::<Vec<_>>()));
            report.write(&header)?;
        }
        Ok(report)
    }

    /// How long it is.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds rejected rows.
    pub fn add(&mut self, rejected: &[Rejected], columns: usize) -> std::io::Result<()> {
        let mut text = String::new();
        for one in rejected {
            if self.length + text.len() as u64 > LIMIT_BYTES {
                break;
            }
            let cells: Vec<String> = (0..columns)
                .map(|at| one.row.text(at).unwrap_or_default())
                .collect();
            for problem in &one.problems {
                let row = problem.row.to_string();
                let column = problem.column.as_deref().unwrap_or_default();
                let own = [
                    row.as_str(),
                    &problem.message,
                    column,
                    &problem.value,
                    &problem.remedy,
                ];
                let all: Vec<&str> = own
                    .into_iter()
                    .chain(cells.iter().map(String::as_str))
                    .collect();
                text.push_str(&spreadsheet::line(&all));
            }
        }
        self.write(&text)
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.length += text.len() as u64;
        Ok(())
    }
}
