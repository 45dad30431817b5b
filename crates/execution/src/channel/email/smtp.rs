//! Hands mails to an SMTP server over kept connections.
//!
//! The conversation is led step by step over the mail library's connection, because its ready
//! made transport does not tell where a connection broke: before the content nothing was sent
//! and we may try again, after it we do not know.

use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::mime::{self, Built};
use super::reply::{Stage, classify};
use super::{Bounce, Handed, Mail, Provider};

/// Servers usually hang up after 5 minutes of silence; we let go earlier.
const IDLE: Duration = Duration::from_secs(60);
/// One mail may wait this many times longer for the final answer (RFC 5321 §4.5.3.2.6).
const FINAL_FACTOR: u32 = 5;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all: only for a server on the same machine.
    Plain,
    /// Starts plain and must be upgraded before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// Where and how to reach the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server's name, also checked in its certificate.
    pub host: String,
    /// 25, 465 or 587, usually.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// User and password, if it asks for them.
    pub credentials: Option<(String, String)>,
    /// The name we greet with.
    pub hello_name: String,
    /// How many connections may be open at once.
    pub connections: usize,
    /// How long to wait for each answer; the final one may take five times as long.
    pub timeout: Duration,
}

/// A provider that speaks SMTP.
pub struct Smtp {
    settings: Settings,
    slots: Semaphore,
    idle: Mutex<Vec<Kept>>,
}

struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// Why a step of the conversation failed.
enum Broken {
    /// The server answered no.
    Refused { code: u16, text: String },
    /// No answer: network, timeout, nonsense.
    Lost { text: String },
}

impl Smtp {
    /// A provider for one server; connects when the first mail is handed over.
    pub fn new(settings: Settings) -> Self {
        let slots = Semaphore::new(settings.connections.max(1));
        Smtp {
            settings,
            slots,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Whether the server answers and accepts our credentials; used by the preflight.
    pub async fn check(&self) -> Result<(), String> {
        match self.connect().await {
            Ok(mut connection) => {
                connection.abort().await;
                Ok(())
            }
            Err(Broken::Refused { code, text }) => Err(format!("{code} {text}")),
            Err(Broken::Lost { text }) => Err(text),
        }
    }

    async fn transact(&self, built: &Built) -> Handed {
        if let Some(mut kept) = self.take_idle() {
            match self.announce(&mut kept, built).await {
                // The server closed the kept connection meanwhile; nothing was sent.
                Err((_, Broken::Lost { .. } | Broken::Refused { code: 421, .. })) => {}
                Err((stage, broken)) => return self.refused(kept, stage, broken).await,
                Ok(()) => return self.deliver(kept, built).await,
            }
        }
        let mut connection = match self.connect().await {
            Ok(connection) => connection,
            Err(broken) => return before_content(Stage::Connection, broken),
        };
        match self.announce(&mut connection, built).await {
            Err((stage, broken)) => self.refused(connection, stage, broken).await,
            Ok(()) => self.deliver(connection, built).await,
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Broken> {
        let settings = &self.settings;
        let hello = ClientId::Domain(settings.hello_name.clone());
        let tls = || TlsParameters::new(settings.host.clone()).map_err(Broken::from);
        let immediate = match settings.security {
            Security::Tls => Some(tls()?),
            Security::Plain | Security::StartTls => None,
        };
        let server = (settings.host.as_str(), settings.port);
        let connecting = async {
            let mut connection = AsyncSmtpConnection::connect_tokio1(
                server,
                Some(settings.timeout),
                &hello,
                immediate,
                None,
            )
            .await?;
            if settings.security == Security::StartTls {
                connection.starttls(tls()?, &hello).await?;
            }
            if let Some((user, password)) = &settings.credentials {
                let credentials = Credentials::new(user.clone(), password.clone());
                let mechanisms = [Mechanism::Plain, Mechanism::Login];
                connection.auth(&mechanisms, &credentials).await?;
            }
            Ok(connection)
        };
        within(settings.timeout, connecting).await
    }

    /// MAIL FROM, RCPT TO, DATA: everything before the content leaves.
    async fn announce(
        &self,
        connection: &mut AsyncSmtpConnection,
        built: &Built,
    ) -> Result<(), (Stage, Broken)> {
        let timeout = self.settings.timeout;
        let mut parameters = Vec::new();
        if built
            .envelope
            .to()
            .iter()
            .any(|to| !to.to_string().is_ascii())
        {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                let text = "5.6.7 the server takes no addresses outside ASCII".to_owned();
                return Err((Stage::Recipient, Broken::Refused { code: 553, text }));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !built.bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = MailFrom::new(built.envelope.from().cloned(), parameters);
        step(timeout, connection, from)
            .await
            .map_err(|broken| (Stage::Sender, broken))?;
        for to in built.envelope.to() {
            let to = Rcpt::new(to.clone(), Vec::new());
            step(timeout, connection, to)
                .await
                .map_err(|broken| (Stage::Recipient, broken))?;
        }
        step(timeout, connection, Data)
            .await
            .map_err(|broken| (Stage::Content, broken))
    }

    /// The content and the final answer: the only step after which we may not know.
    async fn deliver(&self, mut connection: AsyncSmtpConnection, built: &Built) -> Handed {
        let timeout = self.settings.timeout * FINAL_FACTOR;
        let sending = async { connection.message(&built.bytes).await.map_err(Broken::from) };
        match within(timeout, sending).await {
            Ok(response) => {
                let provider_id = provider_id(response.first_line().unwrap_or_default());
                self.keep(connection);
                Handed::Accepted { provider_id }
            }
            Err(Broken::Lost { text }) => Handed::Uncertain { text },
            Err(broken) => self.refused(connection, Stage::Content, broken).await,
        }
    }

    /// After a refusal the connection is good for the next mail, unless the server leaves.
    async fn refused(
        &self,
        mut connection: AsyncSmtpConnection,
        stage: Stage,
        broken: Broken,
    ) -> Handed {
        if let Broken::Refused { code, .. } = &broken
            && *code != 421
            && step(self.settings.timeout, &mut connection, Rset)
                .await
                .is_ok()
        {
            self.keep(connection);
        }
        before_content(stage, broken)
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock();
        idle.retain(|kept| kept.since.elapsed() < IDLE);
        idle.pop().map(|kept| kept.connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        self.idle.lock().push(Kept {
            connection,
            since: Instant::now(),
        });
    }
}

#[async_trait::async_trait]
impl Provider for Smtp {
    async fn hand_over(&self, mail: &Mail) -> Handed {
        let built = match mime::build(mail) {
            Ok(built) => built,
            Err(error) => return not_sendable(&error),
        };
        let _slot = self
            .slots
            .acquire()
            .await
            .expect("the semaphore is never closed");
        self.transact(&built).await
    }
}

/// A bad address is the address's fault, anything else is ours.
fn not_sendable(error: &mime::Error) -> Handed {
    let kind = match error {
        mime::Error::Recipient(_) => Bounce::Hard,
        mime::Error::Sender(_) => Bounce::Policy,
        mime::Error::Header(_) | mime::Error::Build(_) => Bounce::Soft,
    };
    Handed::Rejected {
        kind,
        code: 0,
        text: error.to_string(),
    }
}

fn before_content(stage: Stage, broken: Broken) -> Handed {
    match broken {
        Broken::Refused { code, text } => classify(stage, code, &text),
        Broken::Lost { text } => Handed::Retry {
            after_ms: None,
            text,
        },
    }
}

async fn step<C: std::fmt::Display>(
    timeout: Duration,
    connection: &mut AsyncSmtpConnection,
    command: C,
) -> Result<(), Broken> {
    let asking = async { connection.command(command).await.map_err(Broken::from) };
    within(timeout, asking).await.map(|_| ())
}

async fn within<T>(
    timeout: Duration,
    asking: impl Future<Output = Result<T, Broken>>,
) -> Result<T, Broken> {
    match tokio::time::timeout(timeout, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(Broken::Lost {
            text: format!("no answer within {timeout:?}"),
        }),
    }
}

impl From<SmtpError> for Broken {
    fn from(error: SmtpError) -> Self {
        let text = match std::error::Error::source(&error) {
            Some(source) => source.to_string(),
            None => error.to_string(),
        };
        match error.status() {
            Some(code) => Broken::Refused {
                code: code.into(),
                text,
            },
            None => Broken::Lost { text },
        }
    }
}

/// `2.0.0 Ok: queued as 4F1B` without the code; servers differ too much to cut deeper.
fn provider_id(line: &str) -> Option<String> {
    let line = match super::reply::Status::parse(line) {
        Some(_) => line.split_once(' ').map_or("", |(_, rest)| rest),
        None => line,
    };
    let line = line.trim();
    (!line.is_empty()).then(|| line.chars().take(200).collect())
}
