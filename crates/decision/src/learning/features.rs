//! Features: what a model looks at, of one customer at one moment.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use memory::CustomerState;
use memory::criteria::{AttributeValue, Facts};
use memory::interaction::{ContactStatus, ResponseKind};
use store::Timestamp;

use super::book::{Book, ByHash, hash};
use super::learned::DAY_MS;
use super::settings::Features;

/// Features of one decision; more would say little and cost time.
const MOST: usize = 60;
/// Items of a list that count.
const MOST_ITEMS: usize = 5;
/// The longest text that is a value and not a sentence.
const LONGEST: usize = 32;
/// A text with more digits is a number of something.
const MOST_DIGITS: usize = 4;
/// How far back contacts and responses count.
const HISTORY_MS: i64 = 30 * DAY_MS;

/// Parts of keys that name a person, an address or a number of something.
const PERSONAL: [&str; 14] = [
    "name", "mail", "phone", "address", "street", "birth", "postcode", "postal", "zip", "token",
    "url", "card", "password", "iban",
];

/// The features of a decision, or of one proposal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Noticed {
    /// Places in the book, the intercept first.
    pub places: Vec<u16>,
    /// Names that have no place yet.
    pub unnamed: Vec<String>,
}

/// Whom and when it is about.
pub struct Subject<'a> {
    /// The customer.
    pub state: &'a CustomerState,
    /// The customer as criteria see them.
    pub facts: &'a dyn Facts,
    /// The circumstances.
    pub context: &'a HashMap<String, AttributeValue>,
    /// The customer's zone.
    pub zone: &'a TimeZone,
    /// The moment.
    pub now: Timestamp,
}

impl Noticed {
    /// Nothing but the intercept.
    pub fn nothing() -> Noticed {
        Noticed {
            places: vec![0],
            unnamed: vec![],
        }
    }

    /// What is noticed of a customer, whatever the offer.
    pub fn of(features: &Features, book: &Book, subject: &Subject<'_>) -> Noticed {
        let mut noticed = Noticed::nothing();
        let mut note = |kind: &str, key: &str, value: &str| noticed.note(book, kind, key, value);
        // Who it is says nothing of others, and must not outlive them in the book.
        let known = &subject.state.identifiers;
        let says = |value: &str| known.iter().all(|identifier| identifier.value != value);
        for (key, attribute) in &subject.state.attributes {
            let chosen = match &features.attributes {
                Some(chosen) => chosen.contains(key),
                None => !personal(key),
            };
            if chosen && !features.except.contains(key) {
                values(&attribute.value, &mut |value| {
                    if says(value) {
                        note("attribute", key, value);
                    }
                });
            }
        }
        for segment in &features.segments {
            if subject.facts.segment(segment) {
                note("segment", segment, "yes");
            }
        }
        if features.context {
            for (key, value) in subject.context {
                if !personal(key) && !features.except.contains(key) {
                    values(value, &mut |value| {
                        if says(value) {
                            note("context", key, value);
                        }
                    });
                }
            }
        }
        if features.time {
            let local = subject.now.to_jiff().to_zoned(subject.zone.clone());
            let hours = ["0-5", "6-11", "12-17", "18-23"][usize::from(local.hour() as u8 / 6)];
            note("time", "hour", hours);
            let day = usize::from(local.weekday().to_monday_zero_offset() as u8);
            note(
                "time",
                "day",
                ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][day],
            );
        }
        if features.history || features.interests {
            history(features, subject, &mut note);
        }
        // Contexts come in no order; the same features must give the same sums.
        noticed.places.sort_unstable();
        noticed.places.dedup();
        noticed
    }

    /// What is noticed of this offer and this customer besides.
    pub fn of_offer(book: &Book, shown_count: u32, reacted: bool) -> Noticed {
        let mut noticed = Noticed::default();
        match shown_count {
            0 => {}
            1 => noticed.note(book, "offer", "shown", "1"),
            2 | 3 => noticed.note(book, "offer", "shown", "2-3"),
            _ => noticed.note(book, "offer", "shown", "4+"),
        }
        if reacted {
            noticed.note(book, "offer", "reacted", "yes");
        }
        noticed
    }

    /// Notes which variant of the offer is proposed.
    pub fn note_variant(&mut self, book: &Book, variant: &str) {
        self.note(book, "offer", "variant", variant);
    }

    /// The places of these and others.
    pub fn with(&self, own: &Noticed) -> Cow<'_, [u16]> {
        if own.places.is_empty() {
            return Cow::Borrowed(&self.places);
        }
        let mut places = [&self.places[..], &own.places].concat();
        places.sort_unstable();
        places.dedup();
        Cow::Owned(places)
    }

    fn note(&mut self, book: &Book, kind: &str, key: &str, value: &str) {
        if self.places.len() + self.unnamed.len() >= MOST || value.is_empty() {
            return;
        }
        match book.place(&[kind, key], value) {
            Some(place) => self.places.push(place),
            None => self.unnamed.push(format!("{kind}:{key}={value}")),
        }
    }
}

/// Contacts, responses and interests of the last days.
fn history(features: &Features, subject: &Subject<'_>, note: &mut impl FnMut(&str, &str, &str)) {
    let since = subject.now.plus_ms(-HISTORY_MS);
    let state = subject.state;
    if features.history {
        let recent = state
            .contacts
            .iter()
            .rev()
            .take_while(|mark| mark.at > since);
        let seen = recent.filter(|mark| mark.status != ContactStatus::Released && !mark.control);
        note("history", "contacts", amount(seen.count()));
    }
    let recent = state
        .responses
        .iter()
        .rev()
        .take_while(|mark| mark.at > since);
    let active =
        recent.filter(|mark| matches!(mark.kind, ResponseKind::Click | ResponseKind::Accept));
    let (mut count, mut categories) = (0, Vec::<&str>::new());
    let mut newest = None;
    for mark in active {
        count += 1;
        newest = newest.max(Some(mark.at));
        if let Some(category) = mark.category.as_deref()
            && !categories.contains(&category)
            && categories.len() < MOST_ITEMS
        {
            categories.push(category);
        }
    }
    if features.history {
        note("history", "responses", amount(count));
        if let Some(newest) = newest {
            let days = subject.now.since_ms(newest) / DAY_MS;
            let lately = match days {
                ..1 => "today",
                1..7 => "week",
                _ => "month",
            };
            note("history", "responded", lately);
        }
    }
    if features.interests {
        for category in categories {
            note("interest", category, "yes");
        }
    }
}

fn amount(count: usize) -> &'static str {
    match count {
        0 => "0",
        1..=2 => "1-2",
        3..=5 => "3-5",
        6..=10 => "6-10",
        _ => "11+",
    }
}

/// Whether a key names a person, an address or a number of something. The same few keys come with
/// every decision, so each is looked at once.
fn personal(key: &str) -> bool {
    /// Keys that are kept: whoever calls chooses them.
    const KEPT: usize = 4_096;
    thread_local! {
        static TOLD: RefCell<ByHash<bool>> = RefCell::default();
    }
    TOLD.with_borrow_mut(|told| {
        if told.len() >= KEPT {
            told.clear();
        }
        let told = told.entry(hash(&[key]));
        *told.or_insert_with(|| names_somebody(key))
    })
}

fn names_somebody(key: &str) -> bool {
    let bytes = key.as_bytes();
    let says = |part: &[u8], word: &str| {
        let part = part.get(..word.len());
        part.is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    let is = |word: &str| key.eq_ignore_ascii_case(word);
    let end = &bytes[bytes.len().saturating_sub(3)..];
    let is_id = is("id") || is("ip") || key.ends_with("Id") || says(end, "_id");
    is_id || (0..bytes.len()).any(|at| PERSONAL.iter().any(|word| says(&bytes[at..], word)))
}

/// The values of an attribute: a text of few letters, yes, or the magnitude of a number.
fn values(value: &AttributeValue, note: &mut impl FnMut(&str)) {
    match value {
        AttributeValue::Bool(true) => note("yes"),
        // What is not so is the same as what is not known.
        AttributeValue::Bool(false) | AttributeValue::Instant(_) => {}
        AttributeValue::Number(number) => note(magnitude(*number)),
        AttributeValue::Text(text) if is_word(text) => note(text),
        AttributeValue::Text(_) => {}
        AttributeValue::List(items) => {
            let words = items.iter().filter(|item| is_word(item));
            words.take(MOST_ITEMS).for_each(|item| note(item));
        }
    }
}

fn is_word(text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let strange = |byte: u8| matches!(byte, b'@' | b'/' | b'\n' | b'=');
    let (mut digits, mut plain) = (0, true);
    for byte in text.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        plain &= !strange(byte);
    }
    plain && digits <= MOST_DIGITS
}

/// Numbers by magnitude: tenths below 1, then doubling up to 10^12.
fn magnitude(number: f64) -> &'static str {
    const TENTHS: [&str; 10] = [
        "0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9",
    ];
    static DOUBLING: LazyLock<[String; 40]> = LazyLock::new(|| {
        std::array::from_fn(|power| format!("{}-{}", 1_u64 << power, 1_u64 << (power + 1)))
    });
    if number < 0.0 {
        "<0"
    } else if number < 1.0 {
        TENTHS[((number * 10.0) as usize).min(9)]
    } else {
        &DOUBLING[(number.min(1e12).log2() as usize).min(39)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_magnitude() {
        let told = [
            (-0.1, "<0"),
            (0.0, "0.0"),
            (0.05, "0.0"),
            (0.95, "0.9"),
            (1.0, "1-2"),
            (3.9, "2-4"),
            (1_000.0, "512-1024"),
            (f64::INFINITY, "549755813888-1099511627776"),
        ];
        for (number, text) in told {
            assert_eq!(magnitude(number), text, "{number}");
        }
    }

    #[test]
    fn what_names_a_person_is_no_feature() {
        let named = [
            "id",
            "IP",
            "userId",
            "order_ID",
            "firstName",
            "e_mail",
            "Zipcode",
            "myUrl",
            "iban",
        ];
        assert!(named.iter().all(|key| personal(key)));
        let plain = ["plan", "city", "idea", "tier", "Idle", "sip", "amount", ""];
        assert!(!plain.iter().any(|key| personal(key)));
    }

    #[test]
    fn a_sentence_or_an_address_is_no_word() {
        assert!(is_word("gold 2024"));
        let no = ["a@b", "x/y", "k=v", "two\nlines", "12345", &"a".repeat(33)];
        assert!(!no.iter().any(|text| is_word(text)));
    }
}
