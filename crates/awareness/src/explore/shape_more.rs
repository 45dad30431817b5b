//! From what was collected to paths and grids.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Fifth, Figure, PathLink, PathNode, RfmCell, Shown};
use super::paths::{LINK, NODE};
use super::rfm::{Buyer, Edges, Grid, PARTS, amount, days_since, summary};
use super::shape::label;
use super::tally::{Collected, MILLIONTHS, Part, Tally};

/// Steps shown of each level.
const NODES_LIMIT: usize = 8;

fn counted(cell: [Part; 2], tally: &Tally, least: u64) -> Figure {
    let shown = Figure {
        cell: cell.into(),
        customers: Some(tally.customers),
        value: Some(tally.count as f64),
    };
    let safe = tally.customers >= least;
    if safe { shown } else { shown.hidden() }
}

/// The most frequent ways.
pub fn paths(found: &Collected, least: u64) -> Shown {
    let mut levels: BTreeMap<u32, Vec<(&str, &Tally)>> = BTreeMap::new();
    for (address, tally) in &found.cells {
        if let [Part::Position(level), Part::Value(text)] = address
            && *level >= NODE
        {
            levels.entry(level - NODE).or_default().push((text, tally));
        }
    }
    let mut nodes = Vec::new();
    let mut known: BTreeSet<(u32, &str)> = BTreeSet::new();
    for (level, mut steps) in levels {
        steps.sort_by(|(one, a), (other, b)| b.count.cmp(&a.count).then_with(|| one.cmp(other)));
        for (text, tally) in steps.into_iter().take(NODES_LIMIT) {
            known.insert((level, text));
            let cell = [Part::Position(NODE + level), Part::Value(text.into())];
            nodes.push(PathNode {
                level,
                label: label(text),
                figure: counted(cell, tally, least),
            });
        }
    }
    let mut links = Vec::new();
    for (address, tally) in &found.cells {
        let [Part::Position(level), Part::Value(text)] = address else {
            continue;
        };
        let Some((from, to)) = text.split_once(LINK) else {
            continue;
        };
        if known.contains(&(*level, from)) && known.contains(&(level + 1, to)) {
            links.push(PathLink {
                level: *level,
                from: label(from),
                to: label(to),
                figure: counted(address.clone(), tally, least),
            });
        }
    }
    Shown::Paths { nodes, links }
}

/// The grid of buyers at a moment.
pub fn rfm(buyers: &[Buyer], grid: &Grid, at_ms: i64, least: u64) -> Shown {
    let mut cells: BTreeMap<(usize, usize), (u64, i128)> = BTreeMap::new();
    for buyer in buyers {
        let [recency, frequency, _] = grid.parts(buyer);
        let cell = cells.entry((recency, frequency)).or_default();
        cell.0 += 1;
        cell.1 += buyer.millionths;
    }
    let cell = |(recency, frequency): (usize, usize)| {
        let (count, sum) = cells
            .get(&(recency, frequency))
            .copied()
            .unwrap_or_default();
        let score = |place: usize| place as u32 + 1;
        let shown = Figure {
            cell: vec![
                Part::Position(score(recency)),
                Part::Position(score(frequency)),
            ],
            customers: Some(count),
            value: (count > 0).then(|| amount(sum) / count as f64),
        };
        let safe = count == 0 || count >= least;
        RfmCell {
            recency: score(recency),
            frequency: score(frequency),
            figure: if safe { shown } else { shown.hidden() },
        }
    };
    let both = (0..PARTS).flat_map(|recency| (0..PARTS).map(move |frequency| (recency, frequency)));
    let many = buyers.len() as u64;
    let open = many == 0 || many >= least;
    let of = |value: &dyn Fn(&Buyer) -> i128| -> Vec<i128> { buyers.iter().map(value).collect() };
    Shown::Rfm {
        customers: open.then_some(many),
        recency_days: summary(of(&|buyer| days_since(buyer, at_ms)), 1.0).filter(|_| open),
        frequency: summary(of(&|buyer| i128::from(buyer.count)), 1.0).filter(|_| open),
        amount: summary(of(&|buyer| buyer.millionths), MILLIONTHS).filter(|_| open),
        recency: fifths(&grid.recency),
        frequencies: fifths(&grid.frequency),
        cells: both.map(cell).collect(),
    }
}

fn fifths(edges: &Edges) -> Vec<Fifth> {
    let fifth = |(place, edge): (usize, &Option<(i128, i128)>)| Fifth {
        score: place as u32 + 1,
        from: edge.map(|(least, _)| least as f64),
        to: edge.map(|(_, most)| most as f64),
    };
    edges.iter().enumerate().map(fifth).collect()
}
