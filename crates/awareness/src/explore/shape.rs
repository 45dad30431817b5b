//! From what was collected to what a view shows, with small cells hidden.

use std::collections::BTreeMap;

use store::Timestamp;

use super::answer::{
    CohortRow, CrossCell, CrossRow, Figure, FunnelGroup, FunnelStep, Label, Labelled, Line, Point,
    Shown,
};
use super::cohort::{Cohorts, SIZE};
use super::dimension::{OTHER, TOTAL, range_of};
use super::funnel::{DROPPED, Way};
use super::protect;
use super::question::Counted;
use super::run::Ready;
use super::series::{Series, number, position};
use super::spread::Spread;
use super::tally::{Address, Collected, Part, Tally};
use super::timeline::{label_of, value_of};

/// How a text is shown.
pub fn label(text: &str) -> Label {
    let (from, until) = range_of(text).unwrap_or_default();
    let word = match (label_of(text), range_of(text)) {
        (Some(word), _) => Some(word.to_owned()),
        (None, Some(_)) => Some("range".to_owned()),
        (None, None) => None,
    };
    Label {
        value: value_of(text).map(|value| value.to_json()),
        from,
        until,
        word,
    }
}

fn value(text: &str) -> Part {
    Part::Value(text.into())
}

fn word(label: &str) -> Part {
    Part::Value(format!("l{label}"))
}

fn figure(cell: Address, tally: &Tally, measured: Option<f64>) -> Figure {
    Figure {
        cell: cell.into(),
        customers: Some(tally.customers),
        value: measured,
    }
}

fn guarded(figure: Figure, open: bool) -> Figure {
    if open { figure } else { figure.hidden() }
}

/// Where a value stands in a list: ranges in order, then values by size, then our labels.
fn rank(text: &str, measured: f64) -> (u8, f64) {
    match (range_of(text), label_of(text)) {
        (Some((from, _)), _) => (0, from.unwrap_or(f64::NEG_INFINITY)),
        (None, Some(OTHER)) => (2, 0.0),
        (None, Some(_)) => (3, 0.0),
        (None, None) => (1, -measured),
    }
}

fn ranked(mut texts: Vec<(String, f64)>) -> Vec<String> {
    texts.sort_by(|(one, a), (other, b)| {
        let (group, size) = rank(one, *a);
        let (other_group, other_size) = rank(other, *b);
        let by_size = size.total_cmp(&other_size);
        group
            .cmp(&other_group)
            .then(by_size)
            .then_with(|| one.cmp(other))
    });
    texts.into_iter().map(|(text, _)| text).collect()
}

/// The values along one axis of a spread, in order; totals left out.
pub fn values_along(spread: &Spread, found: &Collected, axis: usize) -> Vec<String> {
    let total = word(TOTAL);
    let mut texts = Vec::new();
    for (address, tally) in &found.cells {
        if let (Part::Value(text), true) = (&address[axis], address[1 - axis] == total)
            && address[axis] != total
        {
            let measured = spread.gauge.value(tally).unwrap_or_default();
            texts.push((text.to_string(), measured));
        }
    }
    ranked(texts)
}

/// A distribution.
pub fn distribution(spread: &Spread, found: &Collected, least: u64) -> Shown {
    let total = [word(TOTAL), word(TOTAL)];
    let texts = values_along(spread, found, 0);
    let addresses: Vec<Address> = texts
        .iter()
        .map(|text| [value(text), word(TOTAL)])
        .collect();
    let tallies: Vec<Tally> = addresses.iter().map(|cell| found.tally(cell)).collect();
    let customers: Vec<u64> = tallies.iter().map(|tally| tally.customers).collect();
    let open = protect::shown(&customers, least);
    let row = |place: usize| {
        let measured = spread.gauge.value(&tallies[place]);
        let shown = figure(addresses[place].clone(), &tallies[place], measured);
        Labelled {
            label: label(&texts[place]),
            figure: guarded(shown, open[place]),
        }
    };
    let rows = (0..texts.len()).map(row).collect();
    let tally = found.tally(&total);
    let all = figure(total, &tally, spread.gauge.value(&tally));
    let safe = tally.customers == 0 || tally.customers >= least;
    Shown::Distribution {
        total: guarded(all, safe),
        rows,
    }
}

/// A cross-tab.
pub fn cross_tab(spread: &Spread, found: &Collected, least: u64) -> Shown {
    let rows = values_along(spread, found, 0);
    let columns = values_along(spread, found, 1);
    let at = |row: &Part, column: &Part| found.tally(&[row.clone(), column.clone()]);
    let counts = |row: &String| -> Vec<u64> {
        let cell = |column: &String| at(&value(row), &value(column)).customers;
        columns.iter().map(cell).collect()
    };
    let table: Vec<Vec<u64>> = rows.iter().map(counts).collect();
    let open = protect::shown_table(&table, least);
    let total = word(TOTAL);
    let all = at(&total, &total);
    let whole = |tally: &Tally| tally.customers == 0 || tally.customers >= least;
    let marginal = |row: &Part, column: &Part| {
        let tally = at(row, column);
        let shown = figure(
            [row.clone(), column.clone()],
            &tally,
            spread.gauge.value(&tally),
        );
        guarded(shown, whole(&tally))
    };
    let head = |column: &String| Labelled {
        label: label(column),
        figure: marginal(&total, &value(column)),
    };
    let cross_row = |(place, row): (usize, &String)| {
        let cell = |(across, column): (usize, &String)| {
            let tally = at(&value(row), &value(column));
            let (row_total, column_total) = (at(&value(row), &total), at(&total, &value(column)));
            let measured = spread.gauge.value(&tally);
            let shown = figure([value(row), value(column)], &tally, measured);
            let visible = open[place][across];
            let parts = [&tally, &row_total, &column_total, &all];
            CrossCell {
                figure: guarded(shown, visible),
                index: index(spread, parts).filter(|_| visible),
                residual: residual(parts.map(|tally| tally.customers as f64)).filter(|_| visible),
            }
        };
        CrossRow {
            label: label(row),
            total: marginal(&value(row), &total),
            cells: columns.iter().enumerate().map(cell).collect(),
        }
    };
    Shown::CrossTab {
        total: marginal(&total, &total),
        columns: columns.iter().map(head).collect(),
        rows: rows.iter().enumerate().map(cross_row).collect(),
    }
}

/// A cell against what its row and column let expect, 100 is as expected. For averages: against
/// the average of all.
fn index(spread: &Spread, [cell, row, column, all]: [&Tally; 4]) -> Option<f64> {
    use super::question::Measure;
    let of = |tally: &Tally| spread.gauge.value(tally);
    let expected = if matches!(spread.gauge.measure(), Measure::Average { .. }) {
        of(all)?
    } else {
        of(row)? * of(column)? / of(all)?
    };
    let index = of(cell)? / expected * 100.0;
    index.is_finite().then_some(index)
}

/// The adjusted residual of a cell (Haberman 1973).
fn residual([cell, row, column, all]: [f64; 4]) -> Option<f64> {
    let expected = row * column / all;
    let spread = expected * (1.0 - row / all) * (1.0 - column / all);
    let residual = (cell - expected) / spread.sqrt();
    residual.is_finite().then_some(residual)
}

/// Cohorts, oldest first.
pub fn cohorts(cohorts: &Cohorts, found: &Collected, least: u64, units_limit: i64) -> Shown {
    let mut known: Vec<i64> = Vec::new();
    for address in found.cells.keys() {
        if let [Part::Position(row), Part::Position(SIZE)] = address {
            known.push(number(*row));
        }
    }
    let (Some(first), Some(last)) = (known.iter().min(), known.iter().max()) else {
        return Shown::Cohort { cohorts: vec![] };
    };
    let newest = cohorts.calendar.number(cohorts.range.until - 1);
    let first = *first.max(&(last - units_limit + 1));
    let row = |cohort: i64| {
        let at = |column: u32| [Part::Position(position(cohort)), Part::Position(column)];
        let units = (newest - cohort).clamp(0, units_limit) as u32;
        let size = found.tally(&at(SIZE));
        let safe = |count: u64, of: u64| {
            let lost = of.saturating_sub(count);
            (count == 0 || count >= least) && (lost == 0 || lost >= least)
        };
        let open = size.customers == 0 || size.customers >= least;
        let cell = |column: u32| {
            let tally = found.tally(&at(column));
            let share = tally.customers as f64 / (size.customers.max(1)) as f64;
            let shown = figure(at(column), &tally, Some(share));
            guarded(shown, open && safe(tally.customers, size.customers))
        };
        CohortRow {
            from: Timestamp(cohorts.calendar.start_ms(cohort)),
            size: guarded(figure(at(SIZE), &size, Some(size.customers as f64)), open),
            cells: (1..=units + 1).map(cell).collect(),
        }
    };
    Shown::Cohort {
        cohorts: (first..=*last).map(row).collect(),
    }
}

/// A funnel, and one per value.
pub fn funnel(way: &Way, found: &Collected, least: u64, groups_limit: usize) -> Shown {
    let mut sizes: BTreeMap<String, f64> = BTreeMap::new();
    for (address, tally) in &found.cells {
        if let [Part::Position(0), Part::Value(text)] = address
            && label_of(text) != Some(TOTAL)
        {
            sizes.insert(text.to_string(), tally.customers as f64);
        }
    }
    let mut texts = vec![format!("l{TOTAL}")];
    texts.extend(
        ranked(sizes.into_iter().collect())
            .into_iter()
            .take(groups_limit),
    );
    let groups: Vec<FunnelGroup> = texts
        .iter()
        .map(|text| FunnelGroup {
            label: label(text),
            steps: funnel_steps(way, found, text, least),
        })
        .collect();
    let reached = |step: usize| groups[0].steps.get(step).and_then(|one| one.reached.value);
    let (first, last) = (reached(0), reached(way.steps.steps.len() - 1));
    let doubt = match (first, reached(1), last) {
        (Some(first), Some(second), _) if first > 0.0 && second == 0.0 => Some("backwards"),
        (Some(first), _, Some(last)) if first > 0.0 && first == last => Some("all"),
        _ => None,
    };
    Shown::Funnel {
        doubt: doubt.map(str::to_owned),
        groups,
    }
}

fn funnel_steps(way: &Way, found: &Collected, text: &str, least: u64) -> Vec<FunnelStep> {
    let count = way.steps.steps.len();
    let at = |step: usize| [Part::Position(step as u32), value(text)];
    let tallies: Vec<Tally> = (0..count).map(|step| found.tally(&at(step))).collect();
    let counted = |tally: &Tally| match way.count {
        Counted::Customers => tally.customers,
        Counted::Sessions => tally.count,
    };
    let customers: Vec<u64> = tallies.iter().map(|tally| tally.customers).collect();
    let open = protect::shown_steps(&customers, least);
    let step = |place: usize| {
        let tally = &tallies[place];
        let here = counted(tally) as f64;
        let share = |of: usize| {
            let whole = counted(&tallies[of]) as f64;
            (open[place] && open[of] && whole > 0.0).then(|| here / whole)
        };
        let dropped = [Part::Position(DROPPED + place as u32), value(text)];
        let lost = found.tally(&dropped);
        let safe = open[place] && (lost.customers == 0 || lost.customers >= least);
        let lost_figure = figure(dropped, &lost, Some(counted(&lost) as f64));
        FunnelStep {
            reached: guarded(figure(at(place), tally, Some(here)), open[place]),
            dropped: (place + 1 < count).then(|| guarded(lost_figure, safe)),
            of_first: share(0),
            of_previous: place.checked_sub(1).and_then(share),
            median_seconds: tally.median_seconds().filter(|_| open[place]),
        }
    };
    (0..count).map(step).collect()
}

/// The units of a period: of the whole period, or of what was found when it is open.
pub fn units(ready: &Ready, series: &Series, found: &Collected) -> Vec<i64> {
    const UNITS_LIMIT: i64 = 2_000;
    let known = found.cells.keys().filter_map(|address| match &address[0] {
        Part::Position(unit) => Some(number(*unit)),
        Part::Value(_) => None,
    });
    let known: Vec<i64> = known.collect();
    let open = ready.range.from == i64::MIN;
    let first = if open {
        known.iter().min().copied()
    } else {
        Some(series.calendar.number(ready.range.from))
    };
    let last = if open {
        known.iter().max().copied()
    } else {
        Some(series.calendar.number(ready.range.until - 1))
    };
    match (first, last) {
        (Some(first), Some(last)) => (first.max(last - UNITS_LIMIT)..=last).collect(),
        _ => vec![],
    }
}

/// A time series; `before` holds what it is compared with, with its units.
pub fn series(
    ready: &Ready,
    series: &Series,
    found: &Collected,
    before: Option<(&Collected, &[i64])>,
    least: u64,
) -> Shown {
    const LINES_LIMIT: usize = 8;
    let units = units(ready, series, found);
    let mut sizes: BTreeMap<String, f64> = BTreeMap::new();
    for (address, tally) in &found.cells {
        if let Part::Value(text) = &address[1]
            && label_of(text) != Some(TOTAL)
        {
            *sizes.entry(text.to_string()).or_default() +=
                series.gauge.value(tally).unwrap_or_default();
        }
    }
    let mut texts = vec![format!("l{TOTAL}")];
    texts.extend(
        ranked(sizes.into_iter().collect())
            .into_iter()
            .take(LINES_LIMIT),
    );
    let line = |text: &String| {
        let point = |(place, unit): (usize, &i64)| {
            let cell = [Part::Position(position(*unit)), value(text)];
            let tally = found.tally(&cell);
            let safe = tally.customers == 0 || tally.customers >= least;
            let then = before.and_then(|(found, units)| {
                let cell = [Part::Position(position(*units.get(place)?)), value(text)];
                let tally = found.tally(&cell);
                let safe = tally.customers == 0 || tally.customers >= least;
                series.gauge.value(&tally).filter(|_| safe)
            });
            let (from, until) = ready.unit(series, *unit);
            Point {
                from: Timestamp(from),
                until: Timestamp(until),
                figure: guarded(figure(cell, &tally, series.gauge.value(&tally)), safe),
                before: then,
            }
        };
        Line {
            label: label(text),
            points: units.iter().enumerate().map(point).collect(),
        }
    };
    Shown::Series {
        lines: texts.iter().map(line).collect(),
    }
}
