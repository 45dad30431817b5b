//! Turns MJML into the HTML of a mail, within limits and without reaching outside.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mrml::prelude::parser::{Error as ParseError, ParserOptions, noop_loader::NoopIncludeLoader};
use mrml::prelude::render::RenderOptions;

use super::scan::{Flaw, Piece, pieces};

/// Elements inside elements; the parser recurses, so the depth must have an end.
const MAX_DEPTH: usize = 64;

/// HTML elements that never have an end tag.
const VOID: [&str; 8] = ["br", "img", "hr", "input", "meta", "link", "wbr", "col"];

/// The elements of MJML; the library takes any other for HTML and prints it as it is.
const ELEMENTS: [&str; 33] = [
    "mj-accordion",
    "mj-accordion-element",
    "mj-accordion-text",
    "mj-accordion-title",
    "mj-all",
    "mj-attributes",
    "mj-body",
    "mj-breakpoint",
    "mj-button",
    "mj-carousel",
    "mj-carousel-image",
    "mj-class",
    "mj-column",
    "mj-divider",
    "mj-font",
    "mj-group",
    "mj-head",
    "mj-hero",
    "mj-image",
    "mj-include",
    "mj-navbar",
    "mj-navbar-link",
    "mj-preview",
    "mj-raw",
    "mj-section",
    "mj-social",
    "mj-social-element",
    "mj-spacer",
    "mj-style",
    "mj-table",
    "mj-text",
    "mj-title",
    "mj-wrapper",
];

/// Turns MJML into HTML. The line of a flaw is that of the given text.
pub(super) fn html(mjml: &str, language: &str) -> Result<String, Flaw> {
    // Data may hold characters that no document can; nobody would have seen them anyway.
    let readable: String = mjml.chars().filter(|c| can_be_written(*c)).collect();
    let mjml = readable.as_str();
    if let Some(line) = too_deep(mjml) {
        let message = format!("more than {MAX_DEPTH} elements inside each other");
        return Err(Flaw::new(line, message, "Close elements where they end."));
    }
    // A template must not be able to end the process, whatever the library thinks of it.
    let rendered = catch_unwind(AssertUnwindSafe(|| render(mjml)));
    let html = match rendered {
        Ok(html) => html?,
        Err(_) => {
            return Err(Flaw::new(
                1,
                "the MJML cannot be rendered",
                "Make it simpler.",
            ));
        }
    };
    let language = super::html::escape(language);
    Ok(html.replacen("lang=\"und\"", &format!("lang=\"{language}\""), 2))
}

/// The characters of XML 1.0.
fn can_be_written(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Says what is wrong with the MJML around the Liquid, by the line of the source.
pub(super) fn check(source: &str) -> Result<(), Flaw> {
    let mjml = without_liquid(source);
    match unknown_element(&mjml) {
        Some(flaw) => Err(flaw),
        None => html(&mjml, "en").map(|_| ()),
    }
}

fn unknown_element(mjml: &str) -> Option<Flaw> {
    for (at, _) in mjml.match_indices("<mj-") {
        let name = &mjml[at + 1..];
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let name = &name[..end.unwrap_or(name.len())];
        if ELEMENTS.contains(&name) {
            continue;
        }
        let hint = match super::nearest(name, &ELEMENTS) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "See the list of MJML elements.".to_owned(),
        };
        let line = 1 + mjml[..at].matches('\n').count();
        return Some(Flaw::new(
            line,
            format!("there is no element `{name}`"),
            hint,
        ));
    }
    None
}

fn render(mjml: &str) -> Result<String, Flaw> {
    let options = ParserOptions {
        include_loader: Box::new(NoopIncludeLoader),
    };
    let parsed = mrml::parse_with_options(mjml, &options).map_err(|error| flaw(mjml, &error))?;
    // Without fonts from elsewhere: opening a mail must not tell third parties about it.
    let options = RenderOptions {
        disable_comments: true,
        fonts: HashMap::new(),
        ..Default::default()
    };
    parsed
        .element
        .render(&options)
        .map_err(|error| Flaw::new(1, error.to_string(), "Check the MJML."))
}

/// The source with the Liquid taken out and every line break left in.
fn without_liquid(source: &str) -> String {
    let Ok(pieces) = pieces(source) else {
        return source.to_owned();
    };
    let mut text = String::with_capacity(source.len());
    let mut line = 1;
    for piece in pieces {
        match piece {
            Piece::Text(plain) => {
                text.push_str(plain);
                line += plain.matches('\n').count();
            }
            Piece::Output { line: at, .. } | Piece::Tag { line: at, .. } => {
                while line < at {
                    text.push('\n');
                    line += 1;
                }
            }
        }
    }
    text
}

fn flaw(mjml: &str, error: &ParseError) -> Flaw {
    let (position, message, hint) = match error {
        ParseError::UnexpectedElement { position, .. } => {
            let name = mjml
                .get(position.start..position.end)
                .unwrap_or_default()
                .trim();
            let message = format!("`{name}` cannot stand here");
            (
                Some(position),
                message,
                "See which MJML elements may hold it.",
            )
        }
        ParseError::UnexpectedToken { position, .. } => {
            let found = mjml
                .get(position.start..position.end)
                .unwrap_or_default()
                .trim();
            let found: String = found.chars().take(40).collect();
            (
                Some(position),
                format!("`{found}` cannot stand here"),
                "Text belongs in <mj-text>.",
            )
        }
        ParseError::MissingAttribute { name, position, .. } => (
            Some(position),
            format!("the attribute `{name}` is missing"),
            "Add it.",
        ),
        ParseError::InvalidAttribute { position, .. } => (
            Some(position),
            "an attribute is not valid".to_owned(),
            "Check its value.",
        ),
        ParseError::InvalidFormat { position, .. } => (
            Some(position),
            "the MJML is not well formed".to_owned(),
            "Check the tags.",
        ),
        ParseError::IncludeLoaderError { position, .. } => {
            let message = "a template cannot include others".to_owned();
            (Some(position), message, "Copy the text in.")
        }
        ParseError::EndOfStream { .. } => (
            None,
            "an element is never closed".to_owned(),
            "Close every element.",
        ),
        ParseError::SizeLimit { .. } => (None, "the MJML is too large".to_owned(), "Shorten it."),
        ParseError::NoRootNode => (
            None,
            "there is no <mjml> element".to_owned(),
            "Begin with <mjml><mj-body>.",
        ),
        ParseError::ParserError { source, .. } => {
            let message = format!("the MJML cannot be read: {source}");
            return Flaw::new(
                line_in(&source.to_string()).unwrap_or(1),
                message,
                "Check the tags.",
            );
        }
    };
    let line = position.map_or_else(
        || mjml.lines().count().max(1),
        |position| {
            1 + mjml.as_bytes()[..position.start.min(mjml.len())]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
        },
    );
    Flaw::new(line, message, hint)
}

/// `… at 3:14` ends the messages of the tokenizer.
fn line_in(message: &str) -> Option<usize> {
    let (_, place) = message.rsplit_once(" at ")?;
    place.split(':').next()?.trim().parse().ok()
}

/// The line where elements are nested too deeply.
fn too_deep(mjml: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(open) = mjml[at..].find('<').map(|found| at + found) {
        let rest = &mjml[open + 1..];
        let name_end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let name = &rest[..name_end.unwrap_or(rest.len())];
        if rest.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !name.is_empty() && !VOID.contains(&name.to_ascii_lowercase().as_str()) {
            let end = rest.find('>').unwrap_or(rest.len());
            if !rest[..end].ends_with('/') {
                depth += 1;
            }
        }
        if depth > MAX_DEPTH {
            return Some(1 + mjml[..open].matches('\n').count());
        }
        at = open + 1;
    }
    None
}
