//! Bodies: gzip, forms and base64 become one text of JSON, bounded in size.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::bufread::MultiGzDecoder;

use crate::event::wire::form::query;
use crate::event::wire::{BODY_LIMIT_BYTES, Request, WireError};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The JSON of a request. The bytes decide what they are: content types are often wrong.
pub fn text<'a>(request: &Request<'a>) -> Result<Cow<'a, str>, WireError> {
    let plain = unpacked(Cow::Borrowed(request.body))?;
    let plain = match wrapped(request.query, &plain) {
        Some(data) => unpacked(Cow::Owned(base64_or_plain(&data)))?,
        None => plain,
    };
    let text = utf8(plain)?;
    let text = trimmed(text);
    if text.is_empty() {
        return Err(WireError::new(
            "empty_body",
            "the body is empty; send one event or a batch",
        ));
    }
    Ok(match text {
        Cow::Borrowed(text) => repaired(text),
        Cow::Owned(text) => Cow::Owned(repaired(&text).into_owned()),
    })
}

fn too_large() -> WireError {
    let message = format!("the body has more than {BODY_LIMIT_BYTES} bytes; send several batches");
    WireError::new("body_too_large", message)
}

/// Decompresses what begins like gzip.
fn unpacked(bytes: Cow<[u8]>) -> Result<Cow<[u8]>, WireError> {
    if bytes.len() > BODY_LIMIT_BYTES {
        return Err(too_large());
    }
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len().saturating_mul(6).min(BODY_LIMIT_BYTES));
    let limit = BODY_LIMIT_BYTES as u64 + 1;
    let read = MultiGzDecoder::new(&bytes[..])
        .take(limit)
        .read_to_end(&mut plain);
    if let Err(error) = read {
        let message = format!("the body begins like gzip but cannot be unpacked: {error}");
        return Err(WireError::new("invalid_gzip", message));
    }
    if plain.len() > BODY_LIMIT_BYTES {
        return Err(too_large());
    }
    Ok(Cow::Owned(plain))
}

/// The value of `data` in a form, or in the query of a request without a body.
fn wrapped(query_string: &str, bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return query(query_string, "data").map(Cow::into_owned);
    }
    if bytes[0] == b'{' || bytes[0] == b'[' {
        return None;
    }
    let form = std::str::from_utf8(bytes).ok()?;
    query(form.trim(), "data").map(Cow::into_owned)
}

/// Decodes base64 in any of its spellings; anything else is taken as it is.
fn base64_or_plain(data: &str) -> Vec<u8> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    // A form turns `+` into a space unless the client escaped it, and few do.
    let standard = data.trim().replace([' ', '-'], "+").replace('_', "/");
    engine
        .decode(standard)
        .unwrap_or_else(|_| data.as_bytes().to_vec())
}

fn utf8(bytes: Cow<[u8]>) -> Result<Cow<str>, WireError> {
    let broken = |_| WireError::new("invalid_utf8", "the body is not UTF-8 text");
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(broken),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|error| broken(error.utf8_error())),
    }
}

fn trimmed(text: Cow<str>) -> Cow<str> {
    let blank = |c: char| c.is_ascii_whitespace() || c == '\u{feff}';
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(blank)),
        Cow::Owned(text) if text.starts_with(blank) || text.ends_with(blank) => {
            Cow::Owned(text.trim_matches(blank).to_owned())
        }
        Cow::Owned(text) => Cow::Owned(text),
    }
}

/// Replaces what JSON may escape but no store can keep: halves of characters and NUL.
///
/// Browsers cut texts in the middle of an emoji and then send half of it.
pub fn repaired(text: &str) -> Cow<'_, str> {
    let mut whole: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let here = at + found;
        let Some(unit) = escaped_unit(text, here) else {
            at = text.ceil_char_boundary(here + 2);
            continue;
        };
        let next = if (0xd800..0xdc00).contains(&unit) {
            escaped_unit(text, here + 6)
        } else {
            None
        };
        if next.is_some_and(|low| (0xdc00..0xe000).contains(&low)) {
            at = here + 12;
            continue;
        }
        at = here + 6;
        if unit == 0 || (0xd800..0xe000).contains(&unit) {
            let whole = whole.get_or_insert_with(|| String::with_capacity(text.len()));
            whole.push_str(&text[copied..here]);
            whole.push_str("\\ufffd");
            copied = at;
        }
    }
    match whole {
        None => Cow::Borrowed(text),
        Some(mut whole) => {
            whole.push_str(&text[copied..]);
            Cow::Owned(whole)
        }
    }
}

/// The UTF-16 unit that `\uXXXX` at this place stands for.
fn escaped_unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}
