//! What must be true in the end, read from the store itself and from the mail server's receipts.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, ensure};
use execution::channel::email::sink::Receipt;
use execution::message::outbox::MessageId;
use scenarios::Program;
use serde_json::Value;
use store::{Clock, Db, Random, params};

use crate::traffic::{Login, Told};

/// A customer as the program knows them in the end.
pub struct Person {
    id: String,
    rows: u64,
}

/// Who the customers who logged in are: each must be one, by every identifier that was answered.
pub async fn people(program: &Program, logins: &[Login]) -> anyhow::Result<Vec<Person>> {
    let mut people = vec![];
    for login in logins.iter().filter(|login| login.answered >= 2) {
        let n = login.number;
        let id = known_by(program, &format!("k{n}")).await?;
        let mut others = vec![format!("b{n}")];
        // The alias binds an identifier that nobody has used yet.
        if login.answered >= 3 {
            others.push(format!("p{n}"));
        }
        for other in others {
            let found = known_by(program, &other).await?;
            ensure!(found == id, "{other} is {found}, and k{n} is {id}");
        }
        let page = program.get(&format!("/api/customers/{id}")).await?;
        let rows = page["counts"]["rows"].as_u64().context("a count of rows")?;
        let plan = page["attributes"].as_array().into_iter().flatten();
        let gold = plan
            .clone()
            .any(|one| one["key"] == "plan" && one["value"] == "gold");
        ensure!(gold, "what k{n} told at the login is gone: {page}");
        people.push(Person { id, rows });
    }
    Ok(people)
}

async fn known_by(program: &Program, identifier: &str) -> anyhow::Result<String> {
    let page = program
        .get(&format!("/api/customers?q={identifier}&limit=1"))
        .await?;
    let id = page["items"][0]["customer_id"].as_str();
    Ok(id
        .with_context(|| format!("nobody is known by {identifier}"))?
        .to_owned())
}

/// The log, as far as the oracles ask for it.
#[derive(Default)]
struct Log {
    /// How often each statement stands there.
    statements: HashMap<String, u64>,
    /// Whom each customer was merged into.
    merged_into: HashMap<i64, i64>,
    /// Rows by customer (leaf).
    rows: BTreeMap<i64, u64>,
    /// Contacts that were reserved, by their number, with what became of them.
    contacts: HashMap<i64, Option<String>>,
}

async fn read_log(db: &Db) -> anyhow::Result<Log> {
    let mut log = Log::default();
    let mut after = 0i64;
    loop {
        let rows: Vec<(i64, i64, i64, String)> = db
            .fetch_all(
                "SELECT seq, customer_id, kind, body FROM log WHERE seq > $1
                 ORDER BY seq LIMIT 10000",
                params![after],
            )
            .await?;
        let Some((last, ..)) = rows.last() else {
            return Ok(log);
        };
        after = *last;
        for (seq, customer, kind, body) in rows {
            *log.rows.entry(customer).or_default() += 1;
            let body: Value = serde_json::from_str(&body)?;
            match kind {
                1 | 2 => {
                    let id = body["message_id"].as_str().unwrap_or_default();
                    *log.statements.entry(id.to_owned()).or_default() += 1;
                }
                4 => {
                    log.contacts.insert(seq, None);
                }
                7 => {
                    let (into, merged) = (number(&body["into"])?, number(&body["merged"])?);
                    log.merged_into.insert(merged, into);
                }
                9 => {
                    let status = body["status"].as_str().map(str::to_owned);
                    log.contacts.insert(number(&body["contact_id"])?, status);
                }
                _ => {}
            }
        }
    }
}

/// The number in an id such as `cus_1a2b`.
fn number(id: &Value) -> anyhow::Result<i64> {
    let coded = id.as_str().and_then(|id| id.split_once('_'));
    let number = coded.and_then(|(_, coded)| store::id::decode(coded));
    let number = number.with_context(|| format!("{id} is no id"))?;
    Ok(i64::try_from(number)?)
}

impl Log {
    fn root(&self, customer: i64) -> i64 {
        let mut root = customer;
        while let Some(into) = self.merged_into.get(&root) {
            root = *into;
        }
        root
    }
}

/// Looks into the store itself.
pub async fn check(
    address: &str,
    told: &Told,
    people: &[Person],
    receipts: &[Receipt],
) -> anyhow::Result<()> {
    let db = Db::open(address, Clock::system(), Random::system()).await?;
    let log = read_log(&db).await?;
    let statements = statements(&log, told)?;
    rows(&log, people)?;
    let messages = messages(&db).await?;
    orders(&db, told, &messages).await?;
    handed_over(&log, &messages, receipts)?;
    let noes = noes(told, receipts)?;
    println!(
        "{statements} statements answered, none lost, none twice; {} customers logged in; \
         {} messages, {} receipts, {noes} said no",
        people.len(),
        messages.len(),
        receipts.len(),
    );
    Ok(())
}

/// P1: what was answered stands in the log, and nothing stands there twice.
fn statements(log: &Log, told: &Told) -> anyhow::Result<usize> {
    let answered = told.message_ids();
    ensure!(
        answered.len() > 1_000,
        "too little was sent: {}",
        answered.len()
    );
    let lost: Vec<&String> = answered
        .iter()
        .filter(|id| !log.statements.contains_key(*id))
        .collect();
    ensure!(
        lost.is_empty(),
        "{} statements are lost: {lost:?}",
        lost.len()
    );
    let twice: Vec<&String> = log
        .statements
        .iter()
        .filter(|(_, count)| **count > 1)
        .map(|(id, _)| id)
        .collect();
    ensure!(
        twice.is_empty(),
        "{} statements stand twice: {twice:?}",
        twice.len()
    );
    Ok(answered.len())
}

/// The states that follow from the log agree with it: each customer has the rows of everybody who
/// was merged into them, and no other.
fn rows(log: &Log, people: &[Person]) -> anyhow::Result<()> {
    ensure!(people.len() > 20, "too few logged in: {}", people.len());
    let mut by_root: HashMap<i64, u64> = HashMap::new();
    for (leaf, count) in &log.rows {
        *by_root.entry(log.root(*leaf)).or_default() += count;
    }
    for person in people {
        let id = number(&Value::from(person.id.as_str()))?;
        let stand = by_root.get(&id).copied().unwrap_or(0);
        let Person { id, rows } = person;
        ensure!(
            stand == *rows,
            "{id} knows of {rows} rows, {stand} stand in the log"
        );
    }
    Ok(())
}

/// A message of the outbox.
struct Message {
    key: String,
    state: String,
    instance: i64,
    contact: Option<i64>,
}

async fn messages(db: &Db) -> anyhow::Result<Vec<Message>> {
    let rows: Vec<(MessageId, String, Option<i64>, Option<i64>)> = db
        .fetch_all(
            "SELECT id, state, instance_id, contact_id FROM messages ORDER BY id",
            params![],
        )
        .await?;
    let message = |(id, state, instance, contact): (MessageId, String, Option<i64>, _)| {
        anyhow::Ok(Message {
            key: id.to_string(),
            state,
            instance: instance.context("every message comes from the journey")?,
            contact,
        })
    };
    rows.into_iter().map(message).collect()
}

/// Every order that was answered began one way through the journey, and each of those planned one
/// message.
async fn orders(db: &Db, told: &Told, messages: &[Message]) -> anyhow::Result<()> {
    let instances: Vec<(i64, String, String)> = db
        .fetch_all(
            "SELECT id, instance_key, state FROM journey_instances",
            params![],
        )
        .await?;
    let mut planned: HashMap<i64, u64> = HashMap::new();
    for message in messages {
        *planned.entry(message.instance).or_default() += 1;
    }
    let mut by_order: HashMap<&str, u64> = HashMap::new();
    for (id, order, state) in &instances {
        *by_order.entry(order).or_default() += 1;
        let count = planned.get(id).copied().unwrap_or(0);
        ensure!(state == "done", "the journey of order {order} is {state}");
        ensure!(count == 1, "order {order} planned {count} messages");
    }
    for order in told.orders.iter().map(|n| format!("o{n}")) {
        let count = by_order.get(order.as_str()).copied().unwrap_or(0);
        ensure!(count == 1, "order {order} began {count} journeys");
    }
    Ok(())
}

/// P2: no message was handed over twice, none without a record, and the customer's log says how
/// each ended.
fn handed_over(log: &Log, messages: &[Message], receipts: &[Receipt]) -> anyhow::Result<()> {
    let mut copies: HashMap<&str, u64> = HashMap::new();
    for receipt in receipts {
        *copies.entry(receipt.message_key.as_str()).or_default() += 1;
    }
    ensure!(copies.len() > 50, "too few mails: {}", copies.len());
    for message in messages {
        let Message { key, state, .. } = message;
        let copies = copies.remove(key.as_str()).unwrap_or(0);
        let right = match state.as_str() {
            "accepted" => copies == 1,
            "uncertain" => copies <= 1,
            "rejected" | "suppressed" => copies == 0,
            _ => false,
        };
        ensure!(right, "{key} is {state} after {copies} copies");
        let told = message.contact.map(|contact| log.contacts.get(&contact));
        let wanted = match state.as_str() {
            "accepted" | "uncertain" => Some(Some("presented")),
            _ => told.map(|_| Some("released")),
        };
        let told = told.map(|told| told.and_then(|told| told.as_deref()));
        ensure!(told == wanted, "{key} is {state}, its contact is {told:?}");
    }
    ensure!(copies.is_empty(), "mails without a record: {copies:?}");
    Ok(())
}

/// P3: nothing arrived after somebody's no was answered.
fn noes(told: &Told, receipts: &[Receipt]) -> anyhow::Result<usize> {
    ensure!(!told.noes.is_empty(), "nobody said no");
    for (address, at) in &told.noes {
        let late = receipts
            .iter()
            .any(|receipt| receipt.recipient == *address && receipt.received_at > *at);
        ensure!(
            !late,
            "{address} was written to after the answer to their no"
        );
    }
    Ok(told.noes.len())
}
