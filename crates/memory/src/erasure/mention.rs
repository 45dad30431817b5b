//! Where a text mentions somebody: their identifiers as they are, in other letters, and as JSON
//! and addresses of pages write them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What stands in the place of an erased identifier.
pub const ERASED: &str = "[erased]";
/// Shorter values would be found everywhere.
const SHORTEST: usize = 3;
/// Shorter values count only where they are the whole of a quoted text.
const DISTINCT: usize = 6;

/// What is known of somebody who is erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// Identifiers that are addresses: of mail or of a telephone.
    pub addresses: Vec<String>,
    /// The other identifiers.
    pub names: Vec<String>,
    /// Our own ids of them.
    pub ids: Vec<String>,
}

/// Which of what is known is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Addresses only: in what people wrote, a customer's number may be any word.
    Addresses,
    /// Every identifier.
    Identifiers,
    /// Every identifier, and our own ids.
    Everything,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    /// In small letters, as far as ASCII goes.
    bytes: Vec<u8>,
    /// As they are written, letter by letter.
    spellings: Vec<Vec<u8>>,
    least: Wanted,
}

/// What is searched for, in every form in which it is written.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    forms: Vec<Form>,
}

impl Mentions {
    /// The forms of what is known.
    pub fn of(known: &Known) -> Mentions {
        let mut forms = vec![];
        for (values, least) in [
            (&known.addresses, Wanted::Addresses),
            (&known.names, Wanted::Identifiers),
            (&known.ids, Wanted::Everything),
        ] {
            for value in values.iter().filter(|value| value.len() >= SHORTEST) {
                for form in written(value) {
                    let bytes = form.to_ascii_lowercase();
                    let spelling = form;
                    match forms
                        .iter_mut()
                        .find(|known: &&mut Form| known.bytes == bytes)
                    {
                        Some(known) => known.spellings.push(spelling),
                        None => forms.push(Form {
                            bytes,
                            spellings: vec![spelling],
                            least,
                        }),
                    }
                }
            }
        }
        // The longest first, so that a part does not hide the whole.
        forms.sort_by_key(|form| std::cmp::Reverse(form.bytes.len()));
        Mentions { forms }
    }

    /// What a text that mentions them contains, in small letters: for a search in the store.
    pub fn needles(&self, wanted: Wanted) -> Vec<String> {
        let forms = self.wanted(wanted);
        let mut needles: Vec<String> = forms.map(|form| needle(&form.bytes)).collect();
        needles.sort();
        needles.dedup();
        needles
    }

    fn wanted(&self, wanted: Wanted) -> impl Iterator<Item = &Form> {
        self.forms.iter().filter(move |form| match wanted {
            Wanted::Addresses => form.least == Wanted::Addresses,
            Wanted::Identifiers => form.least != Wanted::Everything,
            Wanted::Everything => true,
        })
    }

    /// The forms as they are, for a search in bytes that are not text.
    pub fn plain(&self) -> impl Iterator<Item = &[u8]> {
        let forms = self.wanted(Wanted::Identifiers);
        forms.flat_map(|form| form.spellings.iter().map(Vec::as_slice))
    }

    /// Where bytes mention them, in order.
    pub fn places(&self, bytes: &[u8], wanted: Wanted) -> Vec<Range<usize>> {
        let lower = bytes.to_ascii_lowercase();
        let mut places: Vec<Range<usize>> = vec![];
        for form in self.wanted(wanted) {
            let mut from = 0;
            while let Some(at) = position(&lower[from..], &form.bytes) {
                let place = from + at..from + at + form.bytes.len();
                from = place.end;
                let whole = stands_alone(&lower, &place, form.bytes.len());
                let hidden = places
                    .iter()
                    .any(|known| known.start < place.end && place.start < known.end);
                if whole && !hidden {
                    places.push(place);
                }
            }
        }
        places.sort_by_key(|place| place.start);
        places
    }

    /// The text without its mentions; `None` when there are none.
    pub fn replaced(&self, text: &str, wanted: Wanted) -> Option<String> {
        let places = self.places(text.as_bytes(), wanted);
        let mut rest = String::with_capacity(text.len());
        let mut done = 0;
        for place in &places {
            rest.push_str(&text[done..place.start]);
            rest.push_str(ERASED);
            done = place.end;
        }
        rest.push_str(&text[done..]);
        (!places.is_empty()).then_some(rest)
    }

    /// Whether nothing is searched for.
    pub fn nothing(&self) -> bool {
        self.forms.is_empty()
    }

    /// A JSON document whose texts do not mention them; `None` when none did. Numbers stay: they
    /// are amounts, and elsewhere expected to be numbers.
    pub fn replaced_in_json(&self, text: &str, wanted: Wanted) -> Option<String> {
        let mut json: serde_json::Value = serde_json::from_str(text).ok()?;
        let changed = self.within(&mut json, wanted);
        changed.then(|| json.to_string())
    }

    fn within(&self, json: &mut serde_json::Value, wanted: Wanted) -> bool {
        use serde_json::Value;
        match json {
            Value::String(text) => match self.replaced(text, wanted) {
                Some(rest) => {
                    *text = rest;
                    true
                }
                None => false,
            },
            Value::Array(items) => items
                .iter_mut()
                .fold(false, |changed, item| self.within(item, wanted) | changed),
            Value::Object(fields) => {
                let mut changed = false;
                let names: Vec<String> = fields.keys().cloned().collect();
                for name in names {
                    if let Some(rest) = self.replaced(&name, wanted)
                        && let Some(value) = fields.remove(&name)
                    {
                        fields.insert(rest, value);
                        changed = true;
                    }
                }
                for value in fields.values_mut() {
                    changed |= self.within(value, wanted);
                }
                changed
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Writes blanks over mentions, so that everything else stays where it is; whether there were
    /// any.
    pub fn blank(&self, bytes: &mut [u8]) -> bool {
        let places = self.places(bytes, Wanted::Identifiers);
        for place in &places {
            bytes[place.clone()].fill(b' ');
        }
        !places.is_empty()
    }
}

/// A value as texts, JSON and addresses of pages write it, and old files in Latin-1.
fn written(value: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![];
    for value in [value.to_owned(), value.to_lowercase(), value.to_uppercase()] {
        let json = serde_json::Value::from(value.as_str()).to_string();
        let mut plain = String::new();
        for unit in json[1..json.len() - 1].chars() {
            match unit.is_ascii() {
                true => plain.push(unit),
                false => {
                    let mut units = [0; 2];
                    for unit in unit.encode_utf16(&mut units) {
                        plain.push_str(&format!("\\u{unit:04x}"));
                    }
                }
            }
        }
        let page: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let latin: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        forms.extend(latin.filter(|_| !value.is_ascii()));
        let texts = [json[1..json.len() - 1].to_owned(), plain, page, value];
        forms.extend(texts.map(String::into_bytes));
    }
    forms
}

/// What is searched for in the store: the whole, or its longest part without special letters,
/// because the two stores know small letters differently.
fn needle(form: &[u8]) -> String {
    let parts = form.split(|byte| !byte.is_ascii());
    let longest = parts.max_by_key(|part| part.len()).unwrap_or_default();
    match longest.len() >= SHORTEST {
        true => String::from_utf8_lossy(longest).into_owned(),
        false => String::from_utf8_lossy(form).into_owned(),
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, last) = (wanted[0], bytes.len().checked_sub(wanted.len())?);
    let mut from = 0;
    while from <= last {
        from += bytes[from..=last].iter().position(|byte| *byte == first)?;
        if bytes[from..].starts_with(wanted) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// Whether what was found is a word of its own and not a part of another one.
fn stands_alone(bytes: &[u8], place: &Range<usize>, length: usize) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-.@".contains(&byte) || byte >= 0x80;
    let before = &bytes[..place.start];
    let after = &bytes[place.end..];
    if length < DISTINCT {
        let quoted = |byte: Option<&u8>| byte.is_none_or(|byte| b"\"',;\t\r\n".contains(byte));
        return quoted(before.last()) && quoted(after.first());
    }
    let escaped = matches!(before, [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'])
        || matches!(before, [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    let begins = escaped || before.last().is_none_or(|byte| !word(*byte));
    let ends = match after {
        [] => true,
        // The end of a sentence, or of a word.
        [b'.' | b'-' | b'+', rest @ ..] => rest.first().is_none_or(|byte| !word(*byte)),
        [first, ..] => !word(*first),
    };
    begins && ends
}

#[cfg(test)]
fn zora() -> Mentions {
    Mentions::of(&Known {
        addresses: vec![
            "zora.z@example.org".to_owned(),
            "zoë@example.org".to_owned(),
        ],
        names: vec!["zora-4711".to_owned(), "ann".to_owned()],
        ids: vec!["cus_5".to_owned()],
    })
}

#[test]
fn identifiers_are_found_however_they_are_written() {
    let zora = zora();
    for text in [
        "zora.z@example.org",
        r#"{"to":"Zora.Z@Example.org"}"#,
        "550 <zora.z@example.org>: unknown.",
        "/view?email=zora.z%40example.org&page=2",
        "?q=name%3Dzora.z%40example.org",
        r#"{"text":"first\nzora.z@example.org\nlast"}"#,
        "Write to zora.z@example.org.",
        "zoë@example.org",
        "ZOË@EXAMPLE.ORG",
        r#"{"to":"zo\u00eb@example.org"}"#,
        "zo%C3%AB%40example.org",
    ] {
        let rest = zora.replaced(text, Wanted::Addresses).expect(text);
        assert!(
            rest.contains(ERASED) && !rest.to_lowercase().contains("example"),
            "{rest}"
        );
        let needles = zora.needles(Wanted::Addresses);
        let lower = text.to_ascii_lowercase();
        assert!(
            needles.iter().any(|needle| lower.contains(needle.as_str())),
            "{text}"
        );
    }
}

#[test]
fn others_are_left_alone() {
    let zora = zora();
    for text in [
        "anna.zora.z@example.org",
        "zora.z@example.org.uk",
        "azora-4711",
        "zora-4711-b",
        "zora-47110",
        "announcement",
        "my ann likes it",
        "cus_5",
    ] {
        assert_eq!(zora.replaced(text, Wanted::Identifiers), None, "{text}");
    }
    assert_eq!(zora.replaced("zora-4711", Wanted::Addresses), None);
    let quoted = zora.replaced(r#"{"customer_id":"cus_5"}"#, Wanted::Everything);
    assert_eq!(quoted.as_deref(), Some(r#"{"customer_id":"[erased]"}"#));
    let quoted = zora.replaced("id,name\n7,ann\n", Wanted::Identifiers);
    assert_eq!(quoted.as_deref(), Some("id,name\n7,[erased]\n"));
}

#[test]
fn blanks_leave_everything_else_in_its_place() {
    let mut row = b"7;zora-4711;a,zora.z@example.org\n".to_vec();
    let length = row.len();
    assert!(zora().blank(&mut row));
    assert_eq!(row.len(), length);
    assert_eq!(String::from_utf8(row).unwrap().replace(' ', ""), "7;;a,\n");
    let mut latin = b"7;ZO\xcb@example.org\n".to_vec();
    assert!(zora().blank(&mut latin), "Latin-1");
}
