//! The pages that customers reach from a message: unsubscribe and preferences, in plain HTML.

pub mod api;
mod words;

use memory::consent::{Consent, ConsentState};
use memory::{Customer, CustomerState};
use store::Timestamp;

use super::check::{MARKETING, may_write};
use super::outbox::Message;
use super::render::in_language;
use crate::ExecutionState;

pub use words::Language;

/// The style of these pages.
pub const STYLE: &str = include_str!("page.css");

/// One thing a customer can say yes or no to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Channel.
    pub channel: String,
    /// Purpose.
    pub purpose: String,
    /// What stands now.
    pub yes: bool,
}

impl Choice {
    /// The name of its field in the form.
    pub fn field(&self) -> String {
        format!("{}.{}", self.channel, self.purpose)
    }
}

/// Everything a customer can choose: marketing by e-mail, and whatever they said before.
pub fn choices(customer: &CustomerState, now: Timestamp) -> Vec<Choice> {
    let said = customer
        .consents
        .iter()
        .map(|c| (c.channel.clone(), c.purpose.clone()));
    let mut all: Vec<(String, String)> = said.collect();
    all.push(("email".to_owned(), MARKETING.to_owned()));
    all.sort();
    all.dedup();
    all.into_iter()
        .map(|(channel, purpose)| {
            let yes = may_write(customer, &channel, &purpose, now);
            Choice {
                channel,
                purpose,
                yes,
            }
        })
        .collect()
}

/// A statement that counts from now on, even when an earlier one came with a clock ahead.
pub fn statement(
    customer: &CustomerState,
    choice: &Choice,
    state: ConsentState,
    source: &str,
    proof: String,
    now: Timestamp,
) -> Consent {
    let same = |c: &&Consent| c.channel == choice.channel && c.purpose == choice.purpose;
    let before = customer.consents.iter().find(same).map(|c| c.at);
    Consent {
        channel: choice.channel.clone(),
        purpose: choice.purpose.clone(),
        state,
        source: source.to_owned(),
        at: before.map_or(now, |at| at.max(now)),
        expires_at: None,
        proof: Some(proof),
    }
}

/// Why a customer got a message, in one sentence.
pub fn why(
    state: &ExecutionState,
    customer: &Customer,
    message: &Message,
    language: Language,
) -> String {
    let same = |c: &&Consent| c.channel == message.channel && c.purpose == message.purpose;
    let consent = customer.state.consents.iter().find(same);
    let consent = consent.filter(|consent| consent.state == ConsentState::Granted);
    let consent = consent.map(|consent| {
        let date = consent.at.to_string();
        (date[..10].to_owned(), consent.source.replace('_', " "))
    });
    let playbook = state.playbook.load();
    let journey = message
        .journey
        .as_ref()
        .and_then(|key| playbook.journeys.get(key));
    let name = journey.and_then(|published| {
        let names = serde_json::to_value(&published.journey.name).ok()?;
        in_language(&names, language.words().tag)
            .as_str()
            .map(str::to_owned)
    });
    let consent = consent
        .as_ref()
        .map(|(date, source)| (date.as_str(), source.as_str()));
    language.why(consent, name.as_deref())
}

/// An address that its owner recognises and nobody else learns: `a•••@kunde.example`.
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}•••@{domain}")
        }
        None => "•••".to_owned(),
    }
}

/// A whole page.
pub fn page(language: Language, title: &str, content: &str) -> String {
    let words = language.words();
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"/customer.css\">\n</head>\n<body>\n<main>\n\
         <div class=\"sides\" aria-hidden=\"true\"><span></span><span></span></div>\n\
         <h1>{}</h1>\n{content}</main>\n</body>\n</html>\n",
        words.tag,
        escape(title),
        escape(title),
    )
}

/// A page with one paragraph.
pub fn notice(language: Language, title: &str, text: &str) -> String {
    page(language, title, &format!("<p>{}</p>\n", escape(text)))
}

/// Asks whether to unsubscribe; opening it changes nothing, because link scanners open links.
pub fn unsubscribe(language: Language, text: &str, action: &str, choose_url: &str) -> String {
    let words = language.words();
    let content = format!(
        "<p>{}</p>\n<form method=\"post\" action=\"{}\">\n\
         <p><button type=\"submit\">{}</button></p>\n</form>\n<p><a href=\"{}\">{}</a></p>\n",
        escape(text),
        escape(action),
        words.unsubscribe_button,
        escape(choose_url),
        words.unsubscribe_instead,
    );
    page(language, words.unsubscribe_title, &content)
}

/// Says that it is done.
pub fn unsubscribed(language: Language, choose_url: &str) -> String {
    let words = language.words();
    let content = format!(
        "<p class=\"done\" role=\"status\">{}</p>\n<p><a href=\"{}\">{}</a></p>\n",
        words.unsubscribed_text,
        escape(choose_url),
        words.choose_link,
    );
    page(language, words.unsubscribed_title, &content)
}

/// The preference page.
pub fn preferences(
    language: Language,
    choices: &[Choice],
    why: &str,
    action: &str,
    saved: bool,
) -> String {
    let words = language.words();
    let mut content = String::new();
    if saved {
        content.push_str(&format!(
            "<p class=\"done\" role=\"status\">{}</p>\n",
            words.chosen
        ));
    }
    content.push_str(&format!(
        "<p>{}</p>\n<form method=\"post\" action=\"{}\">\n<fieldset>\n<legend>{}</legend>\n",
        words.choose_text,
        escape(action),
        words.choose_legend
    ));
    for choice in choices {
        content.push_str(&format!(
            "<label><input type=\"checkbox\" name=\"{}\" value=\"yes\"{}> <span>{}</span></label>\n",
            escape(&choice.field()),
            if choice.yes { " checked" } else { "" },
            escape(&language.choice(&choice.channel, &choice.purpose)),
        ));
    }
    content.push_str(&format!(
        "</fieldset>\n<p><button type=\"submit\">{}</button></p>\n</form>\n\
         <h2>{}</h2>\n<p class=\"soft\">{}</p>\n",
        words.choose_button,
        words.why_title,
        escape(why),
    ));
    page(language, words.choose_title, &content)
}

/// A text that cannot become markup.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
