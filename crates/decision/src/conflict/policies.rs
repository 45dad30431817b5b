//! Conflicts of contact policies.

use memory::criteria::{CalendarUnit, DAY_MS, Window};
use serde_json::json;
use store::definition::Definition;

use super::{Conflict, ConflictCode};
use crate::Channel;
use crate::catalog::Catalog;
use crate::policy::limits::Ready;
use crate::policy::{self, Policy, quiet::time_of_day};

const KIND: &str = policy::KIND.name;

/// Limits that let nothing through, and limits that another one always reaches first.
pub(super) fn limits(catalog: &Catalog, found: &mut Vec<Conflict>) {
    let mut place_in = std::collections::HashMap::<&str, usize>::new();
    for limit in &catalog.limits {
        let at = place_in.entry(&limit.policy).or_default();
        let path = format!("/limits/{at}/at_most");
        *at += 1;
        let place = (KIND, limit.policy.as_str(), path.as_str());
        if limit.at_most == 0 {
            let message = format!("the limit {} lets no contact through", limit.key);
            let conflict = Conflict::new(ConflictCode::LimitZero, place, message);
            let detail = json!({ "limit": limit.key });
            found.push(conflict.remedy("allow at least one contact").detail(detail));
            continue;
        }
        let other = catalog.limits.iter().find(|other| hides(other, limit));
        if let Some(other) = other {
            let message = format!(
                "the limit {} is never reached: {} of {} stops contacts first",
                limit.key, other.key, other.policy
            );
            let conflict = Conflict::new(ConflictCode::LimitUnreachable, place, message);
            let detail = json!({ "limit": limit.key, "other": other.key, "policy": other.policy });
            let remedy = "lower it below the other one, or remove it";
            found.push(conflict.remedy(remedy).detail(detail));
        }
    }
}

/// Whether a limit stops every contact that another one would: it concerns all of its contacts,
/// looks at least as far back, and allows no more.
pub(super) fn hides(wide: &Ready, narrow: &Ready) -> bool {
    let itself = wide.policy == narrow.policy && wide.key == narrow.key;
    // Of two that are equal, the first one counts.
    let equal = wide.at_most == narrow.at_most
        && wide.channels == narrow.channels
        && wide.categories == narrow.categories
        && wide.window == narrow.window;
    let first = (&wide.policy, &wide.key) < (&narrow.policy, &narrow.key);
    !itself
        && (!equal || first)
        && wide.at_most <= narrow.at_most
        && contains(wide.channels.as_deref(), narrow.channels.as_deref())
        && contains(wide.categories.as_deref(), narrow.categories.as_deref())
        && covers(wide.window, narrow.window)
}

fn contains<T: PartialEq>(wide: Option<&[T]>, narrow: Option<&[T]>) -> bool {
    match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|one| wide.contains(one)),
    }
}

/// Whether one window lies within another at every moment and in every zone.
pub(super) fn covers(wide: Window, narrow: Window) -> bool {
    // A day in which clocks change may have 25 hours, and in a few zones more.
    const LONGEST_DAY_MS: i64 = DAY_MS + DAY_MS / 2;
    let longest = |unit: CalendarUnit| match unit {
        CalendarUnit::Day => Some(LONGEST_DAY_MS),
        CalendarUnit::Week => Some(7 * DAY_MS + DAY_MS / 2),
        CalendarUnit::Month => Some(31 * DAY_MS + DAY_MS / 2),
        CalendarUnit::Year => None,
    };
    match (wide, narrow) {
        (Window::Rolling(wide), Window::Rolling(narrow)) => narrow <= wide,
        (Window::Rolling(wide), Window::Calendar { unit, ago: 0 }) => {
            longest(unit).is_some_and(|longest| longest <= wide)
        }
        (
            Window::Calendar { unit, ago: 0 },
            Window::Calendar {
                unit: narrow,
                ago: 0,
            },
        ) => match (unit, narrow) {
            (CalendarUnit::Day, CalendarUnit::Day)
            | (CalendarUnit::Week, CalendarUnit::Day | CalendarUnit::Week)
            | (CalendarUnit::Month, CalendarUnit::Day | CalendarUnit::Month) => true,
            (_, _) => false,
        },
        (_, _) => false,
    }
}

/// Channels in which the quiet hours of all policies together cover the whole day.
pub(super) fn quiet(definitions: &[Definition], found: &mut Vec<Conflict>) {
    const MINUTES: usize = 24 * 60;
    let policies: Vec<(&str, Policy)> = definitions
        .iter()
        .filter(|d| d.kind == KIND)
        .filter_map(|d| Some((d.key.as_str(), crate::body::read(&d.body).ok()?)))
        .collect();
    for channel in Channel::ALL {
        let mut quiet = [false; MINUTES];
        let mut last = None;
        for (key, policy) in &policies {
            let hours = policy.quiet_hours.as_ref();
            let Some(hours) = hours.filter(|hours| hours.channels.contains(&channel)) else {
                continue;
            };
            let times = (time_of_day(&hours.from), time_of_day(&hours.until));
            let (Some(from), Some(until)) = times else {
                continue;
            };
            let minute = |time: jiff::civil::Time| {
                usize::from(time.hour().unsigned_abs()) * 60
                    + usize::from(time.minute().unsigned_abs())
            };
            let (from, until) = (minute(from), minute(until));
            for (at, quiet) in quiet.iter_mut().enumerate() {
                *quiet |= if from < until {
                    from <= at && at < until
                } else {
                    at >= from || at < until
                };
            }
            last = Some(*key);
        }
        if let Some(key) = last
            && quiet.iter().all(|quiet| *quiet)
        {
            let message = format!("the channel {channel} is quiet all day");
            let place = (KIND, key, "/quiet_hours");
            let conflict = Conflict::new(ConflictCode::QuietAllDay, place, message);
            let remedy = "leave an hour in which customers may be contacted";
            found.push(
                conflict
                    .remedy(remedy)
                    .detail(json!({ "channel": channel })),
            );
        }
    }
}
