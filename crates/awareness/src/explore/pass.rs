//! Passes: every customer's timeline once, in ranges side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use memory::lake::{Scan, Table, View};
use roaring::RoaringTreemap;
use store::Timestamp;
use tokio::task::JoinSet;

use super::error::Error;
use super::read::{Page, Promoted, Reader};
use super::tally::{Collected, Collector, Lens, Mark, Wish};
use super::timeline::{Names, Timeline};

/// How far passes are.
#[derive(Debug, Default)]
pub struct Progress {
    /// Events read so far.
    pub events: AtomicU64,
    /// Ranges of customers that are done.
    pub ranges_done: AtomicU64,
    /// Ranges of customers that have to be read.
    pub ranges: AtomicU64,
}

/// Takes timelines in, one customer after the other.
pub trait Fold: Send + 'static {
    /// One customer.
    fn see(&mut self, timeline: &Timeline<'_>, names: &mut Names);
}

/// Who is looked at.
#[derive(Debug, Clone, Default)]
pub struct Crowd {
    /// Only these; everyone unless given.
    pub audience: Option<Arc<RoaringTreemap>>,
    /// Everyone there is, when those without events are looked at, too.
    pub everyone: Option<Arc<Vec<u64>>>,
}

impl Crowd {
    fn has(&self, customer_id: u64) -> bool {
        let audience = self.audience.as_ref();
        audience.is_none_or(|audience| audience.contains(customer_id))
    }
}

/// How a plan is read from the lake; `events` are the names of all events there are.
pub fn reader(view: &View, plan: super::plan::Plan, events: &[String]) -> Reader {
    Reader::new(plan, events, |event, path| {
        let columns = view.property(event, path);
        Promoted {
            text: columns.text,
            number: columns.number,
        }
    })
}

/// Shows every customer of the crowd to a fold, as [`over`] does, from a view of the lake.
pub async fn pass<F: Fold>(
    view: &View,
    reader: &Arc<Reader>,
    crowd: &Crowd,
    names: &Names,
    progress: &Arc<Progress>,
    make: impl Fn(&mut Names) -> F,
) -> Result<Vec<(F, Names)>, Error> {
    let plan = reader.plan();
    if plan.patterns.is_empty() && plan.others.is_none() {
        return over(Vec::new(), reader, crowd, names, progress, make).await;
    }
    let scan = Scan {
        table: Table::Events,
        columns: reader.columns(),
        names: plan.names(),
        since: plan.since_ms.map(Timestamp),
        until: plan.until_ms.map(Timestamp),
        rough: false,
    };
    over(
        view.scan(&scan).await?,
        reader,
        crowd,
        names,
        progress,
        make,
    )
    .await
}

/// Shows every customer of the crowd to a fold, one fold for each stream: a range of customers,
/// ordered by customer, time and position. Each fold has names of its own, which begin with those
/// given. Dropping the future stops the work.
pub async fn over<F: Fold>(
    streams: Vec<SendableRecordBatchStream>,
    reader: &Arc<Reader>,
    crowd: &Crowd,
    names: &Names,
    progress: &Arc<Progress>,
    make: impl Fn(&mut Names) -> F,
) -> Result<Vec<(F, Names)>, Error> {
    progress
        .ranges
        .fetch_add(streams.len() as u64, Ordering::Relaxed);
    let mut running = JoinSet::new();
    for (place, mut stream) in streams.into_iter().enumerate() {
        let mut names = names.clone();
        let mut fold = make(&mut names);
        let (reader, crowd, progress) = (reader.clone(), crowd.clone(), progress.clone());
        running.spawn(async move {
            let mut page = Page::default();
            let mut seen = Vec::new();
            let mut see = |timeline: &Timeline<'_>, names: &mut Names| {
                if crowd.has(timeline.customer_id) {
                    fold.see(timeline, names);
                    if crowd.everyone.is_some() {
                        seen.push(timeline.customer_id);
                    }
                }
            };
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                page.take(&reader, &batch, &mut names, &mut see)?;
                progress
                    .events
                    .fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
                tokio::task::consume_budget().await;
            }
            page.finish(&reader, &mut names, &mut see);
            progress.ranges_done.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Error>((place, fold, names, seen))
        });
    }
    let mut done = Vec::new();
    let mut seen = RoaringTreemap::new();
    while let Some(ended) = running.join_next().await {
        let (place, fold, names, here) = ended??;
        seen.extend(here);
        done.push((place, fold, names));
    }
    done.sort_by_key(|(place, _, _)| *place);
    let mut folds: Vec<(F, Names)> = done
        .into_iter()
        .map(|(_, fold, names)| (fold, names))
        .collect();
    if let Some(everyone) = &crowd.everyone {
        let mut names = names.clone();
        let mut fold = make(&mut names);
        for customer_id in everyone.iter().copied() {
            if crowd.has(customer_id) && !seen.contains(customer_id) {
                fold.see(&nothing(customer_id), &mut names);
            }
        }
        folds.push((fold, names));
    }
    Ok(folds)
}

/// A customer without events.
fn nothing(customer_id: u64) -> Timeline<'static> {
    Timeline {
        customer_id,
        events: &[],
        cells: &[],
        width: 0,
    }
}

/// A lens as a fold.
pub struct Looking {
    lens: Arc<dyn Lens>,
    collector: Collector,
}

impl Looking {
    /// Looks through a lens.
    pub fn new(lens: Arc<dyn Lens>, wish: &Wish, names: &mut Names) -> Looking {
        Looking {
            collector: Collector::new(lens.axes(), wish, names),
            lens,
        }
    }

    /// What was collected.
    pub fn finish(self, names: &Names) -> Collected {
        self.collector.finish(names)
    }
}

impl Fold for Looking {
    fn see(&mut self, timeline: &Timeline<'_>, names: &mut Names) {
        let customer_id = timeline.customer_id;
        let collector = &mut self.collector;
        let mut add = |mark: Mark| collector.add(customer_id, &mark);
        self.lens.see(timeline, names, &mut add);
    }
}

/// Looks at every customer of the crowd through a lens.
pub async fn collect(
    view: &View,
    reader: &Arc<Reader>,
    crowd: &Crowd,
    names: &Names,
    progress: &Arc<Progress>,
    (lens, wish): (Arc<dyn Lens>, &Wish),
) -> Result<Collected, Error> {
    let make = |names: &mut Names| Looking::new(lens.clone(), wish, names);
    let folds = pass(view, reader, crowd, names, progress, make).await?;
    let mut collected = Collected::default();
    for (fold, names) in folds {
        collected.join(fold.finish(&names));
    }
    collected.customers.sort_unstable();
    collected.customers.dedup();
    Ok(collected)
}
