//! Models side by side, so that many are asked about one customer at once.
//!
//! The covariance of a model is a matrix of its own: to ask it about one customer takes a few cells
//! from each of many lines of memory. Here the same cell of [`LANES`] models are neighbours, in
//! single precision, so that a decision among two hundred offers reads half as much and adds
//! several models at a time.

use std::sync::Arc;

use super::book::ByHash;
use super::gaussian::{Gaussian, WEIGHT_VARIANCE};
use super::model::{Estimate, Model};

/// Models that stand side by side.
const LANES: usize = 32;

/// One number of each of some models.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Lanes([f32; LANES]);

/// Posteriors of models side by side, as of one position of learning.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The position that this is as of.
    pub position: i64,
    places: ByHash<u32>,
    blocks: Vec<Arc<Block>>,
}

/// Columns follow from the models beside which they are kept, and say nothing else.
impl PartialEq for Columns {
    fn eq(&self, _: &Columns) -> bool {
        true
    }
}

#[derive(Debug, Clone, Default)]
struct Block {
    /// What stands where, so that only what has changed is copied anew.
    of: [Option<Arc<Gaussian>>; LANES],
    /// Places with covariance, in the model that has most.
    core: usize,
    /// Expected weights by place.
    means: Vec<Lanes>,
    /// The upper half of the covariance, column by column.
    cells: Vec<Lanes>,
    /// Variances of the places from `core` on.
    variances: Vec<Lanes>,
    /// The line that corrects log odds: what is added, and what they are multiplied by.
    lines: [Lanes; 2],
    /// Contacts whose outcome is known.
    settled: [f64; LANES],
}

/// What some models expect: the log odds and their variance.
type Expected = [[f32; LANES]; 2];

/// What a model expects, and how much it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// What it expects.
    pub estimate: Estimate,
    /// Contacts whose outcome is known.
    pub settled: f64,
}

/// What models answered about one customer so far.
#[derive(Debug, Default)]
pub struct Answers(Vec<Option<Box<Expected>>>);

impl Columns {
    /// The columns of models as of a position; what has not changed since `before` is shared.
    pub fn of(models: &ByHash<Arc<Model>>, position: i64, before: &Columns) -> Columns {
        let stays = before.places.keys().all(|key| models.contains_key(key));
        let mut columns = if stays {
            before.clone()
        } else {
            Columns::default()
        };
        columns.position = position;
        for (key, model) in models {
            let next = columns.places.len() as u32;
            let place = *columns.places.entry(*key).or_insert(next) as usize;
            let (block, lane) = (place / LANES, place % LANES);
            if block == columns.blocks.len() {
                columns.blocks.push(Arc::default());
            }
            let known = columns.blocks[block].of[lane].as_ref();
            if !known.is_some_and(|known| Arc::ptr_eq(known, &model.gaussian)) {
                Arc::make_mut(&mut columns.blocks[block]).put(lane, model);
            }
        }
        columns
    }

    /// What a model expects of a customer with these features, which are sorted; `None` when it is
    /// not there. `answers` are of the same features.
    pub fn estimate(&self, model: u64, x: &[u16], answers: &mut Answers) -> Option<Answer> {
        let place = *self.places.get(&model)? as usize;
        let (block, lane) = (place / LANES, place % LANES);
        answers.0.resize_with(self.blocks.len(), || None);
        let of = &self.blocks[block];
        let [means, variances] = &**answers.0[block].get_or_insert_with(|| Box::new(of.ask(x)));
        let [mean, variance] = [means[lane], variances[lane]].map(f64::from);
        let [shift, slope] = [0, 1].map(|number| f64::from(of.lines[number].0[lane]));
        Some(Answer {
            estimate: Estimate::drawn(mean, variance, shift + slope * mean),
            settled: of.settled[lane],
        })
    }
}

/// Where the upper half of a symmetric matrix has a cell; `row` is at most `column`.
fn cell(row: usize, column: usize) -> usize {
    column * (column + 1) / 2 + row
}

impl Block {
    /// Takes a model in, in place of what stood there. Whenever it learns, its posterior is
    /// another one, too.
    fn put(&mut self, lane: usize, model: &Model) {
        let (gaussian, line) = (&model.gaussian, &model.calibrations[0]);
        self.of[lane] = Some(gaussian.clone());
        self.lines[0].0[lane] = line.shift as f32;
        self.lines[1].0[lane] = line.slope as f32;
        self.settled[lane] = model.totals.settled;
        let core = gaussian.core.max(self.core);
        let known = gaussian.mean.len().max(gaussian.prior.weights.len());
        let places = known.max(core).max(self.means.len());
        if core == self.core && places == self.means.len() {
            return self.copy(lane);
        }
        let nothing = Lanes::default();
        self.core = core;
        self.means = vec![nothing; places];
        self.cells = vec![nothing; cell(0, core)];
        self.variances = vec![nothing; places - core];
        (0..LANES).for_each(|lane| self.copy(lane));
    }

    /// Copies what stands in one place.
    fn copy(&mut self, lane: usize) {
        let Some(gaussian) = &self.of[lane] else {
            return;
        };
        for (place, weights) in self.means.iter_mut().enumerate() {
            weights.0[lane] = gaussian.weight(place) as f32;
        }
        let pairs = (0..self.core).flat_map(|column| (0..=column).map(move |row| (row, column)));
        for (cells, (row, column)) in self.cells.iter_mut().zip(pairs) {
            cells.0[lane] = gaussian.cell(row, column) as f32;
        }
        for (place, variances) in (self.core..).zip(&mut self.variances) {
            variances.0[lane] = gaussian.own_variance(place) as f32;
        }
    }

    /// See [`Gaussian::estimate`].
    fn ask(&self, x: &[u16]) -> Expected {
        let (mut mean, mut variance) = ([0.0; LANES], [0.0; LANES]);
        for (at, place) in x.iter().enumerate() {
            let place = usize::from(*place);
            if let Some(weights) = self.means.get(place) {
                add(&mut mean, weights, 1.0);
            }
            if place < self.core {
                let others = x[at + 1..].iter().map(|other| usize::from(*other));
                for other in others.take_while(|other| *other < self.core) {
                    add(&mut variance, &self.cells[cell(place, other)], 2.0);
                }
                add(&mut variance, &self.cells[cell(place, place)], 1.0);
            } else if let Some(own) = self.variances.get(place - self.core) {
                add(&mut variance, own, 1.0);
            } else {
                add(&mut variance, &Lanes([WEIGHT_VARIANCE as f32; LANES]), 1.0);
            }
        }
        [mean, variance]
    }
}

fn add(sums: &mut [f32; LANES], numbers: &Lanes, times: f32) {
    sums.iter_mut()
        .zip(&numbers.0)
        .for_each(|(sum, number)| *sum += times * number);
}

#[cfg(test)]
mod tests {
    use super::super::gaussian::Prior;
    use super::super::model::Beginning;
    use super::*;
    use crate::Channel;
    use crate::learning::Algorithm;
    use crate::learning::draw::{fraction, key};

    fn model(number: u64) -> Arc<Model> {
        let beginning = Beginning {
            start: (0.02 + number as f64 / 1_000.0, 20.0),
            weights: vec![0.0, 0.1, 0.2],
            usual: vec![0.0, 0.9, 0.3, 0.5],
        };
        let (offer, category) = (format!("offer {number}"), "toys".to_owned());
        Arc::new(Model::new(
            offer,
            Channel::Web,
            category,
            0.05,
            beginning,
            0,
        ))
    }

    /// Sorted features, some of them beyond the places that have covariance.
    fn features(seed: u64) -> Vec<u16> {
        let mut x: Vec<u16> = (1..=7)
            .map(|n| (fraction(key(seed, n)).powi(2) * 90.0) as u16)
            .chain([0])
            .collect();
        x.sort_unstable();
        x.dedup();
        x
    }

    fn agree(models: &ByHash<Arc<Model>>, columns: &Columns) {
        for seed in 0..20 {
            let (x, mut answers) = (features(seed), Answers::default());
            for (key, model) in models {
                let told = columns.estimate(*key, &x, &mut answers).unwrap();
                let exact = model.estimate(Algorithm::Bayesian, &x);
                let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-5, "{told:?} for {exact:?}");
                near(told.estimate.mean, exact.mean);
                near(told.estimate.deviation, exact.deviation);
                near(told.estimate.propensity, exact.propensity);
                assert_eq!(told.settled, model.totals.settled);
            }
        }
    }

    #[test]
    fn columns_expect_what_each_model_does() {
        // More than stand in one block; some know nothing, some much.
        let mut models: ByHash<Arc<Model>> = (0..70).map(|n| (n, model(n))).collect();
        let mut columns = Columns::of(&models, 1, &Columns::default());
        agree(&models, &columns);
        for round in 0..300 {
            for n in (round % 7..70).step_by(7) {
                let model = Arc::make_mut(models.get_mut(&n).unwrap());
                let outcome = f64::from(u8::from(fraction(key(round, n)) < 0.3));
                model.learn(&features(round * 100 + n), outcome, 1.0, 0);
            }
            columns = Columns::of(&models, 2, &columns);
        }
        agree(&models, &columns);
        // A new one joins; what others know is not copied.
        models.insert(70, model(70));
        let more = Columns::of(&models, 40, &columns);
        agree(&models, &more);
        assert!(Arc::ptr_eq(&more.blocks[0], &columns.blocks[0]));
        // One is gone.
        models.remove(&3);
        let fewer = Columns::of(&models, 41, &more);
        agree(&models, &fewer);
        assert_eq!(fewer.estimate(3, &[0], &mut Answers::default()), None);
    }

    #[test]
    fn what_no_model_knows_is_as_uncertain_as_at_the_start() {
        let gaussian = Gaussian::new(Prior::of_rate(0.1, 20.0, vec![], vec![]));
        let models: ByHash<Arc<Model>> = [(1, model(1))].into_iter().collect();
        let columns = Columns::of(&models, 1, &Columns::default());
        let ask = |x: &[u16]| {
            let told = columns.estimate(1, x, &mut Answers::default()).unwrap();
            told.estimate.deviation.powi(2)
        };
        let more = ask(&[0, 500]) - ask(&[0]);
        let exact = gaussian.estimate(&[0, 500]).1 - gaussian.estimate(&[0]).1;
        assert!((more - exact).abs() < 1e-6, "{more} instead of {exact}");
    }
}
