//! JSON and text forms lead back to the same tree.

use proptest::prelude::*;

use super::generate;
use crate::criteria::{
    Answer, AttributeValue, Consent, Criteria, Named, Test, Vocabulary, aggregates, parse, print,
    print_zh, read, validate, write,
};

/// Names and texts that need quoting.
fn wild() -> impl Strategy<Value = Criteria> {
    let name = || {
        prop_oneof![
            "[a-z]{1,8}",
            "[ -~]{1,8}",
            "\\PC{1,6}",
            "and|not|score|last"
        ]
    };
    let number = prop_oneof![
        prop::num::f64::NORMAL,
        (-1_000_000..1_000_000_i32).prop_map(f64::from)
    ];
    let value = prop_oneof![
        name().prop_map(|text| AttributeValue::from_text(&text)),
        "[\\n\\t\\\\\"`]{1,5}".prop_map(AttributeValue::Text),
        number.prop_map(AttributeValue::Number),
        (0..4_000_000_000_000_i64).prop_map(AttributeValue::Instant),
    ];
    prop_oneof![
        (name(), value).prop_map(|(name, value)| {
            Criteria::Attribute(Named {
                name,
                test: Test::Equals(value),
            })
        }),
        name().prop_map(Criteria::Segment),
        (name(), name()).prop_map(|(channel, purpose)| {
            Criteria::Consent(Consent {
                channel,
                purpose,
                answer: Answer::Denied,
            })
        }),
    ]
}

fn any_criteria() -> impl Strategy<Value = Criteria> {
    prop_oneof![3 => generate::criteria(), 1 => wild()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_sentence_parses_to_the_tree_it_was_printed_from(criteria in any_criteria()) {
        prop_assume!(validate(&criteria, &Vocabulary::default()).is_empty());
        let sentence = print(&criteria);
        let parsed = parse(&sentence, &Vocabulary::default());
        let shown = parsed.as_ref().map_err(|problems| problems[0].to_string());
        prop_assert_eq!(shown, Ok(&criteria.clone().simplified()), "{}", sentence);
        prop_assert!(!print_zh(&criteria).is_empty());
    }

    #[test]
    fn json_reads_to_the_tree_it_was_written_from(criteria in any_criteria()) {
        prop_assert_eq!(read(&write(&criteria)), Ok(criteria.clone()));
        let text = serde_json::to_string(&criteria).unwrap();
        let back: Criteria = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(aggregates(&back).len(), aggregates(&criteria).len());
    }

    #[test]
    fn no_text_makes_the_parser_fail_otherwise_than_with_a_problem(
        words in prop::collection::vec(prop_oneof![
            prop::sample::select(vec![
                "did", "never", "\"Order Completed\"", "and", "or", "not", "(", ")", "is", "one",
                "of", "at", "least", "2", "times", "in", "the", "last", "90", "days", "where",
                "total", ">", "50", "then", "without", "within", "hours", "ago", "consent",
                "email", "was", "contacted", "by", "sum", "2026-03-01", "between", "segment", ",",
            ]).prop_map(str::to_owned),
            "\\PC{0,4}",
        ], 0..14),
    ) {
        for problem in parse(&words.join(" "), &Vocabulary::default()).err().into_iter().flatten() {
            prop_assert!(problem.line == 1 && problem.column >= 1 && !problem.message.is_empty());
        }
    }
}
