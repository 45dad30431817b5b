//! What always-valid means: somebody looks every 50 customers and is not fooled.

use super::bootstrap::Draws;
use super::{Moments, difference, sequential};

const LOOK_EVERY: usize = 50;
const CUSTOMERS: usize = 5_000;
const TAU_SQUARED: f64 = 0.01;
const ALPHA: f64 = 0.05;

fn normal(draws: &mut Draws) -> f64 {
    let (u, v) = (draws.unit().max(1e-12), draws.unit());
    (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
}

/// The share of experiments in which some look says "different", for unit variance.
fn alarms(effect: f64, repetitions: u32, seed: u64, says: impl Fn(f64, f64) -> bool) -> f64 {
    let mut draws = Draws::new(seed);
    let block = LOOK_EVERY as f64;
    let mut found = 0;
    for _ in 0..repetitions {
        let (mut sum, mut count) = (0.0, 0.0);
        while count < CUSTOMERS as f64 {
            // The difference of two sums of 50 unit normals.
            sum += effect * block + (2.0 * block).sqrt() * normal(&mut draws);
            count += block;
            if says(sum / count, 2.0 / count) {
                found += 1;
                break;
            }
        }
    }
    f64::from(found) / f64::from(repetitions)
}

fn sequential_says(difference: f64, variance: f64) -> bool {
    sequential::interval(difference, variance, TAU_SQUARED, ALPHA).tells()
}

#[test]
fn peeking_at_nothing_raises_few_false_alarms() {
    // Two standard errors of a share of .05 among 2,000.
    let error = 2.0 * (0.05_f64 * 0.95 / 2_000.0).sqrt();
    let found = alarms(0.0, 2_000, 11, sequential_says);
    assert!(found <= ALPHA + error, "{found}");
    // The naive test is fooled: that is why it is not used.
    let naive = alarms(0.0, 2_000, 11, |d, v| d.abs() > 1.96 * v.sqrt());
    assert!((0.32..0.42).contains(&naive), "{naive}");
}

#[test]
fn real_effects_are_found() {
    let small = alarms(0.05, 2_000, 12, sequential_says);
    assert!((0.35..0.46).contains(&small), "{small}");
    let large = alarms(0.1, 2_000, 13, sequential_says);
    assert!((0.96..1.0).contains(&large), "{large}");
}

#[test]
fn peeking_at_rates_raises_few_false_alarms_too() {
    let (repetitions, rate) = (400, 0.05);
    let mut draws = Draws::new(21);
    let mut found = 0;
    for _ in 0..repetitions {
        let mut arms = [Moments::default(); 2];
        for customer in 1..=CUSTOMERS {
            for arm in &mut arms {
                arm.add(f64::from(u8::from(draws.unit() < rate)), 0.0);
            }
            if customer % LOOK_EVERY != 0 {
                continue;
            }
            let variance = arms.iter().map(difference::variance_of_mean).sum::<f64>();
            let pooled = arms[0].with(arms[1]).variance();
            let difference = arms[1].mean() - arms[0].mean();
            if sequential::interval(difference, variance, TAU_SQUARED * pooled, ALPHA).tells() {
                found += 1;
                break;
            }
        }
    }
    let share = f64::from(found) / f64::from(repetitions);
    let error = 2.0 * (0.05_f64 * 0.95 / f64::from(repetitions)).sqrt();
    assert!(share <= ALPHA + error, "{share}");
}
