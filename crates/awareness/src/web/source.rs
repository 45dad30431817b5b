//! Where visits come from: one readable table of rules, the first that fits decides.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The kind of way by which a visit comes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebChannel)]
pub enum Channel {
    /// An advertisement beside search results.
    PaidSearch,
    /// An advertisement in a social network.
    PaidSocial,
    /// Any other paid way.
    Display,
    /// A partner who is paid for it.
    Affiliate,
    /// A mail.
    Email,
    /// A short message.
    Sms,
    /// A search engine.
    Search,
    /// A social network.
    Social,
    /// A link on another site.
    Referral,
    /// A campaign that says nothing of its kind.
    Campaign,
    /// Nothing is known: typed, bookmarked, or hidden.
    Direct,
}

impl Channel {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Channel::PaidSearch => "paid_search",
            Channel::PaidSocial => "paid_social",
            Channel::Display => "display",
            Channel::Affiliate => "affiliate",
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Search => "search",
            Channel::Social => "social",
            Channel::Referral => "referral",
            Channel::Campaign => "campaign",
            Channel::Direct => "direct",
        }
    }
}

/// What an event tells of where its visit comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Hints<'a> {
    /// `utm_source`.
    pub source: Option<&'a str>,
    /// `utm_medium`.
    pub medium: Option<&'a str>,
    /// `utm_campaign`.
    pub campaign: Option<&'a str>,
    /// `utm_content`.
    pub content: Option<&'a str>,
    /// `utm_term`.
    pub term: Option<&'a str>,
    /// The address of the page before.
    pub referrer: Option<&'a str>,
    /// The address of the page, or what follows its `?`.
    pub address: Option<&'a str>,
}

/// Where a visit comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The kind of way.
    pub channel: Channel,
    /// Who it comes from: a source of a campaign, a search engine, a site.
    pub source: String,
    /// The campaign.
    pub campaign: Option<String>,
    /// The form of the campaign's advertisement.
    pub content: Option<String>,
    /// The words that were searched for when it was shown.
    pub term: Option<String>,
}

impl Source {
    /// A way that no campaign paved.
    fn of(channel: Channel, source: String) -> Source {
        Source {
            channel,
            source,
            campaign: None,
            content: None,
            term: None,
        }
    }
}

/// Parameters that advertisements add to addresses: whose, and what kind of way that is.
const CLICK_IDS: [(&str, &str, Channel); 12] = [
    ("gclid", "google", Channel::PaidSearch),
    ("gbraid", "google", Channel::PaidSearch),
    ("wbraid", "google", Channel::PaidSearch),
    ("dclid", "google", Channel::Display),
    ("msclkid", "bing", Channel::PaidSearch),
    ("yclid", "yandex", Channel::PaidSearch),
    ("bd_vid", "baidu", Channel::PaidSearch),
    ("fbclid", "facebook", Channel::Social),
    ("ttclid", "tiktok", Channel::PaidSocial),
    ("twclid", "x", Channel::PaidSocial),
    ("li_fat_id", "linkedin", Channel::PaidSocial),
    ("irclickid", "impact", Channel::Affiliate),
];

/// Words of `utm_medium`, and what kind of way they mean.
const MEDIA: [(&str, Channel); 24] = [
    ("cpc", Channel::PaidSearch),
    ("ppc", Channel::PaidSearch),
    ("paidsearch", Channel::PaidSearch),
    ("paid_search", Channel::PaidSearch),
    ("sem", Channel::PaidSearch),
    ("paidsocial", Channel::PaidSocial),
    ("paid_social", Channel::PaidSocial),
    ("cpm", Channel::Display),
    ("display", Channel::Display),
    ("banner", Channel::Display),
    ("affiliate", Channel::Affiliate),
    ("affiliates", Channel::Affiliate),
    ("partner", Channel::Affiliate),
    ("email", Channel::Email),
    ("e-mail", Channel::Email),
    ("mail", Channel::Email),
    ("newsletter", Channel::Email),
    ("sms", Channel::Sms),
    ("organic", Channel::Search),
    ("search", Channel::Search),
    ("social", Channel::Social),
    ("social-media", Channel::Social),
    ("referral", Channel::Referral),
    ("link", Channel::Referral),
];

/// Sites by a part of their name (a whole label, or several with dots), and who they are.
const SITES: [(&str, &str, Channel); 38] = [
    ("google", "google", Channel::Search),
    ("bing", "bing", Channel::Search),
    ("duckduckgo", "duckduckgo", Channel::Search),
    ("ecosia", "ecosia", Channel::Search),
    ("qwant", "qwant", Channel::Search),
    ("startpage", "startpage", Channel::Search),
    ("yandex", "yandex", Channel::Search),
    ("baidu", "baidu", Channel::Search),
    ("sogou", "sogou", Channel::Search),
    ("so.com", "360", Channel::Search),
    ("naver", "naver", Channel::Search),
    ("seznam", "seznam", Channel::Search),
    ("search.yahoo", "yahoo", Channel::Search),
    ("yahoo", "yahoo", Channel::Search),
    ("search.brave", "brave", Channel::Search),
    ("mail.google", "gmail", Channel::Email),
    ("mail.yahoo", "yahoo mail", Channel::Email),
    ("outlook.live", "outlook", Channel::Email),
    ("outlook.office", "outlook", Channel::Email),
    ("mail.qq", "qq mail", Channel::Email),
    ("facebook", "facebook", Channel::Social),
    ("fb.com", "facebook", Channel::Social),
    ("instagram", "instagram", Channel::Social),
    ("twitter", "x", Channel::Social),
    ("t.co", "x", Channel::Social),
    ("x.com", "x", Channel::Social),
    ("linkedin", "linkedin", Channel::Social),
    ("lnkd.in", "linkedin", Channel::Social),
    ("pinterest", "pinterest", Channel::Social),
    ("reddit", "reddit", Channel::Social),
    ("tiktok", "tiktok", Channel::Social),
    ("youtube", "youtube", Channel::Social),
    ("youtu.be", "youtube", Channel::Social),
    ("vk.com", "vk", Channel::Social),
    ("weibo", "weibo", Channel::Social),
    ("t.cn", "weibo", Channel::Social),
    ("xiaohongshu", "xiaohongshu", Channel::Social),
    ("weixin.qq", "wechat", Channel::Social),
];

/// Networks that a paid campaign of them makes a paid way of its own.
const SOCIAL_SOURCES: [&str; 8] = [
    "facebook",
    "instagram",
    "tiktok",
    "linkedin",
    "x",
    "twitter",
    "pinterest",
    "weibo",
];

/// A parameter of an address, as it stands there.
fn parameter<'a>(address: &'a str, name: &str) -> Option<&'a str> {
    let query = match address.split_once('?') {
        Some((_, query)) => query,
        None if address.contains('=') => address,
        None => return None,
    };
    let query = query.split('#').next().unwrap_or(query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .into_iter()
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// The name of the site of an address, in lower case, without `www.`.
pub fn site(address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?.split(':').next()?;
    let host = host.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (host.contains('.') && !host.contains(' ')).then(|| host.to_owned())
}

/// Whether a site's name has these labels, one after the other.
fn has_labels(site: &str, labels: &str) -> bool {
    site == labels
        || site.starts_with(&format!("{labels}."))
        || site.ends_with(&format!(".{labels}"))
        || site.contains(&format!(".{labels}."))
}

/// The known site of a name; the most specific entry decides.
fn known(site: &str) -> Option<(&'static str, Channel)> {
    let fits = SITES
        .iter()
        .filter(|(labels, _, _)| has_labels(site, labels));
    fits.max_by_key(|(labels, _, _)| labels.len())
        .map(|(_, name, channel)| (*name, *channel))
}

fn said(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Where a visit comes from. `own` are the sites of the company: links within them tell nothing.
pub fn source(hints: &Hints<'_>, own: Option<&str>) -> Source {
    let address = hints.address.unwrap_or_default();
    let word = |given, name: &str| {
        let text = said(given).or_else(|| parameter(address, name));
        text.map(|text| text.to_lowercase())
    };
    let text = |given, name: &str| {
        let text = said(given).or_else(|| parameter(address, name));
        text.map(str::to_owned)
    };
    let campaign = text(hints.campaign, "utm_campaign");
    let utm_source = word(hints.source, "utm_source");
    let medium = word(hints.medium, "utm_medium");
    let click = CLICK_IDS
        .iter()
        .find(|(name, _, _)| parameter(address, name).is_some());
    let referrer = said(hints.referrer)
        .and_then(site)
        .filter(|site| Some(site.as_str()) != own);
    let referring = referrer.as_deref().and_then(known);
    let paid_social = |channel: Channel, source: &str| match channel {
        Channel::PaidSearch if SOCIAL_SOURCES.contains(&source) => Channel::PaidSocial,
        channel => channel,
    };
    if utm_source.is_some() || medium.is_some() || campaign.is_some() {
        let by_medium = medium.as_deref().and_then(|medium| {
            MEDIA
                .iter()
                .find(|(word, _)| *word == medium)
                .map(|(_, channel)| *channel)
        });
        let source = utm_source
            .or_else(|| click.map(|(_, who, _)| (*who).to_owned()))
            .or_else(|| referring.map(|(who, _)| who.to_owned()))
            .or(referrer)
            .unwrap_or_default();
        let channel = by_medium
            .or_else(|| click.map(|(_, _, channel)| *channel))
            .unwrap_or(Channel::Campaign);
        return Source {
            channel: paid_social(channel, &source),
            source,
            campaign,
            content: text(hints.content, "utm_content"),
            term: text(hints.term, "utm_term"),
        };
    }
    if let Some((_, who, channel)) = click {
        return Source::of(*channel, (*who).to_owned());
    }
    match (referring, referrer) {
        (Some((who, channel)), _) => Source::of(channel, who.to_owned()),
        (None, Some(site)) => Source::of(Channel::Referral, site),
        (None, None) => Source::of(Channel::Direct, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(address: &str, referrer: &str) -> (Channel, String) {
        let hints = Hints {
            referrer: Some(referrer),
            address: Some(address),
            ..Hints::default()
        };
        let source = source(&hints, Some("shop.example"));
        (source.channel, source.source)
    }

    #[test]
    fn visits_come_from_where_their_marks_say() {
        let cases = [
            ("/", "", Channel::Direct, ""),
            ("/", "https://shop.example/a", Channel::Direct, ""),
            ("/", "https://www.google.co.uk/", Channel::Search, "google"),
            (
                "/?gclid=1",
                "https://www.google.com/",
                Channel::PaidSearch,
                "google",
            ),
            ("/?msclkid=1", "", Channel::PaidSearch, "bing"),
            (
                "/?fbclid=1",
                "https://l.facebook.com/",
                Channel::Social,
                "facebook",
            ),
            ("/", "https://mail.google.com/mail", Channel::Email, "gmail"),
            ("/", "https://t.co/abc", Channel::Social, "x"),
            (
                "/",
                "https://notgoogle.example/x",
                Channel::Referral,
                "notgoogle.example",
            ),
            (
                "/",
                "https://blog.example/post",
                Channel::Referral,
                "blog.example",
            ),
            (
                "/?utm_source=Spring&utm_medium=Email",
                "",
                Channel::Email,
                "spring",
            ),
            (
                "/?utm_source=facebook&utm_medium=cpc",
                "",
                Channel::PaidSocial,
                "facebook",
            ),
            (
                "/?utm_source=google&utm_medium=cpc",
                "",
                Channel::PaidSearch,
                "google",
            ),
            (
                "/?utm_campaign=x",
                "https://www.bing.com/",
                Channel::Campaign,
                "bing",
            ),
        ];
        for (address, referrer, channel, name) in cases {
            assert_eq!(
                told(address, referrer),
                (channel, name.to_owned()),
                "{address} {referrer}"
            );
        }
    }

    #[test]
    fn a_campaign_named_by_the_client_needs_no_address() {
        let hints = Hints {
            source: Some("search"),
            medium: Some("cpc"),
            campaign: Some("spring"),
            ..Hints::default()
        };
        let found = source(&hints, None);
        assert_eq!(found.channel, Channel::PaidSearch);
        assert_eq!(found.campaign.as_deref(), Some("spring"));
    }

    #[test]
    fn an_address_tells_the_form_of_an_advertisement_and_the_words_it_was_shown_for() {
        let hints = Hints {
            address: Some("/?utm_source=google&utm_content=Blue&utm_term=bags"),
            ..Hints::default()
        };
        let found = source(&hints, None);
        assert_eq!(
            (found.content.as_deref(), found.term.as_deref()),
            (Some("Blue"), Some("bags"))
        );
    }
}
