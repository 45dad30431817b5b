//! What the Gaussian posterior of one model promises: where it stands, and how it forgets.

use super::draw::{fraction, key};
use super::gaussian::{Gaussian, Prior, logit, of_nothing, sigmoid};

/// The mode of the exact posterior, by gradient steps over all outcomes at once.
fn exact_mode(outcomes: &[(Vec<u16>, f64)], prior: &Prior, places: usize) -> Vec<f64> {
    let usual = |p: usize| prior.usual.get(p).copied().unwrap_or(0.0);
    let mut mode = vec![0.0; places];
    mode[0] = prior.intercept;
    for _ in 0..4_000 {
        let of_usual: f64 = (0..places).map(|p| usual(p) * mode[p]).sum();
        let pull = (mode[0] + of_usual - prior.intercept) / prior.intercept_variance;
        let mut gradient: Vec<f64> = (0..places)
            .map(|p| {
                if p == 0 {
                    -pull
                } else {
                    -pull * usual(p) - mode[p] / 0.5
                }
            })
            .collect();
        for (x, outcome) in outcomes {
            let p = sigmoid(x.iter().map(|place| mode[usize::from(*place)]).sum());
            x.iter()
                .for_each(|place| gradient[usize::from(*place)] += outcome - p);
        }
        mode.iter_mut()
            .zip(&gradient)
            .for_each(|(m, g)| *m += 0.004 * g);
    }
    mode
}

#[test]
fn learning_one_by_one_comes_close_to_learning_all_at_once() {
    let prior = Prior::of_rate(0.2, 50.0, vec![], vec![]);
    let mut posterior = Gaussian::new(prior.clone());
    let mut outcomes = vec![];
    for number in 0..1_500 {
        let mut x = vec![0_u16];
        x.extend((1..4).filter(|place| fraction(key(u64::from(*place), number)) < 0.4));
        let score: f64 = x
            .iter()
            .map(|p| [-1.5, 0.8, -0.6, 0.0][usize::from(*p)])
            .sum();
        let outcome = f64::from(u8::from(fraction(key(9, number)) < sigmoid(score)));
        posterior.learn(&x, outcome, 1.0);
        outcomes.push((x, outcome));
    }
    let exact = exact_mode(&outcomes, &prior, 4);
    for (place, exact) in exact.iter().enumerate() {
        let ours = posterior.weight(place);
        assert!((ours - exact).abs() < 0.05, "{place}: {ours} {exact}");
    }
    // Everything is known to about 1/sqrt(n p (1-p)).
    assert!(posterior.own_variance(1).sqrt() < 0.16);
}

#[test]
fn a_no_that_becomes_a_yes_ends_near_the_yes() {
    let prior = Prior::of_rate(0.05, 50.0, vec![], vec![]);
    let (mut at_once, mut late) = (Gaussian::new(prior.clone()), Gaussian::new(prior));
    for number in 0..400_u64 {
        let x = [0, (number % 3 + 1) as u16];
        let yes = f64::from(u8::from(number % 11 == 0));
        at_once.learn(&x, yes, 1.0);
        late.learn(&x, 0.0, 1.0);
        if yes > 0.0 {
            late.correct(&x, 1.0);
        }
    }
    for x in [[0, 1], [0, 2], [0, 3]] {
        let (a, b) = (at_once.estimate(&x).0, late.estimate(&x).0);
        assert!((a - b).abs() < 0.15, "{a} {b}");
    }
}

#[test]
fn one_yes_moves_the_mean_to_where_the_posterior_is_highest() {
    let prior = Prior::of_rate(0.05, 50.0, vec![], vec![]);
    let (mut at_once, mut late) = (Gaussian::new(prior.clone()), Gaussian::new(prior.clone()));
    let x: Vec<u16> = (0..13).collect();
    at_once.learn(&x, 1.0, 1.0);
    late.learn(&x, 0.0, 1.0);
    late.correct(&x, 1.0);
    let exact = exact_mode(&[(x, 1.0)], &prior, 13);
    for (place, exact) in exact.iter().enumerate() {
        let [a, b] = [&at_once, &late].map(|posterior| posterior.weight(place));
        assert!((a - exact).abs() < 1e-6, "{place}: {a} {exact}");
        assert!((b - exact).abs() < 0.02, "{place}: {b} {exact}");
    }
}

#[test]
fn places_beyond_the_core_are_learned_too() {
    let mut posterior = Gaussian::new(Prior::of_rate(0.1, 50.0, vec![], vec![]));
    for number in 0..2_000_u64 {
        let place = if number % 2 == 0 { 70 } else { 3 };
        let yes = number % 2 == 0 && number % 5 == 0;
        posterior.learn(&[0, place], f64::from(u8::from(yes)), 1.0);
    }
    let with = sigmoid(posterior.estimate(&[0, 70]).0);
    let without = sigmoid(posterior.estimate(&[0, 3]).0);
    assert!(with > 0.15 && without < 0.03, "{with} {without}");
    assert!(posterior.own_variance(70) < 0.3);
}

#[test]
fn forgetting_returns_to_the_prior() {
    let prior = Prior::of_rate(0.1, 50.0, vec![], vec![]);
    let mut posterior = Gaussian::new(prior.clone());
    for _ in 0..500 {
        posterior.learn(&[0, 1, 70], 1.0, 1.0);
    }
    let (before, variance) = posterior.estimate(&[0, 1, 70]);
    posterior.forget(0.5);
    let (after, more) = posterior.estimate(&[0, 1, 70]);
    assert!(after < before && after > 0.0 && more > variance);
    for _ in 0..60 {
        posterior.forget(0.5);
    }
    let (mean, variance) = posterior.estimate(&[0, 1, 70]);
    let (start, at_start) = of_nothing((0.1, 50.0), &prior.usual, &[0, 1, 70]);
    assert!((mean - start).abs() < 1e-6 && (variance - at_start).abs() < 1e-6);
}

#[test]
fn another_starting_estimate_counts_as_far_as_little_is_known() {
    let mut fresh = Gaussian::new(Prior::of_rate(0.05, 50.0, vec![], vec![]));
    fresh.reprior(logit(0.2));
    assert!((fresh.estimate(&[0]).0 - logit(0.2)).abs() < 1e-9);
    let mut sure = Gaussian::new(Prior::of_rate(0.05, 50.0, vec![], vec![]));
    for number in 0..20_000 {
        sure.learn(&[0], f64::from(u8::from(number % 20 == 0)), 1.0);
    }
    sure.reprior(logit(0.2));
    assert!((sigmoid(sure.estimate(&[0]).0) - 0.05).abs() < 0.005);
}

/// Twelve features of which usual customers have the first eight.
fn usual() -> Vec<f64> {
    (0..=12)
        .map(|place| match place {
            0 => 0.0,
            1..=8 => 0.95,
            _ => 0.05,
        })
        .collect()
}

#[test]
fn a_rate_is_trusted_about_usual_customers_however_many_features_they_share() {
    let prior = Prior::of_rate(0.12, 50.0, vec![], usual());
    let mut posterior = Gaussian::new(prior.clone());
    let x: Vec<u16> = (0..=8).collect();
    assert!((sigmoid(posterior.estimate(&x).0) - 0.12).abs() < 1e-9);
    posterior.learn(&x, 1.0, 1.0);
    // One more of 50 would be 13.7 %; that customers differ a little adds something.
    let after = sigmoid(posterior.estimate(&x).0);
    assert!((0.137..0.16).contains(&after), "{after}");
    // Nobody is usual when no usual customer is known: everything the yes shares may have done it.
    let mut without = Gaussian::new(Prior::of_rate(0.12, 50.0, vec![], vec![]));
    without.learn(&x, 1.0, 1.0);
    assert!(sigmoid(without.estimate(&x).0) > 0.4);
    // What usual customers do not have is as open as ever.
    let other: Vec<u16> = (0..=12).collect();
    let open = |x: &[u16]| Gaussian::new(prior.clone()).estimate(x).1;
    let more = open(&other) - open(&x);
    assert!((more - 4.0 * 0.5 * 0.9).abs() < 1e-9, "{more}");
}

#[test]
fn what_is_learned_about_usual_customers_comes_close_to_learning_all_at_once() {
    let prior = Prior::of_rate(0.3, 50.0, vec![], vec![0.0, 0.9, 0.4, 0.1]);
    let mut posterior = Gaussian::new(prior.clone());
    let mut outcomes = vec![];
    for number in 0..600 {
        let mut x = vec![0_u16];
        x.extend((1..4).filter(|place| fraction(key(u64::from(*place), number)) < 0.4));
        let outcome = f64::from(u8::from(fraction(key(9, number)) < 0.2));
        posterior.learn(&x, outcome, 1.0);
        outcomes.push((x, outcome));
    }
    let exact = exact_mode(&outcomes, &prior, 4);
    for (place, exact) in exact.iter().enumerate() {
        let ours = posterior.weight(place);
        assert!((ours - exact).abs() < 0.05, "{place}: {ours} {exact}");
    }
}

#[test]
fn usual_customers_are_forgotten_to_and_moved_with_the_estimate() {
    let prior = Prior::of_rate(0.1, 50.0, vec![0.0, 0.5], usual());
    let mut posterior = Gaussian::new(prior.clone());
    let x: Vec<u16> = (0..=10).collect();
    let at_start = posterior.estimate(&x);
    for _ in 0..300 {
        posterior.learn(&x, 1.0, 1.0);
    }
    for _ in 0..60 {
        posterior.forget(0.5);
    }
    let again = posterior.estimate(&x);
    assert!((again.0 - at_start.0).abs() < 1e-6 && (again.1 - at_start.1).abs() < 1e-6);
    posterior.reprior(logit(0.2));
    let moved = posterior.estimate(&x).0 - again.0;
    assert!((moved - (logit(0.2) - logit(0.1))).abs() < 1e-6, "{moved}");
}

#[test]
fn what_is_expected_of_nothing_is_what_a_new_posterior_expects() {
    let posterior = Gaussian::new(Prior::of_rate(0.07, 20.0, vec![], usual()));
    for x in [vec![0], vec![0, 1, 2, 11], vec![0, 12, 40, 70]] {
        let (mean, variance) = posterior.estimate(&x);
        let (same, too) = of_nothing((0.07, 20.0), &usual(), &x);
        assert!((mean - same).abs() < 1e-9 && (variance - too).abs() < 1e-9);
    }
}

#[test]
fn who_is_usual_may_become_known_after_what_was_learned() {
    let x: Vec<u16> = (0..=8).collect();
    let known = Prior::of_rate(0.12, 50.0, vec![0.0, 0.3], usual());
    let mut late = Gaussian::new(Prior {
        usual: vec![],
        ..known.clone()
    });
    let mut early = Gaussian::new(known);
    // Told before anything is learned it is as if it had always been known.
    let mut told = late.clone();
    told.recentre(usual());
    for (a, b) in told.covariance.iter().zip(&early.covariance) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
    for posterior in [&mut late, &mut early] {
        posterior.learn(&x, 1.0, 1.0);
    }
    assert!(sigmoid(late.estimate(&x).0) > 0.4);
    late.recentre(usual());
    let [late, early] = [late, early].map(|posterior| sigmoid(posterior.estimate(&x).0));
    assert!((late - early).abs() < 0.02, "{late} {early}");
}
