//! Why a proposal was ruled out: small codes while deciding, words only when somebody reads them.

use serde_json::{Value, json};
use store::Timestamp;
use utoipa::ToSchema;

/// One reason against a proposal. In stored records it is `[code, parameters…, [candidates]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Its validity has not begun.
    NotValidYet,
    /// Its validity is over.
    Expired,
    /// Somebody has set its lever to 0.
    LeverZero,
    /// It was recalled.
    Recalled,
    /// No code is left that could come with it.
    NoCode,
    /// It comes with a coupon for its customer alone, and a till could not tell who that is.
    NoHolder,
    /// Another variant of it is for this customer.
    OtherVariant,
    /// A cap is used up for its period.
    Cap(u16),
    /// A cap is held back to be spread over its period.
    Paced(u16),
    /// The customer does not meet its criteria.
    NotEligible,
    /// A table of the department denies it to this customer.
    Denied,
    /// The customer never agreed to marketing in this channel.
    ConsentMissing,
    /// The customer refused marketing in this channel.
    ConsentDenied,
    /// The customer's yes has run out.
    ConsentExpired,
    /// A suppression list holds the customer.
    Suppressed,
    /// It was accepted; it rests until then.
    Accepted(Timestamp),
    /// It was rejected; it rests until then.
    Rejected(Timestamp),
    /// It was seen so often without a reaction.
    Viewed(u32),
    /// It was seen and ignored so often.
    Ignored(u32),
    /// An offer it is related to was accepted or rejected; it rests until then.
    Related(u16, Timestamp),
    /// An experiment shows the customer other offers.
    Experiment(u16),
    /// Customers of this group buy as much without it: contacting them with it earns nothing.
    EarnsNothing,
    /// A limit of a contact policy is reached.
    Limit(u16),
    /// The customer is left in peace until then.
    Quiet(Timestamp),
    /// The customer is being contacted elsewhere at this very moment: in doubt, refuse.
    Contended,
    /// Another placement of this request, or this one, shows the offer already.
    DuplicateOffer,
    /// Another placement of this request shows something of this category already.
    DuplicateCategory,
    /// The customer is in a control group: nothing is sent.
    ControlGroup,
}

/// The step of the pipeline that a reason belongs to, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Placement, channel and dates.
    Fits,
    /// Eligibility criteria.
    Eligible,
    /// Consent and rest after reactions.
    Allowed,
    /// Contact policy.
    Policy,
    /// Control group.
    Control,
    /// Priority and diversity.
    Chosen,
}

/// A reason in words.
#[derive(Debug, Clone, PartialEq, serde::Serialize, ToSchema)]
pub struct ReasonText {
    /// A stable word, which programs and translations go by.
    pub code: &'static str,
    /// The reason in English.
    pub message: String,
    /// Its particulars: the limit, the date.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    pub detail: Value,
}

/// The names that reasons refer to by their places.
pub trait Names {
    /// Policy, key and number of a limit.
    fn limit(&self, place: u16) -> Option<(&str, &str, u32)>;
    /// Key of a cap and how much it allows.
    fn cap(&self, place: u16) -> Option<(&str, i64)>;
    /// Key of an offer.
    fn offer(&self, place: u16) -> Option<&str>;
    /// Key of an experiment.
    fn experiment(&self, place: u16) -> Option<&str>;
}

/// Behind those that were chosen: no reason of its own, and asked for like one.
pub const LOWER_PRIORITY: &str = "lower_priority";

/// The stable words of all reasons against a proposal.
pub const CODES: [&str; 29] = [
    "not_valid_yet",
    "expired",
    "lever_zero",
    "recalled",
    "no_code",
    "no_holder",
    "other_variant",
    "cap_reached",
    "paced",
    "not_eligible",
    "denied_by_table",
    "no_consent",
    "consent_denied",
    "consent_expired",
    "suppressed",
    "suppressed_after_accept",
    "suppressed_after_reject",
    "suppressed_after_views",
    "suppressed_after_ignored",
    "related_offer",
    "experiment",
    "earns_nothing",
    "contact_policy",
    "quiet_hours",
    "contended",
    "duplicate",
    "duplicate_category",
    "control_group",
    LOWER_PRIORITY,
];

impl Reason {
    /// Its stable word.
    pub fn code(self) -> &'static str {
        match self {
            Reason::NotValidYet => "not_valid_yet",
            Reason::Expired => "expired",
            Reason::LeverZero => "lever_zero",
            Reason::Recalled => "recalled",
            Reason::NoCode => "no_code",
            Reason::NoHolder => "no_holder",
            Reason::OtherVariant => "other_variant",
            Reason::Cap(_) => "cap_reached",
            Reason::Paced(_) => "paced",
            Reason::NotEligible => "not_eligible",
            Reason::Denied => "denied_by_table",
            Reason::ConsentMissing => "no_consent",
            Reason::ConsentDenied => "consent_denied",
            Reason::ConsentExpired => "consent_expired",
            Reason::Suppressed => "suppressed",
            Reason::Accepted(_) => "suppressed_after_accept",
            Reason::Rejected(_) => "suppressed_after_reject",
            Reason::Viewed(_) => "suppressed_after_views",
            Reason::Ignored(_) => "suppressed_after_ignored",
            Reason::Related(..) => "related_offer",
            Reason::Experiment(_) => "experiment",
            Reason::EarnsNothing => "earns_nothing",
            Reason::Limit(_) => "contact_policy",
            Reason::Quiet(_) => "quiet_hours",
            Reason::Contended => "contended",
            Reason::DuplicateOffer => "duplicate",
            Reason::DuplicateCategory => "duplicate_category",
            Reason::ControlGroup => "control_group",
        }
    }

    /// Whether it also ends an offer that was made and stands: what the customer says, and a
    /// recall. Everything else is about making offers, and what was made is honoured.
    pub fn ends_what_was_made(self) -> bool {
        match self {
            Reason::Recalled
            | Reason::ConsentMissing
            | Reason::ConsentDenied
            | Reason::ConsentExpired
            | Reason::Suppressed
            | Reason::Accepted(_)
            | Reason::Rejected(_)
            | Reason::Related(..)
            | Reason::Quiet(_)
            | Reason::OtherVariant
            | Reason::ControlGroup
            | Reason::DuplicateOffer
            | Reason::DuplicateCategory => true,
            Reason::NotValidYet
            | Reason::Expired
            | Reason::LeverZero
            | Reason::NoCode
            | Reason::NoHolder
            | Reason::Cap(_)
            | Reason::Paced(_)
            | Reason::NotEligible
            | Reason::Denied
            | Reason::Viewed(_)
            | Reason::Ignored(_)
            | Reason::Experiment(_)
            | Reason::EarnsNothing
            | Reason::Limit(_)
            | Reason::Contended => false,
        }
    }

    /// The step it belongs to.
    pub fn stage(self) -> Stage {
        match self {
            Reason::NotValidYet
            | Reason::Expired
            | Reason::LeverZero
            | Reason::Recalled
            | Reason::NoCode
            | Reason::NoHolder
            | Reason::Cap(_)
            | Reason::Paced(_) => Stage::Fits,
            Reason::NotEligible | Reason::OtherVariant | Reason::Denied => Stage::Eligible,
            Reason::ConsentMissing
            | Reason::ConsentDenied
            | Reason::ConsentExpired
            | Reason::Suppressed
            | Reason::Accepted(_)
            | Reason::Rejected(_)
            | Reason::Viewed(_)
            | Reason::Ignored(_)
            | Reason::Related(..)
            | Reason::Experiment(_)
            | Reason::EarnsNothing => Stage::Allowed,
            Reason::Limit(_) | Reason::Quiet(_) | Reason::Contended => Stage::Policy,
            Reason::ControlGroup => Stage::Control,
            Reason::DuplicateOffer | Reason::DuplicateCategory => Stage::Chosen,
        }
    }

    /// Its parameters, as they are stored.
    pub fn parameters(self) -> [Option<i64>; 2] {
        match self {
            Reason::Accepted(until) | Reason::Rejected(until) | Reason::Quiet(until) => {
                [Some(until.0), None]
            }
            Reason::Viewed(times) | Reason::Ignored(times) => [Some(i64::from(times)), None],
            Reason::Related(offer, until) => [Some(i64::from(offer)), Some(until.0)],
            Reason::Limit(place)
            | Reason::Cap(place)
            | Reason::Paced(place)
            | Reason::Experiment(place) => [Some(i64::from(place)), None],
            Reason::NotValidYet
            | Reason::Expired
            | Reason::LeverZero
            | Reason::Recalled
            | Reason::NoCode
            | Reason::NoHolder
            | Reason::OtherVariant
            | Reason::NotEligible
            | Reason::Denied
            | Reason::ConsentMissing
            | Reason::ConsentDenied
            | Reason::ConsentExpired
            | Reason::Suppressed
            | Reason::EarnsNothing
            | Reason::Contended
            | Reason::DuplicateOffer
            | Reason::DuplicateCategory
            | Reason::ControlGroup => [None, None],
        }
    }

    /// The reason that was stored; `None` when it is of a newer program.
    pub fn stored(code: &str, parameters: [Option<i64>; 2]) -> Option<Reason> {
        let [first, second] = parameters;
        let at = first.map(Timestamp);
        let place = first.and_then(|n| u16::try_from(n).ok());
        Some(match code {
            "not_valid_yet" => Reason::NotValidYet,
            "expired" => Reason::Expired,
            "lever_zero" => Reason::LeverZero,
            "recalled" => Reason::Recalled,
            "no_code" => Reason::NoCode,
            "no_holder" => Reason::NoHolder,
            "other_variant" => Reason::OtherVariant,
            "cap_reached" => Reason::Cap(place?),
            "paced" => Reason::Paced(place?),
            "not_eligible" => Reason::NotEligible,
            "denied_by_table" => Reason::Denied,
            "no_consent" => Reason::ConsentMissing,
            "consent_denied" => Reason::ConsentDenied,
            "consent_expired" => Reason::ConsentExpired,
            "suppressed" => Reason::Suppressed,
            "suppressed_after_accept" => Reason::Accepted(at?),
            "suppressed_after_reject" => Reason::Rejected(at?),
            "suppressed_after_views" => Reason::Viewed(u32::try_from(first?).ok()?),
            "suppressed_after_ignored" => Reason::Ignored(u32::try_from(first?).ok()?),
            "related_offer" => Reason::Related(place?, Timestamp(second?)),
            "experiment" => Reason::Experiment(place?),
            "earns_nothing" => Reason::EarnsNothing,
            "contact_policy" => Reason::Limit(place?),
            "quiet_hours" => Reason::Quiet(at?),
            "contended" => Reason::Contended,
            "duplicate" => Reason::DuplicateOffer,
            "duplicate_category" => Reason::DuplicateCategory,
            "control_group" => Reason::ControlGroup,
            _ => return None,
        })
    }

    /// The reason in words.
    pub fn text(self, names: &dyn Names) -> ReasonText {
        let (message, detail) = self.words(names);
        ReasonText {
            code: self.code(),
            message,
            detail,
        }
    }

    fn words(self, names: &dyn Names) -> (String, Value) {
        let plain = |text: &str| (text.to_owned(), Value::Null);
        let until = |text: &str, at: Timestamp| (format!("{text} {at}"), json!({ "until": at }));
        match self {
            Reason::NotValidYet => plain("its validity has not begun"),
            Reason::Expired => plain("its validity is over"),
            Reason::LeverZero => plain("its lever is 0"),
            Reason::Recalled => plain("it was recalled"),
            Reason::NoCode => plain("no code is left for it"),
            Reason::NoHolder => plain("the customer has no user id to make the coupon out to"),
            Reason::OtherVariant => plain("another variant of it is for this customer"),
            Reason::Cap(cap) => {
                let (cap, at_most) = names.cap(cap).unwrap_or(("", 0));
                let message = format!("the cap {cap} (at most {at_most}) is used up");
                (message, json!({ "cap": cap, "at_most": at_most }))
            }
            Reason::Paced(cap) => {
                let (cap, at_most) = names.cap(cap).unwrap_or(("", 0));
                let message = format!("the cap {cap} is spread over its period");
                (message, json!({ "cap": cap, "at_most": at_most }))
            }
            Reason::Denied => plain("a table denies it to this customer"),
            Reason::NotEligible => plain("the customer does not meet its eligibility criteria"),
            Reason::ConsentMissing => plain("the customer has not agreed to this channel"),
            Reason::ConsentDenied => plain("the customer has refused this channel"),
            Reason::ConsentExpired => plain("the customer's consent has expired"),
            Reason::Suppressed => plain("a suppression list holds the customer"),
            Reason::Accepted(at) => until("it was accepted and rests until", at),
            Reason::Rejected(at) => until("it was rejected and rests until", at),
            Reason::Viewed(views) => (
                format!("it was seen {views} times without a reaction"),
                json!({ "views": views }),
            ),
            Reason::Ignored(times) => (
                format!("it was seen and ignored {times} times"),
                json!({ "times": times }),
            ),
            Reason::Related(offer, at) => {
                let offer = names.offer(offer).unwrap_or("another offer");
                let message = format!("it rests with {offer} until {at}");
                (message, json!({ "offer": offer, "until": at }))
            }
            Reason::Experiment(experiment) => {
                let key = names.experiment(experiment).unwrap_or("an experiment");
                let message = format!("the experiment {key} shows the customer other offers");
                (message, json!({ "experiment": key }))
            }
            Reason::EarnsNothing => plain("customers of this group buy as much without it"),
            Reason::Limit(limit) => {
                let (policy, key, at_most) = names.limit(limit).unwrap_or(("", "", 0));
                let message = format!("the limit {key} (at most {at_most}) is reached");
                let detail = json!({ "policy": policy, "limit": key, "at_most": at_most });
                (message, detail)
            }
            Reason::Quiet(at) => until("the customer is left in peace until", at),
            Reason::Contended => plain("the customer is being contacted at this very moment"),
            Reason::DuplicateOffer => plain("the request shows it already"),
            Reason::DuplicateCategory => plain("the request shows its category already"),
            Reason::ControlGroup => plain("the customer is in a control group"),
        }
    }
}

#[test]
fn reasons_come_back_from_the_store() {
    let at = Timestamp(5);
    for reason in [
        Reason::NotValidYet,
        Reason::Expired,
        Reason::LeverZero,
        Reason::Recalled,
        Reason::NoCode,
        Reason::NoHolder,
        Reason::OtherVariant,
        Reason::Cap(2),
        Reason::Paced(3),
        Reason::NotEligible,
        Reason::Denied,
        Reason::Ignored(2),
        Reason::ConsentMissing,
        Reason::ConsentDenied,
        Reason::ConsentExpired,
        Reason::Suppressed,
        Reason::Accepted(at),
        Reason::Rejected(at),
        Reason::Viewed(3),
        Reason::Related(2, at),
        Reason::Experiment(1),
        Reason::EarnsNothing,
        Reason::Limit(7),
        Reason::Quiet(at),
        Reason::Contended,
        Reason::DuplicateOffer,
        Reason::DuplicateCategory,
        Reason::ControlGroup,
    ] {
        assert_eq!(
            Reason::stored(reason.code(), reason.parameters()),
            Some(reason)
        );
        assert!(CODES.contains(&reason.code()), "{}", reason.code());
    }
}

#[test]
fn every_code_is_one_of_a_reason() {
    let ours =
        |code: &&str| *code == LOWER_PRIORITY || Reason::stored(code, [Some(1), Some(1)]).is_some();
    assert!(CODES.iter().all(ours));
}
