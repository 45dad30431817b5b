//! Reads bounces that come back by mail: delivery status notifications (RFC 3464).

use mail_parser::{MessageParser, MimeHeaders};

use super::Bounce;
use super::mime::{MESSAGE_HEADER, header_value, key_of_bounce_address};
use super::reply::Status;

/// Larger mails are not bounces.
const MAX_DSN_BYTES: usize = 1024 * 1024;

/// What a mail server says became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It will not arrive.
    Failed(Bounce),
    /// It is late, and the server keeps trying.
    Delayed,
    /// It arrived, or was passed on to somebody who does not report.
    Delivered,
}

/// One recipient's part of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The outbox row, if the notification names it.
    pub message_key: Option<String>,
    /// The address the notification is about.
    pub recipient: String,
    /// What became of the mail.
    pub fate: Fate,
    /// The enhanced status code as it was given.
    pub status: String,
    /// The remote server's own words.
    pub diagnostic: String,
}

/// The notices in a mail; empty when it is not a delivery status notification.
///
/// `delivered_to` is the address the notification came to, which names the message when bounces
/// have an address of their own.
pub fn parse(mail: &[u8], delivered_to: Option<&str>) -> Vec<Notice> {
    if mail.len() > MAX_DSN_BYTES {
        return Vec::new();
    }
    let Some(message) = MessageParser::default().parse(mail) else {
        return Vec::new();
    };
    let mut status_text = None;
    let mut original = None;
    for part in &message.parts {
        let Some(content_type) = part.content_type() else {
            continue;
        };
        match (content_type.ctype(), content_type.subtype()) {
            ("message", Some("delivery-status" | "global-delivery-status")) => {
                status_text = Some(String::from_utf8_lossy(part.contents()).into_owned());
            }
            ("message", Some("rfc822" | "global")) | ("text", Some("rfc822-headers")) => {
                let start = part.offset_body as usize;
                original = mail.get(start..part.offset_end as usize);
            }
            _other_parts => {}
        }
    }
    let Some(status_text) = status_text else {
        return Vec::new();
    };
    let message_key = delivered_to
        .and_then(key_of_bounce_address)
        .map(str::to_owned)
        .or_else(|| original.map(|original| header_value(&with_crlf(original), MESSAGE_HEADER)))
        .filter(|key| !key.is_empty());
    notices(&status_text, message_key.as_deref())
}

/// The first block is about the message, each further one about a recipient.
fn notices(text: &str, message_key: Option<&str>) -> Vec<Notice> {
    let text = text.replace("\r\n", "\n");
    let mut notices = Vec::new();
    for block in text.split("\n\n") {
        let fields = fields(block);
        let value = |name: &str| {
            fields
                .iter()
                .find(|(found, _)| found.eq_ignore_ascii_case(name))
                .map(|(_, v)| v)
        };
        let recipient = value("Original-Recipient").or_else(|| value("Final-Recipient"));
        let (Some(recipient), Some(action)) = (recipient, value("Action")) else {
            continue;
        };
        let status = value("Status").cloned().unwrap_or_default();
        let Some(fate) = fate(action, &status) else {
            continue;
        };
        notices.push(Notice {
            message_key: message_key.map(str::to_owned),
            recipient: after_type(recipient).to_owned(),
            fate,
            status,
            diagnostic: value("Diagnostic-Code")
                .map_or("", |d| after_type(d))
                .to_owned(),
        });
    }
    notices
}

fn fate(action: &str, status: &str) -> Option<Fate> {
    match action.to_ascii_lowercase().as_str() {
        "failed" => {
            // A class of 4 with "failed" means the server gave up; the address is not to blame.
            let bounce = match Status::parse(status) {
                Some(status) if status.class == 5 => status.bounce(),
                Some(_) | None => Bounce::Soft,
            };
            Some(Fate::Failed(bounce))
        }
        "delayed" => Some(Fate::Delayed),
        "delivered" | "relayed" | "expanded" => Some(Fate::Delivered),
        _unknown_word => None,
    }
}

/// `Name: value` lines; a line that begins with white space continues the one before.
fn fields(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix([' ', '\t']), fields.last_mut()) {
            (Some(more), Some((_, value))) => {
                value.push(' ');
                value.push_str(more.trim());
            }
            (Some(_), None) => {}
            (None, _) => {
                if let Some((name, value)) = line.split_once(':') {
                    fields.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
    }
    fields
}

/// `rfc822; a@b.example` and `smtp; 550 5.1.1 unknown` without the type.
fn after_type(value: &str) -> &str {
    value.split_once(';').map_or(value, |(_, rest)| rest).trim()
}

fn with_crlf(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n");
    text.trim_start().replace('\n', "\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounce(blocks: &str) -> Vec<u8> {
        format!(
            "From: mailer-daemon@mx.example\r\nTo: bounces@shop.example\r\n\
             Subject: Undelivered\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example\r\n\r\n{blocks}\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\n\
             From: shop@shop.example\r\nX-Rapport-Message: msg_7\r\nSubject: Hi\r\n\r\nHello\r\n\
             --b--\r\n"
        )
        .into_bytes()
    }

    #[test]
    fn a_bounce_names_the_message_the_recipient_and_the_reason() {
        let mail = bounce(
            "Final-Recipient: rfc822; nobody@there.example\r\nAction: failed\r\n\
             Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 user\r\n unknown\r\n",
        );
        let expected = Notice {
            message_key: Some("msg_7".into()),
            recipient: "nobody@there.example".into(),
            fate: Fate::Failed(Bounce::Hard),
            status: "5.1.1".into(),
            diagnostic: "550 5.1.1 user unknown".into(),
        };
        assert_eq!(parse(&mail, None), [expected]);
    }

    #[test]
    fn each_recipient_has_its_own_fate() {
        let mail = bounce(
            "Final-Recipient: rfc822;a@x.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n\
             Final-Recipient: rfc822;b@x.example\r\nAction: failed\r\nStatus: 5.7.1\r\n\r\n\
             Final-Recipient: rfc822;c@x.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n\
             Final-Recipient: rfc822;d@x.example\r\nAction: failed\r\nStatus: 4.4.7\r\n",
        );
        let fates: Vec<Fate> = parse(&mail, None).into_iter().map(|n| n.fate).collect();
        let expected = [
            Fate::Delayed,
            Fate::Failed(Bounce::Policy),
            Fate::Delivered,
            Fate::Failed(Bounce::Soft),
        ];
        assert_eq!(fates, expected);
    }

    #[test]
    fn the_address_it_came_to_names_the_message_too() {
        let block = "Final-Recipient: rfc822;a@x.example\r\nAction: failed\r\nStatus: 5.2.2\r\n";
        let notices = parse(&bounce(block), Some("bounces+msg_9@shop.example"));
        assert_eq!(notices[0].message_key.as_deref(), Some("msg_9"));
    }

    #[test]
    fn an_ordinary_mail_is_no_bounce() {
        let mail = b"From: a@b.example\r\nSubject: 5.1.1\r\n\r\nAction: failed\r\n";
        assert_eq!(parse(mail, None), []);
        assert_eq!(parse(b"", None), []);
        assert_eq!(parse(&[0xff; 300], None), []);
    }
}
