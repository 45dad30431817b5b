//! The stored form of what was learned: small facts as JSON, numbers bit by bit, so that what is
//! read back is exactly what was written.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::book::{Book, ByHash};
use super::calibration::{BINS, Bin, Calibration};
use super::columns::Columns;
use super::gaussian::{CORE, Gaussian, Prior};
use super::habits::{ChannelHabits, DELAYS};
use super::learned::{Family, Learned};
use super::model::{Model, Totals};
use crate::Channel;

/// A row to be kept: JSON, and doubles, least significant byte first.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Small facts.
    pub body: String,
    /// Numbers.
    pub numbers: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct ModelBody {
    offer: String,
    channel: Channel,
    category: String,
    frozen: bool,
    since_ms: i64,
    learned_ms: i64,
    today: i64,
}

#[derive(Serialize, Deserialize)]
struct StateBody {
    names: Vec<String>,
    day: i64,
    families: Vec<u64>,
    channels: Vec<Channel>,
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn put(&mut self, numbers: &[f64]) {
        for number in numbers {
            self.0.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn list(&mut self, numbers: &[f64]) {
        self.put(&[numbers.len() as f64]);
        self.put(numbers);
    }
}

/// Reads numbers back; `None` when there are too few.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn one(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(f64::from_le_bytes(*bytes))
    }

    fn many<const N: usize>(&mut self) -> Option<[f64; N]> {
        let mut numbers = [0.0; N];
        for number in &mut numbers {
            *number = self.one()?;
        }
        Some(numbers)
    }

    fn list(&mut self) -> Option<Vec<f64>> {
        let length = self.one()? as usize;
        if length > self.0.len() / 8 {
            return None;
        }
        (0..length).map(|_| self.one()).collect()
    }
}

/// The stored form of a model.
pub fn model(model: &Model) -> Result<Kept, serde_json::Error> {
    let body = ModelBody {
        offer: model.offer.clone(),
        channel: model.channel,
        category: model.category.clone(),
        frozen: model.frozen,
        since_ms: model.since_ms,
        learned_ms: model.learned_ms,
        today: model.today,
    };
    let mut numbers = Writer::default();
    let (rate, worth) = model.start;
    let totals = model.totals;
    numbers.put(&[
        model.estimated,
        rate,
        worth,
        model.presented,
        model.rewarded,
    ]);
    numbers.put(&[
        totals.shown,
        totals.settled,
        totals.rewarded,
        totals.explored,
    ]);
    numbers.put(&[totals.forgone_cents, model.today_count]);
    let Gaussian {
        prior,
        mean,
        core,
        covariance,
        variance,
    } = &*model.gaussian;
    numbers.put(&[prior.intercept, prior.intercept_variance, *core as f64]);
    for list in [&prior.weights, mean, covariance, variance] {
        numbers.list(list);
    }
    let counts: Vec<f64> = model.counts.iter().flat_map(|(n, r)| [*n, *r]).collect();
    numbers.list(&counts);
    for calibration in &model.calibrations {
        numbers.put(&[calibration.shift, calibration.slope, calibration.fitted_at]);
        for bin in &calibration.bins {
            numbers.put(&[bin.count, bin.raw, bin.predicted, bin.outcomes]);
        }
    }
    numbers.list(&prior.usual);
    Ok(Kept {
        body: serde_json::to_string(&body)?,
        numbers: numbers.0,
    })
}

/// The model of a stored form; `None` when it cannot be read.
pub fn read_model(body: &str, numbers: &[u8]) -> Option<Model> {
    let body: ModelBody = serde_json::from_str(body).ok()?;
    let mut read = Reader(numbers);
    let [estimated, rate, worth, presented, rewarded] = read.many()?;
    let [shown, settled, total_rewarded, explored] = read.many()?;
    let [forgone_cents, today_count] = read.many()?;
    let [intercept, intercept_variance, core] = read.many()?;
    let (weights, mean) = (read.list()?, read.list()?);
    let (covariance, variance) = (read.list()?, read.list()?);
    let core = core as usize;
    let whole =
        covariance.len() == core * core && variance.len() == mean.len().saturating_sub(CORE);
    if !whole || core > mean.len() {
        return None;
    }
    let counts = read.list()?;
    let mut calibrations = [Calibration::default(), Calibration::default()];
    for calibration in &mut calibrations {
        *calibration = read_calibration(&mut read)?;
    }
    // Absent from what was kept before usual customers were known.
    let usual = read.list().unwrap_or_default();
    Some(Model {
        offer: body.offer,
        channel: body.channel,
        category: body.category,
        gaussian: Arc::new(Gaussian {
            prior: Prior {
                intercept,
                intercept_variance,
                weights,
                usual,
            },
            mean,
            core,
            covariance,
            variance,
        }),
        counts: Arc::new(counts.chunks_exact(2).map(|two| (two[0], two[1])).collect()),
        calibrations,
        estimated,
        start: (rate, worth),
        presented,
        rewarded,
        totals: Totals {
            shown,
            settled,
            rewarded: total_rewarded,
            explored,
            forgone_cents,
        },
        today: body.today,
        today_count,
        frozen: body.frozen,
        since_ms: body.since_ms,
        learned_ms: body.learned_ms,
    })
}

fn read_calibration(read: &mut Reader<'_>) -> Option<Calibration> {
    let [shift, slope, fitted_at] = read.many()?;
    let mut bins = [Bin::default(); BINS];
    for bin in &mut bins {
        let [count, raw, predicted, outcomes] = read.many()?;
        *bin = Bin {
            count,
            raw,
            predicted,
            outcomes,
        };
    }
    Some(Calibration {
        bins,
        shift,
        slope,
        fitted_at,
    })
}

/// The stored form of everything but the models.
pub fn state(learned: &Learned) -> Result<Kept, serde_json::Error> {
    let mut families: Vec<(u64, Family)> = learned
        .families
        .iter()
        .map(|(key, family)| (*key, *family))
        .collect();
    families.sort_by_key(|(key, _)| *key);
    let mut channels: Vec<(Channel, &ChannelHabits)> = learned
        .channels
        .iter()
        .map(|(channel, habits)| (*channel, habits))
        .collect();
    channels.sort_by_key(|(channel, _)| *channel);
    let mut numbers = Writer::default();
    for (_, family) in &families {
        numbers.put(&[family.presented, family.rewarded]);
    }
    for (_, habits) in &channels {
        numbers.put(&[habits.shown, habits.viewed]);
        numbers.put(&habits.delays);
    }
    for (_, habits) in &channels {
        numbers.put(&[habits.outcomes, habits.usual_by]);
        numbers.list(&habits.having);
    }
    let body = StateBody {
        names: learned.book.names().to_vec(),
        day: learned.day,
        families: families.iter().map(|(key, _)| *key).collect(),
        channels: channels.iter().map(|(channel, _)| *channel).collect(),
    };
    Ok(Kept {
        body: serde_json::to_string(&body)?,
        numbers: numbers.0,
    })
}

/// Everything but the models, of a stored form; `None` when it cannot be read.
pub fn read_state(position: i64, body: &str, numbers: &[u8]) -> Option<Learned> {
    let body: StateBody = serde_json::from_str(body).ok()?;
    let mut read = Reader(numbers);
    let mut families = ByHash::default();
    for key in body.families {
        let [presented, rewarded] = read.many()?;
        families.insert(
            key,
            Family {
                presented,
                rewarded,
            },
        );
    }
    let mut channels = HashMap::new();
    for channel in &body.channels {
        let [shown, viewed] = read.many()?;
        let habits = ChannelHabits {
            delays: read.many::<DELAYS>()?,
            shown,
            viewed,
            ..ChannelHabits::default()
        };
        channels.insert(*channel, habits);
    }
    for channel in &body.channels {
        // Absent from what was kept before usual customers were known.
        let known = read.many().zip(read.list());
        if let (Some(habits), Some(([outcomes, usual_by], having))) =
            (channels.get_mut(channel), known)
        {
            (habits.outcomes, habits.usual_by, habits.having) = (outcomes, usual_by, having);
        }
    }
    Some(Learned {
        position,
        book: Arc::new(Book::of(body.names)),
        models: ByHash::default(),
        families,
        channels,
        day: body.day,
        columns: Columns::default(),
    })
}
