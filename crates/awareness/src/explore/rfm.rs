//! Recency, frequency and amount: customers in fifths of each.

use memory::criteria::{Aggregate, Criteria, Measure, Moment, Occurrence, Pattern, Test, Window};

use super::tally::{MILLIONTHS, millionths};
use super::timeline::{Cell, Timeline};

/// One customer who bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// The customer.
    pub customer_id: u64,
    /// When the last purchase was.
    pub last_ms: i64,
    /// How many purchases.
    pub count: u64,
    /// The sum of their amounts, in millionths.
    pub millionths: i128,
}

/// The customer as a buyer, if there is a purchase.
pub fn buyer(timeline: &Timeline<'_>, pattern: usize, column: usize) -> Option<Buyer> {
    let mut found: Option<Buyer> = None;
    for (place, event) in timeline.events.iter().enumerate() {
        if !event.is(pattern) {
            continue;
        }
        let mut amount = 0;
        timeline.cell(place, column).each(&mut |cell| {
            if let Cell::Number(number) = cell {
                amount += millionths(*number);
            }
        });
        let buyer = found.get_or_insert(Buyer {
            customer_id: timeline.customer_id,
            last_ms: event.at_ms,
            count: 0,
            millionths: 0,
        });
        buyer.last_ms = buyer.last_ms.max(event.at_ms);
        buyer.count += 1;
        buyer.millionths += amount;
    }
    found
}

/// How many parts there are: fifths.
pub const PARTS: usize = 5;

/// A part of one dimension: the smallest and greatest value of those who are in it.
pub type Edges = [Option<(i128, i128)>; PARTS];

/// Buyers in fifths.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// When the last purchase was, oldest part first, in milliseconds.
    pub recency: Edges,
    /// How many purchases, fewest first.
    pub frequency: Edges,
    /// The amount in millionths, least first.
    pub amount: Edges,
}

impl Grid {
    /// Parts buyers in fifths. Equal values are always in one part: the part of a value follows
    /// from how many buyers have less.
    pub fn of(buyers: &[Buyer]) -> Grid {
        Grid {
            recency: edges(
                buyers
                    .iter()
                    .map(|buyer| i128::from(buyer.last_ms))
                    .collect(),
            ),
            frequency: edges(buyers.iter().map(|buyer| i128::from(buyer.count)).collect()),
            amount: edges(buyers.iter().map(|buyer| buyer.millionths).collect()),
        }
    }

    /// The parts of a buyer: recency, frequency, amount, each from 0 to 4.
    pub fn parts(&self, buyer: &Buyer) -> [usize; 3] {
        [
            part(&self.recency, i128::from(buyer.last_ms)),
            part(&self.frequency, i128::from(buyer.count)),
            part(&self.amount, buyer.millionths),
        ]
    }

    /// The rule for the buyers of a recency and a frequency.
    pub fn rule(&self, cell: [usize; 2], of: &Pattern, window: Window) -> Option<Vec<Criteria>> {
        let (first, last) = *self.recency.get(cell[0])?.as_ref()?;
        let (fewest, most) = *self.frequency.get(cell[1])?.as_ref()?;
        let test = |measure: Measure, test: Test| {
            Criteria::Aggregate(Aggregate {
                of: Occurrence::Events(of.clone()),
                measure,
                window,
                test,
            })
        };
        let moment = |ms: i128| Moment::At(i64::try_from(ms).unwrap_or(i64::MAX));
        Some(vec![
            test(Measure::LastTime, Test::After(moment(first))),
            test(Measure::LastTime, Test::Before(moment(last + 1))),
            test(Measure::Count, Test::Between(fewest as f64, most as f64)),
        ])
    }
}

fn part(edges: &Edges, value: i128) -> usize {
    let inside = |edge: &Option<(i128, i128)>| edge.is_some_and(|(_, most)| value <= most);
    edges.iter().position(inside).unwrap_or(PARTS - 1)
}

fn edges(mut values: Vec<i128>) -> Edges {
    values.sort_unstable();
    let mut edges: Edges = [None; PARTS];
    let mut less = 0;
    for equal in values.chunk_by(|one, other| one == other) {
        let part = less * PARTS / values.len();
        let value = equal[0];
        let edge = edges[part].get_or_insert((value, value));
        edge.1 = value;
        less += equal.len();
    }
    edges
}

/// The mean, the median and the greatest of numbers.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = ExploreSummary)]
pub struct Summary {
    /// The mean.
    pub mean: f64,
    /// The middle one; the mean of the two in the middle.
    pub median: f64,
    /// The greatest.
    pub max: f64,
}

/// Sums numbers up; `None` when there are none. The mean is of the exact sum.
pub fn summary(mut values: Vec<i128>, per_unit: f64) -> Option<Summary> {
    values.sort_unstable();
    let max = *values.last()? as f64 / per_unit;
    let middle = values.len() / 2;
    let median = if values.len().is_multiple_of(2) {
        (values[middle - 1] + values[middle]) as f64 / 2.0
    } else {
        values[middle] as f64
    };
    let sum: i128 = values.iter().sum();
    Some(Summary {
        mean: sum as f64 / values.len() as f64 / per_unit,
        median: median / per_unit,
        max,
    })
}

/// How many days of the calendar (UTC) the last purchase lies before a moment, for a summary.
pub fn days_since(buyer: &Buyer, at_ms: i64) -> i128 {
    const DAY_MS: i64 = 86_400_000;
    i128::from(at_ms.div_euclid(DAY_MS) - buyer.last_ms.div_euclid(DAY_MS))
}

/// An amount in units.
pub fn amount(millionths: i128) -> f64 {
    millionths as f64 / MILLIONTHS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buyers(counts: &[u64]) -> Vec<Buyer> {
        let buyer = |(place, count): (usize, &u64)| Buyer {
            customer_id: place as u64,
            last_ms: place as i64,
            count: *count,
            millionths: i128::from(*count) * 1_000_000,
        };
        counts.iter().enumerate().map(buyer).collect()
    }

    #[test]
    fn equal_values_are_in_one_part_whatever_their_order() {
        let all = buyers(&[1, 1, 1, 1, 1, 1, 2, 3, 9, 9]);
        let grid = Grid::of(&all);
        let parts: Vec<usize> = all.iter().map(|buyer| grid.parts(buyer)[1]).collect();
        assert_eq!(parts, [0, 0, 0, 0, 0, 0, 3, 3, 4, 4]);
        let mut turned = all.clone();
        turned.reverse();
        assert_eq!(Grid::of(&turned), grid);
        assert_eq!(
            grid.frequency,
            [Some((1, 1)), None, None, Some((2, 3)), Some((9, 9))]
        );
        let recency: Vec<usize> = all.iter().map(|buyer| grid.parts(buyer)[0]).collect();
        assert_eq!(recency, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    }

    #[test]
    fn a_summary_is_of_the_exact_sum() {
        let of = |values: &[i128]| summary(values.to_vec(), 10.0).unwrap();
        let expected = Summary {
            mean: 2.5,
            median: 2.5,
            max: 4.0,
        };
        assert_eq!(of(&[40, 10, 20, 30]), expected);
        assert_eq!(of(&[10, 90, 20]).median, 2.0);
        assert!(summary(vec![], 1.0).is_none());
    }
}
