//! Access logs of web servers: lines in the common or combined format, as rows with columns.
//!
//! A log names addresses of people who were not asked. What becomes of one is a hash of the day,
//! the address and the browser with a secret of this installation: visits of one day belong
//! together, nobody is recognised on another day, and the address itself is not kept.

use jiff::fmt::strtime;
use serde_json::Value;

/// The columns that lines become.
pub const COLUMNS: [&str; 11] = [
    "time",
    "visitor",
    "kind",
    "path",
    "url",
    "referrer",
    "user_agent",
    "method",
    "status",
    "bytes",
    "user",
];

/// What kind of line it is: only `page` shows somebody a page.
const KIND: [&str; 5] = ["page", "asset", "bot", "error", "other"];

/// Ends of paths that are no pages.
const ASSETS: [&str; 26] = [
    ".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif",
    ".ico", ".woff", ".woff2", ".ttf", ".eot", ".mp4", ".webm", ".mp3", ".json", ".xml", ".txt",
    ".pdf", ".zip", ".gz", ".wasm",
];

/// Words of programs that visit by themselves.
const BOTS: [&str; 18] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "facebookexternalhit",
    "preview",
    "headless",
    "lighthouse",
    "pingdom",
    "uptime",
    "monitor",
    "curl/",
    "wget",
    "python",
    "go-http-client",
    "java/",
    "httpclient",
    "scan",
];

/// A line of a log, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    address: &'a str,
    user: Option<&'a str>,
    time: &'a str,
    method: &'a str,
    target: &'a str,
    status: u16,
    bytes: Option<u64>,
    referrer: Option<&'a str>,
    agent: Option<&'a str>,
}

/// Takes a line apart; `None` when it is no line of such a log.
pub fn line(text: &str) -> Option<Line<'_>> {
    let (address, rest) = text.trim().split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    let (user, rest) = rest.split_once(" [")?;
    let (time, rest) = rest.split_once("] ")?;
    let (request, rest) = quoted(rest)?;
    let mut numbers = rest.trim_start().splitn(3, ' ');
    let status = numbers.next()?.parse().ok()?;
    let bytes = numbers.next().and_then(|bytes| bytes.trim().parse().ok());
    let said = numbers.next().unwrap_or_default().trim_start();
    let (referrer, rest) = quoted(said).unwrap_or_default();
    let (agent, _) = quoted(rest.trim_start()).unwrap_or_default();
    let mut words = request.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    (!address.is_empty() && time.len() >= 20).then_some(Line {
        address,
        user: given(user),
        time,
        method,
        target,
        status,
        bytes,
        referrer: given(referrer),
        agent: given(agent),
    })
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty() && *text != "-")
}

/// A text in quotes, and what follows it; quotes inside are escaped with a backslash.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (place, letter) in inner.char_indices() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Some((&inner[..place], &inner[place + 1..])),
            _ => escaped = false,
        }
    }
    None
}

impl Line<'_> {
    /// What kind of line it is.
    fn kind(&self) -> &'static str {
        let path = self.path().to_ascii_lowercase();
        let agent = self.agent.unwrap_or_default().to_ascii_lowercase();
        if BOTS.iter().any(|word| agent.contains(word)) || path == "/robots.txt" {
            KIND[2]
        } else if self.status >= 400 {
            KIND[3]
        } else if ASSETS.iter().any(|end| path.ends_with(end)) {
            KIND[1]
        } else if self.method == "GET" && (200..300).contains(&self.status) {
            KIND[0]
        } else {
            KIND[4]
        }
    }

    fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }

    /// When it was, as RFC 3339; `None` when that cannot be read.
    fn instant(&self) -> Option<String> {
        let read = strtime::parse("%d/%b/%Y:%H:%M:%S %z", self.time).ok()?;
        Some(read.to_timestamp().ok()?.to_string())
    }

    /// Who it was on that day, with a secret of this installation.
    fn visitor(&self, salt: &str) -> String {
        let day = self.time.split(':').next().unwrap_or_default();
        let mut hash = blake3::Hasher::new();
        for part in [salt, day, self.address, self.agent.unwrap_or_default()] {
            hash.update(part.as_bytes()).update(&[0]);
        }
        format!("log-{}", &hash.finalize().to_hex()[..24])
    }

    /// The line as cells in the order of [`COLUMNS`].
    pub fn cells(&self, salt: &str) -> Vec<Value> {
        let text =
            |text: Option<&str>| text.map_or(Value::Null, |text| Value::from(text.to_owned()));
        vec![
            self.instant().map_or(Value::Null, Value::from),
            self.visitor(salt).into(),
            self.kind().into(),
            text(Some(self.path())),
            text(Some(self.target)),
            text(self.referrer),
            text(self.agent),
            text(Some(self.method)),
            self.status.into(),
            self.bytes.map_or(Value::Null, Value::from),
            text(self.user),
        ]
    }
}

/// Whether the first lines of a file are those of such a log.
pub fn looks_like(text: &str) -> bool {
    const LINES: usize = 20;
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .collect();
    // The last line of a sample may be cut short.
    let whole = lines.len().saturating_sub(1).max(1);
    let read = lines
        .iter()
        .take(whole)
        .filter(|text| line(text).is_some())
        .count();
    !lines.is_empty() && read * 10 >= whole * 8
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMBINED: &str = "203.0.113.7 - - [10/Oct/2026:13:55:36 +0200] \
        \"GET /shop/bags?utm_source=x HTTP/1.1\" 200 2326 \"https://www.google.com/\" \
        \"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0\"";

    fn kind(method: &str, target: &str, status: u16, agent: &str) -> String {
        let text = format!(
            "203.0.113.7 - ann [10/Oct/2026:13:55:36 +0000] \"{method} {target} HTTP/1.1\" \
             {status} - \"-\" \"{agent}\""
        );
        line(&text).unwrap().kind().to_owned()
    }

    #[test]
    fn a_combined_line_is_taken_apart() {
        let read = line(COMBINED).unwrap();
        let cells = read.cells("salt");
        assert_eq!(cells[0], "2026-10-10T11:55:36Z");
        assert_eq!(cells[2], "page");
        assert_eq!(
            (&cells[3], &cells[4]),
            (&"/shop/bags".into(), &"/shop/bags?utm_source=x".into())
        );
        assert_eq!(cells[5], "https://www.google.com/");
        assert_eq!(
            (&cells[8], &cells[9], &cells[10]),
            (&200.into(), &2326.into(), &Value::Null)
        );
        assert!(!format!("{cells:?}").contains("203.0.113.7"));
    }

    #[test]
    fn a_visitor_is_one_on_one_day_and_unknown_on_the_next() {
        let visitor = |text: &str| line(text).unwrap().visitor("salt");
        let same = COMBINED
            .replace("13:55:36", "20:00:00")
            .replace("/shop/bags", "/");
        assert_eq!(visitor(COMBINED), visitor(&same));
        assert_ne!(
            visitor(COMBINED),
            visitor(&COMBINED.replace("10/Oct", "11/Oct"))
        );
        assert_ne!(
            visitor(COMBINED),
            visitor(&COMBINED.replace("Firefox", "Other"))
        );
        assert_ne!(
            visitor(COMBINED),
            line(COMBINED).unwrap().visitor("other salt")
        );
    }

    #[test]
    fn only_pages_that_people_saw_are_pages() {
        let firefox = "Mozilla/5.0 Firefox/127.0";
        assert_eq!(kind("GET", "/", 200, firefox), "page");
        assert_eq!(kind("GET", "/a.css?v=2", 200, firefox), "asset");
        assert_eq!(kind("GET", "/", 404, firefox), "error");
        assert_eq!(kind("GET", "/", 301, firefox), "other");
        assert_eq!(kind("POST", "/cart", 200, firefox), "other");
        assert_eq!(kind("GET", "/", 200, "Googlebot/2.1"), "bot");
    }

    #[test]
    fn common_lines_and_quotes_are_read() {
        let common = "::1 - - [10/Oct/2026:13:55:36 +0000] \"GET /a HTTP/1.0\" 200 12";
        assert_eq!(line(common).unwrap().referrer, None);
        let odd = common.replace("/a HTTP/1.0", "/a\\\"b HTTP/1.0");
        assert_eq!(line(&odd).unwrap().path(), "/a\\\"b");
        assert!(line("InvoiceNo,StockCode,Quantity").is_none());
        assert!(looks_like(&format!("{COMBINED}\n{common}\n203.0")));
        assert!(!looks_like("user,event\n1,2\n"));
    }
}
