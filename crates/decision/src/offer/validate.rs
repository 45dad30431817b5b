//! What is wrong with the body of an offer, as far as it can be seen from itself.

use std::collections::HashSet;

use memory::interaction::is_currency;
use serde_json::Value;
use store::definition::{Problem, ProblemCode};

use super::template::web_address;
use super::{Creative, Offer, variant};
use crate::body::{Check, read};

/// The most creatives of one offer.
const LARGEST_CREATIVES: usize = 100;
/// The greatest lever.
const LARGEST_LEVER: f64 = 1_000.0;
/// The most tags of one offer.
const LARGEST_TAGS: usize = 20;
/// The longest rest or window: ten years.
const LARGEST_DAYS: f64 = 3_650.0;

pub(super) fn validate(body: &Value) -> Vec<Problem> {
    let offer: Offer = match read(body) {
        Ok(offer) => offer,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&offer.name);
    check.key(&offer.template, "/template");
    let hint = "use a short word, for example accessories";
    let message = "the category is empty or too long";
    check.short((&offer.category, 100), "/category", message, hint);
    figures(&offer, &mut check);
    dates(&offer, &mut check);
    channels(&offer, &mut check);
    reactions(&offer, &mut check);
    if let Some(json) = &offer.eligibility {
        check.0.extend(variant::criteria(json, "/eligibility"));
    }
    variant::validate(&offer, &mut check);
    if let Some(rule) = &offer.code {
        crate::code::validate(rule, &mut check);
    }
    labels(&offer, &mut check);
    placeholders(&offer, &mut check);
    check.0
}

fn figures(offer: &Offer, check: &mut Check) {
    let hint = "use 0 or more; what an acceptance costs stands in cost_cents";
    check.demand(
        offer.value_cents >= 0,
        "/value_cents",
        (ProblemCode::Negative, "the value is negative"),
        hint,
    );
    let hint = "use 0 or more";
    check.demand(
        offer.cost_cents >= 0,
        "/cost_cents",
        (ProblemCode::Negative, "the cost is negative"),
        hint,
    );
    let hint = "use a code like GBP or EUR";
    check.demand(
        is_currency(&offer.currency),
        "/currency",
        (ProblemCode::NotACurrency, "this is not a currency code"),
        hint,
    );
    check.within(offer.propensity, 0.0, 1.0, "/propensity");
    check.within(offer.lever, 0.0, LARGEST_LEVER, "/lever");
    check.within(offer.control_fraction, 0.0, 1.0, "/control_fraction");
}

fn dates(offer: &Offer, check: &mut Check) {
    if let (Some(from), Some(until)) = (offer.valid_from, offer.valid_until) {
        let hint = "valid_until must be later than valid_from";
        check.demand(
            from < until,
            "/valid_until",
            (ProblemCode::EndsBeforeStart, "the offer is never valid"),
            hint,
        );
    }
}

fn channels(offer: &Offer, check: &mut Check) {
    let some = !offer.channels.is_empty();
    check.demand(
        some,
        "/channels",
        (ProblemCode::Empty, "the offer has no channel"),
        "name at least one channel",
    );
    let given = (offer.creatives.len(), LARGEST_CREATIVES);
    let said = (ProblemCode::TooMany, "too many creatives");
    check.at_most(given, "/creatives", said, "use at most 100");
    for (place, channel) in offer.channels.iter().enumerate() {
        let twice = offer.channels[..place].contains(channel);
        let path = format!("/channels/{place}");
        check.demand(
            !twice,
            &*path,
            (ProblemCode::Twice, "the channel is there twice"),
            "remove one of them",
        );
        let shown = offer.creatives.iter().any(|c| c.channel == *channel);
        if !shown {
            let message = format!("there is no creative for the channel {channel}");
            let problem = Problem::new(path, (ProblemCode::NoCreative, message));
            let hint = "add a creative, or remove the channel";
            check
                .0
                .push(problem.with("channel", channel.word()).hint(hint));
        }
    }
    let mut known = HashSet::new();
    for (place, creative) in offer.creatives.iter().enumerate() {
        let path = format!("/creatives/{place}");
        let declared = offer.channels.contains(&creative.channel);
        let hint = "add it to channels, or remove the creative";
        check.declared(declared, creative.channel, format!("{path}/channel"), hint);
        let fresh = known.insert((creative.channel, &creative.language));
        let hint = "one creative per channel and language";
        check.demand(
            fresh,
            format!("{path}/language"),
            (ProblemCode::Twice, "this creative is there twice"),
            hint,
        );
        self::creative(creative, &path, check);
    }
}

fn placeholders(offer: &Offer, check: &mut Check) {
    let own = offer.creatives.iter().enumerate();
    let own = own.map(|(place, creative)| (format!("/creatives/{place}"), creative));
    let variants = offer.variants.iter().enumerate();
    let theirs = variants.flat_map(|(at, variant)| {
        let creatives = variant.creatives.iter().enumerate();
        creatives.map(move |(place, c)| (format!("/variants/{at}/creatives/{place}"), c))
    });
    for (path, creative) in own.chain(theirs) {
        let link = creative.link_url.as_deref().unwrap_or_default();
        let texts = [
            ("title", creative.title.as_str()),
            ("text", &creative.text),
            ("link_url", link),
        ];
        for (field, text) in texts {
            for name in offer.strange_placeholders(text) {
                let message = format!("{name:?} means nothing here");
                let hint = "use {{ offer.attributes.… }} of an attribute that the offer has, or \
                    {{ offer.code }} when it comes with a code";
                let said = (ProblemCode::UnknownPlaceholder, message);
                let problem = Problem::new(format!("{path}/{field}"), said);
                check.0.push(problem.with("name", name).hint(hint));
            }
        }
    }
}

fn labels(offer: &Offer, check: &mut Check) {
    let said = (ProblemCode::TooMany, "too many tags");
    check.at_most(
        (offer.tags.len(), LARGEST_TAGS),
        "/tags",
        said,
        "use at most 20",
    );
    for (place, tag) in offer.tags.iter().enumerate() {
        let path = format!("/tags/{place}");
        let hint = "use 1 to 40 characters";
        check.short((tag, 40), &*path, "the tag is empty or too long", hint);
        let twice = offer.tags[..place].contains(tag);
        check.demand(
            !twice,
            path,
            (ProblemCode::Twice, "the tag is there twice"),
            "remove one of them",
        );
    }
    if let Some(owner) = &offer.owner {
        let hint = "give the name or address of a person or team, or leave it out";
        check.short(
            (owner, 200),
            "/owner",
            "the owner is empty or too long",
            hint,
        );
    }
}

pub(super) fn creative(creative: &Creative, path: &str, check: &mut Check) {
    let tag = !creative.language.is_empty()
        && creative.language.len() <= 35
        && creative
            .language
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let hint = "use a tag like en or zh-CN";
    check.demand(
        tag,
        format!("{path}/language"),
        (ProblemCode::NotALanguage, "this is not a language tag"),
        hint,
    );
    for (field, address) in [
        ("image_url", &creative.image_url),
        ("link_url", &creative.link_url),
    ] {
        if let Some(address) = address {
            let hint = "use an address that starts with https:// or a path that starts with /";
            let message = (ProblemCode::NotAnAddress, "this is not a web address");
            check.demand(
                web_address(address),
                format!("{path}/{field}"),
                message,
                hint,
            );
        }
    }
    if let Some(template) = &creative.template {
        check.key(template, format!("{path}/template"));
    }
    let says =
        creative.template.is_some() || !creative.title.is_empty() || !creative.text.is_empty();
    let hint = "give it a title, a text or a message template";
    check.demand(
        says,
        path,
        (ProblemCode::SaysNothing, "the creative says nothing"),
        hint,
    );
    for (field, text, most) in [
        ("title", &creative.title, 200),
        ("text", &creative.text, 10_000),
    ] {
        let said = (ProblemCode::TooLong, "the creative is too long");
        let hint = format!("use at most {most} characters");
        check.at_most(
            (text.chars().count(), most),
            format!("{path}/{field}"),
            said,
            &hint,
        );
    }
}

fn reactions(offer: &Offer, check: &mut Check) {
    let suppress = &offer.suppress;
    for (field, days) in [
        ("/suppress/after_accept_days", suppress.after_accept_days),
        ("/suppress/after_reject_days", suppress.after_reject_days),
        ("/suppress/views_days", suppress.views_days),
        ("/suppress/ignored_days", suppress.ignored_days),
        (
            "/relevant/window_days",
            offer.relevant.as_ref().and_then(|r| r.window_days),
        ),
    ] {
        if let Some(days) = days {
            check.within(f64::from(days), 1.0, LARGEST_DAYS, field);
        }
    }
    if let Some(views) = suppress.after_views {
        check.within(f64::from(views), 1.0, 1_000.0, "/suppress/after_views");
    }
    if let Some(times) = suppress.after_ignored {
        check.within(f64::from(times), 1.0, 1_000.0, "/suppress/after_ignored");
    }
    let rests = suppress
        .after_accept_days
        .or(suppress.after_reject_days)
        .or(suppress.after_ignored)
        .is_some();
    let hint = "say when with after_accept_days, after_reject_days or after_ignored";
    let timed = rests || (suppress.related.is_empty() && suppress.related_lists.is_empty());
    check.demand(
        timed,
        "/suppress/related",
        (ProblemCode::NeverRests, "related offers would never rest"),
        hint,
    );
    for (place, key) in suppress.related.iter().enumerate() {
        check.key(key, format!("/suppress/related/{place}"));
    }
    for (place, key) in suppress.related_lists.iter().enumerate() {
        check.key(key, format!("/suppress/related_lists/{place}"));
    }
    if let Some(relevant) = &offer.relevant {
        let some = relevant.any_purchase
            || !relevant.products.is_empty()
            || !relevant.categories.is_empty();
        let hint = "name products or categories, or set any_purchase";
        check.demand(
            some,
            "/relevant",
            (ProblemCode::NoPurchase, "no purchase is relevant"),
            hint,
        );
    }
    for (place, key) in offer.placements.iter().flatten().enumerate() {
        check.key(key, format!("/placements/{place}"));
    }
}
