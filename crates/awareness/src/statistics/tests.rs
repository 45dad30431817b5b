//! Statistics against published figures.

use super::distribution::{chi_square_tail, normal_cdf, normal_quantile, two_sided};
use super::rate::{newcombe, wilson};
use super::{Moments, bootstrap, cuped, difference, ratio, sample_ratio, sequential};

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} is not {expected}"
    );
}

#[test]
fn sequential_figures_are_those_of_the_formula() {
    // σ² = 1, τ² = .01; n per arm, difference, likelihood ratio, half width at 95 %.
    let vectors = [
        (100.0, 0.2, 1.139_513, 0.619_529),
        (1_000.0, 0.1, 3.278_722, 0.136_674),
        (5_000.0, 0.05, 3.958_081, 0.062_031),
        (20_000.0, 0.03, 8.566_723, 0.032_730),
    ];
    for (n, d, ratio, width) in vectors {
        let variance = 2.0 / n;
        close(sequential::likelihood_ratio(d, variance, 0.01), ratio, 1e-6);
        close(sequential::half_width(variance, 0.01, 0.05), width, 1e-6);
    }
}

#[test]
fn an_always_valid_p_value_never_rises() {
    let mut p = 1.0;
    for (ratio, expected) in [(0.5, 1.0), (4.0, 0.25), (2.0, 0.25), (40.0, 0.025)] {
        p = sequential::p_value(p, ratio);
        close(p, expected, 1e-12);
    }
}

#[test]
fn an_interval_excludes_zero_exactly_when_the_p_value_is_small() {
    for n in [50.0, 500.0, 5_000.0] {
        for d in [0.01, 0.05, 0.1, 0.2, 0.5] {
            let variance = 2.0 / n;
            let p = sequential::p_value(1.0, sequential::likelihood_ratio(d, variance, 0.01));
            let interval = sequential::interval(d, variance, 0.01, 0.05);
            assert_eq!(p < 0.05, interval.tells(), "n {n}, d {d}");
        }
    }
}

#[test]
fn the_customers_still_needed_make_the_interval_narrow_enough() {
    let variance = 2.0 / 500.0;
    let times = sequential::growth_needed(variance, 0.01, 0.05, 0.05).unwrap();
    close(
        sequential::half_width(variance / times, 0.01, 0.05),
        0.05,
        1e-6,
    );
    assert_eq!(
        sequential::growth_needed(variance, 0.01, 0.05, 10.0),
        Some(1.0)
    );
    assert_eq!(sequential::growth_needed(variance, 0.01, 0.05, 1e-6), None);
}

#[test]
fn distributions_have_their_known_quantiles() {
    for (p, z) in [
        (0.975, 1.959_963_984_540_054),
        (0.995, 2.575_829_303_548_901),
        (0.001, -3.090_232_306_167_813),
    ] {
        close(normal_quantile(p), z, 1e-9);
        close(normal_cdf(z), p, 1e-12);
    }
    close(normal_cdf(0.0), 0.5, 1e-14);
    close(normal_cdf(6.0), 1.0 - 9.865_876_450e-10, 1e-15);
    close(two_sided(0.05), 1.959_963_984_540_054, 1e-9);
    for (x, degrees, p) in [
        (10.827_566_170_662_73, 1.0, 0.001),
        (13.815_510_557_964_27, 2.0, 0.001),
        (3.841_458_820_694_124, 1.0, 0.05),
        (18.307_038_053_275_14, 10.0, 0.05),
    ] {
        close(chi_square_tail(x, degrees), p, 1e-9);
    }
    assert_eq!(chi_square_tail(0.0, 3.0), 1.0);
}

#[test]
fn rates_have_the_published_intervals() {
    // Newcombe 1998, 81 of 263: .2553 to .3662; 56/70 − 48/80: .0524 to .3339.
    let z = two_sided(0.05);
    let one = wilson(81.0, 263.0, z);
    close(one.low, 0.2553, 5e-5);
    close(one.high, 0.3662, 5e-5);
    let two = newcombe((56.0, 70.0), (48.0, 80.0), z);
    close(two.value, 0.2, 1e-12);
    close(two.low, 0.0524, 5e-5);
    close(two.high, 0.3339, 5e-5);
    let none = wilson(0.0, 10.0, z);
    close(none.low, 0.0, 1e-12);
    close(none.high, 0.2775, 5e-5);
}

#[test]
fn sample_ratios_alarm_when_customers_are_missing() {
    let equal = [0.5, 0.5];
    assert!(sample_ratio::p_value(&[20_000, 20_000], &equal) > 0.99);
    assert!(sample_ratio::p_value(&[20_100, 19_900], &equal) > sample_ratio::ALARM);
    // A tenth of one arm of 20,000 is missing.
    assert!(sample_ratio::p_value(&[20_000, 18_000], &equal) < sample_ratio::ALARM);
    close(
        sample_ratio::p_value(&[530, 470], &equal),
        0.057_779_571_123_597,
        1e-9,
    );
    let three = [0.8, 0.1, 0.1];
    assert!(sample_ratio::p_value(&[8_000, 1_010, 990], &three) > sample_ratio::ALARM);
    assert!(sample_ratio::p_value(&[8_000, 1_300, 700], &three) < sample_ratio::ALARM);
    assert_eq!(sample_ratio::p_value(&[0, 0], &equal), 1.0);
    assert_eq!(sample_ratio::p_value(&[10, 1], &[1.0, 0.0]), 0.0);
}

#[test]
fn the_delta_method_gives_the_variance_of_a_ratio() {
    // Two numbers per customer; the figures are those of the formula by hand.
    let arm = Moments::of([(10.0, 1.0), (25.0, 2.0), (0.0, 1.0), (45.0, 4.0)]);
    let (found, variance) = ratio::ratio(&arm).unwrap();
    close(found, 10.0, 1e-12);
    // var y = 383.33, var x = 2, cov = 26.667, mean x = 2, n = 4.
    let by_hand = (383.333_333_333 + 100.0 * 2.0 - 2.0 * 10.0 * 26.666_666_667) / (4.0 * 4.0);
    close(variance, by_hand, 1e-6);
    assert_eq!(ratio::ratio(&Moments::of([(1.0, 0.0), (2.0, 0.0)])), None);
}

#[test]
fn a_covariate_takes_its_part_of_the_variance_away() {
    let mut draws = bootstrap::Draws::new(7);
    let mut normal = move || {
        let (u, v) = (draws.unit().max(1e-12), draws.unit());
        (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
    };
    let rho: f64 = 0.8;
    let mut arm = |effect: f64| {
        Moments::of((0..20_000).map(|_| {
            let x = normal();
            let y = rho * x + (1.0 - rho * rho).sqrt() * normal() + effect;
            (y, x)
        }))
    };
    let arms = [arm(0.0), arm(0.1)];
    let theta = cuped::theta(&arms);
    close(theta, rho, 0.02);
    close(cuped::explained_share(&arms), rho * rho, 0.02);
    let mean_x = cuped::mean_x(&arms);
    let (mean_a, variance_a) = cuped::adjusted(&arms[0], theta, mean_x);
    let (mean_b, _) = cuped::adjusted(&arms[1], theta, mean_x);
    close(variance_a / arms[0].variance(), 1.0 - rho * rho, 0.02);
    // Four standard errors of the adjusted difference: 4 × sqrt(2 × .36 / 20,000).
    close(mean_b - mean_a, 0.1, 0.024);
}

#[test]
fn a_change_of_a_customers_numbers_is_a_change_of_the_moments() {
    let mut moments = Moments::of([(1.0, 2.0), (3.0, 4.0)]);
    moments.change((3.0, 4.0), (5.0, 1.0));
    assert_eq!(moments, Moments::of([(1.0, 2.0), (5.0, 1.0)]));
}

#[test]
fn too_few_customers_tell_nothing() {
    assert_eq!(difference::of_rates((5, 29), (100, 1_000)), None);
    assert_eq!(difference::of_means(&[1.0; 100], &[1.0; 29], 1), None);
    let rates = difference::of_rates((300, 1_000), (200, 1_000)).unwrap();
    assert!(rates.tells() && rates.value > 0.0);
}

#[test]
fn the_bootstrap_agrees_with_the_normal_interval_where_that_is_right() {
    let mut draws = bootstrap::Draws::new(3);
    let mut uniform = |count: usize| -> Vec<f64> { (0..count).map(|_| draws.unit()).collect() };
    let (a, b) = (uniform(1_500), uniform(1_500));
    let found = bootstrap::difference(&a, &b, 0.05, 1).unwrap();
    let moments = |values: &[f64]| Moments::of_values(values.iter().copied());
    let normal = difference::welch(&moments(&a), &moments(&b), 0.05);
    close(found.low, normal.low, 0.003);
    close(found.high, normal.high, 0.003);
    // The same data give the same interval again.
    assert_eq!(bootstrap::difference(&a, &b, 0.05, 1), Some(found));
}
