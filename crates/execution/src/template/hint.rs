//! Guesses what the author of a template meant.

/// Names the field that was probably meant, or how to live without it.
pub(super) fn missing_hint(path: &str, data: &serde_json::Value) -> String {
    let mut at = data;
    let mut known = String::new();
    for step in path.split('.') {
        let Some(object) = at.as_object() else { break };
        if let Some(next) = object.get(step).filter(|next| !next.is_null()) {
            known = if known.is_empty() {
                step.to_owned()
            } else {
                format!("{known}.{step}")
            };
            at = next;
            continue;
        }
        let keys: Vec<&str> = object.keys().map(String::as_str).collect();
        if let Some(near) = nearest(step, &keys).filter(|near| *near != step) {
            let near = if known.is_empty() {
                near.to_owned()
            } else {
                format!("{known}.{near}")
            };
            return format!("Did you mean `{near}`?");
        }
        break;
    }
    format!("Give a fallback: {{{{ {path} | default: '…' }}}}, or test it with {{% if {path} %}}.")
}

/// The candidate that differs by the fewest letters, if it is near enough to be meant.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
