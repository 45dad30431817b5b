//! The job of a simulation: reads, asks, reports how far it is, and keeps what came of it.

use std::sync::Arc;
use std::time::Duration;

use memory::criteria::{self, Compiled, Slots};
use memory::{CustomerId, customer, log};
use roaring::RoaringTreemap;
use serde_json::json;
use store::Db;
use store::definition::{self, Problem};
use store::job::{self, Job, JobId, Right, State};
use tokio::sync::{Notify, watch};

use super::db::{self, Group, Kept};
use super::estimate::{Terms, evaluate};
use super::population::{Person, Side, SideTally, Survey, Tally};
use super::reading::{Found, Reader};
use super::result::{PopulationResult, RecordedOffer, RecordedResult, RecordedSide};
use super::rules::{Rules, Tried};
use super::turn::{Keys, RewardModel, observations};
use super::{Ground, NewSimulation, Period, Population, SimulationId, SimulationResult};
use crate::targeting::asked::values;
use crate::{Catalog, Decider, Error};

/// The kind of these jobs.
const KIND: &str = "simulation";
/// How often somebody looks for work that nobody announced.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long the right to a job lasts without a report, where several processes share the store.
const LEASE_MS: i64 = 60_000;
/// Customers read and asked at once.
const CHUNK: i64 = 2_000;
/// What a replay is done in, for its progress.
const STEPS: f64 = 1_000.0;
/// The seed of intervals: the same simulation gives the same figures.
const SEED: u64 = 0x5EED;

/// Runs simulations. Cheap to clone.
#[derive(Clone)]
pub struct Simulator {
    /// Decides, and knows memory and store.
    pub decider: Decider,
    wake: Arc<Notify>,
    node: Arc<str>,
}

/// How a job ended.
enum End {
    Done,
    Cancelled,
    /// The program stops; the next start begins again.
    Interrupted,
}

/// Rules ready to be tried, with their names.
struct Sides {
    names: Vec<String>,
    catalogs: Vec<Catalog>,
}

impl Simulator {
    /// A simulator over a decider.
    pub fn new(decider: Decider) -> Simulator {
        let node = format!("node-{:016x}", decider.memory().db().random().u64());
        Simulator {
            decider,
            wake: Arc::default(),
            node: node.into(),
        }
    }

    fn db(&self) -> &Db {
        self.decider.memory().db()
    }

    /// Takes a simulation on, every version named. What is wrong with it is told with its place.
    pub async fn start(
        &self,
        request: &NewSimulation,
        author: &str,
    ) -> Result<Result<SimulationId, Vec<Problem>>, Error> {
        let mut problems = request.problems();
        let mut request = request.clone();
        if problems.is_empty() {
            let published = definition::published(self.db()).await?;
            let mut known = vec![Catalog::compile(&published).0];
            for (place, rules) in request.tries.iter_mut().enumerate() {
                let path = format!("/tries/{place}");
                let made = rules.over(self.db(), &published, &path).await?;
                match made.and_then(|tried| Ok((tried.catalog(&path)?, tried))) {
                    Ok((catalog, tried)) => {
                        *rules = tried.rules;
                        known.push(catalog);
                    }
                    Err(wrong) => problems.extend(wrong),
                }
            }
            problems.extend(request.on.unknown(&known));
        }
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        let id = SimulationId(self.db().take_numbers("simulations", 1).await? as u64);
        let job = job::create(self.db(), KIND, &json!({ "simulation_id": id }), author).await?;
        db::insert(self.db(), id, job, &request, author).await?;
        self.wake.notify_waiters();
        Ok(Ok(id))
    }

    /// Runs simulations until `stop` is true, one at a time.
    pub async fn work(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.next().await {
                Ok(Some((job, right, kept))) => self.run((&job, &right), &kept, &stop).await,
                Ok(None) => {
                    tokio::select! {
                        _ = stop.changed() => {}
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(LOOK_EVERY) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "simulations could not be looked for");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    /// The oldest job that waits or was left behind by a process that stopped.
    async fn next(&self) -> Result<Option<(Job, Right, Kept)>, store::Error> {
        let mut jobs = job::list(self.db(), KIND, JobId(u64::MAX), 100).await?;
        jobs.retain(|job| {
            matches!(
                job.state,
                State::Queued | State::Running | State::Cancelling
            )
        });
        for job in jobs.into_iter().rev() {
            let age = self.db().now().since_ms(job.created_at);
            let kept = db::of_job(self.db(), job.id).await?;
            // It is being written, or was removed.
            if kept.is_none() && age < LEASE_MS {
                continue;
            }
            let Some(right) = self.right(job.id).await? else {
                continue;
            };
            let Some(kept) = kept else {
                let (mine, text) = ((job.id, &right), "the simulation was removed");
                job::finish(self.db(), mine, State::Failed, Some(text)).await?;
                continue;
            };
            return Ok(Some((job, right, kept)));
        }
        Ok(None)
    }

    /// Takes or renews the right to work on a job.
    async fn right(&self, id: JobId) -> Result<Option<Right>, store::Error> {
        let name = format!("simulation:{id}");
        job::right(self.db(), &name, &self.node, LEASE_MS).await
    }

    async fn run(&self, (job, right): (&Job, &Right), kept: &Kept, stop: &watch::Receiver<bool>) {
        let mine = (job.id, right);
        let ended = match job.state {
            State::Cancelling => Ok(End::Cancelled),
            State::Queued | State::Running | State::Cancelled | State::Done | State::Failed => {
                self.simulate(mine, kept, stop).await
            }
        };
        let written = match ended {
            Ok(End::Done) => job::finish(self.db(), mine, State::Done, None).await,
            Ok(End::Cancelled) => job::finish(self.db(), mine, State::Cancelled, None).await,
            Ok(End::Interrupted) => Ok(()),
            Err(error) => {
                tracing::warn!(simulation = %kept.id, %error, "a simulation failed");
                let text = error.to_string();
                job::finish(self.db(), mine, State::Failed, Some(&text)).await
            }
        };
        if let Err(error) = written {
            tracing::warn!(simulation = %kept.id, %error, "its end could not be written");
        }
    }

    async fn simulate(
        &self,
        mine: (JobId, &Right),
        kept: &Kept,
        stop: &watch::Receiver<bool>,
    ) -> Result<End, Error> {
        let run = Run {
            simulator: self,
            mine,
            id: kept.id,
            stop,
        };
        let sides = self.sides(&kept.request).await?;
        match &kept.request.on {
            Ground::Recorded(period) => run.recorded(period, sides).await,
            Ground::Population(population) => run.population(population, sides).await,
        }
    }

    /// The published rules and those to try, made ready.
    async fn sides(&self, request: &NewSimulation) -> Result<Sides, Error> {
        let published = definition::published(self.db()).await?;
        let now = Rules::default();
        let mut sides = Sides {
            names: vec![],
            catalogs: vec![],
        };
        for rules in std::iter::once(&now).chain(&request.tries) {
            let tried = rules.over(self.db(), &published, "").await?;
            let tried = tried.unwrap_or_else(|_| Tried {
                rules: rules.clone(),
                definitions: published.clone(),
            });
            sides.names.push(rules.name.clone());
            sides.catalogs.push(Catalog::compile(&tried.definitions).0);
        }
        Ok(sides)
    }
}

/// One simulation under way.
struct Run<'a> {
    simulator: &'a Simulator,
    mine: (JobId, &'a Right),
    id: SimulationId,
    stop: &'a watch::Receiver<bool>,
}

impl Run<'_> {
    /// Reports how far it is; `Some` when it shall end.
    async fn report(&self, done: u64, total: u64) -> Result<Option<End>, Error> {
        let body = json!({ "simulation_id": self.id });
        let (done, total) = (done as i64, Some(total as i64));
        if *self.stop.borrow() || self.simulator.right(self.mine.0).await?.is_none() {
            return Ok(Some(End::Interrupted));
        }
        let store = self.simulator.db();
        Ok(
            match job::progress(store, self.mine, &body, done, total).await {
                Err(store::Error::LeaseLost(_)) => Some(End::Interrupted),
                asked => match asked? {
                    State::Cancelling | State::Cancelled => Some(End::Cancelled),
                    State::Queued | State::Running | State::Done | State::Failed => None,
                },
            },
        )
    }

    async fn keep(&self, result: SimulationResult, groups: &[Group]) -> Result<End, Error> {
        let mut tx = self.simulator.db().begin().await?;
        job::still_right(&mut tx, self.mine.1).await?;
        db::finish(&mut tx, self.id, &result, groups).await?;
        tx.commit().await?;
        Ok(End::Done)
    }

    async fn recorded(&self, period: &Period, sides: Sides) -> Result<End, Error> {
        let catalogs: Vec<Arc<Catalog>> = sides.catalogs.into_iter().map(Arc::new).collect();
        let decider = &self.simulator.decider;
        let newest = log::db::newest(self.simulator.db()).await?;
        let mut reader = Reader::open(decider, period, &catalogs).await?;
        let as_of = self.simulator.db().now();
        let mut share = 0.0;
        loop {
            if let Some(end) = self.report((share * STEPS) as u64, STEPS as u64).await? {
                return Ok(end);
            }
            match reader.go_on(newest).await? {
                Some(done) => share = done,
                None => break,
            }
        }
        let found = std::mem::take(&mut reader.found);
        let (clip, names) = (period.clip, sides.names);
        let result = tokio::task::spawn_blocking(move || recorded_result(&found, &names, clip));
        let mut result = result.await.map_err(|_| Error::Stopped)?;
        result.as_of = as_of;
        self.keep(SimulationResult::Recorded(result), &[]).await
    }

    async fn population(&self, population: &Population, sides: Sides) -> Result<End, Error> {
        let memory = self.simulator.decider.memory();
        memory.flush().await?;
        let rule = population
            .criteria
            .as_ref()
            .and_then(|json| criteria::read(json).ok());
        let segments = &sides.catalogs[0].segments;
        let who = rule.map(|rule| Compiled::new(&segments.resolved(&rule)));
        let now = memory.db().now();
        let worths = self.simulator.decider.worth_book();
        let catalogs = sides.catalogs.into_iter();
        let survey = Survey {
            sides: catalogs
                .map(|catalog| Side::new(catalog, &worths))
                .collect(),
            placements: population.placements.clone(),
            who,
            learned: self.simulator.decider.learned(),
            around: self.simulator.decider.around(now, false),
            decider: self.simulator.decider.clone(),
            context: values(&population.context),
            now,
        };
        let missing = self.missing(&survey).await?;
        let total = customer::db::count(memory.db()).await? as u64;
        let survey = Arc::new(survey);
        let (mut tally, mut after, mut done) = (survey.nothing_yet(), CustomerId(0), 0);
        loop {
            if let Some(end) = self.report(done, total.max(done)).await? {
                return Ok(end);
            }
            let mut people = customer::db::states(memory.db(), after, CHUNK).await?;
            let Some((last, _)) = people.last() else {
                break;
            };
            (after, done) = (*last, done + people.len() as u64);
            missing.fill(&mut people);
            let asked = survey.clone();
            let more = tokio::task::spawn_blocking(move || asked.ask(&people));
            tally.add(more.await.map_err(|_| Error::Stopped)?);
        }
        let elapsed_ms = memory.db().now().since_ms(now);
        let result = PopulationResult::of(&survey, &tally, sides.names, elapsed_ms);
        let groups = groups(&survey, tally);
        self.keep(SimulationResult::Population(result), &groups)
            .await
    }

    /// What the rules to try look back on and nobody has looked out for yet.
    async fn missing(&self, survey: &Survey) -> Result<Missing, Error> {
        let memory = self.simulator.decider.memory();
        let known = memory.lookout();
        let criteria = survey
            .sides
            .iter()
            .flat_map(|side| side.catalog.criteria.slots().iter());
        let who = survey.who.iter().flat_map(Compiled::specs);
        let new = criteria.chain(who).filter(|spec| {
            let looked_out = known.slots.get(spec.id);
            looked_out.is_none_or(|old| !old.keep.covers(spec.keep))
        });
        let slots = Slots::new(new.cloned());
        if slots.iter().next().is_none() {
            return Ok(Missing::default());
        }
        Ok(Missing(log::matches_of(memory, &slots).await?))
    }
}

/// Matches of aggregates that states do not hold.
#[derive(Default)]
struct Missing(log::Matches);

impl Missing {
    fn fill(&self, people: &mut [Person]) {
        if self.0.is_empty() {
            return;
        }
        for (id, state) in people {
            let found = self
                .0
                .range((*id, criteria::SlotId(0))..=(*id, criteria::SlotId(u64::MAX)));
            for ((_, slot), matches) in found {
                state.matches.insert(*slot, matches.clone().into());
            }
        }
    }
}

/// Whom each part of a result is about.
fn groups(survey: &Survey, tally: Tally) -> Vec<Group> {
    let mut groups = vec![];
    for (placement, sides) in survey.placements.iter().zip(tally.placements) {
        for (side, sums) in sides.into_iter().enumerate() {
            let catalog = &survey.sides[side].catalog;
            for (name, customers) in named(catalog, sums) {
                if !customers.is_empty() {
                    groups.push(Group {
                        side,
                        placement: placement.clone(),
                        name,
                        customers,
                    });
                }
            }
        }
    }
    groups
}

fn named(catalog: &Catalog, sums: SideTally) -> Vec<(String, RoaringTreemap)> {
    let mut named = vec![
        ("nothing".to_owned(), sums.nothing),
        ("withheld".to_owned(), sums.withheld),
        ("changed".to_owned(), sums.changed),
    ];
    for (place, offer) in sums.offers {
        let key = &catalog.offers[usize::from(place)].key;
        named.push((format!("offer:{key}"), offer.customers));
    }
    for (rule, tally) in sums.rules.0 {
        let name = rule.name(catalog);
        named.push((format!("rule:{name}"), tally.customers));
        named.push((format!("freed:{name}"), tally.freed));
    }
    named
}

fn recorded_result(found: &Found, names: &[String], clip: f64) -> RecordedResult {
    let turns = &found.turns;
    let model = RewardModel::of(turns);
    let terms = Terms {
        clip: Some(clip),
        seed: SEED,
    };
    let sides = names.iter().enumerate().map(|(side, name)| {
        let observed = observations(turns, side, &model);
        let (offers, nothing) = counts(found, side);
        RecordedSide {
            name: name.clone(),
            evaluation: evaluate(&observed, terms),
            unsure: found.unsure[side] as f64 / (turns.len().max(1)) as f64,
            unknown_offers: found.unknown[side].iter().cloned().collect(),
            offers,
            nothing,
        }
    });
    RecordedResult {
        looked_at: found.looked_at,
        since: found.since,
        turns: turns.len() as u64,
        left_out: found.left_out,
        as_of: store::Timestamp(0),
        reproduced: found.reproduced,
        sides: sides.collect(),
        currencies: found.currencies.iter().cloned().collect(),
    }
}

/// How often each offer was shown and would have been, and how often nothing would have been.
fn counts(found: &Found, side: usize) -> (Vec<RecordedOffer>, f64) {
    let mut sums = vec![(0_u64, 0.0_f64); found.offers.keys.len()];
    let mut nothing = 0.0;
    for turn in &found.turns {
        for shown in &turn.shown {
            sums[shown.offer as usize].0 += 1;
        }
        for position in &turn.tried[side] {
            for chance in &position.chances {
                sums[chance.offer as usize].1 += chance.probability;
            }
            nothing += position.nothing();
        }
    }
    let offers = found.offers.keys.iter().zip(sums);
    let offers = offers.filter(|(_, (recorded, tried))| *recorded > 0 || *tried > 0.0);
    let mut offers: Vec<RecordedOffer> = offers
        .map(|(key, (recorded, tried))| {
            let (offer, variant) = Keys::apart(key);
            RecordedOffer {
                offer: offer.to_owned(),
                variant: variant.map(str::to_owned),
                recorded,
                tried,
            }
        })
        .collect();
    offers.sort_by(|a, b| {
        b.tried
            .total_cmp(&a.tried)
            .then(b.recorded.cmp(&a.recorded))
    });
    (offers, nothing)
}
