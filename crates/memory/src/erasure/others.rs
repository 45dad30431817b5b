//! What other customers' rows tell of somebody who is erased: a friend who was invited, a note about
//! a call, an address that was typed into a form.
//!
//! There, any word may be some customer's number. Only what nothing else can be taken for is
//! searched for, and an address stays with a customer who has it as their own.

use std::collections::HashMap;
use std::sync::Arc;

use super::db;
use super::mention::{Known, Mentions, Wanted};
use super::trace::Remedy;
use crate::customer::CustomerState;
use crate::log::Rewrite;
use crate::{CustomerId, Error, Memory};

/// An identifier that is no address is searched for when it is at least so long and has both
/// letters and digits.
const UNMISTAKABLE: usize = 8;

/// What is searched for in rows of other customers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Others {
    everywhere: Mentions,
    /// What a text that mentions any of it contains, in small letters.
    needles: Vec<String>,
    /// What is searched for in rows of customers who have some of it as their own.
    of: HashMap<CustomerId, Arc<Mentions>>,
    /// What nobody has as their own.
    nobodys: Mentions,
}

impl Others {
    fn of(known: &Known) -> Others {
        let everywhere = Mentions::of(known);
        Others {
            needles: everywhere.needles(Wanted::Identifiers),
            everywhere,
            ..Others::default()
        }
    }

    /// Whether there is nothing to search for.
    pub fn nothing(&self) -> bool {
        self.everywhere.nothing()
    }

    /// What a row that mentions them contains, in small letters.
    pub fn needles(&self) -> &[String] {
        &self.needles
    }

    /// A text of a customer's row without mentions; `None` when there are none.
    pub fn replaced(&self, leaf: CustomerId, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        if !self
            .needles
            .iter()
            .any(|needle| lower.contains(needle.as_str()))
        {
            return None;
        }
        let mentions = self.of.get(&leaf);
        without(mentions.map_or(&self.everywhere, |own| &**own), text)
    }
}

/// A text without mentions: within the texts of a JSON document, so that it stays one.
fn without(mentions: &Mentions, text: &str) -> Option<String> {
    match text.starts_with(['{', '[']) {
        true => mentions.replaced_in_json(text, Wanted::Identifiers),
        false => mentions.replaced(text, Wanted::Identifiers),
    }
}

/// What nothing else can be taken for.
fn unmistakable(known: &Known) -> Known {
    let distinct = |name: &&String| {
        name.len() >= UNMISTAKABLE
            && name.bytes().any(|byte| byte.is_ascii_alphabetic())
            && name.bytes().any(|byte| byte.is_ascii_digit())
    };
    Known {
        addresses: known.addresses.clone(),
        names: known.names.iter().filter(distinct).cloned().collect(),
        ids: vec![],
    }
}

/// What is left of it without what a customer has as their own.
fn not_own(known: &Known, state: &CustomerState) -> Known {
    let identifiers = state.identifiers.iter().map(|own| own.value.as_str());
    let own: Vec<String> = identifiers
        .chain(state.email())
        .map(str::to_lowercase)
        .collect();
    let others = |values: &[String]| {
        let values = values.iter();
        let kept = values.filter(|value| !own.contains(&value.to_lowercase()));
        kept.cloned().collect()
    };
    Known {
        addresses: others(&known.addresses),
        names: others(&known.names),
        ids: vec![],
    }
}

impl Memory {
    /// Takes what is known of somebody out of the states, the rows of the log and the other tables
    /// of other customers; what is to be searched for in the files.
    pub(super) async fn erase_among_others(&self, known: &Known) -> Result<Others, Error> {
        let known = unmistakable(known);
        let mut others = Others::of(&known);
        if others.nothing() {
            return Ok(others);
        }
        self.flush().await?;
        let speaking = db::states_mentioning(self.db(), &others.everywhere).await?;
        let mut nobodys = known.clone();
        for customer in self.customers(&speaking).await? {
            let theirs = not_own(&known, &customer.state);
            if theirs == known {
                continue;
            }
            nobodys = not_own(&nobodys, &customer.state);
            let mentions = Arc::new(Mentions::of(&theirs));
            let leaves = customer.state.members.iter().copied().chain([customer.id]);
            others
                .of
                .extend(leaves.map(|leaf| (leaf, mentions.clone())));
        }
        others.nobodys = Mentions::of(&nobodys);
        let all = Arc::new(others.clone());
        for customer in speaking {
            let others = all.clone();
            self.rewrite(Rewrite::Mentions { customer, others }).await?;
        }
        db::log_mentions(self.db(), &others).await?;
        self.read_anew();
        for trace in &self.reach().traces {
            if let Remedy::Others(columns) = trace.remedy {
                let among = |text: &str| without(&others.nobodys, text);
                let search: db::Search<'_> = (&others.nobodys, Wanted::Identifiers, &among);
                db::replace(self.db(), trace.table, columns, search).await?;
            }
        }
        Ok(others)
    }
}

#[test]
fn only_what_nothing_else_can_be_taken_for_is_searched_for() {
    let known = Known {
        addresses: vec!["zora@example.org".to_owned()],
        names: ["4711471147", "zora", "zora-4711"]
            .map(str::to_owned)
            .into(),
        ids: vec!["cus_5".to_owned()],
    };
    let found = unmistakable(&known);
    assert_eq!(found.names, ["zora-4711"]);
    assert_eq!(found.addresses, known.addresses);
    let others = Others::of(&found);
    let row = r#"{"a":"Zora@Example.org wrote","b":["zora-4711",4711471147],"n":1.5}"#;
    assert_eq!(
        others.replaced(CustomerId(1), row).as_deref(),
        Some(r#"{"a":"[erased] wrote","b":["[erased]",4711471147],"n":1.5}"#)
    );
    assert_eq!(others.replaced(CustomerId(1), r#"{"a":"zora"}"#), None);
}
