//! Every example of the guide is a rule.

use serde_json::Value;

use crate::criteria::{Criteria, Vocabulary, parse, read};

const GUIDE: &str = include_str!("../../../../../docs/guides/criteria.md");

fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let rest = GUIDE.split(&opening).skip(1);
    rest.map(|block| block.split("```").next().unwrap_or(block))
        .collect()
}

fn rule(text: &str) -> Criteria {
    parse(text, &Vocabulary::default()).unwrap_or_else(|problems| panic!("{text}: {}", problems[0]))
}

#[test]
fn sentences_of_the_guide_parse_and_json_says_the_same() {
    let sentences = blocks("criteria");
    let trees = blocks("json");
    assert!(sentences.len() >= 5 && trees.len() == 1);
    for sentence in &sentences {
        rule(sentence);
    }
    let tree: Value = serde_json::from_str(trees[0]).unwrap();
    assert_eq!(read(&tree), Ok(rule(sentences[0])));
}

/// The first piece of code in a cell.
fn code(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or("")
}

/// The sentence of a row and the JSON beside it, completed to whole rules.
fn forms(row: &str) -> Option<(String, String)> {
    let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
    let sentence = code(cells[0]);
    let event = sentence.split('"').nth(1).unwrap_or("");
    Some(match cells[..] {
        [_, about, json] if json.contains("`{\"") && about.contains('`') => {
            (code(about).to_owned(), code(json).to_owned())
        }
        [_, json, _] if json.contains("`{\"") => (
            format!("did \"E\" {sentence}"),
            format!("{{\"event\": \"E\", \"within\": {}}}", code(json)),
        ),
        [_, json, _, _] => (
            format!("x {sentence}"),
            format!("{{\"attribute\": \"x\", {}}}", code(json)),
        ),
        [_, json] if json.starts_with("`{") => (sentence.to_owned(), code(json).to_owned()),
        [_, json] if json.starts_with('`') => (
            sentence.to_owned(),
            format!("{{\"event\": \"{event}\", {}}}", code(json)),
        ),
        _ => return None,
    })
}

#[test]
fn rows_of_the_guide_say_the_same_in_both_forms() {
    let mut compared = 0;
    let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("| "));
    for (sentence, json) in rows.filter_map(forms) {
        let abridged = sentence.contains('…') || json.contains('…');
        if abridged || json.contains("\"x\", }") {
            continue;
        }
        let tree: Value =
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
        assert_eq!(read(&tree), Ok(rule(&sentence)), "{sentence}");
        compared += 1;
    }
    assert!(compared >= 36, "{compared}");
}
