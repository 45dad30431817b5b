//! The words of the pages that customers see, in English and Chinese.

/// A language of these pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

/// The fixed texts of a language.
#[derive(Debug)]
pub struct Words {
    /// The tag for `lang`.
    pub tag: &'static str,
    pub unsubscribe_title: &'static str,
    pub unsubscribe_button: &'static str,
    pub unsubscribe_instead: &'static str,
    pub unsubscribed_title: &'static str,
    pub unsubscribed_text: &'static str,
    pub choose_link: &'static str,
    pub choose_title: &'static str,
    pub choose_text: &'static str,
    pub choose_legend: &'static str,
    pub choose_button: &'static str,
    pub chosen: &'static str,
    pub why_title: &'static str,
    pub invalid_title: &'static str,
    pub invalid_text: &'static str,
    pub gone_title: &'static str,
    pub gone_text: &'static str,
    pub busy_title: &'static str,
    pub busy_text: &'static str,
}

static ENGLISH: Words = Words {
    tag: "en",
    unsubscribe_title: "Unsubscribe?",
    unsubscribe_button: "Unsubscribe",
    unsubscribe_instead: "Or choose what you get",
    unsubscribed_title: "You are unsubscribed",
    unsubscribed_text: "You will get no more of these messages. This holds from now on.",
    choose_link: "Choose what you get",
    choose_title: "What would you like to get?",
    choose_text: "Tick what you want. Everything else we leave out.",
    choose_legend: "I would like",
    choose_button: "Save",
    chosen: "Saved. This holds from now on.",
    why_title: "Why did I get this?",
    invalid_title: "This link does not work",
    invalid_text: "Perhaps it was cut off when it was copied. Please use the link in the e-mail.",
    gone_title: "This page is no longer here",
    gone_text: "The message that led here has been deleted.",
    busy_title: "Please try again in a moment",
    busy_text: "We could not write your choice down. Nothing has changed yet.",
};

static CHINESE: Words = Words {
    tag: "zh-CN",
    unsubscribe_title: "要退订吗？",
    unsubscribe_button: "退订",
    unsubscribe_instead: "或者选择您想收到的内容",
    unsubscribed_title: "您已退订",
    unsubscribed_text: "您不会再收到此类消息，立即生效。",
    choose_link: "选择您想收到的内容",
    choose_title: "您想收到哪些消息？",
    choose_text: "请勾选您想收到的内容，其余的我们不会再发送。",
    choose_legend: "我想收到",
    choose_button: "保存",
    chosen: "已保存，立即生效。",
    why_title: "为什么我会收到这封邮件？",
    invalid_title: "此链接无效",
    invalid_text: "链接在复制时可能不完整。请使用邮件中的链接。",
    gone_title: "此页面已不存在",
    gone_text: "相关消息已被删除。",
    busy_title: "请稍后再试",
    busy_text: "您的选择暂时未能保存，目前没有任何更改。",
};

impl Language {
    /// What the browser asks for, or else what the customer speaks, or else English.
    pub fn choose(accepted: Option<&str>, spoken: Option<&str>) -> Language {
        let tags = accepted
            .unwrap_or_default()
            .split(',')
            .map(|tag| tag.split(';').next());
        let tags = tags.flatten().chain(spoken);
        for tag in tags {
            let base = tag.trim().split(['-', '_']).next().unwrap_or_default();
            if base.eq_ignore_ascii_case("zh") {
                return Language::Chinese;
            }
            if base.eq_ignore_ascii_case("en") {
                return Language::English;
            }
        }
        Language::English
    }

    /// The fixed texts.
    pub fn words(self) -> &'static Words {
        match self {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        }
    }

    /// What one choice is called.
    pub fn choice(self, channel: &str, purpose: &str) -> String {
        let chinese = self == Language::Chinese;
        let channel = match (channel, chinese) {
            ("email", false) => "by e-mail",
            ("email", true) => "电子邮件",
            ("sms", false) => "by text message",
            ("sms", true) => "短信",
            ("push", false) => "in the app",
            ("push", true) => "应用通知",
            ("web", false) => "on the site",
            ("web", true) => "网站",
            ("call_center", false) => "by telephone",
            ("call_center", true) => "电话",
            ("direct_mail", false) => "by letter",
            ("direct_mail", true) => "信件",
            (other, _) => other,
        };
        let purpose = match (purpose, chinese) {
            ("marketing", false) => "Offers and reminders",
            ("marketing", true) => "优惠与提醒",
            ("service", false) => "Messages about my orders",
            ("service", true) => "订单相关消息",
            (other, _) => other,
        };
        if chinese {
            format!("{purpose}（{channel}）")
        } else {
            format!("{purpose} {channel}")
        }
    }

    /// What unsubscribing means, for whom.
    pub fn unsubscribe_text(self, address: &str, sender: &str) -> String {
        match self {
            Language::English => format!("{address} will get no more offers from {sender}."),
            Language::Chinese => format!("{address} 将不再收到 {sender} 的优惠邮件。"),
        }
    }

    /// Why somebody got a message: the consent it rests on and what it belongs to.
    pub fn why(self, consent: Option<(&str, &str)>, journey: Option<&str>) -> String {
        match (self, consent, journey) {
            (Language::English, Some((date, source)), Some(journey)) => format!(
                "You got it because you agreed to such messages on {date} ({source}); \
                 it belongs to “{journey}”."
            ),
            (Language::English, Some((date, source)), None) => {
                format!("You got it because you agreed to such messages on {date} ({source}).")
            }
            (Language::English, None, Some(journey)) => {
                format!("You got it because of something you did with us: “{journey}”.")
            }
            (Language::English, None, None) => {
                "You got it because of something you did with us.".to_owned()
            }
            (Language::Chinese, Some((date, source)), Some(journey)) => {
                format!("因为您于 {date} 同意接收此类消息（{source}）；它属于“{journey}”。")
            }
            (Language::Chinese, Some((date, source)), None) => {
                format!("因为您于 {date} 同意接收此类消息（{source}）。")
            }
            (Language::Chinese, None, Some(journey)) => {
                format!("因为您与我们有过互动：“{journey}”。")
            }
            (Language::Chinese, None, None) => "因为您与我们有过互动。".to_owned(),
        }
    }
}
