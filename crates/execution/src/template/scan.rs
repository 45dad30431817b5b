//! Cuts a Liquid source into text, outputs and tags, and tags into tokens.

/// A piece of a source with the line it starts on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'s> {
    /// Anything outside the braces; also the inside of `{% raw %}`.
    Text(&'s str),
    /// `{{ inside }}`.
    Output {
        inside: &'s str,
        line: usize,
        trim: Trim,
    },
    /// `{% name rest %}`.
    Tag {
        name: &'s str,
        rest: &'s str,
        line: usize,
        trim: Trim,
    },
}

/// White space control: `{{-` and `-}}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Trim {
    pub before: bool,
    pub after: bool,
}

/// Something wrong in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl Flaw {
    pub(super) fn new(line: usize, message: impl Into<String>, hint: impl Into<String>) -> Flaw {
        Flaw {
            line,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// A word of the inside of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A quoted text, with its quotes.
    Quoted(String),
    /// A number as written.
    Number(String),
    /// A variable, a keyword or the name of a filter.
    Path(Path),
    /// `|`, `:`, `==` and the like.
    Symbol(&'static str),
}

/// `customer.first_name`, `cart.lines[0].title`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub root: String,
    pub steps: Vec<Step>,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(i64),
    Variable(Path),
}

/// Indexes inside indexes; deeper ones are nobody's intention.
const MAX_INDEX_DEPTH: usize = 3;

const SYMBOLS: [&str; 16] = [
    "==", "!=", "<>", "<=", ">=", "..", "|", ":", ",", "=", "<", ">", "(", ")", "[", "]",
];

impl Path {
    /// The path when it is a single word.
    pub fn word(&self) -> Option<&str> {
        self.steps.is_empty().then_some(self.root.as_str())
    }

    /// As people write it.
    pub fn readable(&self) -> String {
        let mut text = self.root.clone();
        for step in &self.steps {
            match step {
                Step::Key(key) => text.extend([".", key.as_str()]),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
                Step::Variable(path) => text.push_str(&format!("[{}]", path.readable())),
            }
        }
        text
    }

    /// As the Liquid parser reads it, whatever script the keys are in.
    pub fn liquid(&self) -> String {
        let mut text = self.root.clone();
        for step in &self.steps {
            match step {
                Step::Key(key) if key.contains('"') => text.push_str(&format!("['{key}']")),
                Step::Key(key) => text.push_str(&format!("[\"{key}\"]")),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
                Step::Variable(path) => text.push_str(&format!("[{}]", path.liquid())),
            }
        }
        text
    }
}

/// Cuts a source into pieces.
pub(super) fn pieces(source: &str) -> Result<Vec<Piece<'_>>, Flaw> {
    let mut pieces = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(start) = opening(rest) {
        if start > 0 {
            pieces.push(Piece::Text(&rest[..start]));
            line += newlines(&rest[..start]);
        }
        let output = rest[start..].starts_with("{{");
        let close = if output { "}}" } else { "%}" };
        let Some(length) = closing(&rest[start + 2..], close) else {
            let open = &rest[start..start + 2];
            let message = format!("`{open}` is never closed");
            return Err(Flaw::new(
                line,
                message,
                format!("Write `{close}` where it ends."),
            ));
        };
        let (inside, trim) = trimmed(&rest[start + 2..start + 2 + length]);
        let whole = &rest[start..start + length + 4];
        rest = &rest[start + length + 4..];
        if output {
            pieces.push(Piece::Output { inside, line, trim });
        } else {
            let end = inside.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let (name, arguments) = inside.split_at(end.unwrap_or(inside.len()));
            if name == "raw" || name == "comment" {
                let (text, after) = verbatim(rest, name, line)?;
                if name == "raw" {
                    pieces.push(Piece::Tag {
                        name,
                        rest: arguments,
                        line,
                        trim,
                    });
                    pieces.push(Piece::Text(text));
                    pieces.push(Piece::Tag {
                        name: "endraw",
                        rest: "",
                        line,
                        trim,
                    });
                }
                line += newlines(&rest[..rest.len() - after.len()]);
                rest = after;
            } else {
                pieces.push(Piece::Tag {
                    name,
                    rest: arguments.trim(),
                    line,
                    trim,
                });
            }
        }
        line += newlines(whole);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// Text up to `{% endraw %}` or `{% endcomment %}`, and what follows it.
fn verbatim<'s>(rest: &'s str, name: &str, line: usize) -> Result<(&'s str, &'s str), Flaw> {
    let mut searched = 0;
    while let Some(start) = rest[searched..].find("{%").map(|at| at + searched) {
        let Some(length) = rest[start + 2..].find("%}") else {
            break;
        };
        let (inside, _) = trimmed(&rest[start + 2..start + 2 + length]);
        if inside.strip_prefix("end") == Some(name) {
            return Ok((&rest[..start], &rest[start + length + 4..]));
        }
        searched = start + 2;
    }
    let message = format!("`{{% {name} %}}` is never ended");
    Err(Flaw::new(
        line,
        message,
        format!("Write `{{% end{name} %}}` where it ends."),
    ))
}

fn opening(text: &str) -> Option<usize> {
    match (text.find("{{"), text.find("{%")) {
        (Some(output), Some(tag)) => Some(output.min(tag)),
        (output, tag) => output.or(tag),
    }
}

/// Where the closing braces are, not counting those inside quotes.
fn closing(text: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if text[at..].starts_with(close) => return Some(at),
            None => {}
        }
    }
    None
}

fn trimmed(inside: &str) -> (&str, Trim) {
    let before = inside.starts_with('-');
    let inside = inside.strip_prefix('-').unwrap_or(inside);
    let after = inside.ends_with('-');
    let inside = inside.strip_suffix('-').unwrap_or(inside);
    (inside.trim(), Trim { before, after })
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Cuts the inside of an output or the arguments of a tag into tokens.
pub(super) fn tokens(inside: &str, line: usize) -> Result<Vec<Token>, Flaw> {
    let mut tokens = Vec::new();
    let mut rest = inside.trim_start();
    while !rest.is_empty() {
        let (token, after) = token(rest, line)?;
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn token(rest: &str, line: usize) -> Result<(Token, &str), Flaw> {
    let first = rest.chars().next().unwrap_or(' ');
    if first == '"' || first == '\'' {
        let Some(length) = rest[1..].find(first) else {
            return Err(Flaw::new(
                line,
                format!("the text {rest} has no closing quote"),
                "Add it.",
            ));
        };
        let (quoted, after) = rest.split_at(length + 2);
        return Ok((Token::Quoted(quoted.to_owned()), after));
    }
    let signed = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    if signed.starts_with(|c: char| c.is_ascii_digit()) {
        let (number, after) = number(rest);
        return Ok((Token::Number(number.to_owned()), after));
    }
    if starts_name(first) {
        let (path, after) = path(rest, line, 0)?;
        return Ok((Token::Path(path), after));
    }
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), &rest[symbol.len()..])),
        None => {
            let message = format!("`{first}` means nothing here");
            Err(Flaw::new(
                line,
                message,
                "Check the expression between the braces.",
            ))
        }
    }
}

/// Digits with at most one point that is followed by a digit, so that `1..3` stays a range.
fn number(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut end = 1;
    let mut point = false;
    while end < bytes.len() {
        let next_is_digit = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        match bytes[end] {
            b'0'..=b'9' => {}
            b'.' if !point && next_is_digit => point = true,
            _other => break,
        }
        end += 1;
    }
    text.split_at(end)
}

fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Letters of any script, digits, `_`, and `-` when more follows.
fn name(text: &str) -> (&str, &str) {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        let hyphen = c == '-' && at > 0 && next.is_some_and(char::is_alphanumeric);
        if !(c.is_alphanumeric() || c == '_' || hyphen) {
            break;
        }
        end = at + c.len_utf8();
    }
    text.split_at(end)
}

fn path(text: &str, line: usize, depth: usize) -> Result<(Path, &str), Flaw> {
    let (root, mut rest) = name(text);
    let mut path = Path {
        root: root.to_owned(),
        steps: Vec::new(),
    };
    loop {
        let dotted = rest
            .strip_prefix('.')
            .filter(|after| after.starts_with(starts_name));
        if let Some(after) = dotted {
            let (key, after) = name(after);
            path.steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = index(inside.trim_start(), line, depth)?;
            path.steps.push(step);
            rest = after;
        } else {
            return Ok((path, rest));
        }
    }
}

fn index(text: &str, line: usize, depth: usize) -> Result<(Step, &str), Flaw> {
    let flaw = || {
        let message = "the index between `[` and `]` is not one";
        Flaw::new(line, message, "Write [0], [\"key\"] or [variable].")
    };
    if depth >= MAX_INDEX_DEPTH {
        return Err(flaw());
    }
    let (step, rest) = match text.chars().next() {
        Some(c) if starts_name(c) => {
            let (path, rest) = path(text, line, depth + 1)?;
            (Step::Variable(path), rest)
        }
        _other => match token(text, line)? {
            (Token::Quoted(quoted), rest) => {
                (Step::Key(quoted[1..quoted.len() - 1].to_owned()), rest)
            }
            (Token::Number(number), rest) => {
                (Step::Index(number.parse().map_err(|_| flaw())?), rest)
            }
            (Token::Path(_) | Token::Symbol(_), _) => return Err(flaw()),
        },
    };
    let rest = rest.trim_start().strip_prefix(']').ok_or_else(flaw)?;
    Ok((step, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_cut_with_its_lines() {
        let source = "a\n{{ x }}\n{%- if y -%}b{% endif %}{% comment %}\n{{{% endcomment %}{{z}}";
        let lines: Vec<String> = pieces(source)
            .unwrap()
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => format!("text {text:?}"),
                Piece::Output { inside, line, .. } => format!("{line} output {inside}"),
                Piece::Tag {
                    name,
                    rest,
                    line,
                    trim,
                } => {
                    format!("{line} tag {name}({rest}) {}", trim.before)
                }
            })
            .collect();
        let expected = [
            "text \"a\\n\"",
            "2 output x",
            "text \"\\n\"",
            "3 tag if(y) true",
            "text \"b\"",
            "3 tag endif() false",
            "4 output z",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn braces_inside_quotes_do_not_close() {
        let pieces = pieces("{{ '}}' | append: \"%}\" }}!").unwrap();
        assert_eq!(pieces.len(), 2);
    }

    #[test]
    fn what_is_never_closed_is_named_with_its_line() {
        assert_eq!(pieces("\n\n{{ x").unwrap_err().line, 3);
        assert_eq!(pieces("\n{% raw %}{{").unwrap_err().line, 2);
    }

    #[test]
    fn paths_of_any_script_become_what_the_parser_reads() {
        let tokens = tokens("customer.姓名[0]['a b'][lines.first] | default: 'x'", 1).unwrap();
        let Token::Path(path) = &tokens[0] else {
            panic!("{tokens:?}")
        };
        assert_eq!(
            path.liquid(),
            "customer[\"姓名\"][0][\"a b\"][lines[\"first\"]]"
        );
        assert_eq!(path.readable(), "customer.姓名[0].a b[lines.first]");
        assert_eq!(tokens.len(), 5);
    }

    #[test]
    fn a_range_is_two_numbers() {
        let tokens = tokens("(1..3)", 1).unwrap();
        assert_eq!(tokens[1], Token::Number("1".into()));
        assert_eq!(tokens[2], Token::Symbol(".."));
    }
}
