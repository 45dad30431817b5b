//! What learning promises: sums that agree with the theory, probabilities that are true, numbers
//! that come back exactly.

use std::sync::Arc;

use super::bandit::{Bandit, DECISIONS_OF_A_TEST};
use super::draw::{self, Expected, draw, fraction, key, wins};
use super::gaussian::{logit, sigmoid};
use super::keep;
use super::learned::{Batch, Learned, Shown, Start, Step, family_key, model_key};
use super::model::{Beginning, Model};
use super::settings::{Algorithm, Learning};
use crate::Channel;

fn expected(mean: f64, spread: f64, weight: f64, salt: u64) -> Expected {
    Expected {
        mean,
        spread,
        weight,
        salt,
        held_back: false,
    }
}

#[test]
fn the_probability_of_a_choice_is_how_often_it_is_drawn() {
    let proposals = [
        expected(-3.0, 0.4, 1_000.0, 1),
        expected(-2.2, 0.1, 500.0, 2),
        expected(-3.4, 1.2, 1_500.0, 3),
        expected(-2.0, 0.0, 400.0, 4),
        expected(-6.0, 0.3, 900.0, 5),
    ];
    let (rounds, floor) = (200_000, 0.1);
    let mut counts = [0.0; 5];
    let (mut drawn, mut stated) = (vec![], [f64::NAN; 5]);
    for round in 0..rounds {
        let one = draw(&proposals, key(7, round), floor, &mut drawn).unwrap();
        counts[one.place] += 1.0;
        stated[one.place] = one.probability;
    }
    for (place, count) in counts.iter().enumerate() {
        let share = count / rounds as f64;
        assert!(
            (share - stated[place]).abs() < 0.004,
            "{place}: {share} {}",
            stated[place]
        );
    }
    let all: f64 = (0..5).map(|place| wins(&proposals, place)).sum();
    assert!((all - 1.0).abs() < 0.01, "{all}");
}

#[test]
fn what_is_known_for_sure_is_not_drawn() {
    let proposals = [
        expected(-2.0, 0.0, 100.0, 1),
        expected(-2.0, 0.0, 100.0, 2),
        expected(-1.0, 0.0, 10.0, 3),
    ];
    let mut drawn = vec![];
    for round in 0..100 {
        let one = draw(&proposals, key(1, round), 0.0, &mut drawn).unwrap();
        // Of equal ones the first, which arbitration has put there.
        assert_eq!((one.place, one.probability, one.explored), (0, 1.0, false));
    }
}

#[test]
fn an_offer_that_has_used_up_its_quota_waits_behind_proven_ones() {
    let held_back = Expected {
        held_back: true,
        ..expected(2.0, 0.5, 1_000.0, 1)
    };
    let proven = expected(-4.0, 0.1, 10.0, 2);
    let mut drawn = vec![];
    let one = draw(&[held_back, proven], 3, 0.0, &mut drawn).unwrap();
    assert_eq!((one.place, one.probability), (1, 1.0));
    let alone = draw(&[held_back], 3, 0.0, &mut drawn).unwrap();
    assert_eq!((alone.place, alone.probability), (0, 1.0));
}

#[test]
fn what_is_drawn_from_is_what_the_model_believes_and_only_the_propensity_is_corrected() {
    let beginning = Beginning {
        start: (0.1, 50.0),
        weights: vec![],
        usual: vec![],
    };
    let names = ("sale".to_owned(), "toys".to_owned());
    let mut model = Model::new(names.0, Channel::Web, names.1, 0.1, beginning, 0);
    let before = model.estimate(Algorithm::Bayesian, &[0]);
    model.calibrations[0].shift = -1.0;
    let after = model.estimate(Algorithm::Bayesian, &[0]);
    assert_eq!(
        (after.mean, after.deviation),
        (before.mean, before.deviation)
    );
    assert!((logit(after.propensity) - (before.mean - 1.0)).abs() < 1e-9);
}

#[test]
fn draws_look_upwards_from_what_is_expected() {
    let proposals = [expected(-2.0, 0.5, 100.0, 1)];
    let mut drawn = vec![];
    for round in 0..1_000 {
        draw(&proposals, key(5, round), 0.0, &mut drawn).unwrap();
        assert!(drawn[0] >= sigmoid(-2.0));
    }
}

#[test]
fn the_quantiles_invert_the_distribution() {
    for place in 1..1_000 {
        let p = f64::from(place) / 1_000.0;
        let back = draw::normal(draw::standard(p));
        assert!((back - p).abs() < 1e-6, "{p} {back}");
    }
    assert!((0..1_000).all(|n| (0.0..1.0).contains(&fraction(key(1, n)))));
}

fn start(offer: &str, category: &str, rate: f64) -> Step {
    Step::Model(Start {
        offer: offer.into(),
        channel: Channel::Web,
        category: category.into(),
        rate,
        presentations: 50.0,
    })
}

fn batch(position: i64, steps: Vec<Step>) -> Batch {
    Batch {
        position,
        at_ms: position * 1_000,
        steps,
    }
}

/// Batches as different as they come.
fn some_batches() -> Vec<Batch> {
    let (bag, hat) = (
        model_key("bag", Channel::Web),
        model_key("hat", Channel::Web),
    );
    let mut batches = vec![batch(
        1,
        vec![
            start("bag", "bags", 0.05),
            Step::Feature("attribute:plan=gold".into()),
            Step::Day(20_000, 1.0),
        ],
    )];
    for position in 2..60_i64 {
        let x = vec![0, (position % 7) as u16 + 1];
        let mut steps = vec![
            Step::Shown(Shown {
                model: bag,
                day: 20_000,
                count: 3.0,
                explored: 1.0,
                forgone_cents: 12.5,
            }),
            Step::Outcome(bag, x.clone(), f64::from(u8::from(position % 9 == 0)), 1.0),
            Step::Outcome(bag, vec![0, 70], 0.0, 0.5),
            Step::Responded(Channel::Web, position * 700),
            Step::Viewed(Channel::Web, 3.0, 1.0),
        ];
        if position == 30 {
            steps.push(start("hat", "bags", 0.02));
        }
        if position > 30 {
            steps.push(Step::Outcome(hat, x.clone(), 0.2, 1.0));
            steps.push(Step::Change(hat, x, 0.8));
        }
        batches.push(batch(position, steps));
    }
    batches.push(batch(
        60,
        vec![Step::Day(20_001, 0.98), Step::Frozen(hat, true)],
    ));
    batches
}

#[test]
fn what_is_kept_comes_back_exactly_and_goes_on_exactly() {
    let batches = some_batches();
    let mut whole = Learned::default();
    batches.iter().for_each(|batch| whole.apply(batch));
    let mut half = Learned::default();
    batches[..40].iter().for_each(|batch| half.apply(batch));
    let state = keep::state(&half).unwrap();
    let mut back = keep::read_state(half.position, &state.body, &state.numbers).unwrap();
    for (key, model) in &half.models {
        let kept = keep::model(model).unwrap();
        let model = keep::read_model(&kept.body, &kept.numbers).unwrap();
        back.models.insert(*key, Arc::new(model));
    }
    assert_eq!(back, half);
    // Batches that are in already change nothing.
    batches.iter().for_each(|batch| back.apply(batch));
    assert_eq!(back, whole);
    // Through the store batches are JSON, and read back they are the same for everybody.
    let json = serde_json::to_string(&batches).unwrap();
    let again: Vec<Batch> = serde_json::from_str(&json).unwrap();
    assert_eq!(again, batches);
}

#[test]
fn what_was_kept_before_usual_customers_were_known_is_read() {
    let mut learned = Learned::default();
    some_batches().iter().for_each(|batch| learned.apply(batch));
    let cut = |numbers: &[u8], tail: usize| numbers[..numbers.len() - 8 * tail].to_vec();
    let state = keep::state(&learned).unwrap();
    let tail = learned
        .channels
        .values()
        .map(|habits| 3 + habits.having.len());
    let old = cut(&state.numbers, tail.sum());
    let back = keep::read_state(learned.position, &state.body, &old).unwrap();
    for (channel, habits) in &learned.channels {
        let back = &back.channels[channel];
        assert_eq!((&back.delays, back.shown), (&habits.delays, habits.shown));
        assert_eq!((back.outcomes, back.having.len()), (0.0, 0));
    }
    for model in learned.models.values() {
        let kept = keep::model(model).unwrap();
        let usual = &model.gaussian.prior.usual;
        let old = cut(&kept.numbers, 1 + usual.len());
        let back = keep::read_model(&kept.body, &old).unwrap();
        assert_eq!(back.gaussian.mean, model.gaussian.mean);
        assert_eq!(back.gaussian.prior.usual, [0.0; 0]);
    }
}

#[test]
fn a_frozen_model_stays_as_it_is() {
    let mut learned = Learned::default();
    some_batches().iter().for_each(|batch| learned.apply(batch));
    let hat = model_key("hat", Channel::Web);
    let before = learned.models[&hat].clone();
    learned.apply(&batch(61, vec![Step::Outcome(hat, vec![0], 1.0, 1.0)]));
    assert_eq!(learned.models[&hat], before);
    learned.apply(&batch(
        62,
        vec![
            Step::Frozen(hat, false),
            Step::Outcome(hat, vec![0], 1.0, 1.0),
        ],
    ));
    assert!(learned.models[&hat].presented > before.presented);
    learned.apply(&batch(63, vec![Step::Reset(hat)]));
    assert_eq!(learned.models[&hat].totals.settled, 0.0);
}

#[test]
fn a_new_offer_begins_with_what_its_family_has_learned() {
    let mut learned = Learned::default();
    let old = model_key("old", Channel::Web);
    let mut steps = vec![start("old", "bags", 0.02)];
    for number in 0..4_000_u64 {
        // Place 5 makes all the difference.
        let x = if number % 2 == 0 { vec![0, 5] } else { vec![0] };
        let yes = number % 2 == 0 && number % 5 == 0;
        steps.push(Step::Outcome(old, x, f64::from(u8::from(yes)), 1.0));
    }
    steps.push(start("new", "bags", 0.02));
    steps.push(start("stranger", "hats", 0.02));
    learned.apply(&batch(1, steps));
    let estimate = |offer: &str, x: &[u16]| {
        let model = &learned.models[&model_key(offer, Channel::Web)];
        model.estimate(Algorithm::Bayesian, x).propensity
    };
    let (with, without) = (estimate("new", &[0, 5]), estimate("new", &[0]));
    assert!(with > 3.0 * without, "{with} {without}");
    let stranger = estimate("stranger", &[0, 5]) / estimate("stranger", &[0]);
    assert!((0.9..1.6).contains(&stranger), "{stranger}");
    // The family's rate of 10 % and the marketer's 2 % meet halfway.
    let begun = learned.models[&model_key("new", Channel::Web)].start.0;
    assert!((begun - 0.06).abs() < 0.005, "{begun}");
}

#[test]
fn one_yes_of_a_usual_customer_moves_a_new_offer_as_little_as_its_estimate_is_trusted() {
    let (mut learned, terms) = (Learned::default(), Learning::default());
    let x: Vec<u16> = (0..=12).collect();
    let known = model_key("known", Channel::Web);
    let mut steps = vec![start("known", "bags", 0.1)];
    for number in 0..600_u64 {
        let yes = f64::from(u8::from(number % 10 == 0));
        steps.push(Step::Outcome(known, x.clone(), yes, 1.0));
    }
    learned.apply(&batch(1, steps));
    let new = model_key("new", Channel::Web);
    let expect = |learned: &Learned| {
        let model = learned.models.get(&new).map(|model| &**model);
        let family = (family_key("shoes", Channel::Web), Channel::Web);
        learned.estimate(&terms, model, family, 0.12, &x)
    };
    let unmade = expect(&learned);
    learned.apply(&batch(2, vec![start("new", "shoes", 0.12)]));
    let begun = expect(&learned);
    assert!((begun.mean - unmade.mean).abs() < 1e-9 && begun.deviation < 0.6);
    assert!((begun.deviation - unmade.deviation).abs() < 1e-9);
    learned.apply(&batch(3, vec![Step::Outcome(new, x.clone(), 1.0, 1.0)]));
    let after = expect(&learned).propensity;
    assert!((0.13..0.17).contains(&after), "{after}");
}

#[test]
fn the_first_yes_of_all_moves_as_little_once_it_is_known_who_is_usual() {
    let (mut learned, x) = (Learned::default(), (0..=12).collect::<Vec<u16>>());
    let bags = model_key("bags", Channel::Web);
    let yes = Step::Outcome(bags, x.clone(), 1.0, 1.0);
    learned.apply(&batch(1, vec![start("bags", "bags", 0.12), yes]));
    let expected = |learned: &Learned| {
        let model = &learned.models[&bags];
        model.estimate(Algorithm::Bayesian, &x).propensity
    };
    let first = expected(&learned);
    assert!((0.13..0.25).contains(&first), "{first}");
    // Seven more say no: 1 of 8 is what was expected.
    let noes = (0..7).map(|_| Step::Outcome(bags, x.clone(), 0.0, 1.0));
    learned.apply(&batch(2, noes.collect()));
    let then = expected(&learned);
    assert!((0.10..0.14).contains(&then), "{then}");
}

#[test]
fn one_known_offer_tells_a_new_one_half_and_two_alike_two_thirds() {
    let mut learned = Learned::default();
    let told = |learned: &Learned, offer: &str| {
        learned.models[&model_key(offer, Channel::Web)]
            .gaussian
            .prior
            .weights[5]
    };
    let teach = |offer: &str| {
        let mut steps = vec![start(offer, "bags", 0.02)];
        let model = model_key(offer, Channel::Web);
        for number in 0..8_000_u64 {
            let x = if number % 2 == 0 { vec![0, 5] } else { vec![0] };
            let yes = number % 20 == 0 || number % 40 == 1;
            steps.push(Step::Outcome(model, x, f64::from(u8::from(yes)), 1.0));
        }
        steps
    };
    learned.apply(&batch(1, teach("one")));
    let known = learned.models[&model_key("one", Channel::Web)]
        .gaussian
        .weight(5);
    assert!(known > 0.5, "{known}");
    learned.apply(&batch(2, vec![start("second", "bags", 0.02)]));
    let half = told(&learned, "second") / known;
    assert!((0.45..0.55).contains(&half), "{half}");
    learned.apply(&batch(3, teach("two")));
    learned.apply(&batch(4, vec![start("third", "bags", 0.02)]));
    let both = told(&learned, "third") / known;
    assert!((0.60..0.73).contains(&both), "{both}");
}

#[test]
fn a_family_with_nothing_in_common_tells_a_new_offer_next_to_nothing() {
    let mut learned = Learned::default();
    for offer in 0..12_u64 {
        let name = format!("offer {offer}");
        let (model, mut steps) = (
            model_key(&name, Channel::Web),
            vec![start(&name, "bags", 0.2)],
        );
        for number in 0..2_000 {
            let chance = |of: u64| fraction(key(key(offer, of), number));
            let mut x: Vec<u16> = (1..=8)
                .filter(|place| chance(u64::from(*place)) < 0.4)
                .collect();
            // Each feature helps one half of the offers and harms the other.
            let effect = |place: &u16| (key(offer, u64::from(*place)) % 2) as f64 * 2.0 - 1.0;
            let rate = sigmoid(-1.4 + x.iter().map(effect).sum::<f64>());
            x.insert(0, 0);
            let outcome = f64::from(u8::from(chance(99) < rate));
            steps.push(Step::Outcome(model, x, outcome, 1.0));
        }
        learned.apply(&batch(offer as i64 + 1, steps));
    }
    learned.apply(&batch(20, vec![start("new", "bags", 0.2)]));
    let weights = &learned.models[&model_key("new", Channel::Web)]
        .gaussian
        .prior
        .weights;
    let size = weights
        .iter()
        .map(|weight| weight * weight)
        .sum::<f64>()
        .sqrt();
    assert!(size < 0.15, "{weights:?}");
}

#[test]
fn the_usual_delay_of_responses_says_how_long_to_wait() {
    let mut learned = Learned::default();
    let day = 86_400_000;
    assert_eq!(learned.patience_ms(Channel::Web, day), 1_800_000);
    assert_eq!(learned.patience_ms(Channel::Email, 7 * day), 43_200_000);
    let steps = (0..30)
        .map(|_| Step::Responded(Channel::Web, 60_000))
        .collect();
    learned.apply(&batch(1, steps));
    let patience = learned.patience_ms(Channel::Web, day);
    assert!((60_000..90_000).contains(&patience), "{patience}");
    assert_eq!(learned.patience_ms(Channel::Web, 20_000), 20_000);
}

#[test]
fn a_small_simulation_is_learned_at_once_and_late() {
    let learning = Bandit::terms();
    let gain = |delay: usize| {
        let mut bandit = Bandit::new(1, DECISIONS_OF_A_TEST);
        bandit.play(&learning, delay).gain()
    };
    let at_once = gain(0);
    assert!(at_once > 0.62, "{at_once}");
    let late = gain(DECISIONS_OF_A_TEST / 10);
    assert!(late > 0.75 * at_once, "{late} after {at_once}");
    // The marketers' equal estimates alone show the first offer for ever.
    let fixed = Bandit::new(1, DECISIONS_OF_A_TEST)
        .play(&Learning::fixed(), 0)
        .gain();
    assert!(fixed < 0.35, "{fixed}");
}

#[test]
fn naive_bayes_learns_what_features_do_alone() {
    let terms = Learning {
        algorithm: Algorithm::NaiveBayes,
        ..Bandit::terms()
    };
    let gain = Bandit::new(1, DECISIONS_OF_A_TEST).play(&terms, 0).gain();
    assert!(gain > 0.45, "{gain}");
}
