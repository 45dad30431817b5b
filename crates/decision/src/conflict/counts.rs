//! Counts of which one is never smaller than another: of the same things, looked for at least as
//! far back, and with no more demanded of them.

use memory::criteria::{Aggregate, ContactFilter, Moment, Occurrence, ResponseFilter, Window};

/// Whether `wide` counts everything that `narrow` counts.
///
/// Of a customer only the newest occurrences are kept to be counted. That never turns the two
/// around as long as the wide window reaches up to now.
pub(super) fn covers(wide: &Aggregate, narrow: &Aggregate) -> bool {
    up_to_now(wide.window)
        && (wide.window == narrow.window || reaches_as_far(wide.window, narrow.window))
        && admits(&wide.of, &narrow.of)
}

fn up_to_now(window: Window) -> bool {
    match window {
        Window::Ever
        | Window::Rolling(_)
        | Window::Calendar { ago: 0, .. }
        | Window::Between { until: None, .. } => true,
        Window::Calendar { .. } | Window::Between { .. } | Window::Before(_) => false,
    }
}

/// Whether a window that reaches up to now begins no later than another one, at every moment.
fn reaches_as_far(wide: Window, narrow: Window) -> bool {
    let since = |window| match window {
        Window::Rolling(ms) => Some(Moment::Ago(ms)),
        Window::Between { from, .. } => from,
        Window::Ever | Window::Calendar { .. } | Window::Before(_) => None,
    };
    match (wide, since(wide), since(narrow)) {
        (Window::Ever, _, _) => true,
        (_, Some(Moment::Ago(wide)), Some(Moment::Ago(narrow))) => narrow <= wide,
        (_, Some(Moment::At(wide)), Some(Moment::At(narrow))) => wide <= narrow,
        (_, _, _) => super::policies::covers(wide, narrow),
    }
}

/// Whether one filter admits whatever another one does.
fn admits(wide: &Occurrence, narrow: &Occurrence) -> bool {
    match (wide, narrow) {
        (Occurrence::Events(wide), Occurrence::Events(narrow)) => {
            let mut demanded = wide.tests.iter();
            wide.event == narrow.event && demanded.all(|test| narrow.tests.contains(test))
        }
        (Occurrence::Contacts(wide), Occurrence::Contacts(narrow)) => {
            let ContactFilter {
                channel,
                offer,
                category,
                placement,
            } = wide;
            any_or_same(channel, &narrow.channel)
                && any_or_same(offer, &narrow.offer)
                && any_or_same(category, &narrow.category)
                && any_or_same(placement, &narrow.placement)
        }
        (Occurrence::Responses(wide), Occurrence::Responses(narrow)) => {
            let ResponseFilter {
                kind,
                offer,
                category,
                inferred,
            } = wide;
            any_or_same(kind, &narrow.kind)
                && any_or_same(offer, &narrow.offer)
                && any_or_same(category, &narrow.category)
                && any_or_same(inferred, &narrow.inferred)
        }
        (_, _) => false,
    }
}

fn any_or_same<T: PartialEq>(wide: &Option<T>, narrow: &Option<T>) -> bool {
    wide.is_none() || wide == narrow
}
