//! A Rust file split into code and string literals, so that rules do not trip over comments.

/// A string literal and where it starts.
pub struct Literal {
    pub offset: usize,
    pub text: String,
}

/// A Rust file without what it says in comments, and without its test modules.
pub struct Source {
    /// The text with comments and literals blanked; every offset and line stays where it was.
    pub code: String,
    pub literals: Vec<Literal>,
}

impl Source {
    /// Reads a whole file, tests included.
    pub fn read(text: &str) -> Source {
        let mut reader = Reader {
            bytes: text.as_bytes(),
            at: 0,
            code: text.as_bytes().to_vec(),
        };
        let literals = reader.literals(text);
        let code = String::from_utf8_lossy(&reader.code).into_owned();
        Source { code, literals }
    }

    /// Reads a file and leaves out the bodies of its `#[cfg(test)]` items.
    pub fn without_tests(text: &str) -> Source {
        let mut source = Source::read(text);
        for (from, to) in test_bodies(&source.code) {
            let blank: String = source.code[from..to].chars().map(blank_char).collect();
            source.code.replace_range(from..to, &blank);
            source
                .literals
                .retain(|literal| literal.offset < from || literal.offset >= to);
        }
        source
    }
}

/// The line number (from 1) of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// The offsets at which `word` stands in `code` as a whole identifier.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(offset, _)| offset)
        .filter(move |&offset| {
            let before = code[..offset].chars().next_back();
            let after = code[offset + word.len()..].chars().next();
            !before.is_some_and(in_identifier) && !after.is_some_and(in_identifier)
        })
}

/// The offset just behind the bracket that closes the one at `open`.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return offset + 1;
        }
    }
    code.len()
}

fn in_identifier(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn blank_char(letter: char) -> char {
    if letter == '\n' { '\n' } else { ' ' }
}

fn test_bodies(code: &str) -> Vec<(usize, usize)> {
    let mut bodies = Vec::new();
    for (start, attribute) in code.match_indices("#[cfg(test)]") {
        let rest = start + attribute.len();
        let Some(open) = code[rest..].find(['{', ';']).map(|offset| rest + offset) else {
            continue;
        };
        if code.as_bytes()[open] == b'{' {
            bodies.push((open, closing(code, open)));
        }
    }
    bodies
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    code: Vec<u8>,
}

impl Reader<'_> {
    fn literals(&mut self, text: &str) -> Vec<Literal> {
        let mut literals = Vec::new();
        while self.at < self.bytes.len() {
            let start = self.at;
            if self.starts_with(b"//") {
                let length = text[start..].find('\n').unwrap_or(text.len() - start);
                self.skip_to(start + length);
            } else if self.starts_with(b"/*") {
                self.skip_to(self.block_comment_end());
            } else if let Some(hashes) = self.raw_string_hashes() {
                let open = text[start..]
                    .find('"')
                    .map_or(start, |offset| start + offset + 1);
                let close = format!("\"{}", "#".repeat(hashes));
                let length = text[open..].find(&close).unwrap_or(text.len() - open);
                literals.push(Literal {
                    offset: start,
                    text: text[open..open + length].to_owned(),
                });
                self.skip_to((open + length + close.len()).min(text.len()));
            } else if self.bytes[start] == b'"' {
                let end = self.string_end();
                literals.push(Literal {
                    offset: start,
                    text: text[start + 1..end - 1].to_owned(),
                });
                self.skip_to(end);
            } else if self.bytes[start] == b'\'' {
                self.at = self.character_end();
                self.blank(start);
            } else {
                self.at += 1;
            }
        }
        literals
    }

    fn starts_with(&self, start: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(start)
    }

    fn skip_to(&mut self, end: usize) {
        let start = self.at;
        self.at = end;
        self.blank(start);
    }

    fn blank(&mut self, start: usize) {
        for byte in &mut self.code[start..self.at] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    fn block_comment_end(&self) -> usize {
        let mut depth = 0;
        let mut at = self.at;
        while at + 1 < self.bytes.len() {
            match &self.bytes[at..at + 2] {
                b"/*" => depth += 1,
                b"*/" => depth -= 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            at += 2;
            if depth == 0 {
                return at;
            }
        }
        self.bytes.len()
    }

    /// At `r"`, `r#"`, `br##"` …: the number of hashes.
    fn raw_string_hashes(&self) -> Option<usize> {
        let before = self.at.checked_sub(1).map(|at| self.bytes[at]);
        if self.bytes[self.at] != b'r' || before.is_some_and(in_identifier_before_raw) {
            return None;
        }
        let rest = &self.bytes[self.at + 1..];
        let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
        (rest.get(hashes) == Some(&b'"')).then_some(hashes)
    }

    fn string_end(&self) -> usize {
        let mut at = self.at + 1;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\\' => at += 2,
                b'"' => return at + 1,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }

    /// A character literal ends behind its quote; a lifetime is passed by one byte.
    fn character_end(&self) -> usize {
        let rest = &self.bytes[self.at + 1..];
        let escaped = rest.first() == Some(&b'\\');
        let from = if escaped { 2 } else { 1 };
        let within = if escaped { 10 } else { 4 };
        let quote = rest
            .iter()
            .skip(from)
            .take(within)
            .position(|byte| *byte == b'\'');
        match quote {
            Some(position) if escaped || one_character(&rest[..from + position]) => {
                self.at + 1 + from + position + 1
            }
            Some(_) | None => self.at + 1,
        }
    }
}

fn in_identifier_before_raw(byte: u8) -> bool {
    (byte.is_ascii_alphanumeric() && byte != b'b') || byte == b'_'
}

fn one_character(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let text = "let a = \"axum\"; // axum\n/* axum\n/* axum */ */ let b = r#\"q\"q\"#;\nx";
        let source = Source::read(text);
        assert!(!source.code.contains("axum"));
        assert_eq!(source.code.len(), text.len());
        let found: Vec<&str> = source
            .literals
            .iter()
            .map(|literal| literal.text.as_str())
            .collect();
        assert_eq!(found, ["axum", "q\"q"]);
        assert_eq!(line_of(&source.code, text.len()), 4);
    }

    #[test]
    fn quotes_in_characters_and_lifetimes_do_not_open_strings() {
        let source =
            Source::read("fn a<'a>(b: &'a str) { c('\"', '\\'', '界', '\\u{1F600}'); d(\"e\") }");
        assert_eq!(source.literals.len(), 1);
        assert_eq!(source.literals[0].text, "e");
        assert!(source.code.contains("&'a str") || source.code.contains("& a str"));
    }

    #[test]
    fn bodies_of_test_modules_are_left_out() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { c(\"}\") }\n}\nfn d() {}";
        let source = Source::without_tests(text);
        assert!(source.literals.is_empty());
        assert!(source.code.contains("fn d()") && !source.code.contains("fn b()"));
    }

    #[test]
    fn words_are_whole_identifiers() {
        let found: Vec<usize> = words("utoipa utoipa_axum my_utoipa utoipa::x", "utoipa").collect();
        assert_eq!(found, [0, 29]);
    }
}
