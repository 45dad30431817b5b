//! User agents: browser, system, device, and whether it is a bot. Own rules, because few families
//! make up nearly all visits; what they do not know is called unknown.

/// What a user agent tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Agent {
    /// The family of the browser.
    pub browser: &'static str,
    /// The system.
    pub os: &'static str,
    /// `desktop`, `mobile`, `tablet`, `tv` or `unknown`.
    pub device: &'static str,
    /// Whether it is a program that visits by itself.
    pub bot: bool,
}

/// What nothing is known of.
pub const UNKNOWN: &str = "unknown";

/// Words of programs that visit by themselves.
const BOTS: [&str; 34] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "mediapartners",
    "facebookexternalhit",
    "embedly",
    "preview",
    "scrap",
    "headless",
    "phantomjs",
    "lighthouse",
    "pingdom",
    "uptime",
    "monitor",
    "curl/",
    "wget",
    "python-requests",
    "python-urllib",
    "aiohttp",
    "go-http-client",
    "java/",
    "okhttp",
    "apache-httpclient",
    "libwww",
    "httpclient",
    "axios",
    "node-fetch",
    "feedfetcher",
    "feedburner",
    "validator",
    "archive.org",
    "gptbot",
    "scan",
];

/// Marks of browsers, the more specific first.
const BROWSERS: [(&str, &str); 22] = [
    ("edg/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("opr/", "Opera"),
    ("opera", "Opera"),
    ("samsungbrowser/", "Samsung Internet"),
    ("ucbrowser/", "UC Browser"),
    ("yabrowser/", "Yandex Browser"),
    ("vivaldi/", "Vivaldi"),
    ("micromessenger/", "WeChat"),
    ("qqbrowser/", "QQ Browser"),
    ("miuibrowser/", "Mi Browser"),
    ("huaweibrowser/", "Huawei Browser"),
    ("fban/", "Facebook"),
    ("instagram", "Instagram"),
    ("firefox/", "Firefox"),
    ("fxios/", "Firefox"),
    ("crios/", "Chrome"),
    ("chrome/", "Chrome"),
    ("trident/", "Internet Explorer"),
    ("msie ", "Internet Explorer"),
    ("safari/", "Safari"),
];

/// Marks of systems, the more specific first.
const SYSTEMS: [(&str, &str); 12] = [
    ("windows phone", "Windows Phone"),
    ("iphone", "iOS"),
    ("ipod", "iOS"),
    ("ipad", "iPadOS"),
    ("harmonyos", "HarmonyOS"),
    ("android", "Android"),
    ("tizen", "Tizen"),
    ("web0s", "webOS"),
    ("windows", "Windows"),
    ("cros ", "ChromeOS"),
    ("mac os x", "macOS"),
    ("linux", "Linux"),
];

fn first(text: &str, marks: &[(&str, &'static str)]) -> &'static str {
    let found = marks.iter().find(|(mark, _)| text.contains(mark));
    found.map_or(UNKNOWN, |(_, name)| name)
}

/// Reads a user agent.
pub fn agent(text: &str) -> Agent {
    let text = text.to_ascii_lowercase();
    let bot = BOTS.iter().any(|word| text.contains(word));
    let os = first(&text, &SYSTEMS);
    let tv = [
        "smart-tv", "smarttv", "appletv", "googletv", "bravia", "web0s",
    ];
    let device = if tv.iter().any(|mark| text.contains(mark)) {
        "tv"
    } else if os == "iPadOS"
        || text.contains("tablet")
        || (os == "Android" && !text.contains("mobile"))
    {
        "tablet"
    } else if matches!(os, "iOS" | "Android" | "Windows Phone" | "HarmonyOS")
        || text.contains("mobi")
    {
        "mobile"
    } else if matches!(os, "Windows" | "macOS" | "Linux" | "ChromeOS") {
        "desktop"
    } else {
        UNKNOWN
    };
    Agent {
        browser: first(&text, &BROWSERS),
        os,
        device,
        bot,
    }
}

#[test]
fn the_common_families_are_known() {
    let cases = [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            ("Edge", "Windows", "desktop", false),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            ("Safari", "iOS", "mobile", false),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/126.0.0.0 Safari/537.36",
            ("Chrome", "Android", "tablet", false),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
            ("Firefox", "Linux", "desktop", false),
        ),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            (UNKNOWN, UNKNOWN, UNKNOWN, true),
        ),
        ("curl/8.5.0", (UNKNOWN, UNKNOWN, UNKNOWN, true)),
        ("", (UNKNOWN, UNKNOWN, UNKNOWN, false)),
    ];
    for (text, (browser, os, device, bot)) in cases {
        let expected = Agent {
            browser,
            os,
            device,
            bot,
        };
        assert_eq!(agent(text), expected, "{text}");
    }
}
