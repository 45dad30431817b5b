//! Printing in Simplified Chinese, for reading only.

use crate::criteria::operator::Test;
use crate::criteria::tree::{
    Aggregate, Answer, ContactFilter, Criteria, Measure, Named, Occurrence, Pattern,
    ResponseFilter, Sequence,
};
use crate::criteria::value::{AttributeValue, instant_text, number_text};
use crate::criteria::window::{CalendarUnit, Moment, Window};

use super::duration::split;

/// The sentence of a rule, in Chinese. Names stay as they are; it cannot be parsed.
#[must_use]
pub fn print_zh(criteria: &Criteria) -> String {
    match criteria {
        Criteria::All(parts) => group(parts, "，并且", "所有客户"),
        Criteria::Any(parts) => group(parts, "，或者", "没有客户"),
        Criteria::Not(part) => format!("不满足（{}）", print_zh(part)),
        Criteria::Attribute(Named { name, test }) => format!("{name}{}", self::test(test)),
        Criteria::Context(Named { name, test }) => format!("当前场景的 {name}{}", self::test(test)),
        Criteria::Score(Named { name, test }) => format!("评分 {name}{}", self::test(test)),
        Criteria::Segment(key) => format!("属于细分“{key}”"),
        Criteria::Consent(consent) => {
            let answer = match consent.answer {
                Answer::Granted => "已同意",
                Answer::Denied => "已拒绝",
                Answer::Unknown => "未表态",
            };
            format!(
                "对 {} 渠道的 {} 用途{answer}",
                consent.channel, consent.purpose
            )
        }
        Criteria::Aggregate(aggregate) => self::aggregate(aggregate),
        Criteria::Sequence(sequence) => self::sequence(sequence),
    }
}

fn group(parts: &[Criteria], joint: &str, empty: &str) -> String {
    match parts {
        [] => empty.to_owned(),
        [only] => print_zh(only),
        parts => parts.iter().map(inner).collect::<Vec<_>>().join(joint),
    }
}

fn inner(criteria: &Criteria) -> String {
    match criteria {
        Criteria::All(parts) | Criteria::Any(parts) if parts.len() > 1 => {
            format!("（{}）", print_zh(criteria))
        }
        Criteria::All(_)
        | Criteria::Any(_)
        | Criteria::Not(_)
        | Criteria::Attribute(_)
        | Criteria::Context(_)
        | Criteria::Score(_)
        | Criteria::Segment(_)
        | Criteria::Consent(_)
        | Criteria::Aggregate(_)
        | Criteria::Sequence(_) => print_zh(criteria),
    }
}

fn test(test: &Test) -> String {
    match test {
        Test::Equals(value) => format!("是{}", literal(value)),
        Test::NotEquals(value) => format!("不是{}", literal(value)),
        Test::OneOf(values) => format!("是{}之一", list(values)),
        Test::NoneOf(values) => format!("不是{}中的任何一个", list(values)),
        Test::Contains(text) => format!("包含“{text}”"),
        Test::StartsWith(text) => format!("以“{text}”开头"),
        Test::Greater(bound) => format!("大于 {}", number_text(*bound)),
        Test::AtLeast(bound) => format!("不小于 {}", number_text(*bound)),
        Test::Less(bound) => format!("小于 {}", number_text(*bound)),
        Test::AtMost(bound) => format!("不大于 {}", number_text(*bound)),
        Test::Between(low, high) => {
            format!("在 {} 和 {} 之间", number_text(*low), number_text(*high))
        }
        Test::Before(when) => format!("早于{}", moment(*when)),
        Test::After(when) => format!("不早于{}", moment(*when)),
        Test::Exists => "有值".to_owned(),
        Test::Missing => "没有值".to_owned(),
    }
}

pub(super) fn literal(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Bool(true) => "真".to_owned(),
        AttributeValue::Bool(false) => "假".to_owned(),
        AttributeValue::Number(number) => format!(" {} ", number_text(*number)),
        AttributeValue::Text(text) => format!("“{text}”"),
        AttributeValue::Instant(ms) => format!(" {} ", instant_text(*ms)),
        AttributeValue::List(texts) => format!("“{}”", texts.join("”、“")),
    }
}

fn list(values: &[AttributeValue]) -> String {
    values.iter().map(literal).collect::<Vec<_>>().join("、")
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::At(ms) => format!(" {}", instant_text(ms)),
        Moment::Ago(0) => "现在".to_owned(),
        Moment::Ago(ms) => format!(" {}前", duration(ms)),
        Moment::Ahead(ms) => format!(" {}后", duration(ms)),
    }
}

fn duration(ms: i64) -> String {
    let (amount, unit) = split(ms);
    let unit = match unit {
        "day" => "天",
        "hour" => "小时",
        "minute" => "分钟",
        "second" => "秒",
        _ => "毫秒",
    };
    format!("{amount} {unit}")
}

fn aggregate(aggregate: &Aggregate) -> String {
    let window = window(aggregate.window);
    let subject = subject(&aggregate.of);
    let demand = self::test(&aggregate.test);
    let sentence = match (&aggregate.measure, &aggregate.test) {
        (Measure::Count, Test::AtLeast(1.0)) => format!("有过{subject}"),
        (Measure::Count, Test::Equals(AttributeValue::Number(0.0))) => format!("从未有过{subject}"),
        (Measure::Count, _) => format!("{subject}的次数{demand}"),
        (Measure::Sum(of), _) => format!("{subject}的 {of} 之和{demand}"),
        (Measure::Average(of), _) => format!("{subject}的 {of} 平均值{demand}"),
        (Measure::Min(of), _) => format!("{subject}的 {of} 最小值{demand}"),
        (Measure::Max(of), _) => format!("{subject}的 {of} 最大值{demand}"),
        (Measure::Distinct(of), _) => format!("{subject}的不同 {of} 的数量{demand}"),
        (Measure::LastTime, _) => format!("最后一次{subject}的时间{demand}"),
        (Measure::FirstTime, _) => format!("第一次{subject}的时间{demand}"),
        (Measure::LastValue(of), _) => format!("最后一次{subject}的 {of}{demand}"),
        (Measure::FirstValue(of), _) => format!("第一次{subject}的 {of}{demand}"),
    };
    format!("{window}{sentence}")
}

fn subject(of: &Occurrence) -> String {
    match of {
        Occurrence::Events(pattern) => step(pattern),
        Occurrence::Contacts(filter) => contacts(filter),
        Occurrence::Responses(filter) => responses(filter),
    }
}

fn contacts(filter: &ContactFilter) -> String {
    let about = given(&[
        ("渠道", &filter.channel),
        ("优惠", &filter.offer),
        ("类别", &filter.category),
        ("位置", &filter.placement),
    ]);
    format!("接触{about}")
}

fn responses(filter: &ResponseFilter) -> String {
    let fields = [
        ("类型", &filter.kind),
        ("优惠", &filter.offer),
        ("类别", &filter.category),
    ];
    let inferred = match filter.inferred {
        None => "",
        Some(true) => "推断的",
        Some(false) => "直接的",
    };
    format!("{inferred}响应{}", given(&fields))
}

fn given(fields: &[(&str, &Option<String>)]) -> String {
    let named: Vec<String> = fields
        .iter()
        .filter_map(|(word, field)| field.as_ref().map(|name| format!("{word} {name}")))
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!("（{}）", named.join("，"))
    }
}

fn step(pattern: &Pattern) -> String {
    let tests: Vec<String> = pattern
        .tests
        .iter()
        .map(|named| format!("{}{}", named.name, test(&named.test)))
        .collect();
    if tests.is_empty() {
        return format!("“{}”", pattern.event);
    }
    format!("“{}”（{}）", pattern.event, tests.join("且"))
}

/// The words of a window, with a comma behind them.
fn window(window: Window) -> String {
    let words = match window {
        Window::Ever
        | Window::Between {
            from: None,
            until: None,
        } => return String::new(),
        Window::Rolling(ms) => format!("最近 {}内", duration(ms)),
        Window::Before(ms) => format!("{}以前", duration(ms)),
        Window::Between { from, until } => {
            let from = from.map_or_else(String::new, |from| format!("从{}起", moment(from)));
            let until = until.map_or_else(String::new, |until| format!("到{}之前", moment(until)));
            format!("{from}{until}")
        }
        Window::Calendar { unit, ago: 0 } => calendar(unit, ["今天", "本周", "本月", "今年"]),
        Window::Calendar { unit, ago: 1 } => calendar(unit, ["昨天", "上周", "上月", "去年"]),
        Window::Calendar { unit, ago } => {
            let units = ["天前的当天", "周前的当周", "个月前的当月", "年前的当年"];
            format!("{ago} {}", calendar(unit, units))
        }
    };
    format!("{words}，")
}

fn calendar(unit: CalendarUnit, [day, week, month, year]: [&str; 4]) -> String {
    let word = match unit {
        CalendarUnit::Day => day,
        CalendarUnit::Week => week,
        CalendarUnit::Month => month,
        CalendarUnit::Year => year,
    };
    word.to_owned()
}

fn sequence(sequence: &Sequence) -> String {
    let steps: Vec<String> = sequence.steps.iter().map(step).collect();
    let within = sequence
        .within_ms
        .map_or_else(String::new, |ms| format!("，{}内", duration(ms)));
    let without = sequence.without.as_ref();
    let without = without.map_or_else(String::new, |pattern| {
        format!("，其间没有{}", step(pattern))
    });
    format!(
        "{}先后发生{}{within}{without}",
        window(sequence.window),
        steps.join("、")
    )
}
