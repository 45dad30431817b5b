//! Answers questions from the lake.

use std::collections::BTreeSet;
use std::sync::Arc;

use memory::Memory;
use memory::criteria::Criteria;
use memory::lake::View as LakeView;
use roaring::RoaringTreemap;
use store::Timestamp;
use store::definition::Problem;

use super::answer::{Answer, Shown};
use super::attributes::Attributes;
use super::customers;
use super::dimension::{OTHER, round_cuts};
use super::error::Error;
use super::pass::{Crowd, Fold, Progress, collect, pass, reader};
use super::plan::Plan;
use super::question::{Dimension, Question, View};
use super::rfm::{Buyer, Grid, buyer};
use super::run::{Look, Ready, attributes, prepare};
use super::spread::Spread;
use super::tally::{Address, Collected, Part, Wish};
use super::timeline::{Names, Timeline, label_of};
use super::{shape, shape_more};

/// Values of a dimension that are shown by themselves; the others are put together.
const VALUES_LIMIT: usize = 50;
/// Units of cohorts.
const UNITS_LIMIT: i64 = 36;
/// Funnels beside each other.
const GROUPS_LIMIT: usize = 12;

/// Answers questions of one moment.
pub struct Engine {
    memory: Memory,
    pub(crate) view: LakeView,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<String>,
    progress: Arc<Progress>,
}

/// An answer with the question as it was answered: where numbers are cut is decided.
pub struct Answered {
    /// The question.
    pub question: Question,
    /// The answer.
    pub answer: Answer,
}

/// The customers of a cell.
pub struct Found {
    /// Who they are, in order.
    pub customers: Vec<u64>,
    /// The rule that exactly they satisfy, where criteria can say it.
    pub rule: Option<Criteria>,
}

/// A question with everything that is looked up before events are read.
struct Asked {
    ready: Ready,
    crowd: Crowd,
    attributes: Arc<Attributes>,
}

impl Engine {
    /// An engine over what the lake holds now.
    pub async fn open(memory: &Memory, progress: Arc<Progress>) -> Result<Engine, Error> {
        Ok(Engine {
            events: memory::vocabulary::db::paths(memory.db())
                .await?
                .into_keys()
                .collect(),
            memory: memory.clone(),
            view: memory.lake().view().await?,
            now: memory.db().now(),
            progress,
        })
    }

    /// Everyone who satisfies a filter; `None` for everyone there is.
    pub(crate) async fn audience(
        &self,
        filter: Option<&Criteria>,
    ) -> Result<Option<Arc<RoaringTreemap>>, Error> {
        let Some(filter) = filter else {
            return Ok(None);
        };
        let found = customers::audience(&self.memory, &self.view, filter, self.now).await?;
        Ok(Some(Arc::new(found)))
    }

    /// Every customer with the values of these attributes.
    pub(crate) async fn attributes(&self, names: BTreeSet<String>) -> Result<Attributes, Error> {
        customers::attributes(&self.view, names).await
    }

    /// Shows every customer of a crowd to folds.
    pub(crate) async fn pass<F: Fold>(
        &self,
        plan: Plan,
        crowd: &Crowd,
        names: &Names,
        make: impl Fn(&mut Names) -> F,
    ) -> Result<Vec<(F, Names)>, Error> {
        let reader = Arc::new(reader(&self.view, plan, &self.events));
        pass(&self.view, &reader, crowd, names, &self.progress, make).await
    }

    async fn ask(&self, question: &Question) -> Result<Asked, Error> {
        let wanted: BTreeSet<String> = attributes(question);
        let empty = Arc::new(Attributes::new(wanted.iter().cloned()));
        // Whatever is wrong is found before anything is read.
        let first = prepare(question, &empty, self.now).map_err(Error::Question)?;
        let reads = first.plan.everyone || !wanted.is_empty();
        let attributes = match reads {
            true => Arc::new(self.attributes(wanted).await?),
            false => empty,
        };
        let audience = self.audience(question.filter.as_ref()).await?;
        let ready = prepare(question, &attributes, self.now).map_err(Error::Question)?;
        let everyone = ready
            .plan
            .everyone
            .then(|| Arc::new(attributes.ids.clone()));
        let crowd = Crowd { audience, everyone };
        Ok(Asked {
            ready,
            crowd,
            attributes,
        })
    }

    /// Answers a question; numbers of fewer than `least` customers are hidden.
    pub async fn answer(&self, question: &Question, least: u64) -> Result<Answered, Error> {
        let mut question = question.clone();
        let mut asked = self.ask(&question).await?;
        let shown = match asked.ready.look {
            Look::Spread(_) => self.spread(&mut question, &mut asked, least).await?,
            Look::Series(..) => self.series(&asked, least).await?,
            Look::Rfm { .. } => {
                let (buyers, grid) = self.buyers(&asked).await?;
                let at_ms = asked.ready.range.until;
                shape_more::rfm(&buyers, &grid, at_ms, least)
            }
            Look::Cohorts(_) | Look::Funnel(_) | Look::Paths(_) => {
                let found = self.collect(&asked, &Wish::Cells).await?;
                match &asked.ready.look {
                    Look::Cohorts(cohorts) => shape::cohorts(cohorts, &found, least, UNITS_LIMIT),
                    Look::Funnel(way) => shape::funnel(way, &found, least, GROUPS_LIMIT),
                    _ => shape_more::paths(&found, least),
                }
            }
        };
        let population = asked.crowd.audience.as_ref().map(|audience| audience.len());
        let answer = Answer {
            as_of: self.now,
            population: population.filter(|count| *count == 0 || *count >= least),
            least_customers: least,
            shown,
        };
        Ok(Answered { question, answer })
    }

    /// The customers of a cell and their rule.
    pub async fn customers(&self, question: &Question, cell: &Address) -> Result<Found, Error> {
        let mut question = question.clone();
        let mut asked = self.ask(&question).await?;
        if let Look::Rfm { .. } = asked.ready.look {
            let (buyers, grid) = self.buyers(&asked).await?;
            let here = |buyer: &&Buyer| {
                let [recency, frequency, _] = grid.parts(buyer);
                let at = |place: usize| Part::Position(place as u32 + 1);
                *cell == [at(recency), at(frequency)]
            };
            let rule = asked
                .ready
                .rule(cell, question.filter.as_ref(), Some(&grid));
            let customers = buyers.iter().filter(here).map(|buyer| buyer.customer_id);
            let customers = customers.collect();
            return Ok(Found { customers, rule });
        }
        let other = |part: &Part| match part {
            Part::Value(text) => label_of(text) == Some(OTHER),
            Part::Position(_) => false,
        };
        if cell.iter().any(other) && matches!(asked.ready.look, Look::Spread(_)) {
            self.settle(&mut question, &mut asked).await?;
        }
        let wish = Wish::Customers(cell.clone());
        let found = self.collect(&asked, &wish).await?;
        Ok(Found {
            customers: found.customers,
            rule: asked.ready.rule(cell, question.filter.as_ref(), None),
        })
    }

    async fn collect(&self, asked: &Asked, wish: &Wish) -> Result<Collected, Error> {
        let reader = Arc::new(reader(&self.view, asked.ready.plan.clone(), &self.events));
        let (crowd, names) = (&asked.crowd, &asked.attributes.names);
        let Some(lens) = asked.ready.lens() else {
            return Ok(Collected::default());
        };
        let through = (lens, wish);
        collect(&self.view, &reader, crowd, names, &self.progress, through).await
    }

    async fn spread(
        &self,
        question: &mut Question,
        asked: &mut Asked,
        least: u64,
    ) -> Result<Shown, Error> {
        let found = self.settle(question, asked).await?;
        let Look::Spread(spread) = &asked.ready.look else {
            return Err(Error::Question(vec![Problem::new(
                "/view",
                "this is no distribution",
            )]));
        };
        Ok(match spread.columns {
            None => shape::distribution(spread, &found, least),
            Some(_) => shape::cross_tab(spread, &found, least),
        })
    }

    /// Counts once; where there are many different numbers or values, cuts or chooses them and
    /// counts again.
    async fn settle(&self, question: &mut Question, asked: &mut Asked) -> Result<Collected, Error> {
        let found = self.collect(asked, &Wish::Cells).await?;
        let Look::Spread(spread) = &mut asked.ready.look else {
            return Ok(found);
        };
        let spread = Arc::make_mut(spread);
        let mut again = false;
        let dimensions: Vec<&mut Dimension> = match &mut question.view {
            View::Distribution { by, .. } => vec![by],
            View::CrossTab { rows, columns, .. } => vec![rows, columns],
            _ => vec![],
        };
        for (axis, dimension) in dimensions.into_iter().enumerate() {
            again |= narrow(spread, &found, axis, dimension);
        }
        match again {
            true => self.collect(asked, &Wish::Cells).await,
            false => Ok(found),
        }
    }

    async fn series(&self, asked: &Asked, least: u64) -> Result<Shown, Error> {
        let found = self.collect(asked, &Wish::Cells).await?;
        let Look::Series(series, compare) = &asked.ready.look else {
            return Err(Error::Question(vec![Problem::new(
                "/view",
                "this is no series",
            )]));
        };
        let Some(compare) = compare else {
            return Ok(shape::series(&asked.ready, series, &found, None, least));
        };
        let (range, window) = asked.ready.before(*compare);
        let mut plan = asked.ready.plan.clone();
        plan.since_ms = Some(range.from);
        plan.until_ms = Some(range.until);
        let before = Ready {
            window,
            range,
            plan,
            look: Look::Series(series.clone(), None),
        };
        let before = Asked {
            ready: before,
            crowd: asked.crowd.clone(),
            attributes: asked.attributes.clone(),
        };
        let then = self.collect(&before, &Wish::Cells).await?;
        let units = shape::units(&before.ready, series, &then);
        Ok(shape::series(
            &asked.ready,
            series,
            &found,
            Some((&then, &units[..])),
            least,
        ))
    }

    async fn buyers(&self, asked: &Asked) -> Result<(Vec<Buyer>, Grid), Error> {
        let Look::Rfm {
            pattern, column, ..
        } = asked.ready.look
        else {
            return Ok((vec![], Grid::of(&[])));
        };
        let make = |_: &mut Names| Buyers {
            pattern,
            column,
            found: Vec::new(),
        };
        let (crowd, names) = (&asked.crowd, &asked.attributes.names);
        let folds = self
            .pass(asked.ready.plan.clone(), crowd, names, make)
            .await?;
        let mut buyers: Vec<Buyer> = folds.into_iter().flat_map(|(fold, _)| fold.found).collect();
        buyers.sort_unstable_by_key(|buyer| buyer.customer_id);
        let grid = Grid::of(&buyers);
        Ok((buyers, grid))
    }
}

/// Collects buyers.
struct Buyers {
    pattern: usize,
    column: usize,
    found: Vec<Buyer>,
}

impl Fold for Buyers {
    fn see(&mut self, timeline: &Timeline<'_>, _: &mut Names) {
        self.found
            .extend(buyer(timeline, self.pattern, self.column));
    }
}

/// Cuts numbers and chooses values of an axis when there are many; true when that changed it.
fn narrow(spread: &mut Spread, found: &Collected, axis: usize, dimension: &mut Dimension) -> bool {
    let texts = shape::values_along(spread, found, axis);
    let total: Part = Part::Value("ltotal".into());
    let at = |text: &str| -> Address {
        let value = Part::Value(text.into());
        if axis == 0 {
            [value, total.clone()]
        } else {
            [total.clone(), value]
        }
    };
    let mut numbers: Vec<(f64, u64)> = Vec::new();
    for text in &texts {
        if let Some(number) = text.strip_prefix('n').and_then(|text| text.parse().ok()) {
            numbers.push((number, found.tally(&at(text)).customers));
        }
    }
    numbers.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let cuts = round_cuts(&numbers);
    let sight = if axis == 0 {
        Some(&mut spread.rows)
    } else {
        spread.columns.as_mut()
    };
    let Some(sight) = sight else { return false };
    if !cuts.is_empty() && numbers.len() * 5 >= texts.len() * 4 {
        *sight = sight.clone().cut(cuts.clone());
        match dimension {
            Dimension::Attribute { cuts: known, .. }
            | Dimension::Property { cuts: known, .. }
            | Dimension::Count { cuts: known, .. } => *known = cuts,
        }
        return true;
    }
    if texts.len() > VALUES_LIMIT + 1 {
        let shown = texts.into_iter().take(VALUES_LIMIT).collect();
        *sight = sight.clone().only(shown);
        return true;
    }
    false
}
