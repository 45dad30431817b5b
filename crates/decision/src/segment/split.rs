//! Splitting: segments in an order, every customer in the first that takes them.

use roaring::RoaringTreemap;
use serde::Serialize;
use utoipa::ToSchema;

/// One group of a split.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SplitGroup {
    /// Key of the segment; absent for whoever no segment takes.
    pub segment: Option<String>,
    /// How many satisfy the segment's rule.
    pub matching: u64,
    /// How many of them an earlier segment took, by segment.
    pub taken_before: Vec<SplitTaken>,
    /// How many are in the group.
    pub count: u64,
}

impl SplitGroup {
    /// The same with every number changed.
    pub(super) fn map(mut self, told: &impl Fn(u64) -> u64) -> SplitGroup {
        self.matching = told(self.matching);
        self.count = told(self.count);
        for taken in &mut self.taken_before {
            taken.count = told(taken.count);
        }
        self.taken_before.retain(|taken| taken.count > 0);
        self
    }
}

/// Customers whom an earlier segment of a split took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SplitTaken {
    /// The segment that took them.
    pub segment: String,
    /// How many.
    pub count: u64,
}

/// The groups of a split with their members, in order; the last one holds everybody else.
pub(super) fn split(
    segments: &[(String, RoaringTreemap)],
    population: &RoaringTreemap,
) -> Vec<(SplitGroup, RoaringTreemap)> {
    let mut groups: Vec<(SplitGroup, RoaringTreemap)> = vec![];
    let mut left = population.clone();
    for (key, members) in segments {
        let group = members & &left;
        let taken = groups.iter().filter_map(|(earlier, taken)| {
            let count = taken.intersection_len(members);
            let segment = earlier.segment.clone()?;
            (count > 0).then_some(SplitTaken { segment, count })
        });
        let shown = SplitGroup {
            segment: Some(key.clone()),
            matching: members.len(),
            taken_before: taken.collect(),
            count: group.len(),
        };
        left -= &group;
        groups.push((shown, group));
    }
    let rest = SplitGroup {
        segment: None,
        matching: left.len(),
        taken_before: vec![],
        count: left.len(),
    };
    groups.push((rest, left));
    groups
}

/// Where one customer of a split went, and past which segments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SplitReason {
    /// The segment that took the customer; absent when none did.
    pub segment: Option<String>,
    /// Earlier segments whose rule does not hold for the customer.
    pub passed: Vec<String>,
    /// Later segments whose rule would hold too.
    pub also: Vec<String>,
}

/// Why a customer is in the group they are in.
pub(super) fn reason(segments: &[(String, RoaringTreemap)], customer: u64) -> SplitReason {
    let holds = |(_, members): &(String, RoaringTreemap)| members.contains(customer);
    let place = segments.iter().position(holds);
    let keys =
        |part: &[(String, RoaringTreemap)]| part.iter().map(|(key, _)| key.clone()).collect();
    match place {
        Some(place) => {
            let later = segments[place + 1..].iter().filter(|s| holds(s));
            SplitReason {
                segment: Some(segments[place].0.clone()),
                passed: keys(&segments[..place]),
                also: later.map(|(key, _)| key.clone()).collect(),
            }
        }
        None => SplitReason {
            segment: None,
            passed: keys(segments),
            also: vec![],
        },
    }
}

#[test]
fn everybody_is_in_exactly_one_group() {
    let set = |ids: &[u64]| ids.iter().copied().collect::<RoaringTreemap>();
    let segments = [
        ("vip".to_owned(), set(&[1, 2])),
        ("active".to_owned(), set(&[2, 3, 4])),
    ];
    let population = set(&[1, 2, 3, 4, 5]);
    let groups = split(&segments, &population);
    let counts: Vec<u64> = groups.iter().map(|(group, _)| group.count).collect();
    assert_eq!(counts, [2, 2, 1]);
    assert_eq!(groups[1].0.taken_before[0].count, 1);
    let second = reason(&segments, 2);
    assert_eq!(second.segment.as_deref(), Some("vip"));
    assert_eq!(second.also, ["active"]);
    assert_eq!(reason(&segments, 5).passed, ["vip", "active"]);
}
