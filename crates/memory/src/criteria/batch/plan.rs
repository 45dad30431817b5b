//! The plan of a rule: its distinct conditions, where each is answered, and what must be read.

use std::collections::{BTreeMap, BTreeSet};

use super::super::aggregate::{Slots, aggregates};
use super::super::leaf::{Leaf, Origin};
use super::super::tree::Criteria;
use super::super::window::{Keep, Window};

/// Where a condition is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Events,
    Contacts,
    Responses,
    /// Statements of consent and attributes, one by one, as they stood at a moment.
    Consents,
    Statements,
    /// What is known of customers now.
    Customers,
    Segments,
    /// Of no customer: the context of a decision is missing here.
    Nowhere,
}

/// A rule taken apart. Equal conditions are answered once.
#[derive(Debug)]
pub struct Plan {
    pub(super) criteria: Criteria,
    pub(super) leaves: Vec<(Leaf, Place)>,
    /// Each of the leaves as it stands in the rule.
    pub(super) nodes: Vec<Criteria>,
    /// For each condition in the order of [`Criteria::walk`], its place among the leaves.
    pub(super) order: Vec<usize>,
    pub(super) slots: Slots,
    past: bool,
}

/// What must be read to answer a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The events to read; none when no condition asks for events.
    pub events: BTreeSet<String>,
    /// How far back events are needed.
    pub events_keep: Option<Keep>,
    /// How far back contacts are needed, if they are.
    pub contacts: Option<Keep>,
    /// How far back responses are needed, if they are.
    pub responses: Option<Keep>,
    /// Whether consents are needed.
    pub consents: bool,
    /// Whether attributes and consents are needed as they stood, not as they are.
    pub past: bool,
    /// The attributes that are tested.
    pub attributes: BTreeSet<String>,
    /// The segments that must be given.
    pub segments: BTreeSet<String>,
    /// Whether a window follows the calendar of the customer's zone.
    pub zones: bool,
}

impl Plan {
    /// Takes a rule apart, to be answered as of now.
    #[must_use]
    pub fn new(criteria: &Criteria) -> Self {
        Self::of(criteria, false)
    }

    /// Takes a rule apart, to be answered as of a moment in the past: attributes and consents
    /// are then what had been said until that moment.
    #[must_use]
    pub fn of_the_past(criteria: &Criteria) -> Self {
        Self::of(criteria, true)
    }

    fn of(criteria: &Criteria, past: bool) -> Self {
        let mut leaves: Vec<(Leaf, Place)> = vec![];
        let mut nodes: Vec<Criteria> = vec![];
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut order = vec![];
        criteria.walk(&mut |node| {
            if let Some(leaf) = Leaf::prepare(node) {
                let place = *known.entry(format!("{leaf:?}")).or_insert_with(|| {
                    leaves.push((leaf.clone(), place_of(&leaf, past)));
                    nodes.push(node.clone());
                    leaves.len() - 1
                });
                order.push(place);
            }
        });
        Self {
            leaves,
            nodes,
            order,
            slots: Slots::new(aggregates(criteria)),
            criteria: criteria.clone(),
            past,
        }
    }

    /// What must be read.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let mut needs = Needs {
            past: self.past,
            ..Needs::default()
        };
        for spec in self.slots.iter() {
            needs.events.insert(spec.pattern.event.clone());
            join(&mut needs.events_keep, spec.keep);
        }
        for (leaf, place) in &self.leaves {
            match leaf {
                Leaf::Attribute(named) | Leaf::Score(named) => {
                    needs.attributes.insert(named.name.clone());
                }
                Leaf::Context(_) => {}
                Leaf::Segment(key) => {
                    needs.segments.insert(key.clone());
                }
                Leaf::Consent(_) => needs.consents = true,
                Leaf::Aggregate { window, .. } => {
                    needs.zones |= calendar(*window);
                    match place {
                        Place::Contacts => join(&mut needs.contacts, window.keep()),
                        Place::Responses => join(&mut needs.responses, window.keep()),
                        Place::Events
                        | Place::Consents
                        | Place::Statements
                        | Place::Customers
                        | Place::Segments
                        | Place::Nowhere => {}
                    }
                }
                Leaf::Sequence(sequence) => needs.zones |= calendar(sequence.window),
            }
        }
        needs
    }

    /// A plan of some of the conditions, by their places.
    pub(super) fn part(&self, places: &[usize]) -> Self {
        let nodes = places.iter().map(|place| self.nodes[*place].clone());
        Self::of(&Criteria::All(nodes.collect()), self.past)
    }

    /// The conditions that are answered at a place.
    pub(super) fn leaves_at(&self, wanted: Place) -> Vec<(usize, &Leaf)> {
        let leaves = self.leaves.iter().enumerate();
        leaves
            .filter(|(_, (_, place))| *place == wanted)
            .map(|(index, (leaf, _))| (index, leaf))
            .collect()
    }
}

fn join(known: &mut Option<Keep>, keep: Keep) {
    *known = Some(known.map_or(keep, |other| other.with(keep)));
}

fn calendar(window: Window) -> bool {
    match window {
        Window::Calendar { .. } => true,
        Window::Ever | Window::Rolling(_) | Window::Between { .. } | Window::Before(_) => false,
    }
}

fn place_of(leaf: &Leaf, past: bool) -> Place {
    match leaf {
        Leaf::Attribute(_) | Leaf::Score(_) if past => Place::Statements,
        Leaf::Consent(_) if past => Place::Consents,
        Leaf::Attribute(_) | Leaf::Score(_) | Leaf::Consent(_) => Place::Customers,
        Leaf::Context(_) => Place::Nowhere,
        Leaf::Segment(_) => Place::Segments,
        Leaf::Sequence(_) => Place::Events,
        Leaf::Aggregate { from, .. } => match from {
            Origin::Slot(_) => Place::Events,
            Origin::Contacts(_) => Place::Contacts,
            Origin::Responses(_) => Place::Responses,
        },
    }
}
