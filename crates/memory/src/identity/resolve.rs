//! Which customer an event belongs to, and whether it shows that two customers are one.

use store::Timestamp;

use super::db::Binding;
use super::{Digest, IdentifierKind, MERGES_LIMIT, blocked, digest};
use crate::customer::{CustomerId, Standing};

/// The identifiers an event names, without the blocked ones.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// The known customer.
    pub user: Option<(Digest, String)>,
    /// The browser or device.
    pub anonymous: Option<(Digest, String)>,
    /// What an alias says is the same customer: as a user id and as an anonymous id.
    pub previous: Option<Previous>,
}

/// The other identifier of an alias, which may be of either kind.
#[derive(Debug, Clone)]
pub struct Previous {
    /// Its digest as a user id.
    pub as_user: Digest,
    /// Its digest as an anonymous id.
    pub as_anonymous: Digest,
    /// The identifier itself.
    pub value: String,
}

impl Named {
    /// Reads the identifiers of an event.
    pub fn new(user: Option<&str>, anonymous: Option<&str>, previous: Option<&str>) -> Named {
        let named = |kind, value: Option<&str>| {
            value
                .filter(|v| !blocked(v))
                .map(|v| (digest(kind, v), v.to_owned()))
        };
        let previous = previous.filter(|v| !blocked(v)).map(|v| Previous {
            as_user: digest(IdentifierKind::UserId, v),
            as_anonymous: digest(IdentifierKind::AnonymousId, v),
            value: v.to_owned(),
        });
        Named {
            user: named(IdentifierKind::UserId, user),
            anonymous: named(IdentifierKind::AnonymousId, anonymous),
            previous,
        }
    }

    /// Every digest that must be known before the event is resolved.
    pub fn digests(&self) -> impl Iterator<Item = Digest> {
        let user = self
            .user
            .iter()
            .chain(&self.anonymous)
            .map(|(digest, _)| *digest);
        user.chain(
            self.previous
                .iter()
                .flat_map(|previous| [previous.as_user, previous.as_anonymous]),
        )
    }

    /// True when nobody is named.
    pub fn nobody(&self) -> bool {
        self.user.is_none() && self.anonymous.is_none()
    }
}

/// What resolution asks of, and tells to, whoever keeps the identifiers.
pub trait Directory {
    /// The customer (leaf) an identifier points to.
    fn leaf(&self, digest: &Digest) -> Option<CustomerId>;
    /// The customer that a leaf is merged into, or itself.
    fn root(&self, leaf: CustomerId) -> CustomerId;
    /// Whether a root is known or anonymous.
    fn standing(&self, root: CustomerId) -> Standing;
    /// Whether a root has as many identifiers as one customer may have.
    fn full(&self, root: CustomerId) -> bool;
    /// How many merges a root has seen in the last hour.
    fn recent_merges(&self, root: CustomerId, now: Timestamp) -> usize;
    /// Makes a new customer.
    fn create(&mut self) -> CustomerId;
    /// Points an identifier to a customer.
    fn bind(&mut self, binding: Binding);
    /// Merges one root into another.
    fn merge(&mut self, into: CustomerId, merged: CustomerId, reason: &str);
}

/// The customer (leaf) of an event; binds new identifiers and merges where the event shows it.
///
/// A login merges the anonymous customer into the known one. Two known customers are never merged
/// by a shared browser, only by an explicit alias, and no root takes in more than the limit of
/// merges per hour. A root that is full gets no further identifier: what comes with a new one
/// alone is another customer then, so that a star of a million browsers stays a star of its limit.
pub fn resolve(named: &Named, now: Timestamp, directory: &mut impl Directory) -> CustomerId {
    let user = named
        .user
        .as_ref()
        .and_then(|(digest, _)| directory.leaf(digest));
    let anonymous = named
        .anonymous
        .as_ref()
        .and_then(|(digest, _)| directory.leaf(digest));
    let leaf = match (user, anonymous) {
        (Some(user), Some(anonymous)) => {
            merge_login(user, anonymous, now, directory);
            user
        }
        (Some(user), None) => user,
        (None, Some(anonymous)) if named.user.is_none() => anonymous,
        (None, Some(anonymous)) => match directory.standing(directory.root(anonymous)) {
            Standing::Anonymous if !directory.full(directory.root(anonymous)) => anonymous,
            Standing::Anonymous | Standing::Known => directory.create(),
        },
        (None, None) => directory.create(),
    };
    bind(
        &named.user,
        IdentifierKind::UserId,
        user,
        leaf,
        now,
        directory,
    );
    bind(
        &named.anonymous,
        IdentifierKind::AnonymousId,
        anonymous,
        leaf,
        now,
        directory,
    );
    if let Some(previous) = &named.previous {
        alias(previous, named.user.is_some(), leaf, now, directory);
    }
    leaf
}

/// Makes the other identifier of an alias the same customer.
///
/// One that nobody has used yet points to the customer from now on, as either kind, because the
/// alias may come before the events that use it.
fn alias(
    previous: &Previous,
    known: bool,
    leaf: CustomerId,
    now: Timestamp,
    directory: &mut impl Directory,
) {
    let user = directory.leaf(&previous.as_user);
    let anonymous = directory.leaf(&previous.as_anonymous);
    if let Some(other) = user.or(anonymous) {
        merge_roots(leaf, other, "alias", now, directory);
        return;
    }
    let as_user = Some((previous.as_user, previous.value.clone())).filter(|_| known);
    let as_anonymous = Some((previous.as_anonymous, previous.value.clone()));
    bind(&as_user, IdentifierKind::UserId, None, leaf, now, directory);
    bind(
        &as_anonymous,
        IdentifierKind::AnonymousId,
        None,
        leaf,
        now,
        directory,
    );
}

fn bind(
    id: &Option<(Digest, String)>,
    kind: IdentifierKind,
    known: Option<CustomerId>,
    leaf: CustomerId,
    now: Timestamp,
    directory: &mut impl Directory,
) {
    if let (Some((digest, value)), None) = (id, known)
        && !directory.full(directory.root(leaf))
    {
        let (digest, value) = (*digest, value.clone());
        directory.bind(Binding {
            digest,
            kind,
            value,
            customer_id: leaf,
            since_at: now,
        });
    }
}

fn merge_login(
    user: CustomerId,
    anonymous: CustomerId,
    now: Timestamp,
    directory: &mut impl Directory,
) {
    if directory.standing(directory.root(anonymous)) == Standing::Anonymous {
        merge_roots(user, anonymous, "login", now, directory);
    }
}

fn merge_roots(
    into: CustomerId,
    merged: CustomerId,
    reason: &str,
    now: Timestamp,
    directory: &mut impl Directory,
) {
    let (into, merged) = (directory.root(into), directory.root(merged));
    if into != merged && directory.recent_merges(into, now) < MERGES_LIMIT {
        directory.merge(into, merged, reason);
    }
}
