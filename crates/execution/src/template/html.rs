//! Works on finished HTML: tracked links, the open pixel, the plain part.

/// Links in one mail; more is a list nobody reads.
const MAX_LINKS: usize = 500;

/// A finished mail whose links lead through us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// The HTML with replaced links and the pixel.
    pub html: String,
    /// Where each link really leads; the token of a link carries its place in this list.
    pub targets: Vec<String>,
}

/// A link that a mail must not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsafe(pub String);

/// Replaces every web link by what `link` makes of it and appends the open pixel.
///
/// Links that begin with one of `keep` stay as they are: ours for unsubscribing, for example.
pub fn track(
    html: &str,
    keep: &[&str],
    mut link: impl FnMut(u16, &str) -> String,
    pixel_url: Option<&str>,
) -> Result<Tracked, Unsafe> {
    let mut out = String::with_capacity(html.len() + 1024);
    let mut targets = Vec::new();
    let mut copied = 0;
    for (start, end) in hrefs(html) {
        let url = unescape(&html[start..end]);
        let kept = keep
            .iter()
            .any(|prefix| !prefix.is_empty() && url.starts_with(prefix));
        match kind(&url) {
            Link::Forbidden => return Err(Unsafe(url)),
            Link::Web if !kept && targets.len() < MAX_LINKS => {
                let index = u16::try_from(targets.len()).expect("at most 500 links");
                out.push_str(&html[copied..start]);
                out.push_str(&escape(&link(index, &url)));
                copied = end;
                targets.push(url);
            }
            Link::Web | Link::Other => {}
        }
    }
    out.push_str(&html[copied..]);
    if let Some(url) = pixel_url {
        let pixel = format!(
            "<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\" \
             style=\"display:block;border:0;width:1px;height:1px\">",
            escape(url)
        );
        let at = out.rfind("</body>").unwrap_or(out.len());
        out.insert_str(at, &pixel);
    }
    Ok(Tracked { html: out, targets })
}

/// Every link that may not be in a mail; used before anything is sent.
pub(super) fn forbidden_link(html: &str) -> Option<String> {
    hrefs(html)
        .into_iter()
        .map(|(start, end)| unescape(&html[start..end]))
        .find(|url| kind(url) == Link::Forbidden)
}

#[derive(PartialEq, Eq)]
enum Link {
    Web,
    /// mailto:, tel:, sms: and anchors.
    Other,
    Forbidden,
}

fn kind(url: &str) -> Link {
    let compact: String = url
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    let lower = compact.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Link::Web;
    }
    let harmless = ["mailto:", "tel:", "sms:", "#"];
    if lower.is_empty() || harmless.iter().any(|scheme| lower.starts_with(scheme)) {
        return Link::Other;
    }
    Link::Forbidden
}

/// The places of the values of `href` in `<a …>` and `<area …>`.
fn hrefs(html: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        let end = tag_end(html, open);
        let name = tag_name(&html[open..end]);
        if (name == "a" || name == "area")
            && let Some((from, to)) = attribute(&html[open..end], "href")
        {
            places.push((open + from, open + to));
        }
        at = end.max(open + 1);
    }
    places
}

/// One past the `>` that ends the tag at `open`, not counting those in quotes.
fn tag_end(html: &str, open: usize) -> usize {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate().skip(open + 1) {
        match (quote, byte) {
            (Some(mark), _) if mark == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return at + 1,
            (None, _) => {}
        }
    }
    html.len()
}

fn tag_name(tag: &str) -> String {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    name[..end].to_ascii_lowercase()
}

fn attribute(tag: &str, wanted: &str) -> Option<(usize, usize)> {
    let bytes = tag.as_bytes();
    let mut at = 1 + tag_name(tag).len();
    while at < bytes.len() {
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
            at += 1;
        }
        let name_from = at;
        while at < bytes.len() && !matches!(bytes[at], b'=' | b'>' | b' ' | b'\t' | b'\r' | b'\n') {
            at += 1;
        }
        let name = &tag[name_from..at];
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        if bytes.get(at) != Some(&b'=') {
            at = at.max(name_from + 1);
            continue;
        }
        at += 1;
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let (from, to) = match bytes.get(at) {
            Some(quote @ (b'"' | b'\'')) => {
                let from = at + 1;
                let length = bytes[from..].iter().position(|byte| byte == quote);
                (from, from + length.unwrap_or(bytes.len() - from))
            }
            Some(_) | None => {
                let end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'>';
                let length = bytes[at.min(bytes.len())..].iter().position(end);
                (at, length.map_or(bytes.len(), |length| at + length))
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some((from, to));
        }
        at = to + 1;
    }
    None
}

/// Text as the value of an attribute or as content.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The text behind the entities that mails use.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = rest.bytes().take(12).position(|byte| byte == b';');
        match length.and_then(|length| entity(&rest[1..length]).map(|c| (c, length))) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "pound" => '£',
        "yen" => '¥',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "laquo" => '«',
        "raquo" => '»',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        "middot" => '·',
        "times" => '×',
        "rarr" => '→',
        "shy" => '\u{ad}',
        "zwnj" => '\u{200c}',
        _unknown => return None,
    })
}

/// The plain part of a mail: what a reader hears, with the targets of the links in brackets.
pub(super) fn plain_text(html: &str) -> String {
    let mut writer = Plain::default();
    let mut at = 0;
    while at < html.len() {
        if let Some(comment) = html[at..].strip_prefix("<!--") {
            at += 4 + comment.find("-->").map_or(comment.len(), |end| end + 3);
            continue;
        }
        if !html[at..].starts_with('<') {
            let end = html[at..].find('<').map_or(html.len(), |found| at + found);
            writer.text(&unescape(&html[at..end]));
            at = end;
            continue;
        }
        let end = tag_end(html, at);
        let tag = &html[at..end];
        let name = tag_name(tag);
        at = end;
        if ["style", "script", "title", "head"].contains(&name.as_str()) && !tag.starts_with("</") {
            let close = format!("</{name}");
            at = find_ignoring_case(&html[at..], &close).map_or(html.len(), |found| at + found);
            continue;
        }
        writer.tag(&name, tag);
    }
    writer.finish()
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    text.windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted))
}

#[derive(Default)]
struct Plain {
    out: String,
    /// White space seen since the last word.
    space: bool,
    /// Line breaks wanted before the next word.
    breaks: usize,
    /// The target of the link that is open, and where its text began.
    link: Option<(String, usize)>,
}

impl Plain {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() && c != '\u{a0}' {
                self.space = true;
            } else if !['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{feff}'].contains(&c) {
                self.flush();
                self.out.push(if c == '\u{a0}' { ' ' } else { c });
            }
        }
    }

    fn flush(&mut self) {
        if self.out.is_empty() {
            // nothing stands before the first word
        } else if self.breaks > 0 {
            self.out
                .extend(std::iter::repeat_n('\n', self.breaks.min(2)));
        } else if self.space {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.space = false;
    }

    fn tag(&mut self, name: &str, tag: &str) {
        let closes = tag.starts_with("</");
        match name {
            "br" => self.breaks += 1,
            "p" | "h1" | "h2" | "h3" | "h4" | "ul" | "ol" | "table" | "hr" => self.breaks = 2,
            "div" | "tr" | "section" | "blockquote" => self.breaks = self.breaks.max(1),
            "td" | "th" => self.space = true,
            "li" if !closes => {
                self.breaks = self.breaks.max(1);
                self.text("-");
                self.space = true;
            }
            "img" => {
                let alt = attribute(tag, "alt").map(|(from, to)| unescape(&tag[from..to]));
                self.text(&alt.unwrap_or_default());
            }
            "a" if closes => self.end_link(),
            "a" => {
                let href = attribute(tag, "href").map(|(from, to)| unescape(&tag[from..to]));
                self.link = href.map(|href| (href, self.out.len()));
            }
            _inline => {}
        }
    }

    fn end_link(&mut self) {
        let Some((href, from)) = self.link.take() else {
            return;
        };
        let shown = self.out[from..].trim().to_owned();
        if kind(&href) == Link::Web && shown != href {
            self.space = true;
            self.breaks = 0;
            self.flush();
            self.out.push_str(&format!("({href})"));
        }
    }

    fn finish(self) -> String {
        self.out
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracked(html: &str) -> Tracked {
        let link = |index, _: &str| format!("https://r/t/{index}?a&b");
        track(html, &["https://r/u/"], link, Some("https://r/o/1")).unwrap()
    }

    #[test]
    fn every_web_link_leads_through_us_and_keeps_its_target() {
        let tracked = tracked(
            "<body><a class='x' href=\"https://s/?a=1&amp;b=2\">A</a><A HREF=https://s/2>B</A>\
             <a href='mailto:a@b'>C</a><a href=\"https://r/u/tok\">D</a><a name=x>E</a></body>",
        );
        assert_eq!(tracked.targets, ["https://s/?a=1&b=2", "https://s/2"]);
        assert!(
            tracked.html.contains("href=\"https://r/t/0?a&amp;b\">A"),
            "{}",
            tracked.html
        );
        assert!(tracked.html.contains("HREF=https://r/t/1?a&amp;b>B"));
        assert!(tracked.html.contains("mailto:a@b"));
        assert!(tracked.html.contains("https://r/u/tok"));
        assert!(tracked.html.ends_with("height:1px\"></body>"));
    }

    #[test]
    fn a_link_that_runs_something_is_refused() {
        for href in [
            "javascript:alert(1)",
            "java&#10;script:x",
            " data:text/html,x",
            "//s",
            "x",
        ] {
            let html = format!("<a href=\"{href}\">x</a>");
            assert!(
                track(&html, &[], |_, _| String::new(), None).is_err(),
                "{href}"
            );
        }
    }

    #[test]
    fn the_plain_part_reads_like_the_mail() {
        let text = plain_text(
            "<html><head><title>T</title><style>p{}</style></head><body><!-- c --><h1>Hello\n  \
             you</h1><div>One<br>two &amp; three&nbsp;&pound;4</div><ul><li>a</li><li>b</li></ul>\
             <p><a href=\"https://s/x?a&amp;b\">Buy  now</a> or <a href='https://s'>https://s</a>\
             </p><img src=x alt='Logo'></body>",
        );
        let expected = "Hello you\n\nOne\ntwo & three £4\n\n- a\n- b\n\n\
                        Buy now (https://s/x?a&b) or https://s\n\nLogo";
        assert_eq!(text, expected);
    }

    #[test]
    fn broken_html_never_panics() {
        for html in [
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href=\"",
            "&",
            "&#;",
            "<!--",
            "<style>",
            "</",
            "<a href='x",
            "é<é>é&é;",
            "<a é=é href=é>",
        ] {
            let _ = plain_text(html);
            let _ = track(html, &[], |_, url| url.to_owned(), None);
        }
    }
}
