//! What was learned, for people: how sure it is, which features matter, how good the predictions
//! were, and what trying out has cost.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::budget::{Budget, Spent};
use super::calibration::{BINS, Calibration};
use super::db::{Hour, Tried};
use super::gaussian::{logit, sigmoid};
use super::learned::{DAY_MS, Learned};
use super::model::{Model, Totals};
use super::settings::{Algorithm, Learning};
use crate::Channel;
use crate::catalog::Catalog;

/// How many deviations a stated interval reaches to each side: nine of ten lie within.
const NINE_OF_TEN: f64 = 1.645;
/// Presentations with a feature before its effect is told.
const TOLD_AFTER: f64 = 10.0;
/// Effects told at most.
const MOST_EFFECTS: usize = 60;

/// How far a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// Too few outcomes are known to rely on it.
    Exploring,
    /// It is relied on, and learns.
    Proven,
    /// It is kept as it is.
    Frozen,
}

/// One offer in one channel, in lists.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelRow {
    /// Key of the offer.
    pub offer: String,
    /// The channel.
    pub channel: Channel,
    /// The offer's category.
    pub category: String,
    /// How far it is.
    pub state: ModelState,
    /// Contacts made; where views are reported, without those that were not seen in time.
    pub shown_count: u64,
    /// Contacts whose outcome is known.
    pub settled_count: f64,
    /// Sum of their outcomes; an acceptance counts 1.
    pub rewarded: f64,
    /// The probability that an average customer accepts.
    pub rate: f64,
    /// Nine of ten times it is above this …
    pub rate_low: f64,
    /// … and below this.
    pub rate_high: f64,
    /// The marketer's estimate.
    pub estimated: f64,
    /// Contacts made today (UTC); where views are reported, without those that were not seen in time.
    pub today_count: u64,
    /// How many contacts a day it may have while it is unproven; null when it may have any number.
    pub today_limit: Option<u32>,
    /// Those made although another offer was expected to bring in more.
    pub explored_count: u64,
    /// What was given up by that in priority (levers and context counted in), in minor units.
    pub forgone_cents: f64,
    /// The currency of that; null when the offer is gone.
    pub currency: Option<String>,
    /// Since when it learns.
    pub since: Timestamp,
    /// When it last learned.
    pub learned_at: Option<Timestamp>,
}

/// What a feature changes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Effect {
    /// What it is about: `attribute`, `segment`, `context`, `time`, `history`, `interest`, `offer`.
    pub kind: String,
    /// Which one, for example the attribute's key.
    pub key: String,
    /// The value, or the range of values.
    pub value: String,
    /// How many times as often customers with it accept, all else equal.
    pub times: f64,
    /// Nine of ten times it is above this …
    pub times_low: f64,
    /// … and below this.
    pub times_high: f64,
    /// True when it is clear whether it raises or lowers.
    pub clear: bool,
    /// Presentations to customers with it, fading with time.
    pub presented: f64,
    /// Their outcomes.
    pub rewarded: f64,
}

/// Predictions of about the same height, and what came.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CalibrationPoint {
    /// Predictions.
    pub count: f64,
    /// Their mean.
    pub predicted: f64,
    /// The share that came true.
    pub observed: f64,
    /// Nine of ten times the true share is above this …
    pub observed_low: f64,
    /// … and below this.
    pub observed_high: f64,
}

/// One day of a model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Day {
    /// When the day began (UTC).
    pub day: Timestamp,
    /// Contacts made; where views are reported, without those that were not seen in time.
    pub shown_count: f64,
    /// Contacts whose outcome became known.
    pub settled_count: f64,
    /// Sum of the outcomes.
    pub rewarded: f64,
    /// Share of the outcomes; null while none is known.
    pub rate: Option<f64>,
    /// Those made although another offer was expected to bring in more.
    pub explored_count: f64,
    /// What was given up by that, in minor units.
    pub forgone_cents: f64,
}

/// Everything about one offer in one channel.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelView {
    /// What lists say of it.
    #[serde(flatten)]
    pub row: ModelRow,
    /// How its propensities are found.
    pub algorithm: Algorithm,
    /// The rate it began with.
    pub start_rate: f64,
    /// As many presentations as that is worth.
    pub start_presentations: f64,
    /// What features change, the clearest first.
    pub effects: Vec<Effect>,
    /// How good the predictions were.
    pub calibration: Vec<CalibrationPoint>,
    /// Its days, oldest first.
    pub days: Vec<Day>,
}

/// Learning as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    /// What is chosen.
    pub learning: Learning,
    /// The strategy that says so, as `key@version`; null when none is published.
    pub strategy: Option<String>,
    /// How many batches were learned.
    pub position: i64,
    /// When the newest outcome was learned.
    pub learned_at: Option<Timestamp>,
    /// Models.
    pub model_count: u64,
    /// Models on which too little is known to rely.
    pub exploring_count: u64,
    /// Features in the book.
    pub feature_count: u64,
    /// Contacts made since learning began; where views are reported, without those that were not
    /// seen in time.
    pub shown_count: f64,
    /// Those made although another offer was expected to bring in more.
    pub explored_count: f64,
    /// What was given up by that in priority (levers and context counted in), by currency.
    pub forgone: Vec<Forgone>,
    /// What was tried out in the last seven days, and what that cost.
    pub week: Week,
    /// How much trying out may cost, and how much of that is used; null without a budget.
    pub budget: Option<BudgetView>,
    /// After how long a contact without a response counts as a no, by channel.
    pub patience: Vec<Patience>,
}

/// What was tried out in seven days.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Week {
    /// Contacts made; where views are reported, without those that were not seen in time.
    pub shown_count: f64,
    /// Those made although another offer was expected to bring in more.
    pub explored_count: f64,
    /// What was given up by that, by currency.
    pub forgone: Vec<Forgone>,
}

/// A budget and how much of it is used.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BudgetView {
    /// The budget.
    #[serde(flatten)]
    pub budget: Budget,
    /// The currency of the offers; null when they have several.
    pub currency: Option<String>,
    /// When its period began.
    pub since: Timestamp,
    /// What trying out has cost since then, in minor units.
    pub spent_cents: f64,
    /// True when nothing is tried out until the next period begins.
    pub used_up: bool,
}

/// Sums of money by currency; nothing is left of what is no cost.
fn by_currency<'a>(sums: impl Iterator<Item = (&'a str, f64)>) -> Vec<Forgone> {
    let mut forgone: BTreeMap<&str, f64> = BTreeMap::new();
    for (currency, cents) in sums {
        *forgone.entry(currency).or_default() += cents;
    }
    forgone.retain(|_, cents| *cents > 0.0);
    let forgone = forgone.into_iter().map(|(currency, cents)| Forgone {
        currency: currency.to_owned(),
        cents,
    });
    forgone.collect()
}

impl Week {
    /// What was tried out since an instant.
    pub fn of(tried: &[Tried], learned: &Learned, currencies: &HashMap<String, String>) -> Week {
        let currency = |tried: &Tried| {
            let model = learned.models.get(&tried.model);
            let currency = model.and_then(|model| currencies.get(&model.offer));
            currency.map_or("", String::as_str)
        };
        Week {
            shown_count: tried.iter().map(|one| one.shown).sum(),
            explored_count: tried.iter().map(|one| one.explored).sum(),
            forgone: by_currency(tried.iter().map(|one| (currency(one), one.forgone_cents))),
        }
    }
}

impl BudgetView {
    /// How much of a budget is used.
    pub fn of(budget: Budget, spent: Spent, catalog: &Catalog, now: Timestamp) -> BudgetView {
        let mut currencies = catalog.offers.iter().map(|offer| &offer.body.currency);
        let first = currencies.next();
        let since = budget.per.begins(now);
        BudgetView {
            budget,
            currency: first
                .filter(|one| currencies.all(|other| other == *one))
                .cloned(),
            since,
            spent_cents: if spent.since == since {
                spent.cents
            } else {
                0.0
            },
            used_up: spent.uses_up(&budget, now),
        }
    }
}

/// What trying out gave up in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Forgone {
    /// The currency; empty for offers of which nothing is left.
    pub currency: String,
    /// How much, in minor units.
    pub cents: f64,
}

/// After how long a contact without a response counts as a no.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Patience {
    /// The channel.
    pub channel: Channel,
    /// After how long it counts as a no until a response comes.
    pub no_after_ms: i64,
    /// After how long a response is not learned from any more.
    pub response_ms: i64,
    /// Whether the channel tells which contacts were seen; where it does not, every contact counts.
    pub reports_views: bool,
}

impl Overview {
    /// Learning as a whole.
    pub fn of(
        learned: &Learned,
        learning: &Learning,
        strategy: Option<String>,
        currencies: &HashMap<String, String>,
        (week, budget): (Week, Option<BudgetView>),
    ) -> Overview {
        let forgone = by_currency(learned.models.values().map(|model| {
            let currency = currencies.get(&model.offer).map_or("", String::as_str);
            (currency, model.totals.forgone_cents)
        }));
        let models = learned.models.values();
        let sum = |what: fn(&Totals) -> f64| models.clone().map(|m| what(&m.totals)).sum();
        let mut channels: Vec<Channel> = learned.channels.keys().copied().collect();
        channels.sort_unstable();
        let patience = channels.into_iter().map(|channel| {
            let response_ms = learning.response_ms(channel);
            Patience {
                channel,
                no_after_ms: learned.patience_ms(channel, response_ms),
                response_ms,
                reports_views: learned.reports_views(channel),
            }
        });
        let newest = models.clone().map(|model| model.learned_ms).max();
        Overview {
            learning: learning.clone(),
            strategy,
            position: learned.position,
            learned_at: newest.filter(|ms| *ms > 0).map(Timestamp),
            model_count: learned.models.len() as u64,
            exploring_count: models
                .clone()
                .filter(|model| model.unproven(learning))
                .count() as u64,
            feature_count: learned.book.names().len() as u64 - 1,
            shown_count: sum(|totals| totals.shown),
            explored_count: sum(|totals| totals.explored),
            forgone,
            week,
            budget,
            patience: patience.collect(),
        }
    }
}

impl ModelRow {
    /// What lists say of a model.
    pub fn of(
        model: &Model,
        learning: &Learning,
        currency: Option<String>,
        now: Timestamp,
    ) -> ModelRow {
        let rate = model.rate();
        let known = (model.presented + model.start.1) * rate * (1.0 - rate);
        let width = NINE_OF_TEN / known.max(0.05).sqrt();
        let unproven = model.unproven(learning);
        let today = model.today == now.0.div_euclid(DAY_MS);
        let limit = learning.new_offers.per_day;
        let state = if model.frozen {
            ModelState::Frozen
        } else if unproven {
            ModelState::Exploring
        } else {
            ModelState::Proven
        };
        ModelRow {
            offer: model.offer.clone(),
            channel: model.channel,
            category: model.category.clone(),
            state,
            shown_count: model.totals.shown as u64,
            settled_count: model.totals.settled,
            rewarded: model.totals.rewarded,
            rate,
            rate_low: sigmoid(logit(rate) - width),
            rate_high: sigmoid(logit(rate) + width),
            estimated: model.estimated,
            today_count: if today { model.today_count as u64 } else { 0 },
            today_limit: (unproven && limit > 0).then_some(limit),
            explored_count: model.totals.explored as u64,
            forgone_cents: model.totals.forgone_cents,
            currency,
            since: Timestamp(model.since_ms),
            learned_at: (model.learned_ms > 0).then_some(Timestamp(model.learned_ms)),
        }
    }
}

impl ModelView {
    /// Everything about a model.
    pub fn of(
        model: &Model,
        names: &[String],
        learning: &Learning,
        hours: &[Hour],
        (currency, now): (Option<String>, Timestamp),
    ) -> ModelView {
        let calibration = match learning.algorithm {
            Algorithm::Bayesian | Algorithm::Fixed => &model.calibrations[0],
            Algorithm::NaiveBayes => &model.calibrations[1],
        };
        ModelView {
            row: ModelRow::of(model, learning, currency, now),
            algorithm: learning.algorithm,
            start_rate: model.start.0,
            start_presentations: model.start.1,
            effects: effects(model, names, learning.algorithm),
            calibration: points(calibration),
            days: days(hours),
        }
    }
}

fn effects(model: &Model, names: &[String], algorithm: Algorithm) -> Vec<Effect> {
    let base = logit(model.rate());
    let times = |weight: f64| sigmoid(base + weight) / sigmoid(base);
    let mut effects: Vec<(f64, Effect)> = vec![];
    for (place, name) in names.iter().enumerate().skip(1) {
        let (presented, rewarded) = model.counts.get(place).copied().unwrap_or_default();
        let Some((kind, key, value)) = parts(name).filter(|_| presented >= TOLD_AFTER) else {
            continue;
        };
        let (weight, deviation) = match algorithm {
            Algorithm::Bayesian | Algorithm::Fixed => (
                model.gaussian.weight(place),
                model.gaussian.own_variance(place).sqrt(),
            ),
            Algorithm::NaiveBayes => model.feature_effect(place as u16),
        };
        let (low, high) = (
            weight - NINE_OF_TEN * deviation,
            weight + NINE_OF_TEN * deviation,
        );
        let effect = Effect {
            kind: kind.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
            times: times(weight),
            times_low: times(low),
            times_high: times(high),
            clear: low > 0.0 || high < 0.0,
            presented,
            rewarded,
        };
        effects.push((weight.abs() / deviation.max(1e-6), effect));
    }
    effects.sort_by(|a, b| b.0.total_cmp(&a.0));
    effects.truncate(MOST_EFFECTS);
    effects.into_iter().map(|(_, effect)| effect).collect()
}

/// Kind, key and value of a feature's name.
fn parts(name: &str) -> Option<(&str, &str, &str)> {
    let (subject, value) = name.split_once('=')?;
    let (kind, key) = subject.split_once(':')?;
    Some((kind, key, value))
}

fn points(calibration: &Calibration) -> Vec<CalibrationPoint> {
    let mut points = Vec::with_capacity(BINS);
    for bin in calibration
        .bins
        .iter()
        .filter(|bin| bin.count >= TOLD_AFTER)
    {
        let (count, observed) = (bin.count, bin.outcomes / bin.count);
        // Wilson's interval holds for small shares too.
        let z = NINE_OF_TEN;
        let middle = (observed + z * z / (2.0 * count)) / (1.0 + z * z / count);
        let spread = observed * (1.0 - observed) / count + z * z / (4.0 * count * count);
        let half = z * spread.max(0.0).sqrt() / (1.0 + z * z / count);
        points.push(CalibrationPoint {
            count,
            predicted: bin.predicted / count,
            observed,
            observed_low: (middle - half).max(0.0),
            observed_high: (middle + half).min(1.0),
        });
    }
    points
}

fn days(hours: &[Hour]) -> Vec<Day> {
    let day_of = |hour: &Hour| hour.at.0.div_euclid(DAY_MS);
    let by_day = hours.chunk_by(|a, b| day_of(a) == day_of(b));
    let day = |hours: &[Hour]| {
        let sum = |what: fn(&Hour) -> f64| hours.iter().map(what).sum::<f64>();
        let (settled, rewarded) = (sum(|hour| hour.settled), sum(|hour| hour.rewarded));
        Day {
            day: Timestamp(day_of(&hours[0]) * DAY_MS),
            shown_count: sum(|hour| hour.shown),
            settled_count: settled,
            rewarded,
            rate: (settled > 0.0).then(|| rewarded / settled),
            explored_count: sum(|hour| hour.explored),
            forgone_cents: sum(|hour| hour.forgone_cents),
        }
    };
    by_day.map(day).collect()
}
