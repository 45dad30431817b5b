//! E-mail templates: Liquid and MJML, strict about missing data and safe against it.

pub mod api;
mod chain;
mod hint;
mod html;
mod mjml;
mod money;
mod run;
mod scan;
mod strict;
mod tags;
mod validate;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use html::{Tracked, Unsafe, track};
pub use scan::Flaw;
pub use strict::Field;
pub use validate::{KIND, validate};

use hint::{missing_hint, nearest};
use run::{Failure, Part};
use strict::{Escape, strict};

/// The data a template may use, by its first word.
pub const ROOTS: [&str; 7] = [
    "customer", "offer", "cart", "event", "links", "message", "today",
];
/// One source; larger ones are pasted pictures.
const MAX_SOURCE_BYTES: usize = 256 * 1024;

/// A template as the department writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The template's name by language.
    #[serde(default)]
    pub name: BTreeMap<String, String>,
    /// The channel it is for: `email`.
    pub channel: String,
    /// What the template is for; marketing needs an unsubscribe link.
    #[serde(default)]
    pub purpose: Purpose,
    /// The message by language.
    pub variants: BTreeMap<String, Variant>,
}

/// Why we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// We want something: needs consent and an unsubscribe link.
    #[default]
    Marketing,
    /// The customer wants something: a receipt, a new password.
    Service,
}

/// A template in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The subject line.
    pub subject: String,
    /// What the inbox shows after the subject.
    #[serde(default)]
    pub preheader: String,
    /// The body.
    pub mjml: String,
    /// The plain part; made from the body when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The part of a variant in which something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartName {
    /// The subject line.
    Subject,
    /// What the inbox shows after the subject.
    Preheader,
    /// The body.
    Mjml,
    /// The plain part.
    Text,
}

/// A message, ready for a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rendered {
    /// The language of the variant that was used.
    pub language: String,
    /// In one line.
    pub subject: String,
    /// In one line.
    pub preheader: String,
    /// A whole document.
    pub html: String,
    /// The plain part.
    pub text: String,
}

/// Where in a template something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// The variant.
    pub language: String,
    /// The part of the variant.
    pub part: PartName,
    /// The line of the part, counted from 1.
    pub line: usize,
}

/// Why a message could not be written; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The customer's data lacks a field.
    #[error("{path} has no value ({place})")]
    MissingField {
        /// The field as the template names it.
        path: String,
        /// Where it is used.
        place: Place,
        /// What to write instead.
        hint: String,
    },
    /// The template cannot be written with these data.
    #[error("{message} ({place})")]
    Unusable {
        /// What is wrong.
        message: String,
        /// Where.
        place: Place,
        /// What to do about it.
        hint: String,
    },
    /// The template has no variant at all.
    #[error("the template has no variant")]
    NoVariant,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "variant {}, {} line {}",
            self.language,
            self.part.key(),
            self.line
        )
    }
}

impl PartName {
    /// The key in the template's body.
    pub fn key(self) -> &'static str {
        match self {
            PartName::Subject => "subject",
            PartName::Preheader => "preheader",
            PartName::Mjml => "mjml",
            PartName::Text => "text",
        }
    }
}

impl RenderError {
    /// The stable word for it in the API.
    pub fn code(&self) -> &'static str {
        match self {
            RenderError::MissingField { .. } => "template_field_missing",
            RenderError::Unusable { .. } => "template_unusable",
            RenderError::NoVariant => "template_without_variant",
        }
    }

    /// The same as an entry of a problem document.
    pub fn problem(&self) -> store::definition::Problem {
        match self {
            RenderError::MissingField { place, hint, .. }
            | RenderError::Unusable { place, hint, .. } => {
                let path = format!("/variants/{}/{}", place.language, place.part.key());
                store::definition::Problem::new(path, self.to_string()).hint(hint.clone())
            }
            RenderError::NoVariant => {
                store::definition::Problem::new("/variants", self.to_string())
            }
        }
    }
}

/// What a template is filled with: an object whose keys are among [`ROOTS`].
#[derive(Debug, Clone)]
pub struct Data {
    json: serde_json::Value,
    liquid: liquid::Object,
}

impl Data {
    /// Data from JSON; anything but an object is no data.
    pub fn new(json: serde_json::Value) -> Data {
        let liquid = liquid::to_object(&json).unwrap_or_default();
        Data { json, liquid }
    }
}

/// A template parsed once, to be rendered for many customers.
pub struct Compiled {
    purpose: Purpose,
    variants: BTreeMap<String, CompiledVariant>,
}

struct CompiledVariant {
    subject: Part,
    preheader: Part,
    mjml: Part,
    text: Option<Part>,
    own_preview: bool,
}

impl Compiled {
    /// Parses every part of every variant, or says everything that is wrong.
    pub fn compile(template: &Template) -> Result<Compiled, Vec<(Place, Flaw)>> {
        let mut flaws = Vec::new();
        let mut variants = BTreeMap::new();
        for (language, variant) in &template.variants {
            let mut part = |name, source: &str, escape| {
                compile_part(source, escape).map_err(|found: Vec<Flaw>| {
                    flaws.extend(found.into_iter().map(|flaw| {
                        let line = flaw.line;
                        (
                            Place {
                                language: language.clone(),
                                part: name,
                                line,
                            },
                            flaw,
                        )
                    }));
                })
            };
            let subject = part(PartName::Subject, &variant.subject, Escape::Nothing);
            let preheader = part(PartName::Preheader, &variant.preheader, Escape::Nothing);
            let mjml = part(PartName::Mjml, &variant.mjml, Escape::Html);
            let text = variant.text.as_ref();
            let text = text
                .map(|text| part(PartName::Text, text, Escape::Nothing))
                .transpose();
            if let (Ok(subject), Ok(preheader), Ok(mjml), Ok(text)) =
                (subject, preheader, mjml, text)
            {
                let own_preview = variant.mjml.contains("<mj-preview");
                let compiled = CompiledVariant {
                    subject,
                    preheader,
                    mjml,
                    text,
                    own_preview,
                };
                variants.insert(language.clone(), compiled);
            }
        }
        if flaws.is_empty() {
            Ok(Compiled {
                purpose: template.purpose,
                variants,
            })
        } else {
            Err(flaws)
        }
    }

    /// Why messages of this template are written.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Writes the message in the language nearest to the one asked for.
    pub fn render(&self, language: &str, data: &Data) -> Result<Rendered, RenderError> {
        let (language, variant) = self.variant(language).ok_or(RenderError::NoVariant)?;
        let write = |name, part: &Part| {
            part.run(&data.liquid)
                .map_err(|failure| explain(failure, language, name, data))
        };
        let subject = one_line(&write(PartName::Subject, &variant.subject)?);
        let preheader = one_line(&write(PartName::Preheader, &variant.preheader)?);
        let mjml = write(PartName::Mjml, &variant.mjml)?;
        let unusable = |message: String, line: usize, hint: String| {
            let place = Place {
                language: language.to_owned(),
                part: PartName::Mjml,
                line,
            };
            RenderError::Unusable {
                message,
                place,
                hint,
            }
        };
        let html = mjml::html(&mjml, language)
            .map_err(|flaw| unusable(flaw.message, flaw.line, flaw.hint))?;
        if let Some(url) = html::forbidden_link(&html) {
            let message = format!("the link {url:?} is not a web address");
            let hint = "Links begin with https:// (or mailto:, tel:).".to_owned();
            return Err(unusable(message, 1, hint));
        }
        let text = match &variant.text {
            Some(text) => write(PartName::Text, text)?,
            None => html::plain_text(&html),
        };
        // Screen readers announce the title of the document.
        let title = format!("<title>{}</title>", html::escape(&subject));
        let html = html.replacen("<title></title>", &title, 1);
        let html = if variant.own_preview {
            html
        } else {
            with_preheader(html, &preheader)
        };
        Ok(Rendered {
            language: language.to_owned(),
            subject,
            preheader,
            html,
            text,
        })
    }

    /// The data each variant uses, in the order of their paths.
    pub fn fields_used(&self) -> BTreeMap<String, Vec<Field>> {
        let mut used = BTreeMap::new();
        for (language, variant) in &self.variants {
            let parts = [
                Some(&variant.subject),
                Some(&variant.preheader),
                Some(&variant.mjml),
            ];
            let parts = parts.into_iter().chain([variant.text.as_ref()]).flatten();
            let mut fields: Vec<Field> = parts.flat_map(|part| part.fields().to_vec()).collect();
            fields.sort_by(|a, b| a.path.cmp(&b.path).then(b.required.cmp(&a.required)));
            fields.dedup_by(|a, b| a.path == b.path);
            used.insert(language.clone(), fields);
        }
        used
    }

    /// The variant for a language: exactly it, its base, a sibling, English, any.
    fn variant(&self, language: &str) -> Option<(&str, &CompiledVariant)> {
        let base = |tag: &str| {
            tag.split(['-', '_'])
                .next()
                .unwrap_or("")
                .to_ascii_lowercase()
        };
        let wanted = base(language);
        let found = self
            .variants
            .get_key_value(language)
            .or_else(|| self.variants.get_key_value(wanted.as_str()))
            .or_else(|| self.variants.iter().find(|(tag, _)| base(tag) == wanted))
            .or_else(|| self.variants.get_key_value("en"))
            .or_else(|| self.variants.first_key_value())?;
        Some((found.0.as_str(), found.1))
    }
}

/// Renders once; whoever renders often keeps a [`Compiled`].
pub fn render(template: &Template, language: &str, data: &Data) -> Result<Rendered, RenderError> {
    let compiled = Compiled::compile(template).map_err(|flaws| match flaws.into_iter().next() {
        Some((place, flaw)) => RenderError::Unusable {
            message: flaw.message,
            place,
            hint: flaw.hint,
        },
        None => RenderError::NoVariant,
    })?;
    compiled.render(language, data)
}

fn compile_part(source: &str, escape: Escape) -> Result<Part, Vec<Flaw>> {
    if source.len() > MAX_SOURCE_BYTES {
        let hint = "Pictures belong at a web address.";
        return Err(vec![Flaw::new(1, "the text is longer than 256 kB", hint)]);
    }
    Part::parse(strict(source, escape)?).map_err(|flaw| vec![flaw])
}

fn explain(failure: Failure, language: &str, part: PartName, data: &Data) -> RenderError {
    let place = |line| Place {
        language: language.to_owned(),
        part,
        line,
    };
    match failure {
        Failure::Missing { line, path } => {
            let hint = missing_hint(&path, &data.json);
            RenderError::MissingField {
                path,
                place: place(line),
                hint,
            }
        }
        Failure::Limit { line, what } => RenderError::Unusable {
            message: format!("the template wants too much: {what}"),
            place: place(line),
            hint: "Repeat fewer items.".to_owned(),
        },
        Failure::Other { line, message } => RenderError::Unusable {
            message,
            place: place(line),
            hint: "Check the filters on this line.".to_owned(),
        },
    }
}

/// A subject is a header: line breaks become spaces.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    words.join(" ")
}

/// The inbox shows the first text of the body, so it goes there, unseen.
fn with_preheader(mut html: String, preheader: &str) -> String {
    let body = html
        .find("<body")
        .and_then(|at| html[at..].find('>').map(|end| at + end + 1));
    if let Some(at) = body.filter(|_| !preheader.is_empty()) {
        let hidden = format!(
            "<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;\
             opacity:0;overflow:hidden\">{}</div>",
            html::escape(preheader)
        );
        html.insert_str(at, &hidden);
    }
    html
}
