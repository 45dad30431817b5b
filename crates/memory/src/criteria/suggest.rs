//! Suggestions: the known word that was probably meant.

/// The nearest candidate, if it is near enough to be a slip of the keyboard.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let most = match word.len() {
        0 => return None,
        1..=5 => 1,
        6..=10 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        if letters.len().abs_diff(word.len()) > most {
            continue;
        }
        let distance = distance(&word, &letters);
        if distance <= most && best.is_none_or(|(known, _)| distance < known) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Letters to insert, drop, change or swap with their neighbour (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let changed = above[j] + usize::from(letter != other);
            let mut least = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == *other {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// ` did you mean "x"?` or nothing, to stand behind a message.
#[must_use]
pub fn did_you_mean(suggestion: Option<&str>) -> Option<String> {
    suggestion.map(|word| format!("did you mean \"{word}\"?"))
}

#[test]
fn slips_of_the_keyboard_are_recognised() {
    let operators = ["is", "is not", "contains", "starts with", "between"];
    for (typed, meant) in [
        ("iss", Some("is")),
        ("contians", Some("contains")),
        ("Contains", Some("contains")),
        ("betwen", Some("between")),
        ("resembles", None),
        ("", None),
    ] {
        assert_eq!(nearest(typed, operators), meant, "{typed}");
    }
}
