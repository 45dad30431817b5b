//! Figures: what a measurement says, as one line of JSON each.

use serde::Serialize;

use crate::{Size, Store};

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub store: Store,
    pub size: Size,
}

#[derive(Serialize)]
struct Line<'a> {
    bench: &'a str,
    figure: &'a str,
    value: f64,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<f64>,
    store: &'a str,
    size: &'a str,
}

impl Setting {
    /// Prints one figure.
    pub fn print(self, bench: &str, figure: &str, value: f64, unit: &str, goal: Option<f64>) {
        let store = match self.store {
            Store::Sqlite => "sqlite",
            Store::Postgres => "postgres",
        };
        let size = match self.size {
            Size::Tiny => "tiny",
            Size::Small => "small",
            Size::Full => "full",
        };
        // Four significant digits; more would be noise.
        let value = format!("{value:.3e}").parse().unwrap_or(value);
        let line = Line {
            bench,
            figure,
            value,
            unit,
            goal,
            store,
            size,
        };
        println!(
            "{}",
            serde_json::to_string(&line).expect("a figure is plain data")
        );
    }
}

/// The middle value.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The middle ratio of values measured in the same round.
pub fn median_ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours
        .iter()
        .zip(theirs)
        .map(|(ours, theirs)| ours / theirs)
        .collect();
    median(&ratios)
}

#[test]
fn the_median_ratio_compares_within_rounds() {
    assert_eq!(median_ratio(&[1.0, 10.0, 3.0], &[2.0, 20.0, 1.0]), 0.5);
}
