//! Selections: sets of customers that may also be "all but these".

use std::borrow::Cow;

use roaring::RoaringTreemap;

/// Customers by listing them, or everybody but those listed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    listed: RoaringTreemap,
    inverted: bool,
}

impl Selection {
    /// These customers.
    #[must_use]
    pub fn only(listed: RoaringTreemap) -> Self {
        Self {
            listed,
            inverted: false,
        }
    }

    /// Everybody but these.
    #[must_use]
    pub fn except(listed: RoaringTreemap) -> Self {
        Self {
            listed,
            inverted: true,
        }
    }

    /// Everybody or nobody.
    #[must_use]
    pub fn whole(everybody: bool) -> Self {
        Self {
            listed: RoaringTreemap::new(),
            inverted: everybody,
        }
    }

    /// Everybody else.
    #[must_use]
    pub fn others(mut self) -> Self {
        self.inverted = !self.inverted;
        self
    }

    /// Those in both.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        let (a, b) = (self.listed, &other.listed);
        match (self.inverted, other.inverted) {
            (false, false) => Self::only(a & b),
            (false, true) => Self::only(a - b),
            (true, false) => Self::only(b - a),
            (true, true) => Self::except(a | b),
        }
    }

    /// Those in at least one.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        self.others().and(&other.clone().others()).others()
    }

    /// How many of a population are in it.
    #[must_use]
    pub fn count(&self, population: &RoaringTreemap) -> u64 {
        let listed = self.listed.intersection_len(population);
        if self.inverted {
            population.len() - listed
        } else {
            listed
        }
    }

    /// Those of a population that are in it.
    #[must_use]
    pub fn within(&self, population: &RoaringTreemap) -> RoaringTreemap {
        if self.inverted {
            population - &self.listed
        } else {
            &self.listed & population
        }
    }

    /// Whether one customer is in it.
    #[must_use]
    pub fn contains(&self, customer: u64) -> bool {
        self.listed.contains(customer) != self.inverted
    }

    /// The answers of two passes over disjoint customers: who differs in either differs.
    pub(super) fn differing(self, other: &Self) -> Self {
        Self {
            listed: self.listed | &other.listed,
            inverted: self.inverted,
        }
    }

    /// Joins selections one after the other; nothing to join is everybody or nobody.
    pub(super) fn fold<'a>(
        parts: impl IntoIterator<Item = Cow<'a, Selection>>,
        all: bool,
    ) -> Selection {
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else {
            return Selection::whole(all);
        };
        parts.fold(first.into_owned(), |joined, part| {
            if all {
                joined.and(&part)
            } else {
                joined.or(&part)
            }
        })
    }
}

#[test]
fn selections_obey_the_laws_of_sets() {
    let set = |ids: &[u64]| ids.iter().copied().collect::<RoaringTreemap>();
    let population = set(&[1, 2, 3, 4, 5]);
    let forms = [
        Selection::only(set(&[1, 2])),
        Selection::except(set(&[2, 3])),
        Selection::whole(true),
        Selection::whole(false),
    ];
    for a in &forms {
        for b in &forms {
            for id in 1..=5 {
                let (in_a, in_b) = (a.contains(id), b.contains(id));
                assert_eq!(a.clone().and(b).contains(id), in_a && in_b);
                assert_eq!(a.clone().or(b).contains(id), in_a || in_b);
                assert_eq!(a.within(&population).contains(id), in_a);
            }
        }
        assert_eq!(a.count(&population), a.within(&population).len());
    }
}
