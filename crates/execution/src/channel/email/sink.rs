//! A recording SMTP server on the loopback interface, for tests and stories.
//!
//! It speaks enough SMTP for any client, writes down what it took, and can be told to fail in
//! all the ways that matter to the promise "no marketing message is handed over twice".

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::mime::{MESSAGE_HEADER, header_value};

/// Larger mails are refused, as announced by SIZE.
const MAX_MAIL_BYTES: usize = 10 * 1024 * 1024;
/// Longer command lines end the connection.
const MAX_LINE_BYTES: u64 = 4096;

/// One mail the sink took responsibility for.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// Our own header: the outbox row.
    pub message_key: String,
    /// The envelope's sender.
    pub sender: String,
    /// The envelope's recipient; one receipt each.
    pub recipient: String,
    /// The mail as it came.
    pub data: Vec<u8>,
    /// When it was taken.
    pub received_at: Instant,
}

/// A way to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answers RCPT TO with this.
    RefuseRecipient(u16, String),
    /// Answers the end of the content with this.
    RefuseContent(u16, String),
    /// Hangs up at the end of the content, without taking the mail.
    DropBeforeTaking,
    /// Takes the mail and hangs up without an answer.
    DropAfterTaking,
    /// Takes the mail, answers, and hangs up.
    DropAfterAnswer,
    /// Waits before the final answer.
    Delay(Duration),
}

/// When to fail how.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Only for recipients that contain this; empty means all.
    pub recipient: String,
    /// How often; `None` means always.
    pub times: Option<u32>,
    /// What to do.
    pub fault: Fault,
}

/// A running sink; stops when dropped.
pub struct Sink {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    record: Mutex<Record>,
    arrived: Notify,
}

#[derive(Default)]
struct Record {
    receipts: Vec<Receipt>,
    rules: Vec<Rule>,
    honours_keys: bool,
    keys: HashSet<(String, String)>,
    duplicates: u64,
}

impl Sink {
    /// Listens on a free port of the loopback interface.
    pub async fn start() -> std::io::Result<Sink> {
        Sink::listen("127.0.0.1:0").await
    }

    /// Listens on the given address.
    pub async fn listen(address: &str) -> std::io::Result<Sink> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let task = tokio::spawn(accept(listener, state.clone()));
        Ok(Sink {
            address,
            state,
            task,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything it took so far, in order.
    pub fn receipts(&self) -> Vec<Receipt> {
        self.state.record.lock().receipts.clone()
    }

    /// Copies it recognised by their key and did not take again.
    pub fn duplicates(&self) -> u64 {
        self.state.record.lock().duplicates
    }

    /// Fails as told; earlier rules win.
    pub fn fail(&self, rule: Rule) {
        self.state.record.lock().rules.push(rule);
    }

    /// Behaves well again.
    pub fn recover(&self) {
        self.state.record.lock().rules.clear();
    }

    /// Whether a second copy with the same key is recognised (a provider with idempotency keys)
    /// or taken like any other mail.
    pub fn honour_keys(&self, honour: bool) {
        self.state.record.lock().honours_keys = honour;
    }

    /// Waits until it has taken this many mails, or the time is up.
    pub async fn wait_for(&self, count: usize, timeout: Duration) -> Vec<Receipt> {
        let enough = async {
            loop {
                let arrived = self.state.arrived.notified();
                if self.state.record.lock().receipts.len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        // When the time is up the caller sees in the receipts that some are missing.
        let _ = tokio::time::timeout(timeout, enough).await;
        self.receipts()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Record {
    fn fault(&mut self, recipient: &str, applies: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let rule = self.rules.iter_mut().find(|rule| {
            rule.times != Some(0) && recipient.contains(&rule.recipient) && applies(&rule.fault)
        })?;
        rule.times = rule.times.map(|times| times - 1);
        Some(rule.fault.clone())
    }

    fn take(&mut self, transaction: &Transaction, data: &[u8]) {
        let message_key = header_value(data, MESSAGE_HEADER);
        for recipient in &transaction.recipients {
            let key = (message_key.clone(), recipient.clone());
            if self.honours_keys && !message_key.is_empty() && self.keys.contains(&key) {
                self.duplicates += 1;
                continue;
            }
            self.keys.insert(key);
            self.receipts.push(Receipt {
                message_id: header_value(data, "Message-ID"),
                message_key: message_key.clone(),
                sender: transaction.sender.clone(),
                recipient: recipient.clone(),
                data: data.to_vec(),
                received_at: Instant::now(),
            });
        }
    }
}

#[derive(Default)]
struct Transaction {
    sender: String,
    recipients: Vec<String>,
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    // Connections end with the sink, so that a dropped sink is a dead server.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        connections.spawn(async move {
            // A client that hangs up is no news to a sink.
            let _ = converse(stream, &state).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, state: &State) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    reply(&mut stream, "220 sink.localhost ESMTP").await?;
    let mut transaction = Transaction::default();
    loop {
        let mut line = String::new();
        let read = (&mut stream)
            .take(MAX_LINE_BYTES)
            .read_line(&mut line)
            .await?;
        if read == 0 || !line.ends_with('\n') {
            return Ok(());
        }
        let line = line.trim_end();
        let (verb, rest) = line.split_at(line.len().min(4));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                let size = format!("250-SIZE {MAX_MAIL_BYTES}");
                let features = ["250-8BITMIME", "250-PIPELINING", "250-ENHANCEDSTATUSCODES"];
                let lines = [&["250-sink.localhost", size.as_str()], features.as_slice()].concat();
                reply(&mut stream, &lines.join("\r\n")).await?;
                reply(&mut stream, "250 SMTPUTF8").await?;
            }
            "HELO" | "NOOP" => reply(&mut stream, "250 2.0.0 OK").await?,
            "RSET" => {
                transaction = Transaction::default();
                reply(&mut stream, "250 2.0.0 OK").await?;
            }
            "MAIL" => {
                transaction = Transaction {
                    sender: address(rest),
                    recipients: Vec::new(),
                };
                reply(&mut stream, "250 2.1.0 OK").await?;
            }
            "RCPT" => recipient(&mut stream, state, &mut transaction, address(rest)).await?,
            "DATA" if transaction.recipients.is_empty() => {
                reply(&mut stream, "503 5.5.1 no recipient").await?;
            }
            "DATA" => {
                reply(&mut stream, "354 end with a dot").await?;
                if content(&mut stream, state, &transaction).await? == After::HangUp {
                    return Ok(());
                }
                transaction = Transaction::default();
            }
            "QUIT" => return reply(&mut stream, "221 2.0.0 bye").await,
            _ => reply(&mut stream, "502 5.5.2 unknown command").await?,
        }
    }
}

async fn recipient(
    stream: &mut BufReader<TcpStream>,
    state: &State,
    transaction: &mut Transaction,
    recipient: String,
) -> std::io::Result<()> {
    let fault = state.record.lock().fault(&recipient, |fault| {
        matches!(fault, Fault::RefuseRecipient(..))
    });
    if let Some(Fault::RefuseRecipient(code, text)) = fault {
        return reply(stream, &format!("{code} {text}")).await;
    }
    transaction.recipients.push(recipient);
    reply(stream, "250 2.1.5 OK").await
}

#[derive(PartialEq, Eq)]
enum After {
    Continue,
    HangUp,
}

async fn content(
    stream: &mut BufReader<TcpStream>,
    state: &State,
    transaction: &Transaction,
) -> std::io::Result<After> {
    let Some(data) = read_content(stream).await? else {
        return Ok(After::HangUp);
    };
    if data.len() > MAX_MAIL_BYTES {
        reply(stream, "552 5.3.4 too large").await?;
        return Ok(After::Continue);
    }
    let recipient = transaction.recipients.first().map_or("", String::as_str);
    let fault = state.record.lock().fault(recipient, |fault| {
        !matches!(fault, Fault::RefuseRecipient(..))
    });
    match fault {
        Some(Fault::RefuseContent(code, text)) => {
            reply(stream, &format!("{code} {text}")).await?;
            return Ok(After::Continue);
        }
        Some(Fault::DropBeforeTaking) => return Ok(After::HangUp),
        Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
        Some(Fault::DropAfterTaking | Fault::DropAfterAnswer | Fault::RefuseRecipient(..))
        | None => {}
    }
    let count = {
        let mut record = state.record.lock();
        record.take(transaction, &data);
        record.receipts.len()
    };
    state.arrived.notify_waiters();
    if fault == Some(Fault::DropAfterTaking) {
        return Ok(After::HangUp);
    }
    reply(stream, &format!("250 2.0.0 OK queued as {count}")).await?;
    let gone = fault == Some(Fault::DropAfterAnswer);
    Ok(if gone { After::HangUp } else { After::Continue })
}

/// Reads to the lonely dot; `None` when the client hung up before.
async fn read_content(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut data = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        if line == b".\r\n" {
            return Ok(Some(data));
        }
        let line = line.strip_prefix(b".").unwrap_or(&line);
        if data.len() <= MAX_MAIL_BYTES {
            data.extend_from_slice(line);
        }
    }
}

async fn reply(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream
        .get_mut()
        .write_all(format!("{line}\r\n").as_bytes())
        .await
}

/// The address between the angle brackets of MAIL FROM or RCPT TO.
fn address(arguments: &str) -> String {
    let inner = arguments
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
