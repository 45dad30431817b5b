//! Finding customers: by an identifier, by how one begins, by any part of a name.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use super::{Customer, CustomerId, db};
use crate::identity::{self, KINDS};
use crate::interaction::ContactId;
use crate::{Error, Memory};

/// Identifiers that begin like the text, at most.
const BEGINNINGS: i64 = 50;
/// Longest text that is looked for.
const LONGEST_TEXT: usize = 320;

/// Where a page of the list ended: when the customer was last seen, and their id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(pub i64, pub i64);

impl Place {
    /// Before everybody.
    pub const START: Place = Place(i64::MAX, i64::MAX);
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Place, ()> {
        let (seen, id) = text.split_once('.').ok_or(())?;
        Ok(Place(
            seen.parse().map_err(drop)?,
            id.parse().map_err(drop)?,
        ))
    }
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that an identifier points to or begins with; only on the first page.
    pub first: Vec<Customer>,
    /// Those whose name or identifiers contain the text, last seen first, with their places.
    pub then: Vec<(Customer, Place)>,
}

impl Memory {
    /// Customers whom a text fits, last seen first after the exact ones; everybody when it is
    /// empty. `limit` bounds the second list.
    pub async fn search(&self, text: &str, after: Place, limit: i64) -> Result<Found, Error> {
        let text = text.trim();
        let text = &text[..text.floor_char_boundary(LONGEST_TEXT)];
        let mut seen = HashSet::new();
        let mut found = Found::default();
        if !text.is_empty() {
            for leaf in self.named(text).await? {
                if let Some(customer) = self.customer(leaf).await?
                    && seen.insert(customer.id)
                {
                    found.first.push(customer);
                }
            }
        }
        if after != Place::START {
            // They stood on the first page; here they are only left out.
            found.first.clear();
        }
        for (id, last_seen_at) in db::page(self.db(), text, (after.0, after.1), limit).await? {
            if let Some(customer) = self.customer(id).await?
                && seen.insert(customer.id)
            {
                found
                    .then
                    .push((customer, Place(last_seen_at, id.0 as i64)));
            }
        }
        Ok(found)
    }

    /// Leaves whose id or identifier is the text, or whom the contact of this id was made with;
    /// then those with an identifier that begins like it.
    async fn named(&self, text: &str) -> Result<Vec<CustomerId>, Error> {
        let mut leaves = vec![];
        if let Ok(id) = text.parse::<CustomerId>() {
            leaves.push(id);
        }
        if let Ok(id) = text.parse::<ContactId>() {
            leaves.extend(self.contact(id).await?.map(|made| made.customer_id));
        }
        for kind in KINDS {
            leaves.extend(self.find(kind, text).await?);
        }
        leaves.extend(identity::db::starting_with(self.db(), text, BEGINNINGS).await?);
        Ok(leaves)
    }
}
