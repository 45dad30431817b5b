//! Load: the client, a process of its own that sends requests over kept connections.
//!
//! Without a rate every connection sends as soon as it has an answer. With a rate every request
//! has its time, and its latency counts from that time even when it had to wait for its turn, so
//! that a slow server cannot hide behind a client that waits for it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::work::Work;

/// What the client is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// Host and port.
    pub host: String,
    pub key: String,
    pub work: Work,
    pub seed: u64,
    /// How many requests.
    pub requests: u64,
    /// How many different bodies; requests begin again with the first.
    pub bodies: u64,
    pub connections: usize,
    /// Requests each second, or as many as can be.
    pub rate: Option<f64>,
}

/// What the client saw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub seconds: f64,
    pub requests_per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// How often each status was answered.
    pub statuses: BTreeMap<u16, u64>,
    /// An answer of each status.
    pub examples: BTreeMap<u16, String>,
    /// Answers that were looked into and did not say what they should.
    pub wrong: u64,
}

impl Report {
    /// The report, when every request was answered well.
    pub fn all_well(self, plan: &Plan) -> anyhow::Result<Report> {
        let good = self.statuses.get(&200).copied().unwrap_or(0);
        if good != plan.requests || self.wrong > 0 {
            bail!(
                "{good} of {} requests answered with 200: {self:?}",
                plan.requests
            );
        }
        Ok(self)
    }
}

/// Runs a client process to its end.
pub async fn run(plan: Plan) -> anyhow::Result<Report> {
    let report = tokio::task::spawn_blocking(move || -> anyhow::Result<Report> {
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut client = Command::new(program);
        client
            .arg("load")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut client = client.spawn().context("cannot start the load client")?;
        let mut input = client
            .stdin
            .take()
            .context("the load client has no input")?;
        input.write_all(&serde_json::to_vec(&plan)?)?;
        drop(input);
        let output = client.wait_with_output()?;
        if !output.status.success() {
            bail!("the load client failed");
        }
        let report: Report = serde_json::from_slice(&output.stdout)?;
        report.all_well(&plan)
    });
    report.await?
}

/// The client process: a plan on standard input, a report on standard output.
pub fn serve() -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let plan: Plan = serde_json::from_str(&text)?;
    let requests: Vec<Vec<u8>> = (0..plan.bodies.min(plan.requests))
        .map(|number| request(&plan, &plan.work.body(plan.seed, number)))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = tokio::task::LocalSet::new().block_on(&runtime, send(plan, requests))?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

fn request(plan: &Plan, body: &str) -> Vec<u8> {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        plan.work.path(),
        plan.host,
        plan.key,
        body.len()
    );
    head.into_bytes()
}

/// What all connections share.
struct Course {
    plan: Plan,
    requests: Vec<Vec<u8>>,
    start: Instant,
    next: Cell<u64>,
    latencies_us: RefCell<Vec<u32>>,
    statuses: RefCell<BTreeMap<u16, u64>>,
    examples: RefCell<BTreeMap<u16, String>>,
    wrong: Cell<u64>,
}

async fn send(plan: Plan, requests: Vec<Vec<u8>>) -> anyhow::Result<Report> {
    let connections = plan.connections;
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(&plan.host)
            .await
            .context("cannot connect")?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let course = Rc::new(Course {
        latencies_us: RefCell::new(Vec::with_capacity(plan.requests as usize)),
        plan,
        requests,
        start: Instant::now(),
        next: Cell::new(0),
        statuses: RefCell::default(),
        examples: RefCell::default(),
        wrong: Cell::new(0),
    });
    let mut tasks = Vec::with_capacity(connections);
    for stream in streams {
        tasks.push(tokio::task::spawn_local(converse(
            Rc::clone(&course),
            stream,
        )));
    }
    for task in tasks {
        task.await??;
    }
    let seconds = course.start.elapsed().as_secs_f64();
    let mut latencies = course.latencies_us.take();
    latencies.sort_unstable();
    let at = |share: f64| {
        let place = ((latencies.len() as f64 * share) as usize).min(latencies.len().max(1) - 1);
        latencies
            .get(place)
            .map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    };
    Ok(Report {
        seconds,
        requests_per_s: course.plan.requests as f64 / seconds,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        max_ms: at(1.0),
        statuses: course.statuses.take(),
        examples: course.examples.take(),
        wrong: course.wrong.get(),
    })
}

/// One connection takes the next request until none is left.
async fn converse(course: Rc<Course>, mut stream: TcpStream) -> anyhow::Result<()> {
    let mut buffer = Vec::with_capacity(64 * 1024);
    loop {
        let number = course.next.get();
        if number >= course.plan.requests {
            return Ok(());
        }
        course.next.set(number + 1);
        let due = match course.plan.rate {
            None => Instant::now(),
            Some(rate) => course.start + Duration::from_secs_f64(number as f64 / rate),
        };
        let mut counted_from = due;
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
            // The connection was free in time: what the timer is late is not the server's.
            counted_from = Instant::now();
        }
        let request = &course.requests[(number % course.requests.len() as u64) as usize];
        stream.write_all(request).await?;
        let (status, body) = answer(&mut stream, &mut buffer).await?;
        let micros = counted_from.elapsed().as_micros().min(u128::from(u32::MAX)) as u32;
        course.latencies_us.borrow_mut().push(micros);
        *course.statuses.borrow_mut().entry(status).or_default() += 1;
        // Looking into one answer of a hundred costs nothing that would show.
        if number.is_multiple_of(100) {
            let text = String::from_utf8_lossy(body);
            if status == 200 && !text.contains(course.plan.work.answer()) {
                course.wrong.set(course.wrong.get() + 1);
            }
            let text = || text.chars().take(4000).collect();
            course
                .examples
                .borrow_mut()
                .entry(status)
                .or_insert_with(text);
        }
    }
}

/// Reads one answer with a length.
async fn answer<'a>(
    stream: &mut TcpStream,
    buffer: &'a mut Vec<u8>,
) -> anyhow::Result<(u16, &'a [u8])> {
    buffer.clear();
    let mut searched = 0;
    let head = loop {
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        let from = usize::saturating_sub(searched, 3);
        if let Some(end) = buffer[from..]
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
        {
            break from + end + 4;
        }
        searched = buffer.len();
    };
    let text = std::str::from_utf8(&buffer[..head]).context("the head is not text")?;
    let status = text
        .get(9..12)
        .and_then(|digits| digits.parse().ok())
        .context("no status")?;
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .with_context(|| format!("an answer without a length: {text}"))?;
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
    }
    Ok((status, &buffer[head..head + length]))
}
