//! Everything that was learned: all models, the book of features, the families and the delays.
//!
//! It changes only by batches of steps, applied in the order of their positions. The same batches
//! give the same numbers on every node and after every restart.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::book::{Book, ByHash, hash};
use super::columns::Columns;
use super::gaussian::{WEIGHT_VARIANCE, logit, of_nothing, sigmoid};
use super::habits::ChannelHabits;
use super::model::{Beginning, Estimate, Model};
use super::settings::{Algorithm, Learning};
use crate::Channel;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;
/// The usual delay before it is known: half an hour at a touchpoint, half a day for what is sent.
const USUAL_MS: i64 = 1_800_000;
const USUAL_SENT_MS: i64 = 43_200_000;
/// The shortest delay after which nothing said is a no.
const SHORTEST_MS: i64 = 10_000;
/// How much counts what is believed of families before any is known, that offers differ from their
/// family as much as it does from 0: as much as five features of one offer that is known well.
const ALIKE: f64 = 20.0;

/// Names a model: a hash of offer and channel.
pub fn model_key(offer: &str, channel: Channel) -> u64 {
    hash(&[offer, "\u{0}", channel.word()])
}

/// Names a family: a hash of category and channel.
pub fn family_key(category: &str, channel: Channel) -> u64 {
    hash(&["category:", category, "\u{0}", channel.word()])
}

/// One step of learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A new feature gets the next place in the book.
    Feature(String),
    /// A model begins, or takes another starting rate.
    Model(Start),
    /// Contacts were made, or with less than 0 were not seen.
    Shown(Shown),
    /// An outcome is known: model, features, outcome, weight.
    Outcome(u64, Vec<u16>, f64, f64),
    /// An outcome that was known is another: model, features, change.
    Change(u64, Vec<u16>, f64),
    /// Somebody responded in a channel after so many milliseconds.
    Responded(Channel, i64),
    /// So many contacts of a channel were made, and so many seen.
    Viewed(Channel, f64, f64),
    /// A day is over: everything keeps this share.
    Day(i64, f64),
    /// A model forgets everything.
    Reset(u64),
    /// A model must not change, or may again.
    Frozen(u64, bool),
}

/// How a model begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Key of the offer.
    pub offer: String,
    /// The channel.
    pub channel: Channel,
    /// The offer's category.
    pub category: String,
    /// The marketer's estimate.
    pub rate: f64,
    /// The presentations that is worth.
    pub presentations: f64,
}

/// Contacts with one offer in one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The model.
    pub model: u64,
    /// The day they were made.
    pub day: i64,
    /// How many.
    pub count: f64,
    /// How many were made although another offer was expected to be better.
    pub explored: f64,
    /// What was given up by that.
    pub forgone_cents: f64,
}

/// Steps that are applied together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Its place in the order.
    pub position: i64,
    /// When it was made, in milliseconds.
    pub at_ms: i64,
    /// The steps.
    pub steps: Vec<Step>,
}

/// Outcomes of all offers of one category in one channel, fading with time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Family {
    /// Outcomes.
    pub presented: f64,
    /// Their sum.
    pub rewarded: f64,
}

/// Everything that was learned up to a position. Cloning shares the models.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Learned {
    /// Position of the newest batch in it.
    pub position: i64,
    /// The book of features.
    pub book: Arc<Book>,
    /// The models, by [`model_key`].
    pub models: ByHash<Arc<Model>>,
    /// The families, by [`family_key`].
    pub families: ByHash<Family>,
    /// The channels.
    pub channels: HashMap<Channel, ChannelHabits>,
    /// The day that was forgotten last.
    pub day: i64,
    /// The models side by side, as of some position up to this one.
    pub(super) columns: Columns,
}

impl Learned {
    /// Puts the models side by side as they are now, so that many are asked at once.
    pub fn line_up(&mut self) {
        self.columns = Columns::of(&self.models, self.position, &self.columns);
    }

    /// The models side by side, when they are as of now.
    pub fn columns(&self) -> Option<&Columns> {
        Some(&self.columns).filter(|columns| columns.position == self.position)
    }

    /// What is expected of an offer in a channel for a customer with these features.
    pub fn estimate(
        &self,
        learning: &Learning,
        model: Option<&Model>,
        (family, channel): (u64, Channel),
        start: f64,
        x: &[u16],
    ) -> Estimate {
        if learning.algorithm == Algorithm::Fixed {
            return Estimate {
                propensity: start,
                mean: logit(start),
                deviation: 0.0,
            };
        }
        if let Some(model) = model {
            return model.estimate(learning.algorithm, x);
        }
        let start = self.start(family, start, learning.prior_presentations);
        let (usual, x) = match learning.algorithm {
            Algorithm::Bayesian => (self.usual(channel), x),
            Algorithm::NaiveBayes | Algorithm::Fixed => (vec![], &[0][..]),
        };
        let (mean, variance) = of_nothing(start, &usual, x);
        Estimate::of(mean, variance, None)
    }

    /// An estimate for one variant of an offer. What the marketer says of the variant beyond the
    /// offer counts as far as the model does not know it better.
    pub fn of_variant(
        &self,
        learning: &Learning,
        model: Option<&Model>,
        estimate: Estimate,
        (offer, variant): (f64, f64),
        place: Option<u16>,
    ) -> Estimate {
        let Some(model) = model else {
            return estimate;
        };
        let unknown = place.map_or(1.0, |place| model.unknown_share(learning.algorithm, place));
        let shift = unknown * (logit(variant) - logit(offer));
        if learning.algorithm == Algorithm::Fixed || shift == 0.0 {
            return estimate;
        }
        Estimate {
            propensity: sigmoid(logit(estimate.propensity) + shift),
            mean: estimate.mean + shift,
            ..estimate
        }
    }

    /// The rate with which a model begins: the marketer's, drawn halfway towards its family's as
    /// far as that is known.
    fn start(&self, family: u64, rate: f64, worth: f64) -> (f64, f64) {
        let family = self.families.get(&family).copied().unwrap_or_default();
        let known = family.presented.min(worth);
        if known <= 0.0 {
            return (rate, worth);
        }
        let theirs = family.rewarded / family.presented;
        ((rate * worth + theirs * known) / (worth + known), worth)
    }

    /// The share of a channel's customers who have each feature, by its place.
    fn usual(&self, channel: Channel) -> Vec<f64> {
        let known = self.channels.get(&channel);
        known.map_or(vec![], ChannelHabits::usual)
    }

    /// After how long a contact without a response counts as a no: when half of the responses
    /// would have come.
    pub fn patience_ms(&self, channel: Channel, response_ms: i64) -> i64 {
        let usual = if channel.outbound() {
            USUAL_SENT_MS
        } else {
            USUAL_MS
        };
        let known = self.channels.get(&channel);
        let median = known.and_then(ChannelHabits::median_delay_ms);
        median
            .unwrap_or(usual)
            .clamp(SHORTEST_MS, response_ms.max(SHORTEST_MS))
    }

    /// Whether a channel tells which contacts were seen; where none does, every contact counts.
    pub fn reports_views(&self, channel: Channel) -> bool {
        let known = self.channels.get(&channel);
        known.is_some_and(ChannelHabits::reports_views)
    }

    /// Applies a batch; one that is applied already changes nothing.
    pub fn apply(&mut self, batch: &Batch) {
        if batch.position <= self.position {
            return;
        }
        for step in &batch.steps {
            self.step(step, batch.at_ms);
        }
        self.position = batch.position;
    }

    fn step(&mut self, step: &Step, at_ms: i64) {
        match step {
            Step::Feature(name) => Arc::make_mut(&mut self.book).enter(name.clone()),
            Step::Model(start) => self.begin(start, at_ms),
            Step::Shown(shown) => self.shown(shown),
            Step::Outcome(model, x, outcome, weight) => {
                self.count(*model, x, *weight);
                if let Some(family) =
                    self.learning(*model, |m| m.learn(x, *outcome, *weight, at_ms))
                {
                    family.presented += weight;
                    family.rewarded += weight * outcome;
                }
            }
            Step::Change(model, x, change) => {
                if let Some(family) = self.learning(*model, |m| m.correct(x, *change, at_ms)) {
                    family.rewarded += change;
                }
            }
            Step::Responded(channel, delay) => {
                let habits = self.channels.entry(*channel).or_default();
                habits.responded(*delay);
            }
            Step::Viewed(channel, shown, viewed) => {
                let habits = self.channels.entry(*channel).or_default();
                habits.shown += shown;
                habits.viewed += viewed;
            }
            Step::Day(day, keep) => self.forget(*day, *keep),
            Step::Reset(model) => self.reset(*model, at_ms),
            Step::Frozen(model, frozen) => {
                if let Some(model) = self.models.get_mut(model) {
                    Arc::make_mut(model).frozen = *frozen;
                }
            }
        }
    }

    fn begin(&mut self, start: &Start, at_ms: i64) {
        let key = model_key(&start.offer, start.channel);
        if let Some(model) = self.models.get_mut(&key) {
            let model = Arc::make_mut(model);
            model.category.clone_from(&start.category);
            model.estimated = start.rate;
            if !model.frozen {
                model.restart_from(start.rate);
            }
            return;
        }
        let family = family_key(&start.category, start.channel);
        let weights = self.family_weights(&start.category, start.channel);
        let beginning = Beginning {
            start: self.start(family, start.rate, start.presentations),
            weights,
            usual: self.usual(start.channel),
        };
        let (offer, category) = (start.offer.clone(), start.category.clone());
        let (channel, rate) = (start.channel, start.rate);
        let model = Model::new(offer, channel, category, rate, beginning, at_ms);
        self.models.insert(key, Arc::new(model));
    }

    /// What the offers of a family have in common: the expected mean of their weights. How far from
    /// 0 such means lie is estimated from all of them (empirical Bayes): where the offers of a family
    /// have nothing in common a new one begins without them, and one offer that is known well tells
    /// nearly half of what it knows. Each counts less the less it is known.
    fn family_weights(&self, category: &str, channel: Channel) -> Vec<f64> {
        let mut family: Vec<&Arc<Model>> = self
            .models
            .values()
            .filter(|model| model.channel == channel && model.category == category)
            .collect();
        family.sort_by(|a, b| a.offer.cmp(&b.offer));
        let places = family.iter().map(|model| model.gaussian.mean.len()).max();
        // By place: what all offers together say of the mean, and with which precision.
        let said = |place: usize| {
            let each = family.iter().map(|model| {
                let (known, told) = model.gaussian.told(place);
                let spread = 1.0 + WEIGHT_VARIANCE * known;
                (told / spread, known / spread)
            });
            each.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1))
        };
        let said: Vec<(f64, f64)> = (1..places.unwrap_or(0)).map(said).collect();
        // The variance of the means, by moments: the square of what is said, less its noise.
        let (mut moments, mut weight) = (ALIKE * WEIGHT_VARIANCE, ALIKE);
        for (told, known) in &said {
            moments += told * told - known;
            weight += known * known;
        }
        let variance = (moments / weight).clamp(0.0, WEIGHT_VARIANCE);
        let expected = said.iter();
        let expected = expected.map(|(told, known)| variance * told / (1.0 + variance * known));
        std::iter::once(0.0).chain(expected).collect()
    }

    /// Counts which features customers have; now and then models learn which are usual.
    fn count(&mut self, model: u64, x: &[u16], weight: f64) {
        let Some(channel) = self.models.get(&model).map(|model| model.channel) else {
            return;
        };
        let habits = self.channels.entry(channel).or_default();
        habits.count(x, weight);
        let Some(usual) = habits.usual_to_tell() else {
            return;
        };
        let models = self.models.values_mut();
        for model in models.filter(|model| model.channel == channel && !model.frozen) {
            let gaussian = &mut Arc::make_mut(model).gaussian;
            Arc::make_mut(gaussian).recentre(usual.clone());
        }
    }

    fn shown(&mut self, shown: &Shown) {
        let Some(model) = self.models.get_mut(&shown.model) else {
            return;
        };
        let model = Arc::make_mut(model);
        if model.today < shown.day {
            (model.today, model.today_count) = (shown.day, 0.0);
        }
        if model.today == shown.day {
            model.today_count = (model.today_count + shown.count).max(0.0);
        }
        // What is given back may have been counted before the model was reset.
        let totals = &mut model.totals;
        totals.shown = (totals.shown + shown.count).max(0.0);
        totals.explored = (totals.explored + shown.explored).max(0.0);
        totals.forgone_cents = (totals.forgone_cents + shown.forgone_cents).max(0.0);
    }

    /// Lets a model learn, unless it is frozen; gives the family to count it in.
    fn learning(&mut self, model: u64, learn: impl FnOnce(&mut Model)) -> Option<&mut Family> {
        let model = self.models.get_mut(&model).filter(|model| !model.frozen)?;
        let model = Arc::make_mut(model);
        learn(model);
        let family = family_key(&model.category, model.channel);
        Some(self.families.entry(family).or_default())
    }

    fn forget(&mut self, day: i64, keep: f64) {
        self.day = day;
        if keep >= 1.0 {
            return;
        }
        for model in self.models.values_mut().filter(|model| !model.frozen) {
            Arc::make_mut(model).forget(keep);
        }
        for family in self.families.values_mut() {
            family.presented *= keep;
            family.rewarded *= keep;
        }
        for habits in self.channels.values_mut() {
            habits.forget(keep);
        }
    }

    fn reset(&mut self, model: u64, at_ms: i64) {
        let Some(known) = self.models.get(&model) else {
            return;
        };
        let Model {
            offer,
            channel,
            category,
            estimated,
            start: (_, worth),
            ..
        } = Model::clone(known);
        let beginning = Beginning {
            start: (estimated, worth),
            weights: vec![],
            usual: self.usual(channel),
        };
        let fresh = Model::new(offer, channel, category, estimated, beginning, at_ms);
        self.models.insert(model, Arc::new(fresh));
    }
}
