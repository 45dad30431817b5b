//! Estimators against figures worked out by hand, against figures of a public log, and against
//! what the tried rules really earn.

use std::io::Read;

use super::estimate::{Dice, Evaluation, Observation, Terms, evaluate};
use super::verdict::VerdictWord;

const UNCLIPPED: Terms = Terms {
    clip: None,
    seed: 7,
};

fn close(found: f64, wanted: f64, tolerance: f64) {
    assert!(
        (found - wanted).abs() <= tolerance,
        "{found} is not {wanted}"
    );
}

fn codes(evaluation: &Evaluation) -> Vec<&str> {
    let reasons = evaluation.verdict.refused_because.iter();
    reasons.map(|reason| reason.code.as_str()).collect()
}

/// Four customers; the tried rules choose at random between two offers, the log preferred one.
fn by_hand() -> Vec<Observation> {
    // (probability then, reward, expected of the choice, expected of the tried rules)
    let log = [
        (0.8, 1.0, 0.4, 0.3),
        (0.8, 0.0, 0.4, 0.3),
        (0.8, 0.0, 0.4, 0.3),
        (0.2, 1.0, 0.2, 0.3),
    ];
    let seen = log.iter().enumerate();
    seen.map(|(place, (then, reward, expected, tried))| Observation {
        customer: place as u64,
        weight: 0.5 / then,
        reward: *reward,
        expected: *expected,
        expected_tried: *tried,
        unsupported: 0.0,
        changed: true,
    })
    .collect()
}

#[test]
fn estimates_are_those_worked_out_by_hand() {
    let found = evaluate(&by_hand(), UNCLIPPED);
    // Weights 0.625, 0.625, 0.625, 2.5.
    close(found.recorded.value, 0.5, 1e-12);
    close(found.ips.value, (0.625 + 2.5) / 4.0, 1e-12);
    close(found.snips.value, (0.625 + 2.5) / 4.375, 1e-12);
    close(found.direct.value, 0.3, 1e-12);
    // 0.3 + mean of w (r − q): 0.625·0.6 − 0.625·0.4 − 0.625·0.4 + 2.5·0.8.
    close(
        found.doubly_robust.value,
        0.3 + (0.375 - 0.25 - 0.25 + 2.0) / 4.0,
        1e-12,
    );
    close(
        found.effective,
        4.375 * 4.375 / (3.0 * 0.390_625 + 6.25),
        1e-12,
    );
    close(found.mean_weight, 4.375 / 4.0, 1e-12);
    // The standard error of a mean of 1, 0, 0, 1.
    close(found.recorded.error, (1.0_f64 / 3.0).sqrt() / 2.0, 1e-12);
    assert_eq!(
        (found.observations, found.customers, found.rewarded),
        (4, 4, 2)
    );
}

#[test]
fn weights_above_the_clip_are_cut_off_and_told() {
    let terms = Terms {
        clip: Some(1.0),
        ..UNCLIPPED
    };
    let found = evaluate(&by_hand(), terms);
    close(found.ips.value, (0.625 + 1.0) / 4.0, 1e-12);
    close(found.largest_weight, 2.5, 1e-12);
    close(found.clipped, 0.25, 1e-12);
}

#[test]
fn no_verdict_is_given_where_the_record_cannot_carry_one() {
    let found = evaluate(&by_hand(), UNCLIPPED);
    assert_eq!(found.verdict.word, VerdictWord::Refused);
    assert_eq!(codes(&found), ["small_effective_sample", "few_rewards"]);
    let empty = evaluate(&[], UNCLIPPED);
    assert_eq!(codes(&empty), ["nothing_recorded"]);
    // Always the same choice was made, and now another one is wanted in a fifth of the cases.
    let always = |n: u64| Observation {
        customer: n,
        weight: f64::from(u8::from(!n.is_multiple_of(5))),
        reward: f64::from(u8::from(n.is_multiple_of(3))),
        unsupported: f64::from(u8::from(n.is_multiple_of(5))),
        changed: n.is_multiple_of(5),
        ..Observation::default()
    };
    let unknown = evaluate(&(0..1_000).map(always).collect::<Vec<_>>(), UNCLIPPED);
    assert_eq!(codes(&unknown), ["small_effective_change", "unsupported"]);
    assert!(unknown.effective > 700.0);
}

#[test]
fn the_same_choices_give_the_same_earnings() {
    let same = |n: u64| Observation {
        customer: n,
        weight: 1.0,
        reward: f64::from(u8::from(n.is_multiple_of(9))),
        ..Observation::default()
    };
    let found = evaluate(&(0..900).map(same).collect::<Vec<_>>(), UNCLIPPED);
    assert_eq!(found.verdict.word, VerdictWord::Unchanged);
    assert_eq!((found.difference.low, found.difference.high), (0.0, 0.0));
    close(found.effective, 900.0, 1e-9);
}

/// Two offers that earn .10 and .20. The log shows the better one in a fifth of the cases; the
/// tried rules show it always. They earn .20, and intervals must say so about 19 times out of 20.
#[test]
fn what_the_tried_rules_earn_lies_within_the_intervals() {
    let (mut covered, mut better) = ([0, 0, 0], 0);
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut draw = || (dice.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let seen = (0..4_000).map(|customer| {
            let good = draw() < 0.2;
            let reward = f64::from(u8::from(draw() < if good { 0.2 } else { 0.1 }));
            Observation {
                customer,
                weight: if good { 5.0 } else { 0.0 },
                reward,
                // A model that is wrong: doubly robust must not care.
                expected: 0.12,
                expected_tried: 0.12,
                unsupported: 0.0,
                changed: !good,
            }
        });
        let mut seen: Vec<Observation> = seen.collect();
        // Whoever gets another offer now is among the changed, also when the log agrees by chance.
        seen.iter_mut().for_each(|one| one.changed = true);
        let found = evaluate(&seen, UNCLIPPED);
        for (count, estimate) in
            covered
                .iter_mut()
                .zip([found.ips, found.snips, found.doubly_robust])
        {
            *count += u32::from(estimate.low <= 0.2 && 0.2 <= estimate.high);
        }
        better += u32::from(found.verdict.word == VerdictWord::Better);
    }
    assert!(
        covered.iter().all(|count| (34..=40).contains(count)),
        "{covered:?}"
    );
    assert!(better >= 38, "{better}");
}

#[test]
fn a_customer_with_many_decisions_counts_as_one_customer() {
    // Ten customers, a hundred decisions each, all of a customer alike.
    let alike = |n: u64| Observation {
        customer: n / 100,
        weight: 1.0,
        reward: f64::from(u8::from((n / 100).is_multiple_of(2))),
        ..Observation::default()
    };
    let found = evaluate(&(0..1_000).map(alike).collect::<Vec<_>>(), UNCLIPPED);
    close(
        found.recorded.error,
        (2.5_f64 / 9.0).sqrt() / 10.0_f64.sqrt(),
        1e-12,
    );
    assert!(found.recorded.low < 0.3 && found.recorded.high > 0.7);
}

/// One row of the public log.
struct Shown {
    item: u32,
    click: f64,
    probability: f64,
}

/// A sample of the Open Bandit data set; see `data/ATTRIBUTION.md`.
fn open_bandit(packed: &[u8]) -> Vec<Shown> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_string(&mut text)
        .unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        Shown {
            item: cells[0].parse().unwrap(),
            click: cells[1].parse().unwrap(),
            probability: cells[2].parse().unwrap(),
        }
    });
    rows.collect()
}

/// Rules that would have shown an item with some probability, on the public log.
fn tried(log: &[Shown], probability: impl Fn(u32) -> f64) -> Evaluation {
    let seen = log.iter().enumerate().map(|(place, shown)| Observation {
        customer: place as u64,
        weight: probability(shown.item) / shown.probability,
        reward: shown.click,
        changed: true,
        ..Observation::default()
    });
    evaluate(&seen.collect::<Vec<_>>(), UNCLIPPED)
}

#[test]
fn the_figures_of_the_open_bandit_sample_come_out() {
    let log = open_bandit(include_bytes!("data/open_bandit_bts.csv.gz"));
    assert_eq!(log.len(), 10_000);
    let uniform = tried(&log, |_| 1.0 / 80.0);
    close(uniform.recorded.value, 0.0042, 5e-5);
    close(uniform.ips.value, 0.00236, 5e-6);
    close(uniform.ips.error, 0.00087, 5e-6);
    close(uniform.snips.value, 0.00233, 5e-6);
    close(uniform.effective, 340.0, 0.5);
    assert_eq!(codes(&uniform), [""; 0]);
    assert_ne!(uniform.verdict.word, VerdictWord::Refused);
    // Always the item that was shown least: three rows carry nearly all of the weight.
    let mut counts = std::collections::BTreeMap::new();
    log.iter()
        .for_each(|shown| *counts.entry(shown.item).or_insert(0_u32) += 1);
    let rarest = *counts.iter().min_by_key(|(_, count)| **count).unwrap().0;
    let single = tried(&log, |item| f64::from(u8::from(item == rarest)));
    assert!(single.effective < 100.0, "{}", single.effective);
    assert_eq!(single.verdict.word, VerdictWord::Refused);
    assert!(codes(&single).contains(&"small_effective_sample"));
    let random = open_bandit(include_bytes!("data/open_bandit_random.csv.gz"));
    close(tried(&random, |_| 1.0 / 80.0).recorded.value, 0.0038, 5e-5);
}
