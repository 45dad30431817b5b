//! Counts that contradict each other, and those that only look as if they did.

use memory::criteria::{Vocabulary, parse};

use super::never::{Verdict, lists_needed, verdict};

fn told(text: &str) -> Verdict {
    verdict(&parse(text, &Vocabulary::default()).unwrap())
}

#[test]
fn who_did_something_lately_has_done_it() {
    let order = "\"Order Completed\"";
    let dear = "\"Order Completed\" where total > 50";
    for text in [
        format!("did {order} at least 2 times in the last 365 days and not did {order}"),
        format!("did {order} in the last 30 days and never did {order} in the last 90 days"),
        format!("did {dear} in the last 30 days and never did {order}"),
        format!("did {order} today and not did {order} in the last 7 days"),
        format!("did {order} in the calendar month 2 months ago and never did {order}"),
        format!(
            "did {order} at least 3 times in the last 30 days and did {order} at most 2 times in \
             the last 90 days"
        ),
        "responded with accept to sale and never responded with accept".to_owned(),
        "was contacted by email today and was never contacted in the last 7 days".to_owned(),
    ] {
        assert_eq!(told(&text), Verdict::Never, "{text}");
    }
}

#[test]
fn what_a_customer_can_meet_is_never_called_impossible() {
    let order = "\"Order Completed\"";
    let dear = "\"Order Completed\" where total > 50";
    for text in [
        // The longer window may hold what the shorter one does not.
        format!("did {order} and never did {order} in the last 365 days"),
        format!("did {order} in the last 90 days and never did {order} in the last 30 days"),
        // Cheap ones.
        format!("did {order} in the last 30 days and never did {dear}"),
        // Of the newest only so many are kept, and an older window sees what is left of them.
        format!("did {dear} more than 30 days ago and never did {order} more than 30 days ago"),
        format!("did {order} today and never did \"Cart Viewed\""),
        format!(
            "did {order} at least 2 times in the last 30 days and did {order} at most 2 times in \
             the last 90 days"
        ),
        format!("did {order} this year and never did {order} in the last 30 days"),
        "responded with accept and never responded with accept to sale".to_owned(),
        "was contacted today and was never contacted by email".to_owned(),
    ] {
        assert_eq!(told(&text), Verdict::Depends, "{text}");
    }
}

#[test]
fn an_attribute_that_would_need_two_values_is_named() {
    let size = "size is \"s\" and size is \"m\"";
    let colour = "colour is \"red\" and colour is \"blue\"";
    for (text, names) in [
        (format!("{size} and city is \"York\""), vec!["size"]),
        (format!("{size} and {colour}"), vec!["size", "colour"]),
        // Either will do, so none of them has to.
        (format!("({size}) or ({colour})"), vec![]),
    ] {
        assert_eq!(told(&text), Verdict::OnlyLists, "{text}");
        let rule = parse(&text, &Vocabulary::default()).unwrap();
        assert_eq!(lists_needed(&rule), names, "{text}");
    }
}
