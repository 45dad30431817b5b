//! Assignment: which variant a customer gets, from a keyed hash and nothing else.

use memory::CustomerId;

use super::{Experiment, Phase};

/// Where a customer stands between 0 and 1 for a salt; the same on every day and every node.
pub fn place(salt: &str, customer: CustomerId) -> f64 {
    // Hashed in one go: asked several times in every decision.
    let text = [salt.as_bytes(), &[0], &customer.0.to_le_bytes()].concat();
    let hash = blake3::hash(&text);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The salts of one experiment, made once. Who takes part, which variant they get and who keeps
/// the baseline later are independent of each other and of every other experiment.
#[derive(Debug, Clone)]
pub struct Salts {
    share: String,
    variant: String,
    holdout: String,
    group: Option<String>,
}

impl Salts {
    /// The salts of an experiment.
    pub fn of(key: &str, experiment: &Experiment) -> Salts {
        let group = experiment.exclusion.as_ref();
        Salts {
            share: format!("experiment_share:{key}"),
            variant: format!("experiment:{key}"),
            holdout: format!("experiment_holdout:{key}"),
            group: group.map(|slice| format!("experiment_group:{}", slice.group)),
        }
    }

    /// Whether a customer is in the experiment's part of its group and in its share.
    pub fn takes_part(&self, experiment: &Experiment, customer: CustomerId) -> bool {
        if let (Some(salt), Some(slice)) = (&self.group, &experiment.exclusion) {
            let at = place(salt, customer);
            if at < slice.from || at >= slice.to {
                return false;
            }
        }
        place(&self.share, customer) < experiment.share
    }

    /// The variant of a participant.
    pub fn variant(&self, experiment: &Experiment, customer: CustomerId) -> usize {
        let at = place(&self.variant, customer);
        let mut end = 0.0;
        for (variant, one) in experiment.variants.iter().enumerate() {
            end += one.share;
            if at < end {
                return variant;
            }
        }
        // Shares add up to 1 but for rounding.
        experiment.variants.len().saturating_sub(1)
    }

    /// Whether a participant keeps the baseline after the winner was rolled out.
    pub fn held_out(&self, experiment: &Experiment, customer: CustomerId) -> bool {
        place(&self.holdout, customer) < experiment.holdout
    }

    /// The variant of a participant in a phase.
    pub fn in_phase(&self, experiment: &Experiment, customer: CustomerId, phase: Phase) -> usize {
        match phase {
            Phase::Test => self.variant(experiment, customer),
            Phase::Holdout if self.held_out(experiment, customer) => 0,
            Phase::Holdout => experiment.winner_place().unwrap_or_default(),
        }
    }
}
