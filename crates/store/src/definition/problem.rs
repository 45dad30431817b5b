//! Problems of definitions: what is wrong, where, how to mend it, and a word to translate it by.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One thing that is wrong, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// JSON pointer into the body, for example `/creatives/0/channel`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The same as a stable word, which programs and translations go by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ProblemCode>,
    /// The particulars that belong to the code.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(path: impl Into<String>, said: impl Into<Said>) -> Problem {
        let said = said.into();
        Problem {
            path: path.into(),
            message: said.message,
            hint: None,
            code: said.code,
            values: Map::new(),
        }
    }

    /// What is wrong with a body that does not have its form, in the words of whoever read it.
    pub fn unreadable(path: impl Into<String>, words: &str) -> Problem {
        let path = path.into();
        let named = |before: &str| words.strip_prefix(before)?.split('`').next();
        if let Some(field) = named("missing field `") {
            // The reader's place is what the field is missing in.
            return Problem::new(format!("{path}/{field}"), (ProblemCode::Missing, words))
                .with("field", field)
                .hint(format!("send {field:?}; it is needed"));
        }
        if let Some(field) = named("unknown field `") {
            // A reader that knows only the whole names the whole.
            let own = format!("/{field}");
            let path = if path.ends_with(&own) {
                path
            } else {
                path + &own
            };
            return Problem::new(path, (ProblemCode::UnknownField, words))
                .with("field", field)
                .hint("remove it, or correct its name");
        }
        Problem::new(path, (ProblemCode::WrongType, words))
            .hint("send what is expected here; the description of the API names it")
    }

    /// The same problem with a remedy.
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem with one more particular; nothing is none.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        let value = value.into();
        if !value.is_null() {
            self.values.insert(name.to_owned(), value);
        }
        self
    }
}

/// What is wrong, in English, and as a code where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The code.
    pub code: Option<ProblemCode>,
    /// What is wrong.
    pub message: String,
}

impl From<&str> for Said {
    fn from(message: &str) -> Said {
        Said::from(message.to_owned())
    }
}

impl From<&String> for Said {
    fn from(message: &String) -> Said {
        Said::from(message.clone())
    }
}

impl From<String> for Said {
    fn from(message: String) -> Said {
        Said {
            code: None,
            message,
        }
    }
}

impl<T: Into<String>> From<(ProblemCode, T)> for Said {
    fn from((code, message): (ProblemCode, T)) -> Said {
        Said {
            code: Some(code),
            message: message.into(),
        }
    }
}

/// The kinds of problems that can be translated. What a kind tells besides stands in `values`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// A value has the wrong type.
    WrongType,
    /// A field that is needed is not there: `field`.
    Missing,
    /// There is no such field: `field`.
    UnknownField,
    /// There is nothing where something is needed.
    Empty,
    /// A text is longer than `most` characters.
    TooLong,
    /// A text is empty, or longer than `most` characters.
    EmptyOrTooLong,
    /// There are more than `most`.
    TooMany,
    /// `key` is not a key.
    NotAKey,
    /// `value` is not between `low` and `high`.
    OutOfRange,
    /// An amount is negative.
    Negative,
    /// Something is there twice.
    Twice,
    /// The end is not later than the beginning.
    EndsBeforeStart,
    /// A list that narrows something down is empty, so that it concerns nothing.
    ConcernsNothing,
    /// This is no web address.
    NotAnAddress,
    /// This is no tag of a language.
    NotALanguage,
    /// This is no code of a currency.
    NotACurrency,
    /// This is no time zone.
    NotAZone,
    /// This is no time of day.
    NotATimeOfDay,
    /// Two times that have to differ are the same.
    SameTimes,
    /// This is no stretch of time that is possible here.
    NotADuration,
    /// A channel of the offer has no creative: `channel`.
    NoCreative,
    /// `channel` is not a channel of the offer.
    NoChannelOfOffer,
    /// A creative has neither title nor text nor template.
    SaysNothing,
    /// A placeholder means nothing: `name`.
    UnknownPlaceholder,
    /// No purchase is relevant.
    NoPurchase,
    /// Related offers would never rest.
    NeverRests,
    /// Only coupons have this.
    OnlyCoupons,
    /// Only pools of codes have this.
    OnlyPools,
    /// The template demands an attribute that is not there, or empty: `attribute`.
    AttributeMissing,
    /// The template has no such attribute: `attribute`, perhaps `meant`.
    UnknownAttribute,
    /// A value does not fit its attribute: `attribute`.
    AttributeMisfit,
    /// An attribute of the type choice has nothing to choose from.
    NoChoices,
    /// Only the type choice has choices.
    OnlyChoices,
    /// A list is either fixed or by rule.
    FixedOrByRule,
    /// The rule asks for something that offers do not have.
    NotOfOffers,
    /// A date that moves, which lists of offers cannot follow: `name`.
    MovingDate,
    /// There is no period over which a cap could be spread.
    NoPeriod,
    /// Weights of hours without pacing.
    HoursUnused,
    /// These are no weights of hours.
    NotHours,
    /// Nothing that has a lever or a factor.
    NoLever,
    /// An experiment has fewer than two variants, or more than `most`.
    NoComparison,
    /// The shares add up to `sum` and not to 1.
    SharesNotWhole,
    /// There is no variant of this name.
    NoSuchVariant,
    /// An experiment of this subject does not vary `field`.
    CannotVary,
    /// There is no such definition: `kind`, `key`, perhaps `meant`.
    NoSuchDefinition,
    /// No offer has the category `category`, perhaps `meant`.
    NoSuchCategory,
    /// Conditions are nested more than `most` deep.
    NestedTooDeep,
    /// `found` was found where `expected` is needed; at the end of the text without `found`.
    Expected,
    /// `found` cannot follow here.
    Unexpected,
    /// There is no such operator: `found`, perhaps `meant`.
    UnknownOperator,
    /// A bracket or a quotation mark is never closed.
    NeverClosed,
    /// Neither a number nor a date: `found`.
    NotAValue,
    /// A name that rules do not know: `what` it names, the `name`, perhaps `meant` or `event`.
    UnknownName,
    /// A test that does not fit the kind of value: `what`, `kind`.
    DoesNotFit,
    /// Nothing lies in a window or between numbers.
    NothingWithin,
    /// Of a customer only the newest `most` are kept to be counted.
    CountsTooFar,
    /// A segment leads back to itself: `path`.
    LeadsBack,
    /// With what it refers to a rule has more than `most` conditions.
    TooManyConditions,
    /// There is nothing, or more than `most`.
    EmptyOrTooMany,
    /// An end lies in the past.
    InThePast,
    /// `code` is not a code.
    NotACode,
    /// This is no beginning of a code.
    NotAPrefix,
    /// None of those who are named is a customer.
    NobodyKnown,
    /// A file that is no table.
    NotATable,
    /// The `line` of a file has `cells` where its headings are `columns`.
    UnevenRow,
    /// The file does not have the `column`.
    MissingColumn,
    /// No column of a file names the customer.
    NoCustomerColumn,
    /// None of the `rows` of a file can be used.
    NoRowUsable,
    /// A definition has a draft that is not in use: `kind`, `key`.
    HasDraft,
    /// A winner was rolled out already.
    WinnerAlready,
    /// No winner was rolled out.
    NoWinner,
    /// A property of an event is compared with a moment that moves.
    ComparedWithNow,
    /// Nothing like `name` can be measured here; `choices` can.
    NotMeasurable,
    /// What is measured of `name` needs numbers, and it is `kind`.
    NeedsNumbers,
    /// A sequence has fewer than two events.
    NoSequence,
    /// The last or first value can only be compared with numbers and equal values.
    OnlyCompared,
    /// A journey has no step `name`; its steps are `choices`.
    NoSuchStep,
    /// A waiting step does not say for how long.
    WaitsForNothing,
    /// Nothing is sent by `channel`.
    CannotSend,
    /// The step `name` decides nothing.
    NotADecision,
    /// No variant leads to a step.
    LeadsNowhere,
    /// The step `name` leads back to itself without a wait.
    CircleWithoutWait,
    /// In `line` of a template: there is no `name`, perhaps `meant`, or one of `choices`.
    NoSuchField,
    /// A marketing mail without a link to unsubscribe, for which there is an `example`.
    NoUnsubscribe,
    /// Only a period with a beginning can be compared.
    NoBeginning,
    /// A question that cannot be answered, because of what was `said`.
    NotAnswerable,
}

impl From<ProblemCode> for Value {
    fn from(code: ProblemCode) -> Value {
        serde_json::to_value(code).expect("a code is a word")
    }
}

#[test]
fn what_a_reader_says_of_a_field_names_it() {
    let of = |words| Problem::unreadable("/x", words);
    let missing = of("missing field `name`");
    assert_eq!(missing.code, Some(ProblemCode::Missing));
    assert_eq!(missing.path, "/x/name");
    assert_eq!(missing.hint.as_deref(), Some("send \"name\"; it is needed"));
    assert_eq!(missing.values["field"], "name");
    let unknown = of("unknown field `nmae`, expected `name`");
    assert_eq!(unknown.code, Some(ProblemCode::UnknownField));
    assert_eq!(unknown.values["field"], "nmae");
    let wrong = of("invalid type: string \"a\", expected u32");
    assert_eq!(wrong.code, Some(ProblemCode::WrongType));
}
