//! Answers as CSV.

use gate::spreadsheet::line;

use super::answer::{Figure, Label, Shown};

/// What stands for a label.
fn text(label: &Label) -> String {
    match (&label.value, &label.word) {
        (Some(serde_json::Value::String(text)), _) => text.clone(),
        (Some(value), _) => value.to_string(),
        (None, Some(word)) if word == "range" => {
            let end = |end: Option<f64>| end.map(|end| end.to_string()).unwrap_or_default();
            format!("{} … {}", end(label.from), end(label.until))
        }
        (None, word) => word.clone().unwrap_or_default(),
    }
}

fn number<T: ToString>(number: Option<T>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn both(figure: &Figure) -> [String; 2] {
    [number(figure.customers), number(figure.value)]
}

fn row(cells: &[String]) -> String {
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    line(&cells)
}

/// The answer as a table; what is hidden is empty.
pub fn csv(shown: &Shown) -> String {
    let mut file = String::new();
    let mut head = |names: &[&str]| file.push_str(&line(names));
    match shown {
        Shown::Distribution { rows, total } => {
            head(&["value", "customers", "measure"]);
            for one in rows {
                let [customers, measured] = both(&one.figure);
                file.push_str(&row(&[text(&one.label), customers, measured]));
            }
            let [customers, measured] = both(total);
            file.push_str(&row(&["total".to_owned(), customers, measured]));
        }
        Shown::CrossTab { columns, rows, .. } => {
            head(&["row", "column", "customers", "measure", "index", "residual"]);
            for one in rows {
                for (column, cell) in columns.iter().zip(&one.cells) {
                    let [customers, measured] = both(&cell.figure);
                    let (index, residual) = (number(cell.index), number(cell.residual));
                    let names = [text(&one.label), text(&column.label)];
                    let [name, column] = names;
                    file.push_str(&row(&[name, column, customers, measured, index, residual]));
                }
            }
        }
        Shown::Rfm { cells, .. } => {
            head(&["recency", "frequency", "customers", "average_amount"]);
            for cell in cells {
                let [customers, measured] = both(&cell.figure);
                let (recency, frequency) = (cell.recency.to_string(), cell.frequency.to_string());
                file.push_str(&row(&[recency, frequency, customers, measured]));
            }
        }
        Shown::Cohort { cohorts } => {
            head(&["cohort", "unit", "customers", "share"]);
            for cohort in cohorts {
                for (unit, cell) in cohort.cells.iter().enumerate() {
                    let [customers, share] = both(cell);
                    let cells = [cohort.from.to_string(), unit.to_string(), customers, share];
                    file.push_str(&row(&cells));
                }
            }
        }
        Shown::Funnel { groups, .. } => {
            head(&[
                "group",
                "step",
                "customers",
                "count",
                "of_first",
                "of_previous",
                "seconds",
            ]);
            for group in groups {
                for (place, step) in group.steps.iter().enumerate() {
                    let [customers, count] = both(&step.reached);
                    file.push_str(&row(&[
                        text(&group.label),
                        (place + 1).to_string(),
                        customers,
                        count,
                        number(step.of_first),
                        number(step.of_previous),
                        number(step.median_seconds),
                    ]));
                }
            }
        }
        Shown::Paths { links, .. } => {
            head(&["step", "from", "to", "customers", "sessions"]);
            for link in links {
                let [customers, sessions] = both(&link.figure);
                let (from, to) = (text(&link.from), text(&link.to));
                let level = (link.level + 1).to_string();
                file.push_str(&row(&[level, from, to, customers, sessions]));
            }
        }
        Shown::Series { lines } => {
            head(&["line", "from", "until", "customers", "measure", "before"]);
            for one in lines {
                for point in &one.points {
                    let [customers, measured] = both(&point.figure);
                    let (from, until) = (point.from.to_string(), point.until.to_string());
                    let before = number(point.before);
                    let cells = [text(&one.label), from, until, customers, measured, before];
                    file.push_str(&row(&cells));
                }
            }
        }
    }
    file
}
