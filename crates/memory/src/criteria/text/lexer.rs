//! Tokens: words, names, texts, numbers, dates and signs.

use store::definition::{Problem, ProblemCode};

use crate::criteria::value::{instant_text, recognise_instant};

use super::problem::{Mistake, Place};

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare word: part of the language or a name.
    Word(String),
    /// A name in backticks: never part of the language.
    Name(String),
    /// Text in quotes.
    Text(String),
    Number(f64),
    /// A date or moment, in milliseconds since the epoch.
    Instant(i64),
    /// A bracket, comma or comparison.
    Sign(&'static str),
    End,
}

impl Token {
    /// The token as messages show it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("\"{word}\""),
            Self::Name(name) => format!("`{name}`"),
            Self::Text(text) => format!("the text \"{text}\""),
            Self::Number(number) => format!("the number {number}"),
            Self::Instant(_) => "a date".to_owned(),
            Self::Sign(sign) => format!("\"{sign}\""),
            Self::End => "the end of the text".to_owned(),
        }
    }

    /// The token as it was written, for those who show it in other words; none at the end.
    pub(super) fn written(&self) -> Option<String> {
        match self {
            Self::Word(text) | Self::Name(text) | Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Instant(ms) => Some(instant_text(*ms)),
            Self::Sign(sign) => Some((*sign).to_owned()),
            Self::End => None,
        }
    }
}

/// Signs, longer ones first; each with the one that stands for it.
const SIGNS: [(&str, &str); 14] = [
    (">=", ">="),
    ("<=", "<="),
    ("!=", "!="),
    ("<>", "!="),
    ("==", "="),
    ("≥", ">="),
    ("≤", "<="),
    ("≠", "!="),
    ("(", "("),
    (")", ")"),
    (",", ","),
    ("=", "="),
    (">", ">"),
    ("<", "<"),
];

/// Whether a letter may begin a bare word.
pub(super) fn begins_word(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_' || letter == '$'
}

/// Whether a letter may continue a bare word.
pub(super) fn continues_word(letter: char) -> bool {
    begins_word(letter) || letter.is_numeric() || matches!(letter, '.' | '-')
}

/// Splits a text into tokens with their places; the last one is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Place)>, Mistake> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let (token, length) = if begins_word(letter) {
            let length = rest.find(|c| !continues_word(c)).unwrap_or(rest.len());
            (Token::Word(rest[..length].to_owned()), length)
        } else if letter.is_ascii_digit() || (letter == '-' && digit_follows(rest)) {
            number_or_date(rest, at)?
        } else if let Some(close) = closing(letter) {
            quoted(rest, at, letter, close)?
        } else if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            (Token::Sign(token), sign.len())
        } else {
            let place = Place {
                start: at,
                end: at + letter.len_utf8(),
            };
            let message = format!("unexpected \"{letter}\"");
            return Err(Mistake {
                place,
                problem: Problem::new("", (ProblemCode::Unexpected, message))
                    .with("found", letter.to_string()),
            });
        };
        found.push((
            token,
            Place {
                start: at,
                end: at + length,
            },
        ));
        at += length;
    }
    found.push((
        Token::End,
        Place {
            start: text.len(),
            end: text.len(),
        },
    ));
    Ok(found)
}

fn digit_follows(rest: &str) -> bool {
    rest[1..].starts_with(|next: char| next.is_ascii_digit())
}

/// Typographic quotes come with texts copied from documents.
fn closing(letter: char) -> Option<char> {
    match letter {
        '"' => Some('"'),
        '“' | '”' => Some('”'),
        '`' => Some('`'),
        '\'' => Some('\''),
        '‘' => Some('’'),
        _ => None,
    }
}

fn number_or_date(rest: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let of_number = |c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '+' | '_');
    let length = rest.find(|c| !of_number(c)).unwrap_or(rest.len());
    let written = &rest[..length];
    if let Some(ms) = recognise_instant(written) {
        return Ok((Token::Instant(ms), length));
    }
    if let Some(number) = written
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
    {
        return Ok((Token::Number(number + 0.0), length));
    }
    let message = format!("\"{written}\" is neither a number nor a date");
    let hint = if written.contains('_') || written.contains(',') {
        "write numbers with digits and a point only, for example 1500.50"
    } else {
        "numbers are written like 1500.50, dates like 2026-03-01 or 2026-03-01T10:00:00Z"
    };
    Err(Mistake {
        place: Place {
            start: at,
            end: at + length,
        },
        problem: Problem::new("", (ProblemCode::NotAValue, message))
            .with("found", written)
            .hint(hint),
    })
}

fn quoted(rest: &str, at: usize, open: char, close: char) -> Result<(Token, usize), Mistake> {
    let mut content = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((offset, letter)) = letters.next() {
        if letter == close {
            let length = offset + letter.len_utf8();
            let token = if open == '`' {
                Token::Name(content)
            } else {
                Token::Text(content)
            };
            return Ok((token, length));
        }
        if letter != '\\' {
            content.push(letter);
            continue;
        }
        match letters.next() {
            Some((_, 'n')) => content.push('\n'),
            Some((_, 't')) => content.push('\t'),
            Some((_, 'r')) => content.push('\r'),
            Some((_, escaped)) => content.push(escaped),
            None => {}
        }
    }
    let message = format!("the text that begins here has no closing {close}");
    Err(Mistake {
        place: Place {
            start: at,
            end: at + open.len_utf8(),
        },
        problem: Problem::new("", (ProblemCode::NeverClosed, message))
            .with("missing", close.to_string())
            .hint(format!("end it with {close}")),
    })
}
