//! Sessions: events of one visitor that follow each other closely.

use jiff::tz::TimeZone;

/// When a new session begins.
#[derive(Debug, Clone)]
pub struct Rules {
    /// After more than so many milliseconds without an event.
    pub gap_ms: i64,
    /// When another campaign brings the visitor.
    pub on_campaign: bool,
    /// At midnight in this zone.
    pub at_midnight: Option<TimeZone>,
}

/// The gap that ends a session unless said otherwise: half an hour.
pub const GAP_MS: i64 = 30 * 60_000;

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            gap_ms: GAP_MS,
            on_campaign: false,
            at_midnight: None,
        }
    }
}

impl Rules {
    /// Sessions that only a gap ends.
    pub fn gap(gap_ms: i64) -> Rules {
        Rules {
            gap_ms,
            ..Rules::default()
        }
    }

    /// Whether an event begins a new session after another; campaigns are told apart by any
    /// number, 0 is none.
    pub fn parts(&self, before: (i64, u32), after: (i64, u32)) -> bool {
        let (before_ms, before_campaign) = before;
        let (after_ms, after_campaign) = after;
        let gap = after_ms - before_ms > self.gap_ms;
        let campaign = self.on_campaign && after_campaign != 0 && after_campaign != before_campaign;
        gap || campaign
            || self
                .at_midnight
                .as_ref()
                .is_some_and(|zone| day(before_ms, zone) != day(after_ms, zone))
    }

    /// The sessions of events in order, as ranges of their positions.
    pub fn sessions(
        &self,
        events: impl Iterator<Item = (i64, u32)>,
    ) -> Vec<std::ops::Range<usize>> {
        let mut sessions: Vec<std::ops::Range<usize>> = Vec::new();
        let mut before: Option<(i64, u32)> = None;
        for (place, event) in events.enumerate() {
            match (&mut sessions[..], before) {
                ([.., last], Some(known)) if !self.parts(known, event) => last.end = place + 1,
                _ => sessions.push(place..place + 1),
            }
            // A session keeps its campaign through events that name none.
            let campaign = match (event.1, before) {
                (0, Some((_, known))) if sessions.last().is_some_and(|one| one.len() > 1) => known,
                (campaign, _) => campaign,
            };
            before = Some((event.0, campaign));
        }
        sessions
    }
}

fn day(at_ms: i64, zone: &TimeZone) -> Option<jiff::civil::Date> {
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?;
    Some(zone.to_datetime(at).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_session_ends_after_more_than_half_an_hour() {
        let events = [(0, 0), (30 * MINUTE, 0), (60 * MINUTE + 1, 0)];
        assert_eq!(Rules::default().sessions(events.into_iter()), [0..2, 2..3]);
        assert!(Rules::default().sessions(std::iter::empty()).is_empty());
    }

    #[test]
    fn another_campaign_begins_a_session_when_asked() {
        let events = [(0, 1), (MINUTE, 0), (2 * MINUTE, 1), (3 * MINUTE, 2)];
        let rules = Rules {
            on_campaign: true,
            ..Rules::default()
        };
        assert_eq!(rules.sessions(events.into_iter()), [0..3, 3..4]);
        let together = Rules::default().sessions(events.into_iter());
        assert_eq!(together, vec![std::ops::Range { start: 0, end: 4 }]);
    }

    #[test]
    fn midnight_begins_a_session_when_asked() {
        let midnight = 86_400_000;
        let events = [(midnight - MINUTE, 0), (midnight + MINUTE, 0)];
        let rules = Rules {
            at_midnight: Some(TimeZone::UTC),
            ..Rules::default()
        };
        assert_eq!(rules.sessions(events.into_iter()), [0..1, 1..2]);
    }
}
