//! The book of features: every feature that was ever seen has a place, for good.
//!
//! Names look like `attribute:plan=gold`; they are found by a hash. An attribute has at most
//! [`VALUES`] values of its own, the others share one. When the book is full, what is new shares
//! one of the places at its end, by its hash.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::draw::mix;

/// Places in the book.
pub const PLACES: usize = 1_024;
/// Places at the end that new features share when the book is full.
const SHARED: usize = 256;
/// Values that an attribute or context entry has of its own.
const VALUES: usize = 12;
/// The value that stands for all others.
const OTHER: &str = "other";

/// A map whose keys are hashes already, so that they need not be hashed again.
pub type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Given>>;

/// Takes the number it is given for a hash of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given(u64);

impl Hasher for Given {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = mix(self.0.rotate_left(8) ^ number);
    }
}

/// Which feature has which place. Place 0 is the intercept.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    names: Vec<String>,
    places: ByHash<u16>,
    values: HashMap<String, usize>,
}

impl Default for Book {
    fn default() -> Book {
        Book::of(vec![String::new()])
    }
}

/// FNV-1a: short names, and the same on every machine for ever.
pub fn hash(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

impl Book {
    /// The book with these names, in order of their places.
    pub fn of(names: Vec<String>) -> Book {
        let mut book = Book {
            names: vec![],
            places: ByHash::default(),
            values: HashMap::new(),
        };
        for name in names {
            book.enter(name);
        }
        book
    }

    /// The names, by place.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of a feature, by the parts of its name; `None` when it has none yet.
    pub fn place(&self, subject: &[&str; 2], value: &str) -> Option<u16> {
        let [kind, key] = subject;
        let exact = self.places.get(&hash(&[kind, ":", key, "=", value]));
        let place = exact.or_else(|| self.places.get(&hash(&[kind, ":", key, "=", OTHER])));
        if let Some(place) = place {
            return Some(*place);
        }
        let full = self.names.len() >= PLACES - SHARED;
        full.then(|| {
            let share = hash(&[kind, ":", key, "=", value]) % SHARED as u64;
            (PLACES - SHARED + share as usize) as u16
        })
    }

    /// The name under which a new feature has to be entered; `None` when it has a place.
    pub fn missing(&self, name: &str) -> Option<String> {
        if self.names.len() >= PLACES - SHARED || self.places.contains_key(&hash(&[name])) {
            return None;
        }
        let (subject, _) = name.split_once('=')?;
        let other = format!("{subject}={OTHER}");
        if self.places.contains_key(&hash(&[&other])) {
            return None;
        }
        let known = self.values.get(subject).copied().unwrap_or(0);
        Some(if known >= VALUES {
            other
        } else {
            name.to_owned()
        })
    }

    /// Gives a feature the next place.
    pub fn enter(&mut self, name: String) {
        if self.names.len() >= PLACES - SHARED {
            return;
        }
        if let Some((subject, _)) = name.split_once('=') {
            *self.values.entry(subject.to_owned()).or_default() += 1;
        }
        self.places.insert(hash(&[&name]), self.names.len() as u16);
        self.names.push(name);
    }

    /// The place of a name told whole.
    pub fn place_of(&self, name: &str) -> Option<u16> {
        let (subject, value) = name.split_once('=')?;
        let (kind, key) = subject.split_once(':')?;
        self.place(&[kind, key], value)
    }
}

#[test]
fn features_have_places_for_good() {
    let mut book = Book::default();
    assert_eq!(book.place(&["attribute", "plan"], "gold"), None);
    let name = book.missing("attribute:plan=gold").unwrap();
    book.enter(name);
    assert_eq!(book.place(&["attribute", "plan"], "gold"), Some(1));
    assert_eq!(book.place_of("attribute:plan=gold"), Some(1));
    assert_eq!(book.missing("attribute:plan=gold"), None);
    assert_eq!(Book::of(book.names().to_vec()), book);
}

#[test]
fn rare_values_share_a_place() {
    let mut book = Book::default();
    for city in 0..40 {
        if let Some(name) = book.missing(&format!("attribute:city=c{city}")) {
            book.enter(name);
        }
    }
    assert_eq!(book.names().len(), 1 + VALUES + 1);
    let other = book.place(&["attribute", "city"], "c39");
    assert_eq!(other, Some(VALUES as u16 + 1));
    assert_eq!(book.place(&["attribute", "city"], "never seen"), other);
    assert_eq!(book.place(&["attribute", "city"], "c3"), Some(4));
}

#[test]
fn a_full_book_shares_its_last_places() {
    let mut book = Book::default();
    for number in 0..2_000 {
        if let Some(name) = book.missing(&format!("attribute:a{number}=1")) {
            book.enter(name);
        }
    }
    assert_eq!(book.names().len(), PLACES - SHARED);
    let place = book.place(&["attribute", "a1999"], "1").unwrap();
    assert!((PLACES - SHARED..PLACES).contains(&usize::from(place)));
}
