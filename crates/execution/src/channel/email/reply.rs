//! What an SMTP reply or an enhanced status code (RFC 3463) means for us.

use super::{Bounce, Handed};

/// Where in the conversation a reply came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Greeting, EHLO, STARTTLS, AUTH: it is about us.
    Connection,
    /// MAIL FROM: it is about our sender address.
    Sender,
    /// RCPT TO: it is about the recipient, or about us.
    Recipient,
    /// DATA and the content.
    Content,
}

/// An enhanced status code such as 5.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// 2 success, 4 try again, 5 for good.
    pub class: u8,
    /// 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// The detail within the subject.
    pub detail: u16,
}

impl Status {
    /// Reads `5.1.1` at the start of a text.
    pub fn parse(text: &str) -> Option<Status> {
        let word = text
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .next()?;
        let mut numbers = word.split('.');
        let class = numbers
            .next()?
            .parse()
            .ok()
            .filter(|class| [2, 4, 5].contains(class))?;
        let subject = numbers
            .next()?
            .parse()
            .ok()
            .filter(|number| *number < 1000)?;
        let detail = numbers
            .next()?
            .parse()
            .ok()
            .filter(|number| *number < 1000)?;
        numbers.next().is_none().then_some(Status {
            class,
            subject,
            detail,
        })
    }

    /// What a permanent failure with this code means.
    ///
    /// Only codes that say beyond doubt "there is no such mailbox" are hard. X.7.Y is always
    /// about policy and never suppresses an address, whatever the words say.
    pub fn bounce(self) -> Bounce {
        match (self.subject, self.detail) {
            // no such mailbox, no such domain, bad syntax, moved, null MX, disabled
            (1, 1 | 2 | 3 | 6 | 10) | (2, 1) => Bounce::Hard,
            // our sender's address is refused
            (1, 7 | 8) => Bounce::Policy,
            (7, _) => Bounce::Policy,
            _other_numbers => Bounce::Soft,
        }
    }
}

/// What a negative SMTP reply means.
pub fn classify(stage: Stage, code: u16, text: &str) -> Handed {
    let status = Status::parse(text);
    let text = text.trim().to_owned();
    if code < 500 {
        return Handed::Retry {
            after_ms: None,
            text,
        };
    }
    let kind = match stage {
        Stage::Connection | Stage::Sender => Bounce::Policy,
        Stage::Recipient | Stage::Content => permanent(stage, code, status, &text),
    };
    Handed::Rejected { kind, code, text }
}

fn permanent(stage: Stage, code: u16, status: Option<Status>, text: &str) -> Bounce {
    // 530 and 535 ask for authentication: our settings are wrong, not the recipient.
    if code == 530 || code == 535 {
        return Bounce::Policy;
    }
    let kind = match status {
        Some(status) if status.class == 5 => status.bounce(),
        Some(_) | None => from_words(text),
    };
    // Content is refused after the recipient was accepted: it says nothing about the address,
    // unless the server names it (some check recipients only then).
    let named = status.is_some();
    match (stage, kind) {
        (Stage::Content, Bounce::Hard) if !named => Bounce::Soft,
        (_, kind) => kind,
    }
}

/// Servers without enhanced codes; in doubt an address stays good.
fn from_words(text: &str) -> Bounce {
    const POLICY: [&str; 12] = [
        "spam",
        "block",
        "blacklist",
        "policy",
        "spf",
        "dkim",
        "dmarc",
        "reputation",
        "relay",
        "authenti",
        "denied",
        "banned",
    ];
    const HARD: [&str; 9] = [
        "user unknown",
        "unknown user",
        "no such user",
        "no such mailbox",
        "no such recipient",
        "does not exist",
        "doesn't exist",
        "recipient not found",
        "invalid mailbox",
    ];
    let text = text.to_lowercase();
    if POLICY.iter().any(|word| text.contains(word)) {
        return Bounce::Policy;
    }
    if HARD.iter().any(|words| text.contains(words)) {
        return Bounce::Hard;
    }
    Bounce::Soft
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(stage: Stage, code: u16, text: &str) -> Bounce {
        match classify(stage, code, text) {
            Handed::Rejected { kind, .. } => kind,
            other => panic!("{code} {text}: {other:?}"),
        }
    }

    #[test]
    fn replies_mean_what_the_table_says() {
        use Bounce::{Hard, Policy, Soft};
        let table = [
            (550, "5.1.1 <a@b.example>: user unknown", Hard),
            (550, "5.1.2 bad destination system", Hard),
            (550, "5.2.1 mailbox disabled", Hard),
            (556, "5.1.10 recipient address has null MX", Hard),
            (552, "5.2.2 mailbox full", Soft),
            (550, "5.4.1 recipient address rejected: access denied", Soft),
            (550, "5.7.1 message refused, see our policy", Policy),
            (550, "5.7.26 unauthenticated: user unknown to SPF", Policy),
            (553, "5.1.8 sender address does not resolve", Policy),
            (530, "5.5.1 authentication required", Policy),
            (550, "No such user here", Hard),
            (550, "Blocked: no such user accepts spam", Policy),
            (550, "mailbox unavailable", Soft),
            (554, "transaction failed", Soft),
        ];
        for (code, text, expected) in table {
            assert_eq!(
                kind(Stage::Recipient, code, text),
                expected,
                "{code} {text}"
            );
        }
    }

    #[test]
    fn a_four_is_always_a_retry() {
        for text in [
            "4.2.2 mailbox full",
            "4.7.1 greylisted",
            "5.1.1 confused server",
            "",
        ] {
            assert!(matches!(
                classify(Stage::Recipient, 450, text),
                Handed::Retry { .. }
            ));
        }
    }

    #[test]
    fn a_refused_sender_stops_the_stream_and_suppresses_nobody() {
        assert_eq!(
            kind(Stage::Sender, 550, "5.1.1 user unknown"),
            Bounce::Policy
        );
        assert_eq!(
            kind(Stage::Connection, 554, "no service for you"),
            Bounce::Policy
        );
    }

    #[test]
    fn words_about_the_content_never_suppress_an_address() {
        assert_eq!(
            kind(Stage::Content, 554, "link target does not exist"),
            Bounce::Soft
        );
        assert_eq!(
            kind(Stage::Content, 550, "5.1.1 user unknown"),
            Bounce::Hard
        );
    }

    #[test]
    fn only_a_whole_code_is_a_code() {
        assert_eq!(
            Status::parse("5.1.1 x"),
            Some(Status {
                class: 5,
                subject: 1,
                detail: 1
            })
        );
        assert_eq!(
            Status::parse("5.1.1"),
            Some(Status {
                class: 5,
                subject: 1,
                detail: 1
            })
        );
        for text in ["", "5.1", "9.1.1", "5.1.1.1", "5.1234.1", "words 5.1.1"] {
            assert_eq!(Status::parse(text), None, "{text}");
        }
    }
}
