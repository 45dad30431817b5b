//! Control groups: who deliberately gets nothing, for comparison.

use awareness::experiment::assign::place;
use memory::CustomerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which control group a customer is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ControlGroup {
    /// Of everything.
    Universal,
    /// Of one journey.
    Journey,
    /// Of one offer.
    Offer,
}

impl ControlGroup {
    /// Its word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ControlGroup::Universal => "universal",
            ControlGroup::Journey => "journey",
            ControlGroup::Offer => "offer",
        }
    }
}

/// The journey that wants a contact, with its control group.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyRef {
    /// Its key.
    pub key: String,
    /// Share of customers, 0 to 1, to whom it deliberately says nothing.
    pub control_fraction: f64,
}

impl JourneyRef {
    /// Whether a customer is in its control group.
    pub fn withholds_from(&self, customer: CustomerId) -> bool {
        withheld(
            &format!("journey:{}", self.key),
            customer,
            self.control_fraction,
        )
    }
}

/// The salt of the universal control group.
pub const UNIVERSAL: &str = "universal";

/// Whether a customer is in the control group of a salt.
pub fn withheld(salt: &str, customer: CustomerId, fraction: f64) -> bool {
    fraction > 0.0 && place(salt, customer) < fraction
}

#[test]
fn a_fraction_of_customers_is_withheld_and_always_the_same() {
    let in_group = |id| withheld("offer:sale", CustomerId(id), 0.1);
    let count = (0..20_000).filter(|id| in_group(*id)).count();
    assert!((1_850..2_150).contains(&count), "{count}");
    assert!((0..1_000).all(|id| !withheld("offer:sale", CustomerId(id), 0.0)));
    assert!((0..1_000).all(|id| withheld("offer:sale", CustomerId(id), 1.0)));
    // A number that must never change: control groups would be dealt anew.
    assert_eq!(
        format!("{:.6}", place("offer:sale", CustomerId(42))),
        "0.495162"
    );
}

#[test]
fn groups_of_different_salts_are_independent() {
    let both = (0..40_000)
        .filter(|id| withheld("a", CustomerId(*id), 0.5) && withheld("b", CustomerId(*id), 0.5));
    let count = both.count();
    assert!((9_600..10_400).contains(&count), "{count}");
}
