//! Words that mean something at the beginning of a condition; as names they need backticks.

/// The reserved words, in lower case.
pub(super) const RESERVED: [&str; 37] = [
    "and",
    "or",
    "not",
    "everyone",
    "nobody",
    "did",
    "never",
    "was",
    "responded",
    "consent",
    "in",
    "is",
    "score",
    "context",
    "count",
    "sum",
    "average",
    "min",
    "smallest",
    "lowest",
    "max",
    "greatest",
    "highest",
    "distinct",
    "last",
    "first",
    "of",
    "contact",
    "contacts",
    "response",
    "responses",
    "to",
    "with",
    "by",
    "on",
    "about",
    "where",
];

/// Whether a name can stand bare, without quotes or backticks.
pub(super) fn bare(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(super::lexer::begins_word)
        && letters.all(super::lexer::continues_word)
        && !RESERVED.contains(&name.to_lowercase().as_str())
}
