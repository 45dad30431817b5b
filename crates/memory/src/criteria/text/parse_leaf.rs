//! Parsing conditions: what the customer is, did, was shown and answered.

use store::definition::ProblemCode;

use crate::criteria::suggest::nearest;
use crate::criteria::tree::{Answer, Consent, Criteria, Named};

use super::lexer::Token;
use super::parser::Parser;
use super::problem::Mistake;

/// Words that begin a condition, for suggestions.
const BEGINNINGS: [&str; 12] = [
    "did",
    "never",
    "was",
    "responded",
    "consent",
    "in",
    "score",
    "context",
    "not",
    "everyone",
    "nobody",
    "count",
];

/// Words of the language that nobody could mean where an operator follows: `score > 3`.
const NAMES_TOO: [&str; 14] = [
    "score", "context", "count", "sum", "average", "min", "smallest", "lowest", "max", "greatest",
    "highest", "distinct", "last", "first",
];

impl Parser {
    pub(super) fn leaf(&mut self) -> Result<Criteria, Mistake> {
        let word = match self.token() {
            Token::Name(_) => return self.attribute(),
            Token::Word(word) => word.to_lowercase(),
            Token::Text(_) | Token::Number(_) | Token::Instant(_) | Token::Sign(_) | Token::End => {
                return Err(self.no_condition());
            }
        };
        if NAMES_TOO.contains(&word.as_str()) && self.test_ahead(1) {
            return self.attribute();
        }
        match word.as_str() {
            "everyone" => {
                self.advance();
                Ok(Criteria::All(Vec::new()))
            }
            "nobody" => {
                self.advance();
                Ok(Criteria::Any(Vec::new()))
            }
            "did" => {
                self.advance();
                self.events(None)
            }
            "never" => self.never(),
            "was" => self.contacted(),
            "responded" => {
                self.advance();
                self.responded(None)
            }
            "consent" => self.consent().map(Criteria::Consent),
            "in" => self.segment().map(Criteria::Segment),
            "score" => {
                self.advance();
                self.about("score").map(Criteria::Score)
            }
            "context" => {
                self.advance();
                self.about("context").map(Criteria::Context)
            }
            "count" | "sum" | "average" | "min" | "smallest" | "lowest" | "max" | "greatest"
            | "highest" | "distinct" | "last" | "first" => self.measured(&word),
            _ => self.attribute(),
        }
    }

    fn no_condition(&self) -> Mistake {
        let mistake = self.expected("a condition");
        match self.token() {
            Token::Text(text) => mistake
                .with("example", format!("did \"{text}\""))
                .hint(format!("for an event write: did \"{text}\"")),
            Token::Word(_)
            | Token::Name(_)
            | Token::Number(_)
            | Token::Instant(_)
            | Token::Sign(_)
            | Token::End => mistake
                .with("example", "country is \"France\"")
                .hint("for example: country is \"France\", or did \"Order Completed\""),
        }
    }

    fn attribute(&mut self) -> Result<Criteria, Mistake> {
        let start = self.place().start;
        if let (Token::Word(word), Token::Text(_)) = (self.token(), self.ahead(1))
            && let Some(meant) = nearest(word, BEGINNINGS)
        {
            let message = format!("\"{word}\" is no operator and no beginning of a condition");
            let mistake = self.mistake((ProblemCode::Unexpected, message));
            let mistake = mistake.with("found", &**word);
            return Err(mistake.meant(Some(meant), ""));
        }
        let name = self.name("an attribute")?;
        self.mark("attribute", start);
        self.named(name).map(Criteria::Attribute)
    }

    /// A name: bare, in backticks or in quotes.
    pub(super) fn name(&mut self, what: &str) -> Result<String, Mistake> {
        match self.token() {
            Token::Word(name) | Token::Name(name) | Token::Text(name) if !name.is_empty() => {
                let name = name.clone();
                self.advance();
                Ok(name)
            }
            Token::Word(_)
            | Token::Name(_)
            | Token::Text(_)
            | Token::Number(_)
            | Token::Instant(_)
            | Token::Sign(_)
            | Token::End => Err(self.expected(&format!("the name of {what}"))),
        }
    }

    fn about(&mut self, what: &str) -> Result<Named, Mistake> {
        let start = self.place().start;
        let name = self.name(&format!("a {what}"))?;
        self.mark(what, start);
        self.named(name)
    }

    fn segment(&mut self) -> Result<String, Mistake> {
        self.advance();
        self.expect("segment", "in segment \"loyal customers\"")?;
        let start = self.place().start;
        let key = self.name("a segment")?;
        self.mark("segment", start);
        Ok(key)
    }

    fn consent(&mut self) -> Result<Consent, Mistake> {
        const EXAMPLE: &str = "consent email marketing is granted";
        self.advance();
        let start = self.place().start;
        let channel = self.name("a channel")?;
        self.mark("consent/channel", start);
        let start = self.place().start;
        let purpose = self.name("a purpose")?;
        self.mark("consent/purpose", start);
        self.expect("is", EXAMPLE)?;
        let negated = self.eat("not");
        let answer = match self.word_ahead(0).as_deref() {
            Some("granted") => Answer::Granted,
            Some("denied") => Answer::Denied,
            Some("unknown") => Answer::Unknown,
            word => {
                let answers = ["granted", "denied", "unknown"];
                let meant = nearest(word.unwrap_or_default(), answers);
                let mistake = self
                    .expected("an answer")
                    .with("choices", answers.join(", "));
                return Err(mistake.meant(meant, "one of: granted, denied, unknown"));
            }
        };
        if negated {
            let hint = format!(
                "write: not consent {channel} {purpose} is {}",
                answer.word()
            );
            return Err(self.mistake("consent has no \"is not\"").hint(hint));
        }
        self.advance();
        Ok(Consent {
            channel,
            purpose,
            answer,
        })
    }
}
