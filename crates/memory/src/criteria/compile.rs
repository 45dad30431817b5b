//! The live predicate: criteria made ready for one customer after the other.

use std::collections::HashMap;

use super::aggregate::{AggregateSpec, Slots, aggregates};
use super::facts::Facts;
use super::leaf::Leaf;
use super::tree::Criteria;

/// One rule, ready to be asked. Asking allocates nothing and stops at the first certain answer.
#[derive(Debug, Clone)]
pub struct Compiled {
    set: CriteriaSet,
}

impl Compiled {
    /// Compiles a rule.
    #[must_use]
    pub fn new(criteria: &Criteria) -> Self {
        Self {
            set: CriteriaSet::compile([criteria]),
        }
    }

    /// The slots the rule looks at.
    pub fn specs(&self) -> impl Iterator<Item = &AggregateSpec> {
        self.set.slots.iter()
    }

    /// Whether the customer satisfies the rule at `now_ms`.
    #[must_use]
    pub fn matches<F: Facts + ?Sized>(&self, facts: &F, now_ms: i64) -> bool {
        self.set
            .roots
            .first()
            .is_some_and(|root| self.set.ask(*root, facts, now_ms, &mut Nothing))
    }
}

/// Many rules compiled together: what they have in common is evaluated once per request.
#[derive(Debug, Clone, Default)]
pub struct CriteriaSet {
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    slots: Slots,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct NodeId(u32);

#[derive(Debug, Clone)]
enum Node {
    All(Box<[NodeId]>),
    Any(Box<[NodeId]>),
    Not(NodeId),
    Leaf(Box<Leaf>),
}

/// The verdicts already reached in one request; reuse it with [`Memo::clear`].
///
/// A memo is good for one customer at one moment.
#[derive(Debug, Clone, Default)]
pub struct Memo {
    known: Vec<u64>,
    truth: Vec<u64>,
}

impl Memo {
    /// Forgets all verdicts, keeping the space.
    pub fn clear(&mut self) {
        self.known.fill(0);
    }
}

/// Where verdicts on nodes are remembered.
trait Remember {
    fn recall(&self, node: NodeId) -> Option<bool>;
    fn note(&mut self, node: NodeId, verdict: bool);
}

/// Remembers nothing: a single rule rarely asks the same twice.
struct Nothing;

impl Remember for Nothing {
    fn recall(&self, _: NodeId) -> Option<bool> {
        None
    }

    fn note(&mut self, _: NodeId, _: bool) {}
}

impl Remember for Memo {
    fn recall(&self, node: NodeId) -> Option<bool> {
        let (word, bit) = place(node);
        let known = self.known.get(word)? & bit != 0;
        known.then(|| self.truth[word] & bit != 0)
    }

    fn note(&mut self, node: NodeId, verdict: bool) {
        let (word, bit) = place(node);
        if word >= self.known.len() {
            self.known.resize(word + 1, 0);
            self.truth.resize(word + 1, 0);
        }
        self.known[word] |= bit;
        if verdict {
            self.truth[word] |= bit;
        } else {
            self.truth[word] &= !bit;
        }
    }
}

fn place(node: NodeId) -> (usize, u64) {
    (node.0 as usize / 64, 1 << (node.0 % 64))
}

impl CriteriaSet {
    /// Compiles rules; they are asked for by their position.
    #[must_use]
    pub fn compile<'a>(rules: impl IntoIterator<Item = &'a Criteria>) -> Self {
        let mut builder = Builder::default();
        let mut roots = Vec::new();
        let mut specs = Vec::new();
        for criteria in rules {
            roots.push(builder.add(criteria));
            specs.extend(aggregates(criteria));
        }
        Self {
            nodes: builder.nodes,
            roots,
            slots: Slots::new(specs),
        }
    }

    /// The slots that all rules together look at.
    #[must_use]
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// How many different conditions and groups there are after sharing.
    #[must_use]
    pub fn distinct_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// An empty memo of the right size, so that asking does not allocate.
    #[must_use]
    pub fn memo(&self) -> Memo {
        let words = self.nodes.len().div_ceil(64);
        Memo {
            known: vec![0; words],
            truth: vec![0; words],
        }
    }

    /// Whether the customer satisfies the rule at `position` at `now_ms`; false if there is no
    /// such rule.
    #[must_use]
    pub fn matches<F: Facts + ?Sized>(
        &self,
        position: usize,
        facts: &F,
        now_ms: i64,
        memo: &mut Memo,
    ) -> bool {
        self.roots
            .get(position)
            .is_some_and(|root| self.ask(*root, facts, now_ms, memo))
    }

    fn ask<F: Facts + ?Sized, R: Remember>(
        &self,
        id: NodeId,
        facts: &F,
        now_ms: i64,
        memo: &mut R,
    ) -> bool {
        if let Some(verdict) = memo.recall(id) {
            return verdict;
        }
        let verdict = match &self.nodes[id.0 as usize] {
            Node::All(parts) => parts
                .iter()
                .all(|part| self.ask(*part, facts, now_ms, memo)),
            Node::Any(parts) => parts
                .iter()
                .any(|part| self.ask(*part, facts, now_ms, memo)),
            Node::Not(part) => !self.ask(*part, facts, now_ms, memo),
            Node::Leaf(leaf) => leaf.holds(facts, now_ms),
        };
        memo.note(id, verdict);
        verdict
    }
}

/// Gives equal nodes the same id.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    costs: Vec<u32>,
    known: HashMap<String, NodeId>,
}

impl Builder {
    fn add(&mut self, criteria: &Criteria) -> NodeId {
        match criteria {
            Criteria::All(parts) => {
                let parts = self.add_parts(parts);
                self.add_group("all", parts, Node::All)
            }
            Criteria::Any(parts) => {
                let parts = self.add_parts(parts);
                self.add_group("any", parts, Node::Any)
            }
            Criteria::Not(part) => {
                let part = self.add(part);
                let cost = self.costs[part.0 as usize];
                self.intern(format!("not {}", part.0), Node::Not(part), cost)
            }
            Criteria::Attribute(_)
            | Criteria::Context(_)
            | Criteria::Score(_)
            | Criteria::Segment(_)
            | Criteria::Consent(_)
            | Criteria::Aggregate(_)
            | Criteria::Sequence(_) => {
                let leaf = Leaf::prepare(criteria).expect("a test is a leaf");
                let (key, cost) = (format!("{leaf:?}"), leaf.cost());
                self.intern(key, Node::Leaf(Box::new(leaf)), cost)
            }
        }
    }

    /// Cheap parts first; the order changes nothing but the time it takes.
    fn add_parts(&mut self, parts: &[Criteria]) -> Vec<NodeId> {
        let mut ids: Vec<NodeId> = parts.iter().map(|part| self.add(part)).collect();
        ids.sort_by_key(|id| (self.costs[id.0 as usize], *id));
        ids.dedup();
        ids
    }

    fn add_group(
        &mut self,
        word: &str,
        parts: Vec<NodeId>,
        group: fn(Box<[NodeId]>) -> Node,
    ) -> NodeId {
        if let [only] = parts[..] {
            return only;
        }
        let cost = parts.iter().map(|part| self.costs[part.0 as usize]).sum();
        let key = format!("{word} {parts:?}");
        self.intern(key, group(parts.into_boxed_slice()), cost)
    }

    fn intern(&mut self, key: String, node: Node, cost: u32) -> NodeId {
        let next = NodeId(u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes"));
        let id = *self.known.entry(key).or_insert(next);
        if id == next {
            self.nodes.push(node);
            self.costs.push(cost);
        }
        id
    }
}
