//! How messages leave this installation: over SMTP, or into the development mailbox.

use std::sync::Arc;
use std::time::Duration;

use execution::channel::email::smtp::{Security, Settings as SmtpSettings, Smtp};
use execution::channel::email::{Mailbox, Provider};
use execution::message::mailbox::DevelopmentMailbox;
use store::Db;

use crate::config::{Mail, MailSecurity, Secret};

/// Connections to the mail server at once.
const CONNECTIONS: usize = 8;
/// How long to wait for each of its answers; for the final one five times as long.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What execution must know about messages.
pub fn settings(mail: &Mail, base_url: &str) -> execution::Settings {
    execution::Settings {
        base_url: base_url.to_owned(),
        from: Mailbox {
            name: mail.from_name.clone(),
            address: mail.from.clone(),
        },
        bounces_to: mail.bounces_to.clone(),
    }
}

/// Where mails go.
pub fn provider(mail: &Mail, db: &Db) -> Arc<dyn Provider> {
    let Some(host) = &mail.host else {
        return Arc::new(DevelopmentMailbox::new(db.clone()));
    };
    let domain = mail
        .from
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    let credentials = match (&mail.user, &mail.password) {
        (Some(user), Some(Secret(password))) => Some((user.clone(), password.clone())),
        (_, _) => None,
    };
    Arc::new(Smtp::new(SmtpSettings {
        host: host.clone(),
        port: mail.port,
        security: match mail.security {
            MailSecurity::Starttls => Security::StartTls,
            MailSecurity::Tls => Security::Tls,
            MailSecurity::Plain => Security::Plain,
        },
        credentials,
        hello_name: domain.to_owned(),
        connections: CONNECTIONS,
        timeout: TIMEOUT,
    }))
}
