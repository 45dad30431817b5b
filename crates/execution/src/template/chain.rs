//! The filters of an expression: which exist, and how a chain of them is read.

use super::scan::{Flaw, Token};

/// Filters an author may use; `raw` is ours and disappears here.
pub(super) const FILTERS: [&str; 48] = [
    "abs",
    "append",
    "at_least",
    "at_most",
    "capitalize",
    "ceil",
    "compact",
    "concat",
    "date",
    "default",
    "divided_by",
    "downcase",
    "escape",
    "escape_once",
    "first",
    "floor",
    "join",
    "last",
    "lstrip",
    "map",
    "minus",
    "modulo",
    "money",
    "newline_to_br",
    "plus",
    "prepend",
    "raw",
    "remove",
    "remove_first",
    "replace",
    "replace_first",
    "reverse",
    "round",
    "rstrip",
    "size",
    "slice",
    "sort",
    "sort_natural",
    "split",
    "strip",
    "strip_html",
    "strip_newlines",
    "times",
    "truncate",
    "truncatewords",
    "uniq",
    "upcase",
    "url_encode",
];

/// One filter of a chain: its name and its arguments.
pub(super) struct Filter {
    pub name: String,
    pub arguments: Vec<Token>,
}

/// Reads `value | filter: argument, argument | …`.
pub(super) fn split_chain(tokens: &[Token], line: usize) -> Result<(&Token, Vec<Filter>), Flaw> {
    let flaw = |what: &str| {
        Flaw::new(
            line,
            what,
            "Write {{ customer.first_name | default: 'there' }}.",
        )
    };
    let mut parts = tokens.split(|token| *token == Token::Symbol("|"));
    let entry = match parts.next() {
        Some([entry @ (Token::Path(_) | Token::Quoted(_) | Token::Number(_))]) => entry,
        Some(_) | None => return Err(flaw("the value is not one word or text")),
    };
    let mut filters = Vec::new();
    for part in parts {
        let [Token::Path(name), arguments @ ..] = part else {
            return Err(flaw("the name of a filter is missing after `|`"));
        };
        let arguments = match arguments {
            [] => &[],
            [Token::Symbol(":"), arguments @ ..] if !arguments.is_empty() => arguments,
            _other => return Err(flaw("the arguments of a filter follow a colon")),
        };
        let mut values = Vec::new();
        let separated = arguments.split(|token| *token == Token::Symbol(","));
        for argument in separated.filter(|_| !arguments.is_empty()) {
            match argument {
                [value @ (Token::Path(_) | Token::Quoted(_) | Token::Number(_))] => {
                    values.push(value.clone());
                }
                _other => return Err(flaw("the arguments of a filter are separated by commas")),
            }
        }
        filters.push(Filter {
            name: name.readable(),
            arguments: values,
        });
    }
    let literal_now = matches!(entry, Token::Quoted(text) if ["now", "today"]
        .contains(&text[1..text.len() - 1].to_lowercase().as_str()));
    if literal_now && filters.iter().any(|filter| filter.name == "date") {
        return Err(Flaw::new(
            line,
            "a message does not read the clock",
            "Use `today`.",
        ));
    }
    Ok((entry, filters))
}
