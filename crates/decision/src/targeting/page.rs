//! The whole page: which offers stand at which placements, so that the page is worth most.
//!
//! An offer appears once on a page, and a category at one placement; contact policies and caps may
//! allow less than there are places. Taking placements one after another would let the first one
//! take what only the second could use. The best page is found exactly:
//!
//! 1. Every placement takes its best offers as if it were alone. Without a conflict that is the
//!    best page, and nothing more is computed: the usual case.
//! 2. Where every placement shows one offer, it is an assignment of categories to placements,
//!    solved in polynomial time (Kuhn 1955, in the form with potentials).
//! 3. Otherwise conflicts are resolved best page first: a category that several placements want
//!    goes to each of them in turn, of offers that do not fit a limit together each is left out in
//!    turn. The value of a page with fewer conflicts can only be smaller, so the first page without
//!    any is the best one.
//!
//! Should a page need more than [`LARGEST_SEARCH`] tries, the better of two simple fillings is
//! taken and said so.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Pages looked at before the search gives up.
const LARGEST_SEARCH: usize = 2_000;

/// An offer that may stand at a placement.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The place of its category.
    pub category: u16,
    /// What it is worth there.
    pub worth: f64,
    /// What it uses of the page's limits: place and amount.
    pub uses: Vec<(usize, i64)>,
}

/// A placement of the page.
#[derive(Debug, Clone)]
pub struct Slot {
    /// How many offers it shows.
    pub count: usize,
    /// What may stand there, in the order of arbitration.
    pub options: Vec<Stand>,
}

/// The chosen page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// For each placement the places of its options, best first.
    pub picks: Vec<Vec<usize>>,
    /// Whether no page is worth more.
    pub exact: bool,
}

/// Chooses the page that is worth most within its limits (what is left of each).
pub fn choose(slots: &[Slot], limits: &[i64]) -> Page {
    let alone = Node::alone(slots, vec![]);
    if alone.conflict(slots, limits).is_none() {
        return alone.page();
    }
    if slots.iter().all(|slot| slot.count == 1) {
        let assigned = Node::of(slots, assign(slots));
        if assigned.conflict(slots, limits).is_none() {
            return assigned.page();
        }
    }
    search(slots, limits, alone).unwrap_or_else(|| {
        let in_turn = fill(slots, limits, &in_turn(slots));
        let by_worth = fill(slots, limits, &by_worth(slots));
        let better = if worth(slots, &by_worth) > worth(slots, &in_turn) {
            by_worth
        } else {
            in_turn
        };
        Page {
            picks: better,
            exact: false,
        }
    })
}

/// What must not stand where.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ban {
    Category(usize, u16),
    Option(usize, usize),
}

/// What speaks against a page.
enum Conflict {
    /// Several placements show a category.
    Category(u16, Vec<usize>),
    /// Too many offers use a limit: their placements and places.
    Limit(Vec<(usize, usize)>),
}

/// A page, perhaps with conflicts.
struct Node {
    bans: Vec<Ban>,
    picks: Vec<Vec<usize>>,
    worth: f64,
}

impl Node {
    /// Every placement takes its best as if it were alone, but for what is banned.
    fn alone(slots: &[Slot], bans: Vec<Ban>) -> Node {
        let mut picks = Vec::with_capacity(slots.len());
        for (at, slot) in slots.iter().enumerate() {
            let free = |(place, option): &(usize, &Stand)| {
                !bans.iter().any(|ban| match ban {
                    Ban::Category(slot, category) => *slot == at && *category == option.category,
                    Ban::Option(slot, banned) => *slot == at && banned == place,
                })
            };
            let best = slot.options.iter().enumerate().filter(free);
            picks.push(best.map(|(place, _)| place).take(slot.count).collect());
        }
        let worth = worth(slots, &picks);
        Node { bans, picks, worth }
    }

    fn of(slots: &[Slot], picks: Vec<Vec<usize>>) -> Node {
        let worth = worth(slots, &picks);
        Node {
            bans: vec![],
            picks,
            worth,
        }
    }

    fn page(self) -> Page {
        Page {
            picks: self.picks,
            exact: true,
        }
    }

    fn conflict(&self, slots: &[Slot], limits: &[i64]) -> Option<Conflict> {
        let mut seen: Vec<(u16, usize)> = vec![];
        for (at, picks) in self.picks.iter().enumerate() {
            for pick in picks {
                let category = slots[at].options[*pick].category;
                if seen
                    .iter()
                    .any(|(known, slot)| *known == category && *slot != at)
                {
                    return Some(Conflict::Category(category, self.showing(slots, category)));
                }
                seen.push((category, at));
            }
        }
        for (limit, left) in limits.iter().enumerate() {
            let users = self.users(slots, limit);
            let used: i64 = users.iter().map(|(_, _, amount)| amount).sum();
            if used > *left {
                let users = users.into_iter().map(|(slot, pick, _)| (slot, pick));
                return Some(Conflict::Limit(users.collect()));
            }
        }
        None
    }

    fn showing(&self, slots: &[Slot], category: u16) -> Vec<usize> {
        let shows = |at: &usize| {
            let picks = self.picks[*at].iter();
            picks
                .map(|pick| &slots[*at].options[*pick])
                .any(|o| o.category == category)
        };
        (0..slots.len()).filter(shows).collect()
    }

    fn users(&self, slots: &[Slot], limit: usize) -> Vec<(usize, usize, i64)> {
        let mut users = vec![];
        for (at, picks) in self.picks.iter().enumerate() {
            for pick in picks {
                let uses = slots[at].options[*pick].uses.iter();
                let of_this = uses.filter(|(used, _)| *used == limit);
                users.extend(of_this.map(|(_, amount)| (at, *pick, *amount)));
            }
        }
        users
    }
}

fn worth(slots: &[Slot], picks: &[Vec<usize>]) -> f64 {
    let each = slots.iter().zip(picks);
    each.flat_map(|(slot, picks)| picks.iter().map(|pick| slot.options[*pick].worth))
        .sum()
}

/// Nodes in order of worth; of equal ones the one with fewer bans first.
impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Node) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Node {
    fn cmp(&self, other: &Node) -> Ordering {
        let by_worth = self.worth.total_cmp(&other.worth);
        by_worth.then_with(|| other.bans.len().cmp(&self.bans.len()))
    }
}

fn search(slots: &[Slot], limits: &[i64], alone: Node) -> Option<Page> {
    let mut open = BinaryHeap::from([alone]);
    for _ in 0..LARGEST_SEARCH {
        let node = open.pop()?;
        let Some(conflict) = node.conflict(slots, limits) else {
            return Some(node.page());
        };
        match conflict {
            Conflict::Category(category, wanting) => {
                for owner in &wanting {
                    let others = wanting.iter().filter(|slot| *slot != owner);
                    let mut bans = node.bans.clone();
                    bans.extend(others.map(|slot| Ban::Category(*slot, category)));
                    open.push(Node::alone(slots, bans));
                }
            }
            Conflict::Limit(users) => {
                for (slot, pick) in users {
                    let mut bans = node.bans.clone();
                    bans.push(Ban::Option(slot, pick));
                    open.push(Node::alone(slots, bans));
                }
            }
        }
    }
    None
}

/// Fills a page in an order of (placement, option), as far as everything fits.
fn fill(slots: &[Slot], limits: &[i64], order: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut left = limits.to_vec();
    let mut owners: Vec<(u16, usize)> = vec![];
    let mut picks = vec![vec![]; slots.len()];
    for (at, place) in order {
        let option = &slots[*at].options[*place];
        let elsewhere = |(known, slot): &(u16, usize)| *known == option.category && slot != at;
        let fits = option
            .uses
            .iter()
            .all(|(limit, amount)| left[*limit] >= *amount);
        if picks[*at].len() == slots[*at].count || owners.iter().any(elsewhere) || !fits {
            continue;
        }
        for (limit, amount) in &option.uses {
            left[*limit] -= amount;
        }
        owners.push((option.category, *at));
        picks[*at].push(*place);
    }
    for picks in &mut picks {
        picks.sort_unstable();
    }
    picks
}

fn in_turn(slots: &[Slot]) -> Vec<(usize, usize)> {
    let each = slots.iter().enumerate();
    each.flat_map(|(at, slot)| (0..slot.options.len()).map(move |place| (at, place)))
        .collect()
}

fn by_worth(slots: &[Slot]) -> Vec<(usize, usize)> {
    let mut order = in_turn(slots);
    let worth = |(at, place): &(usize, usize)| slots[*at].options[*place].worth;
    order.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    order
}

/// Assigns categories to placements that show one offer each: the best option of its category.
fn assign(slots: &[Slot]) -> Vec<Vec<usize>> {
    let mut categories: Vec<u16> = vec![];
    for option in slots.iter().flat_map(|slot| &slot.options) {
        if !categories.contains(&option.category) {
            categories.push(option.category);
        }
    }
    // The first option of a category is the best one, and of equal ones the one to be preferred.
    let best: Vec<Vec<Option<usize>>> = slots
        .iter()
        .map(|slot| {
            let first = |category: &u16| slot.options.iter().position(|o| o.category == *category);
            categories.iter().map(first).collect()
        })
        .collect();
    let greatest = slots.iter().flat_map(|slot| &slot.options).map(|o| o.worth);
    // Filling a place is worth more than any tie; leaving it empty is the last resort.
    let unit = 1e-9 * (1.0 + greatest.fold(0.0, f64::max));
    let columns = categories.len() + slots.len();
    let cost = |at: usize, column: usize| -> f64 {
        let place = best[at].get(column).copied().flatten();
        let Some(place) = place else { return 0.0 };
        let options = &slots[at].options;
        let preference = 1.0 - place as f64 / (options.len() + 1) as f64;
        -(options[place].worth + unit * (1.0 + preference))
    };
    let matched = matching(slots.len(), columns, cost);
    let pick = |(at, column): (usize, usize)| best[at].get(column).copied().flatten();
    matched
        .into_iter()
        .enumerate()
        .map(|pair| pick(pair).into_iter().collect())
        .collect()
}

/// The matching of every row to a column of its own that costs least: shortest augmenting paths
/// with potentials. There must be at least as many columns as rows.
fn matching(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut row_price = vec![0.0; rows + 1];
    let mut column_price = vec![0.0; columns + 1];
    // Row of each column; the extra column holds the row that is being added.
    let mut row_of = vec![NONE; columns + 1];
    for row in 0..rows {
        row_of[columns] = row;
        let mut at = columns;
        let mut slack = vec![f64::INFINITY; columns];
        let mut before = vec![columns; columns];
        let mut done = vec![false; columns + 1];
        while row_of[at] != NONE {
            done[at] = true;
            let current = row_of[at];
            let (mut least, mut next) = (f64::INFINITY, columns);
            for column in (0..columns).filter(|column| !done[*column]) {
                let reduced = cost(current, column) - row_price[current] - column_price[column];
                if reduced < slack[column] {
                    slack[column] = reduced;
                    before[column] = at;
                }
                if slack[column] < least {
                    least = slack[column];
                    next = column;
                }
            }
            for column in 0..=columns {
                if done[column] {
                    row_price[row_of[column]] += least;
                    column_price[column] -= least;
                } else {
                    slack[column] -= least;
                }
            }
            at = next;
        }
        while at != columns {
            let previous = before[at];
            row_of[at] = row_of[previous];
            at = previous;
        }
    }
    let mut matched = vec![0; rows];
    for (column, row) in row_of.iter().take(columns).enumerate() {
        if *row != NONE {
            matched[*row] = column;
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn option(category: u16, worth: f64) -> Stand {
        Stand {
            category,
            worth,
            uses: vec![],
        }
    }

    fn slot(count: usize, options: &[(u16, f64)]) -> Slot {
        let mut options: Vec<Stand> = options.iter().map(|(c, w)| option(*c, *w)).collect();
        options.sort_by(|a, b| b.worth.total_cmp(&a.worth));
        Slot { count, options }
    }

    #[test]
    fn the_second_placement_gets_what_only_it_can_use() {
        // The first placement would take category 1 and leave nothing for the second.
        let slots = [slot(1, &[(1, 10.0), (2, 9.0)]), slot(1, &[(1, 8.0)])];
        let page = choose(&slots, &[]);
        assert_eq!(page.picks, [vec![1], vec![0]]);
        assert!(page.exact);
    }

    #[test]
    fn one_placement_may_show_several_of_a_category() {
        let slots = [
            slot(2, &[(1, 5.0), (1, 4.0), (2, 1.0)]),
            slot(1, &[(1, 6.0), (2, 3.0)]),
        ];
        // 5 + 4 + 3 is more than 6 + 1.
        assert_eq!(choose(&slots, &[]).picks, [vec![0, 1], vec![1]]);
    }

    #[test]
    fn a_limit_leaves_out_the_least() {
        let mut slots = [
            slot(1, &[(1, 5.0)]),
            slot(1, &[(2, 7.0)]),
            slot(1, &[(3, 6.0)]),
        ];
        for slot in &mut slots {
            slot.options[0].uses = vec![(0, 1)];
        }
        let page = choose(&slots, &[2]);
        assert_eq!(page.picks, [vec![], vec![0], vec![0]]);
        assert!(page.exact);
    }

    #[test]
    fn of_equal_options_the_first_is_taken() {
        let page = choose(&[slot(1, &[(1, 1.0), (2, 1.0), (3, 1.0)])], &[]);
        assert_eq!(page.picks, [vec![0]]);
        let same = [
            slot(1, &[(1, 1.0), (2, 1.0)]),
            slot(1, &[(1, 1.0), (2, 1.0)]),
        ];
        let worth: f64 = worth(&same, &choose(&same, &[]).picks);
        assert_eq!(worth, 2.0);
    }

    #[test]
    fn twenty_placements_that_want_the_same_are_still_exact() {
        let wanted: Vec<(u16, f64)> = (0..40).map(|c| (c, 100.0 - f64::from(c))).collect();
        let slots: Vec<Slot> = (0..20).map(|_| slot(1, &wanted)).collect();
        let page = choose(&slots, &[]);
        assert!(page.exact);
        let best: f64 = (0..20).map(|c| 100.0 - f64::from(c)).sum();
        assert_eq!(worth(&slots, &page.picks), best);
    }

    /// The best worth by trying everything.
    fn brute(slots: &[Slot], limits: &[i64], at: usize, picks: &mut Vec<Vec<usize>>) -> f64 {
        if at == slots.len() {
            let node = Node::of(slots, picks.clone());
            let good = node.conflict(slots, limits).is_none();
            return if good { node.worth } else { f64::NEG_INFINITY };
        }
        let mut best = f64::NEG_INFINITY;
        for subset in 0..1_u32 << slots[at].options.len() {
            if subset.count_ones() as usize > slots[at].count {
                continue;
            }
            let chosen = (0..slots[at].options.len()).filter(|place| subset >> place & 1 == 1);
            picks.push(chosen.collect());
            best = best.max(brute(slots, limits, at + 1, picks));
            picks.pop();
        }
        best
    }

    fn slots() -> impl Strategy<Value = Vec<Slot>> {
        let option = (
            0..4_u16,
            0..20_u32,
            prop::collection::vec((0..2_usize, 1..3_i64), 0..2),
        );
        let option = option.prop_map(|(category, worth, uses)| Stand {
            category,
            worth: f64::from(worth),
            uses,
        });
        let slot = (1..3_usize, prop::collection::vec(option, 0..5)).prop_map(|(count, mut o)| {
            o.sort_by(|a, b| b.worth.total_cmp(&a.worth));
            Slot { count, options: o }
        });
        prop::collection::vec(slot, 1..4)
    }

    proptest! {
        #[test]
        fn no_page_is_worth_more(slots in slots(), limits in [0..4_i64, 0..4_i64]) {
            let page = choose(&slots, &limits);
            prop_assert!(page.exact);
            let node = Node::of(&slots, page.picks);
            prop_assert!(node.conflict(&slots, &limits).is_none());
            let best = brute(&slots, &limits, 0, &mut vec![]);
            prop_assert!((node.worth - best).abs() < 1e-6, "{} instead of {best}", node.worth);
        }
    }
}
