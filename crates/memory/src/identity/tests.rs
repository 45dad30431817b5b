//! Resolution against a directory in memory.

use std::collections::HashMap;

use store::Timestamp;

use super::db::Binding;
use super::resolve::{Directory, Named, resolve};
use super::*;
use crate::customer::{CustomerId, Standing};

#[derive(Default)]
struct Book {
    next: u64,
    bindings: HashMap<Digest, CustomerId>,
    roots: HashMap<CustomerId, CustomerId>,
    known: Vec<CustomerId>,
    merges: Vec<(u64, u64, String)>,
}

impl Directory for Book {
    fn leaf(&self, digest: &Digest) -> Option<CustomerId> {
        self.bindings.get(digest).copied()
    }
    fn root(&self, leaf: CustomerId) -> CustomerId {
        self.roots.get(&leaf).copied().unwrap_or(leaf)
    }
    fn standing(&self, root: CustomerId) -> Standing {
        if self.known.contains(&root) {
            Standing::Known
        } else {
            Standing::Anonymous
        }
    }
    fn full(&self, root: CustomerId) -> bool {
        let pointing = self
            .bindings
            .values()
            .filter(|leaf| self.root(**leaf) == root);
        pointing.count() >= IDENTIFIERS_LIMIT
    }
    fn recent_merges(&self, root: CustomerId, _now: Timestamp) -> usize {
        self.merges
            .iter()
            .filter(|(into, ..)| *into == root.0)
            .count()
    }
    fn create(&mut self) -> CustomerId {
        self.next += 1;
        CustomerId(self.next)
    }
    fn bind(&mut self, binding: Binding) {
        if binding.kind == IdentifierKind::UserId {
            self.known.push(self.root(binding.customer_id));
        }
        self.bindings.insert(binding.digest, binding.customer_id);
    }
    fn merge(&mut self, into: CustomerId, merged: CustomerId, reason: &str) {
        for root in self.roots.values_mut().filter(|root| **root == merged) {
            *root = into;
        }
        self.roots.insert(merged, into);
        self.merges.push((into.0, merged.0, reason.to_owned()));
    }
}

fn event(book: &mut Book, user: Option<&str>, anonymous: Option<&str>) -> u64 {
    let leaf = resolve(&Named::new(user, anonymous, None), Timestamp(0), book);
    book.root(leaf).0
}

#[test]
fn a_login_makes_the_anonymous_customer_known_and_later_browsers_merge() {
    let mut book = Book::default();
    assert_eq!(event(&mut book, None, Some("phone")), 1);
    assert_eq!(event(&mut book, Some("ann"), Some("phone")), 1);
    assert_eq!(event(&mut book, None, Some("laptop")), 2);
    assert_eq!(event(&mut book, Some("ann"), Some("laptop")), 1);
    assert_eq!(book.merges, [(1, 2, "login".to_owned())]);
    assert_eq!(event(&mut book, None, Some("laptop")), 1);
}

#[test]
fn two_known_customers_on_one_browser_stay_two() {
    let mut book = Book::default();
    event(&mut book, Some("ann"), Some("shared"));
    assert_eq!(event(&mut book, Some("bob"), Some("shared")), 2);
    assert_eq!(event(&mut book, Some("ann"), Some("shared")), 1);
    assert!(book.merges.is_empty());
}

#[test]
fn an_alias_may_come_before_the_events_that_use_the_other_identifier() {
    let mut book = Book::default();
    let named = Named::new(Some("ann"), None, Some("old"));
    assert_eq!(resolve(&named, Timestamp(0), &mut book).0, 1);
    assert_eq!(event(&mut book, Some("old"), None), 1);
    assert_eq!(event(&mut book, None, Some("old")), 1);
    assert!(book.merges.is_empty());
}

#[test]
fn an_alias_joins_two_known_customers() {
    let mut book = Book::default();
    event(&mut book, Some("old"), None);
    event(&mut book, Some("new"), None);
    resolve(
        &Named::new(Some("new"), None, Some("old")),
        Timestamp(0),
        &mut book,
    );
    assert_eq!(book.merges, [(2, 1, "alias".to_owned())]);
}

#[test]
fn a_bomb_of_logins_stops_at_the_limit_of_merges() {
    let mut book = Book::default();
    event(&mut book, Some("ann"), None);
    for browser in 0..1_000 {
        let browser = format!("browser-{browser}");
        event(&mut book, None, Some(&browser));
        event(&mut book, Some("ann"), Some(&browser));
    }
    assert_eq!(book.merges.len(), MERGES_LIMIT);
}

#[test]
fn values_that_mean_nobody_identify_nobody() {
    for value in [
        "",
        " null ",
        "Undefined",
        "00000000-0000-0000-0000-000000000000",
        "GUEST",
    ] {
        assert!(Named::new(Some(value), None, None).nobody(), "{value:?}");
    }
    assert!(!Named::new(Some("12345"), None, None).nobody());
}

#[test]
fn a_star_of_browsers_ends_at_the_limit_and_the_centre_stays_reachable() {
    let mut book = Book::default();
    for number in 0..10_000 {
        assert_eq!(
            event(&mut book, Some("ann"), Some(&format!("browser-{number}"))),
            1
        );
    }
    assert_eq!(book.bindings.len(), IDENTIFIERS_LIMIT);
    assert_eq!(event(&mut book, None, Some("browser-0")), 1);
    assert_eq!(event(&mut book, None, Some("browser-9999")), 2);
}
