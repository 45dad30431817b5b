//! Tallies: what customers add to the cells of a view, counted or listed.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::timeline::{Names, Timeline};

/// One part of the address of a cell: a position, or a value by its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ExploreCellPart)]
pub enum Part {
    /// A position: a step, a month, a fifth.
    Position(u32),
    /// A value, as the answer gives it.
    Value(String),
}

/// The address of a cell.
pub type Address = [Part; 2];

/// Whether the two parts of an address are positions or numbers of [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// A position.
    Position,
    /// A value.
    Value,
}

/// What one customer adds to a cell; several marks of one customer count as one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The cell.
    pub cell: [u32; 2],
    /// How many events, sessions or visits.
    pub count: u64,
    /// How many of them have a number.
    pub numbers: u64,
    /// The sum of the numbers, in millionths.
    pub millionths: i128,
    /// The hash of a value of which different ones are counted.
    pub distinct: Option<u64>,
    /// A time it took, in seconds.
    pub seconds: Option<u32>,
}

/// What a cell comes to.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How many customers.
    pub customers: u64,
    /// How many events, sessions or visits.
    pub count: u64,
    /// How many of them have a number.
    pub numbers: u64,
    /// The sum of the numbers, in millionths.
    pub millionths: i128,
    /// Different values.
    pub distinct: HashSet<u64>,
    /// Times it took, in seconds.
    pub seconds: Vec<u32>,
    newest: Option<u64>,
}

/// Millionths in one.
pub const MILLIONTHS: f64 = 1_000_000.0;

/// A number in millionths, in which sums are exact whatever their order.
pub fn millionths(number: f64) -> i128 {
    (number * MILLIONTHS).round() as i128
}

impl Tally {
    fn add(&mut self, customer_id: u64, mark: &Mark) {
        if self.newest != Some(customer_id) {
            self.newest = Some(customer_id);
            self.customers += 1;
        }
        self.count += mark.count;
        self.numbers += mark.numbers;
        self.millionths += mark.millionths;
        self.distinct.extend(mark.distinct);
        self.seconds.extend(mark.seconds);
    }

    fn join(&mut self, other: Tally) {
        self.customers += other.customers;
        self.count += other.count;
        self.numbers += other.numbers;
        self.millionths += other.millionths;
        self.distinct.extend(other.distinct);
        self.seconds.extend(other.seconds);
    }

    /// The sum of the numbers.
    pub fn sum(&self) -> f64 {
        self.millionths as f64 / MILLIONTHS
    }

    /// The average of the numbers.
    pub fn average(&self) -> Option<f64> {
        (self.numbers > 0).then(|| self.sum() / self.numbers as f64)
    }

    /// The middle of the times, in seconds; the lower one of two.
    pub fn median_seconds(&self) -> Option<u32> {
        let mut seconds = self.seconds.clone();
        seconds.sort_unstable();
        let middle = seconds.len().checked_sub(1)? / 2;
        seconds.get(middle).copied()
    }
}

/// A way to look at one customer: which cells the customer adds to.
pub trait Lens: Send + Sync {
    /// What the two parts of an address are.
    fn axes(&self) -> [Axis; 2];
    /// What this customer adds.
    fn see(&self, timeline: &Timeline<'_>, names: &mut Names, add: &mut dyn FnMut(Mark));
}

/// What is collected of the marks: all cells, or the customers of one.
#[derive(Debug, Clone)]
pub enum Wish {
    /// What every cell comes to.
    Cells,
    /// The customers of a cell.
    Customers(Address),
}

/// Collects marks of one range of customers.
#[derive(Debug)]
pub struct Collector {
    axes: [Axis; 2],
    cells: HashMap<[u32; 2], Tally>,
    wanted: Option<[Option<u32>; 2]>,
    customers: Vec<u64>,
}

/// What was collected.
#[derive(Debug, Default)]
pub struct Collected {
    /// What every cell comes to.
    pub cells: BTreeMap<Address, Tally>,
    /// The customers of the wanted cell, in order.
    pub customers: Vec<u64>,
}

impl Collector {
    /// An empty one.
    pub fn new(axes: [Axis; 2], wish: &Wish, names: &mut Names) -> Collector {
        let wanted = match wish {
            Wish::Cells => None,
            Wish::Customers(address) => {
                Some(
                    [0, 1].map(|place: usize| match (&address[place], axes[place]) {
                        (Part::Position(position), Axis::Position) => Some(*position),
                        (Part::Value(text), Axis::Value) => Some(names.number(text)),
                        (Part::Position(_), Axis::Value) | (Part::Value(_), Axis::Position) => None,
                    }),
                )
            }
        };
        Collector {
            axes,
            cells: HashMap::new(),
            wanted,
            customers: Vec::new(),
        }
    }

    /// Takes a mark of a customer; customers come one after the other.
    pub fn add(&mut self, customer_id: u64, mark: &Mark) {
        let Some(wanted) = self.wanted else {
            self.cells
                .entry(mark.cell)
                .or_default()
                .add(customer_id, mark);
            return;
        };
        let here = wanted == mark.cell.map(Some);
        if here && self.customers.last() != Some(&customer_id) {
            self.customers.push(customer_id);
        }
    }

    /// What was collected, with values instead of their numbers.
    pub fn finish(self, names: &Names) -> Collected {
        let axes = self.axes;
        let address = |cell: [u32; 2]| {
            [0, 1].map(|place: usize| match axes[place] {
                Axis::Position => Part::Position(cell[place]),
                Axis::Value => Part::Value(names.text(cell[place]).into()),
            })
        };
        let cells = self.cells.into_iter();
        Collected {
            cells: cells.map(|(cell, tally)| (address(cell), tally)).collect(),
            customers: self.customers,
        }
    }
}

impl Collected {
    /// Adds what was collected of other customers.
    pub fn join(&mut self, other: Collected) {
        for (address, tally) in other.cells {
            self.cells.entry(address).or_default().join(tally);
        }
        self.customers.extend(other.customers);
    }

    /// What a cell comes to; nothing when nobody added to it.
    pub fn tally(&self, address: &Address) -> Tally {
        self.cells.get(address).cloned().unwrap_or_default()
    }
}

#[test]
fn several_marks_of_one_customer_count_as_one_customer() {
    let mut names = Names::default();
    let axes = [Axis::Position, Axis::Value];
    let mut one = Collector::new(axes, &Wish::Cells, &mut names);
    let uk = names.number("tUK");
    let mark = |millionths| Mark {
        cell: [0, uk],
        count: 1,
        numbers: 1,
        millionths,
        ..Mark::default()
    };
    one.add(1, &mark(100_000));
    one.add(1, &mark(200_000));
    one.add(2, &mark(700_000));
    let mut all = one.finish(&names);
    let mut two = Collector::new(axes, &Wish::Cells, &mut names);
    two.add(3, &mark(1_000_000));
    all.join(two.finish(&names));
    let tally = all.tally(&[Part::Position(0), Part::Value("tUK".into())]);
    assert_eq!((tally.customers, tally.count), (3, 4));
    assert_eq!((tally.sum(), tally.average()), (2.0, Some(0.5)));
}
