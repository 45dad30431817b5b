//! How a channel behaves: how late its responses come, whether views are told, and which customers
//! it usually has.

use super::gaussian::CORE;

/// Intervals of the delays of responses: √2 apart, the first one second.
pub const DELAYS: usize = 44;
/// Responses of a channel before their usual delay is known.
const FEWEST_DELAYS: f64 = 20.0;
/// A channel reports views when at least this share of its contacts is seen.
const VIEWS_SHARE: f64 = 0.01;
/// Outcomes of customers without any feature that are assumed of every channel.
const NO_FEATURE: f64 = 0.5;
/// Outcomes of a channel after which models are told for the first time which customers are usual;
/// afterwards whenever there are twice as many.
const FIRST_USUAL: f64 = 1.0;
/// Outcomes by which usual customers are known well enough: telling all models is much work.
const LAST_USUAL: f64 = 1_000.0;

/// How a channel behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelHabits {
    /// Responses by delay, fading with time.
    pub delays: [f64; DELAYS],
    /// Contacts made.
    pub shown: f64,
    /// Contacts known to be seen.
    pub viewed: f64,
    /// Outcomes known, fading with time.
    pub outcomes: f64,
    /// Of them, of customers who have the feature, by its place below [`CORE`].
    pub having: Vec<f64>,
    /// The outcomes by which models were last told which customers are usual.
    pub usual_by: f64,
}

impl Default for ChannelHabits {
    fn default() -> ChannelHabits {
        ChannelHabits {
            delays: [0.0; DELAYS],
            shown: 0.0,
            viewed: 0.0,
            outcomes: 0.0,
            having: vec![],
            usual_by: 0.0,
        }
    }
}

impl ChannelHabits {
    /// Somebody responded after so many milliseconds.
    pub fn responded(&mut self, delay_ms: i64) {
        self.delays[delay_place(delay_ms)] += 1.0;
    }

    /// The delay within which half of the responses come; `None` before it is known.
    pub fn median_delay_ms(&self) -> Option<i64> {
        let all: f64 = self.delays.iter().sum();
        let mut below = 0.0;
        (all >= FEWEST_DELAYS).then(|| {
            let place = self.delays.iter().position(|count| {
                below += count;
                below >= all / 2.0
            });
            delay_ms(place.unwrap_or(DELAYS - 1))
        })
    }

    /// Whether it tells which contacts were seen.
    pub fn reports_views(&self) -> bool {
        self.viewed > VIEWS_SHARE * self.shown
    }

    /// Keeps this share of what fades.
    pub fn forget(&mut self, keep: f64) {
        self.delays.iter_mut().for_each(|count| *count *= keep);
        self.shown *= keep;
        self.viewed *= keep;
        self.outcomes *= keep;
        self.having.iter_mut().for_each(|count| *count *= keep);
    }

    /// Counts who had which features when an outcome became known.
    pub fn count(&mut self, x: &[u16], weight: f64) {
        let places = x.iter().map(|place| usize::from(*place));
        for place in places.filter(|place| (1..CORE).contains(place)) {
            if self.having.len() <= place {
                self.having.resize(place + 1, 0.0);
            }
            self.having[place] += weight;
        }
        self.outcomes += weight;
    }

    /// Which customers are usual, when models are to be told anew; they count as told.
    pub fn usual_to_tell(&mut self) -> Option<Vec<f64>> {
        let next = FIRST_USUAL.max(2.0 * self.usual_by);
        let due = self.outcomes >= next && self.usual_by < LAST_USUAL;
        due.then(|| {
            self.usual_by = self.outcomes;
            self.usual()
        })
    }

    /// The share of customers who have each feature, by its place; see
    /// [`Prior::usual`](super::gaussian::Prior::usual).
    pub fn usual(&self) -> Vec<f64> {
        let all = self.outcomes + NO_FEATURE;
        self.having.iter().map(|having| having / all).collect()
    }
}

fn delay_place(delay_ms: i64) -> usize {
    let seconds = (delay_ms.max(0) as f64 / 1_000.0).max(1.0);
    ((2.0 * seconds.log2()) as usize).min(DELAYS - 1)
}

/// The end of an interval of delays.
fn delay_ms(place: usize) -> i64 {
    (1_000.0 * 2.0_f64.powf((place as f64 + 1.0) / 2.0)) as i64
}
