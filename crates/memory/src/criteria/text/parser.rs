//! The parser: `and`, `or`, `not` and brackets, and the places of everything it reads.

use store::definition::{Problem, ProblemCode, Said};

use crate::criteria::read::MAX_DEPTH;
use crate::criteria::suggest::nearest;
use crate::criteria::tree::Criteria;
use crate::criteria::validate::validate;
use crate::criteria::vocabulary::Vocabulary;

use super::lexer::{Token, tokens};
use super::problem::{Mistake, Place, TextProblem};

/// The longest text, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Parses and checks a text. A mistake in the grammar is reported alone; otherwise everything
/// that [`validate`] finds is reported at its place in the text.
pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Criteria, Vec<TextProblem>> {
    if text.len() > MAX_BYTES {
        let message = format!(
            "the text has {} bytes, at most {MAX_BYTES} are possible",
            text.len()
        );
        let problem = Problem::new("", message).hint("make segments of its parts");
        return Err(vec![TextProblem::at(text, Place::default(), problem)]);
    }
    let (criteria, placed) = match read_all(text) {
        Ok(read) => read,
        Err(Mistake { place, problem }) => {
            return Err(vec![TextProblem::at(text, place, problem)]);
        }
    };
    let problems = validate(&criteria, vocabulary);
    if problems.is_empty() {
        return Ok(criteria);
    }
    let in_text = |problem: Problem| TextProblem::at(text, placed.find(&problem.path), problem);
    Err(problems.into_iter().map(in_text).collect())
}

fn read_all(text: &str) -> Result<(Criteria, Placed), Mistake> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        prefix: String::new(),
        marks: Vec::new(),
    };
    let read = parser.alternatives()?;
    if *parser.token() != Token::End {
        return Err(parser.surplus());
    }
    Ok(read)
}

/// Where a node and its parts stand in the text.
#[derive(Debug)]
struct Placed {
    place: Place,
    /// Places inside a test, by JSON pointer from the test.
    marks: Vec<(String, Place)>,
    children: Vec<Placed>,
}

impl Placed {
    /// The place of a JSON pointer, or of the nearest thing around it.
    fn find(&self, path: &str) -> Place {
        let mut segments = path.split('/').skip(1);
        let child = match segments.next() {
            Some("all" | "any") => {
                let index: Option<usize> = segments.next().and_then(|index| index.parse().ok());
                index.and_then(|index| self.children.get(index))
            }
            Some("not") => self.children.first(),
            Some(_) | None => None,
        };
        if let Some(child) = child {
            let rest: String = segments.flat_map(|segment| ["/", segment]).collect();
            return child.find(&rest);
        }
        let around = self
            .marks
            .iter()
            .filter(|(mark, _)| path.starts_with(mark.as_str()));
        around
            .max_by_key(|(mark, _)| mark.len())
            .map_or(self.place, |(_, place)| *place)
    }
}

pub(super) struct Parser {
    tokens: Vec<(Token, Place)>,
    at: usize,
    depth: usize,
    /// What stands before the pointers of marks while a part of a test is read.
    pub(super) prefix: String,
    marks: Vec<(String, Place)>,
}

impl Parser {
    fn alternatives(&mut self) -> Result<(Criteria, Placed), Mistake> {
        self.joined("or", Self::conjunction, Criteria::Any)
    }

    fn conjunction(&mut self) -> Result<(Criteria, Placed), Mistake> {
        self.joined("and", Self::unary, Criteria::All)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<(Criteria, Placed), Mistake>,
        join: fn(Vec<Criteria>) -> Criteria,
    ) -> Result<(Criteria, Placed), Mistake> {
        let start = self.place().start;
        let (first, placed) = part(self)?;
        if !self.sees(word) {
            return Ok((first, placed));
        }
        let (mut parts, mut children) = (vec![first], vec![placed]);
        while self.eat(word) {
            let (next, placed) = part(self)?;
            parts.push(next);
            children.push(placed);
        }
        Ok((
            join(parts),
            Placed {
                place: self.since(start),
                marks: Vec::new(),
                children,
            },
        ))
    }

    fn unary(&mut self) -> Result<(Criteria, Placed), Mistake> {
        let start = self.place().start;
        self.depth += 1;
        if self.depth > 2 * MAX_DEPTH {
            let message = format!("conditions are nested more than {MAX_DEPTH} deep");
            let mistake = self.mistake((ProblemCode::NestedTooDeep, message));
            let hint = "make a segment of the inner part";
            return Err(mistake.with("most", MAX_DEPTH).hint(hint));
        }
        let read = if self.eat("not") {
            let (part, placed) = self.unary()?;
            let children = vec![placed];
            let placed = Placed {
                place: self.since(start),
                marks: Vec::new(),
                children,
            };
            (Criteria::Not(Box::new(part)), placed)
        } else if self.eat_sign("(") {
            let read = self.alternatives()?;
            self.close("this bracket", start)?;
            read
        } else {
            self.marks.clear();
            let criteria = self.leaf()?;
            let marks = std::mem::take(&mut self.marks);
            (
                criteria,
                Placed {
                    place: self.since(start),
                    marks,
                    children: Vec::new(),
                },
            )
        };
        self.depth -= 1;
        Ok(read)
    }

    /// Reads a closing bracket.
    pub(super) fn close(&mut self, what: &str, opened_at: usize) -> Result<(), Mistake> {
        if self.eat_sign(")") {
            return Ok(());
        }
        if *self.token() == Token::End {
            let message = format!("{what} is never closed");
            return Err(Mistake {
                place: Place {
                    start: opened_at,
                    end: opened_at + 1,
                },
                problem: Problem::new("", (ProblemCode::NeverClosed, message))
                    .with("missing", ")")
                    .hint("add \")\""),
            });
        }
        Err(self.surplus())
    }

    /// What to say of a token that cannot follow.
    fn surplus(&self) -> Mistake {
        const JOINING: [&str; 2] = ["and", "or"];
        const JOIN: &str = "join conditions with \"and\" or \"or\"";
        let message = format!("{} is not expected here", self.token().shown());
        let mistake = self.mistake((ProblemCode::Unexpected, message));
        let mistake = mistake.with("found", self.token().written());
        match self.token() {
            Token::Sign(")") => mistake.hint("there is no \"(\" for it"),
            Token::Word(word) => match word.as_str() {
                "within" => mistake
                    .with("example", "in the last 2 hours")
                    .hint("for a stretch of time write: in the last 2 hours"),
                "where" => mistake.hint("\"where\" follows an event, and only once"),
                word => mistake.meant(nearest(word, JOINING), JOIN),
            },
            Token::Name(_)
            | Token::Text(_)
            | Token::Number(_)
            | Token::Instant(_)
            | Token::Sign(_)
            | Token::End => mistake.hint(JOIN),
        }
    }

    pub(super) fn token(&self) -> &Token {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, distance: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + distance).min(last)].0
    }

    pub(super) fn place(&self) -> Place {
        self.tokens[self.at].1
    }

    /// The place from a start to the end of what was read last.
    pub(super) fn since(&self, start: usize) -> Place {
        let end = self
            .at
            .checked_sub(1)
            .map_or(start, |last| self.tokens[last].1.end);
        Place {
            start,
            end: end.max(start),
        }
    }

    pub(super) fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    pub(super) fn word_ahead(&self, distance: usize) -> Option<String> {
        match self.ahead(distance) {
            Token::Word(word) => Some(word.to_lowercase()),
            Token::Name(_)
            | Token::Text(_)
            | Token::Number(_)
            | Token::Instant(_)
            | Token::Sign(_)
            | Token::End => None,
        }
    }

    pub(super) fn sees(&self, word: &str) -> bool {
        self.word_ahead(0).is_some_and(|next| next == word)
    }

    pub(super) fn sees_any(&self, words: &[&str]) -> bool {
        self.word_ahead(0)
            .is_some_and(|next| words.contains(&next.as_str()))
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        let seen = self.sees(word);
        if seen {
            self.advance();
        }
        seen
    }

    /// Reads all these words, or none of them.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let seen = words
            .iter()
            .enumerate()
            .all(|(distance, word)| self.word_ahead(distance).is_some_and(|next| next == *word));
        if seen {
            self.at += words.len();
        }
        seen
    }

    pub(super) fn eat_sign(&mut self, sign: &str) -> bool {
        let seen = matches!(self.token(), Token::Sign(next) if *next == sign);
        if seen {
            self.advance();
        }
        seen
    }

    pub(super) fn expect(&mut self, word: &str, example: &str) -> Result<(), Mistake> {
        if self.eat(word) {
            return Ok(());
        }
        Err(self.expected(&format!("\"{word}\"")).example(example))
    }

    /// What stands here is not what is needed.
    pub(super) fn expected(&self, what: &str) -> Mistake {
        let message = format!("expected {what}, found {}", self.token().shown());
        self.mistake((ProblemCode::Expected, message))
            .with("expected", what)
            .with("found", self.token().written())
    }

    pub(super) fn mistake(&self, said: impl Into<Said>) -> Mistake {
        Mistake {
            place: self.place(),
            problem: Problem::new("", said),
        }
    }

    /// Remembers where a part of a test stands.
    pub(super) fn mark(&mut self, pointer: &str, start: usize) {
        let place = self.since(start);
        self.marks
            .push((format!("{}/{pointer}", self.prefix), place));
    }
}
