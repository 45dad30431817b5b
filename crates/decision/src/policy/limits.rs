//! Limits: how many contacts a customer has had in each window, and whether one more fits.
//!
//! Everything here is computed from one customer's state at one moment. The numbers hold because
//! the contact that follows is appended only if that state has not moved meanwhile.

use jiff::tz::TimeZone;
use memory::CustomerState;
use memory::criteria::{Range, Window};
use memory::customer::MARKS_LIMIT;
use memory::interaction::{ContactMark, ContactStatus};
use store::Timestamp;

use super::Limit;
use crate::Channel;

/// A limit, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// Key of its policy.
    pub policy: String,
    /// Its key.
    pub key: String,
    /// Channels it concerns; `None` means all.
    pub channels: Option<Vec<Channel>>,
    /// Categories it concerns; `None` means all.
    pub categories: Option<Vec<String>>,
    /// How many contacts are allowed.
    pub at_most: u32,
    /// In which window.
    pub window: Window,
}

impl Ready {
    /// Makes a limit ready.
    pub fn new(policy: &str, limit: &Limit) -> Ready {
        Ready {
            policy: policy.to_owned(),
            key: limit.key.clone(),
            channels: limit.channels.clone(),
            categories: limit.categories.clone(),
            at_most: limit.at_most,
            window: limit.window.to_window(),
        }
    }

    /// Whether it concerns a contact in this channel and category.
    pub fn concerns(&self, channel: &str, category: Option<&str>) -> bool {
        let channel_fits = match &self.channels {
            Some(channels) => channels.iter().any(|c| c.word() == channel),
            None => true,
        };
        let category_fits = match &self.categories {
            Some(named) => category.is_some_and(|c| named.iter().any(|n| n == c)),
            None => true,
        };
        channel_fits && category_fits
    }
}

/// Whether a contact counts now, or can still become one that does: a promise may be kept at any
/// later moment, so until it expires it counts in every window.
fn counts_in(mark: &ContactMark, range: Range, now: Timestamp) -> bool {
    let promised = mark.status == ContactStatus::Reserved;
    mark.counts_at(now) && (promised || range.contains(mark.at.0))
}

/// How many more contacts each limit allows one customer at one moment.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// Contacts left, per limit.
    left: Vec<u32>,
    /// Limits whose window reaches further back than what is remembered.
    forgotten: Vec<bool>,
}

impl Room {
    /// Counts a customer's contacts. A contact dated after now (a clock stepped back) counts in
    /// every window: in doubt, refuse.
    pub fn of(limits: &[Ready], state: &CustomerState, now: Timestamp, zone: &TimeZone) -> Room {
        let full = state.contacts.len() >= MARKS_LIMIT;
        let oldest = state.contacts.first().map_or(i64::MAX, |mark| mark.at.0);
        let mut room = Room {
            left: Vec::with_capacity(limits.len()),
            forgotten: Vec::with_capacity(limits.len()),
        };
        for limit in limits {
            let range = Range {
                until: i64::MAX,
                ..limit.window.range(now.0, zone)
            };
            let counted = state.contacts.iter().filter(|mark| {
                limit.concerns(&mark.channel, mark.category.as_deref())
                    && counts_in(mark, range, now)
            });
            let count = u32::try_from(counted.count()).unwrap_or(u32::MAX);
            room.left.push(limit.at_most.saturating_sub(count));
            room.forgotten.push(full && range.contains(oldest));
        }
        room
    }

    /// How many more contacts a limit (by its place) allows.
    pub fn left(&self, limit: usize) -> u32 {
        if self.forgotten[limit] {
            return 0;
        }
        self.left[limit]
    }

    /// Whether a limit (by its place) allows one more contact.
    pub fn allows(&self, limit: usize) -> bool {
        self.left[limit] > 0 && !self.forgotten[limit]
    }

    /// Notes that a contact which this limit concerns is going to be made.
    pub fn take(&mut self, limit: usize) {
        self.left[limit] = self.left[limit].saturating_sub(1);
    }
}
