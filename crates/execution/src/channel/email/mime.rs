//! Builds the bytes of a mail: headers, plain part, HTML part.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::{Address, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox as LettreMailbox, Message, MultiPart};

use super::{Mail, Mailbox};

/// Our own header; the recording sink and bounces are matched by it.
pub const MESSAGE_HEADER: &str = "X-Rapport-Message";

/// A mail that cannot be written down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The customer's address is not one.
    #[error("the address {0} is not valid")]
    Recipient(String),
    /// One of our own addresses is not one.
    #[error("the sender's address {0} is not valid")]
    Sender(String),
    /// A value that becomes a header holds a line break or another control character.
    #[error("the header {0} holds a control character")]
    Header(&'static str),
    /// The mail library refuses it.
    #[error("the mail cannot be built: {0}")]
    Build(String),
}

/// The bytes of a mail and the envelope around them.
#[derive(Debug, Clone)]
pub struct Built {
    /// Sender and recipient as the servers see them.
    pub envelope: Envelope,
    /// Headers and parts.
    pub bytes: Vec<u8>,
}

/// Builds the mail.
pub fn build(mail: &Mail) -> Result<Built, Error> {
    let from = mailbox(&mail.from).map_err(Error::Sender)?;
    let to = mailbox(&mail.to).map_err(Error::Recipient)?;
    let sender = match &mail.bounces_to {
        Some(bounces_to) => address(bounces_to).map_err(Error::Sender)?,
        None => from.email.clone(),
    };
    let envelope = Envelope::new(Some(sender), vec![to.email.clone()])
        .map_err(|error| Error::Build(error.to_string()))?;
    let sent_at = UNIX_EPOCH + Duration::from_millis(u64::try_from(mail.sent_at.0).unwrap_or(0));
    let mut builder = Message::builder()
        .message_id(Some(message_id(&mail.key, from.email.domain())))
        .date(sent_at)
        .from(from)
        .to(to)
        .subject(one_line("Subject", &mail.subject)?)
        .raw_header(header("Auto-Submitted", "auto-generated")?)
        .raw_header(header(MESSAGE_HEADER, &mail.key)?);
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(mailbox(reply_to).map_err(Error::Sender)?);
    }
    if let Some(url) = &mail.unsubscribe_url {
        builder = builder
            .raw_header(header("List-Unsubscribe", &format!("<{url}>"))?)
            .raw_header(header(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click",
            )?);
    }
    let parts = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    let message = builder
        .multipart(parts)
        .map_err(|error| Error::Build(error.to_string()))?;
    Ok(Built {
        envelope,
        bytes: message.formatted(),
    })
}

/// The Message-ID of an outbox row: always the same, so that copies can be recognised.
pub fn message_id(key: &str, domain: &str) -> String {
    format!("<{key}@{domain}>")
}

/// The address bounces of one message go to: `bounces@host` becomes `bounces+key@host` (VERP).
pub fn bounce_address(mailbox: &str, key: &str) -> Option<String> {
    let (local, domain) = mailbox.rsplit_once('@')?;
    Some(format!("{local}+{key}@{domain}"))
}

/// The message a bounce is about, from the address it came to.
pub fn key_of_bounce_address(address: &str) -> Option<&str> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, key) = local.split_once('+')?;
    Some(key)
}

/// The value of a header of a mail, unfolded; empty when absent.
pub fn header_value(data: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(data);
    let mut value: Option<String> = None;
    for line in text.split("\r\n") {
        match (&mut value, line.strip_prefix([' ', '\t'])) {
            (Some(value), Some(folded)) => {
                value.push(' ');
                value.push_str(folded.trim());
            }
            (Some(_), None) => break,
            (None, _) if line.is_empty() => break,
            (None, _) => {
                value = line.split_once(':').and_then(|(found, rest)| {
                    found
                        .eq_ignore_ascii_case(name)
                        .then(|| rest.trim().to_owned())
                });
            }
        }
    }
    value.unwrap_or_default()
}

/// A name with a line break in it is left out: it is no reason not to write.
fn mailbox(mailbox: &Mailbox) -> Result<LettreMailbox, String> {
    let name = mailbox
        .name
        .clone()
        .filter(|name| !name.chars().any(char::is_control));
    Ok(LettreMailbox::new(name, address(&mailbox.address)?))
}

/// Domains travel in their ASCII form (IDNA); a local part in another script needs SMTPUTF8.
fn address(text: &str) -> Result<Address, String> {
    let invalid = || text.to_owned();
    let (local, domain) = text.trim().rsplit_once('@').ok_or_else(invalid)?;
    let domain = match url::Host::parse(domain) {
        Ok(url::Host::Domain(domain)) => domain,
        Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => domain.to_owned(),
        Err(_) => return Err(invalid()),
    };
    Address::new(local, domain).map_err(|_| invalid())
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, Error> {
    let value = one_line(name, value)?;
    Ok(HeaderValue::new(
        HeaderName::new_from_ascii_str(name),
        value,
    ))
}

fn one_line(name: &'static str, value: &str) -> Result<String, Error> {
    if value.chars().any(char::is_control) {
        return Err(Error::Header(name));
    }
    Ok(value.to_owned())
}
